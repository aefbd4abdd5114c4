#include "dataplane/core/accounting/entry.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <limits>
#include <type_traits>

namespace smartroute::accounting {
namespace {

static_assert(std::is_trivially_copyable_v<EntryHead>);

constexpr int kFirstError = 400;

// A model's answer was begun, and the client got it or was to get it.
bool was_answered(const Record& record) noexcept {
  if (record.model.empty() || record.status >= kFirstError) return false;
  switch (record.ending) {
    case Ending::Completed:
    case Ending::CompletedNoDone:
    case Ending::BrokenStream:
    case Ending::ClientGone:
    case Ending::Drained:
      return true;
    case Ending::RejectedByGateway:
    case Ending::UpstreamError:
    case Ending::UpstreamPassed:
    case Ending::kCount:
      return false;
  }
  return false;
}

// Counts reported so far are running totals, which lag behind what was streamed.
bool was_interrupted(const Record& record) noexcept {
  const bool cut = record.ending == Ending::BrokenStream || record.ending == Ending::ClientGone ||
                   record.ending == Ending::Drained;
  return cut && record.finish_reason.empty();
}

PriceNumbers numbers_of(const prices::Price* price) noexcept {
  if (price == nullptr) return {};
  return {price->input,       price->output,      price->cached_input,
          price->cache_write, price->audio_input, price->audio_output};
}

void sum_thrown_away(const std::vector<Attempt>& attempts, EntryHead& head) noexcept {
  for (const Attempt& attempt : attempts) {
    if (attempt.cost_nano) {
      if (__builtin_add_overflow(head.thrown_away_nano, *attempt.cost_nano, &head.thrown_away_nano))
        head.thrown_away_nano = std::numeric_limits<std::int64_t>::max();
    } else if (attempt.prompt || attempt.completion) {
      head.thrown_away_unknown = true;
    }
  }
}

std::uint32_t size_of(std::string_view part) noexcept { return static_cast<std::uint32_t>(part.size()); }

}  // namespace

void EntryWriter::write(const Record& record) {
  head_ = EntryHead();
  head_.usage = record.usage;
  head_.tokenizer = record.tokenizer;
  head_.streamed_tokens = record.texts.streamed_tokens;
  head_.estimated_prompt = record.route.prompt_tokens;
  head_.price = numbers_of(record.price);
  head_.t3_price = numbers_of(record.t3_price);
  head_.answered = was_answered(record);
  head_.interrupted = was_interrupted(record);
  head_.configured_model = record.configured_model;
  head_.sampled = record.trace.sampled;
  sum_thrown_away(record.attempts, head_);
  choose_texts(record);
  parts_[0] = {reinterpret_cast<const char*>(&head_), sizeof head_};
  parts_[1] = record.provider;
  parts_[2] = record.model;
  parts_[3] = encoder_.encode(record);
  head_.provider_bytes = size_of(parts_[1]);
  head_.model_bytes = size_of(parts_[2]);
  head_.record_bytes = size_of(parts_[3]);
}

void EntryWriter::choose_texts(const Record& record) {
  const Texts& texts = record.texts;
  const openai::Usage& usage = record.usage;
  const bool derivable = usage.total && (usage.prompt || usage.completion);
  bool count_prompt = head_.answered && texts.request_whole && !usage.prompt && !derivable;
  bool count_completion = head_.answered && !texts.streamed_tokens &&
                          ((!usage.completion && !derivable) || head_.interrupted);
  if (head_.answered && !record.tokenizer.exact && usage.prompt && texts.request_whole &&
      !texts.request.empty() && texts.request.size() <= kMaxLearnBytes && --until_lesson_ == 0) {
    until_lesson_ = kLearnEvery;
    head_.learn = count_prompt = count_completion = true;
  }
  head_.log = texts.log;
  head_.bodies_dropped = texts.log && texts.dropped;
  head_.request_whole = texts.request_whole;
  head_.response_whole = texts.response_whole;
  head_.request_size = texts.request.size();
  head_.response_size = texts.response.size();
  head_.max_body_bytes = static_cast<std::uint32_t>(std::min(texts.max_bytes, kMaxKeptBytes));
  const std::size_t kept = texts.log ? head_.max_body_bytes + kBeyondCut : 0;
  const auto chosen = [kept](std::string_view text, bool counted) {
    return counted && text.size() <= kMaxCountedBytes ? text : text.substr(0, kept);
  };
  parts_[4] = chosen(texts.request, count_prompt);
  parts_[5] = chosen(texts.response, count_completion);
  head_.request_bytes = size_of(parts_[4]);
  head_.response_bytes = size_of(parts_[5]);
}

bool EntryWriter::drop_texts() noexcept {
  parts_[4] = parts_[5] = {};
  head_.request_bytes = head_.response_bytes = 0;
  head_.learn = false;
  const bool were_kept = head_.log && !head_.bodies_dropped;
  head_.bodies_dropped = head_.log;
  return were_kept;
}

Entry read_entry(std::string_view bytes) noexcept {
  Entry entry;
  assert(bytes.size() >= sizeof entry.head);
  std::memcpy(&entry.head, bytes.data(), sizeof entry.head);
  bytes.remove_prefix(sizeof entry.head);
  const auto take = [&bytes](std::uint32_t size) {
    const std::string_view part = bytes.substr(0, size);
    bytes.remove_prefix(size);
    return part;
  };
  entry.provider = take(entry.head.provider_bytes);
  entry.model = take(entry.head.model_bytes);
  entry.record = take(entry.head.record_bytes);
  entry.request = take(entry.head.request_bytes);
  entry.response = take(entry.head.response_bytes);
  return entry;
}

}  // namespace smartroute::accounting

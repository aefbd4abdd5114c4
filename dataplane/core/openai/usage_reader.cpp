#include "dataplane/core/openai/usage_reader.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <system_error>

#include "dataplane/core/openai/json_text.hpp"

namespace smartroute::openai {
namespace {

// What a reported number means. Two slots where providers that report both names may mean different things by them.
enum class Slot : std::uint8_t {
  Prompt,      // includes what was cached
  Input,       // excludes what CacheRead and CacheWrite count
  Completion,
  Output,
  Candidates,  // excludes Thoughts
  Thoughts,
  ToolUse,     // not in Prompt
  Total,
  Cached,      // in Prompt
  CacheMiss,
  CacheRead,
  CacheWrite,
  CacheCreated,  // in Prompt
  Reasoning,
  AudioInput,
  AudioOutput,
  Accepted,
  Rejected,
  Hit,  // DeepSeek's, with CacheMiss
  kCount
};

struct Name {
  std::string_view name;
  Slot slot;
};

constexpr Name kCounts[] = {
    {"prompt_tokens", Slot::Prompt},
    {"completion_tokens", Slot::Completion},
    {"total_tokens", Slot::Total},
    {"input_tokens", Slot::Input},
    {"output_tokens", Slot::Output},
    {"cache_read_input_tokens", Slot::CacheRead},
    {"cache_creation_input_tokens", Slot::CacheWrite},
    {"cache_write_input_tokens", Slot::CacheWrite},
    {"prompt_cache_hit_tokens", Slot::Hit},
    {"prompt_cache_miss_tokens", Slot::CacheMiss},
    {"cached_tokens", Slot::Cached},
    {"promptTokenCount", Slot::Prompt},
    {"candidatesTokenCount", Slot::Candidates},
    {"thoughtsTokenCount", Slot::Thoughts},
    {"toolUsePromptTokenCount", Slot::ToolUse},
    {"cachedContentTokenCount", Slot::Cached},
    {"totalTokenCount", Slot::Total},
    {"inputTokens", Slot::Input},
    {"outputTokens", Slot::Output},
    {"totalTokens", Slot::Total},
    {"cacheReadInputTokens", Slot::CacheRead},
    {"cacheWriteInputTokens", Slot::CacheWrite},
};
constexpr Name kPromptDetails[] = {
    {"cached_tokens", Slot::Cached},
    {"audio_tokens", Slot::AudioInput},
    {"cache_write_tokens", Slot::CacheCreated},
    {"cache_creation_tokens", Slot::CacheCreated},
    {"cache_creation_input_tokens", Slot::CacheCreated},
};
constexpr Name kCompletionDetails[] = {
    {"reasoning_tokens", Slot::Reasoning},
    {"audio_tokens", Slot::AudioOutput},
    {"accepted_prediction_tokens", Slot::Accepted},
    {"rejected_prediction_tokens", Slot::Rejected},
};

// Where the parts of a count are told, as an object by name or as a list by modality.
struct Details {
  std::string_view name;
  const Name* begin;
  const Name* end;
  Slot audio;
};
constexpr Details kDetails[] = {
    {"prompt_tokens_details", std::begin(kPromptDetails), std::end(kPromptDetails), Slot::AudioInput},
    {"completion_tokens_details", std::begin(kCompletionDetails), std::end(kCompletionDetails), Slot::AudioOutput},
    {"input_tokens_details", std::begin(kPromptDetails), std::end(kPromptDetails), Slot::AudioInput},
    {"output_tokens_details", std::begin(kCompletionDetails), std::end(kCompletionDetails), Slot::AudioOutput},
    {"promptTokensDetails", nullptr, nullptr, Slot::AudioInput},
    {"candidatesTokensDetails", nullptr, nullptr, Slot::AudioOutput},
};

class Counts {
 public:
  Counts(JsonScanner& scan, std::string& room) : scan_(scan), room_(room) {}

  void read() {
    if (!scan_.open_object()) return;
    JsonString key;
    while (scan_.next_member(key)) read_member(name_of(key));
  }

  Usage settled() const;

 private:
  std::string_view name_of(const JsonString& key) { return short_name(scan_.text(key.span), key.escaped, room_); }
  std::optional<std::uint64_t>& at(Slot slot) { return slots_[static_cast<std::size_t>(slot)]; }
  const std::optional<std::uint64_t>& at(Slot slot) const { return slots_[static_cast<std::size_t>(slot)]; }
  std::uint64_t number(Slot slot) const { return at(slot).value_or(0); }

  void skip() {
    Span skipped;
    scan_.skip(skipped);
  }

  void take(std::string_view name, const Name* begin, const Name* end) {
    const Name* const known = std::find_if(begin, end, [name](const Name& entry) { return entry.name == name; });
    if (known == end) return skip();
    if (const auto tokens = read_tokens(scan_)) at(known->slot) = tokens;
  }

  void read_member(std::string_view name) {
    const JsonKind kind = scan_.peek();
    if (kind == JsonKind::Number) return take(name, std::begin(kCounts), std::end(kCounts));
    if (kind == JsonKind::Object && name == "tokens") return read();  // Cohere's, beside its billed_units
    if (kind != JsonKind::Object && kind != JsonKind::Array) return skip();
    const auto* const known =
        std::find_if(std::begin(kDetails), std::end(kDetails), [name](const Details& entry) { return entry.name == name; });
    if (known == std::end(kDetails)) return skip();
    return kind == JsonKind::Object ? read_details(*known) : read_modalities(known->audio);
  }

  void read_details(const Details& details) {
    if (!scan_.open_object()) return;
    JsonString key;
    while (scan_.next_member(key)) take(name_of(key), details.begin, details.end);
  }

  // [{"modality":"AUDIO","tokenCount":7},...]
  void read_modalities(Slot audio) {
    if (!scan_.open_array()) return;
    while (scan_.next_element()) {
      if (scan_.peek() != JsonKind::Object) {
        skip();
        continue;
      }
      if (!scan_.open_object()) return;
      bool is_audio = false;
      std::optional<std::uint64_t> tokens;
      JsonString key;
      while (scan_.next_member(key)) {
        const std::string_view name = name_of(key);
        Span value;
        if (name == "tokenCount") {
          tokens = read_tokens(scan_);
        } else if (scan_.skip(value) && name == "modality") {
          is_audio = scan_.text(value) == "\"AUDIO\"";
        }
      }
      if (is_audio && tokens) at(audio) = tokens;
    }
  }

  JsonScanner& scan_;
  std::string& room_;
  std::array<std::optional<std::uint64_t>, static_cast<std::size_t>(Slot::kCount)> slots_{};
};

// Some report both spellings and fill in one of them.
std::optional<std::uint64_t> either(const std::optional<std::uint64_t>& first, const std::optional<std::uint64_t>& second) {
  return first.value_or(0) == 0 && second ? second : first;
}

Usage Counts::settled() const {
  Usage usage;
  std::optional<std::uint64_t> input = at(Slot::Input);
  if (input) *input += number(Slot::CacheRead) + number(Slot::CacheWrite);
  usage.prompt = either(at(Slot::Prompt), input);
  if (!usage.prompt && (at(Slot::Hit) || at(Slot::CacheMiss))) usage.prompt = number(Slot::Hit) + number(Slot::CacheMiss);
  if (usage.prompt) *usage.prompt += number(Slot::ToolUse);
  usage.completion = either(at(Slot::Completion), at(Slot::Output));
  if (!usage.completion && (at(Slot::Candidates) || at(Slot::Thoughts)))
    usage.completion = number(Slot::Candidates) + number(Slot::Thoughts);
  usage.total = at(Slot::Total);
  usage.cached = std::max({number(Slot::Cached), number(Slot::CacheRead), number(Slot::Hit)});
  usage.cache_write = std::max(number(Slot::CacheWrite), number(Slot::CacheCreated));
  usage.reasoning = std::max(number(Slot::Reasoning), number(Slot::Thoughts));
  usage.audio_input = number(Slot::AudioInput);
  usage.audio_output = number(Slot::AudioOutput);
  usage.tool_prompt = number(Slot::ToolUse);
  usage.accepted_prediction = number(Slot::Accepted);
  usage.rejected_prediction = number(Slot::Rejected);
  if (usage.total && usage.prompt && *usage.total > *usage.prompt + usage.completion.value_or(0)) {
    const std::uint64_t beyond = *usage.total - *usage.prompt - usage.completion.value_or(0);
    if (usage.completion) usage.reasoning = std::max(usage.reasoning, beyond);
    usage.completion = *usage.total - *usage.prompt;
  }
  return usage;
}

void replace(std::uint64_t& part, std::uint64_t later) noexcept {
  if (later != 0) part = later;
}

}  // namespace

void Usage::merge(const Usage& later) noexcept {
  const bool changes = (later.prompt && later.prompt != prompt) || (later.completion && later.completion != completion);
  if (later.prompt) prompt = later.prompt;
  if (later.completion) completion = later.completion;
  if (later.total || changes) total = later.total;
  replace(cached, later.cached);
  replace(cache_write, later.cache_write);
  replace(reasoning, later.reasoning);
  replace(audio_input, later.audio_input);
  replace(audio_output, later.audio_output);
  replace(tool_prompt, later.tool_prompt);
  replace(accepted_prediction, later.accepted_prediction);
  replace(rejected_prediction, later.rejected_prediction);
}

std::optional<std::uint64_t> read_tokens(JsonScanner& scan) {
  const bool is_number = scan.peek() == JsonKind::Number;
  Span value;
  if (!scan.skip(value) || !is_number) return std::nullopt;
  const std::string_view text = scan.text(value);
  std::uint64_t tokens = 0;
  const auto [rest, problem] = std::from_chars(text.data(), text.data() + text.size(), tokens);
  if (problem != std::errc{} || tokens >= kMaxTokens) return std::nullopt;
  const std::string_view fraction = text.substr(static_cast<std::size_t>(rest - text.data()));
  if (!fraction.empty() && (fraction.front() != '.' || fraction.find_first_not_of('0', 1) != std::string_view::npos))
    return std::nullopt;
  return tokens;
}

Usage read_usage(JsonScanner& scan, std::string& room) {
  Counts counts(scan, room);
  counts.read();
  return counts.settled();
}

Usage read_timings(JsonScanner& scan, std::string& room) {
  Usage usage;
  if (!scan.open_object()) return usage;
  JsonString key;
  while (scan.next_member(key)) {
    const std::string_view name = short_name(scan.text(key.span), key.escaped, room);
    const auto tokens = read_tokens(scan);
    if (!tokens) continue;
    if (name == "prompt_n") usage.prompt = tokens;
    if (name == "predicted_n") usage.completion = tokens;
    if (name == "cache_n") usage.cached = *tokens;
  }
  if (usage.prompt) *usage.prompt += usage.cached;
  return usage;
}

}  // namespace smartroute::openai

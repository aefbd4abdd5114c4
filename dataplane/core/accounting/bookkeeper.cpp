#include "dataplane/core/accounting/bookkeeper.hpp"

#include <algorithm>
#include <memory>

#include "contract/base/utf8.hpp"
#include "dataplane/core/accounting/record_redaction.hpp"
#include "smartroute/v1/telemetry.pb.h"

namespace smartroute::accounting {
namespace {

constexpr std::size_t kMostRoom = 1024 * 1024;   // of memory that is kept for the next text

prices::Price price_of(const PriceNumbers& numbers) {
  prices::Price price;
  price.input = numbers.input;
  price.output = numbers.output;
  price.cached_input = numbers.cached_input;
  price.cache_write = numbers.cache_write;
  price.audio_input = numbers.audio_input;
  price.audio_output = numbers.audio_output;
  return price;
}

Claim claim_of(const Entry& entry, const prices::Price& price, const prices::Price& t3_price) {
  const EntryHead& head = entry.head;
  Claim claim;
  claim.usage = head.usage;
  claim.answered = head.answered;
  claim.interrupted = head.interrupted;
  claim.learn = head.learn;
  claim.model = entry.model;
  claim.tokenizer = head.tokenizer;
  if (head.request_whole && entry.request.size() == head.request_size) claim.request_body = entry.request;
  claim.estimated_prompt = head.estimated_prompt;
  claim.answer = entry.response;
  claim.answer_whole = head.response_whole && entry.response.size() == head.response_size;
  claim.streamed_tokens = head.streamed_tokens;
  claim.price = &price;
  claim.t3_price = &t3_price;
  claim.thrown_away_nano = head.thrown_away_nano;
  claim.thrown_away_unknown = head.thrown_away_unknown;
  return claim;
}

void set(const TokenAmount& amount, v1::TokenCount& out) {
  out.set_count(amount.count);
  out.set_source(static_cast<v1::TokenCount::Source>(amount.source));
}

void set(const openai::Usage& usage, v1::RequestRecord& out) {
  openai::Usage details = usage;
  details.prompt.reset();
  details.completion.reset();
  details.total.reset();
  if (details == openai::Usage()) return;
  v1::TokenDetails& to = *out.mutable_token_details();
  to.set_cached(usage.cached);
  to.set_cache_write(usage.cache_write);
  to.set_reasoning(usage.reasoning);
  to.set_audio_input(usage.audio_input);
  to.set_audio_output(usage.audio_output);
  to.set_tool_prompt(usage.tool_prompt);
  to.set_accepted_prediction(usage.accepted_prediction);
  to.set_rejected_prediction(usage.rejected_prediction);
}

void append_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  out += static_cast<char>(value);
}

void append_bytes(int field, std::string_view value, std::string& out) {
  constexpr unsigned kBytes = 2;   // the wire type
  if (value.empty()) return;
  append_varint(out, static_cast<std::uint64_t>(field) << 3 | kBytes);
  append_varint(out, value.size());
  out.append(value);
}

unsigned is_ours(const std::optional<TokenAmount>& amount) noexcept {
  return amount && amount->source != TokenSource::Upstream ? 1 : 0;
}

}  // namespace

Bookkeeper::Bookkeeper(std::uint64_t hash_seed)
    : settler_(hash_seed), account_(std::make_unique<v1::RequestRecord>()) {}
Bookkeeper::~Bookkeeper() = default;

Bookkeeper::Closed Bookkeeper::close(const Entry& entry, const Redactor& redactor, std::string& out) {
  const EntryHead& head = entry.head;
  Closed closed;
  const auto record = clean_record(entry.record, redactor, record_room_);
  closed.redactions = record.taken_out;
  if (record.text.empty()) return closed;
  const prices::Price price = price_of(head.price), t3_price = price_of(head.t3_price);
  const Account account = settler_.settle(claim_of(entry, price, t3_price));
  Body request, response;
  if (head.log && !head.bodies_dropped) {
    request = body_of(entry.request, head.request_size, head.request_whole, head.max_body_bytes, redactor, request_room_,
                      closed.redactions);
    response = body_of(entry.response, head.response_size, head.response_whole, head.max_body_bytes, redactor,
                       response_room_, closed.redactions);
  }
  encode_account(head, account, request, response);

  const std::size_t begin = out.size();
  out.append(record.text);
  out.append(encoded_);
  append_bytes(v1::RequestRecord::kRequestBodyFieldNumber, request.text, out);
  append_bytes(v1::RequestRecord::kResponseBodyFieldNumber, response.text, out);
  for (std::string* room : {&record_room_, &request_room_, &response_room_})
    if (room->capacity() > kMostRoom) std::string().swap(*room);

  closed.local_counts = is_ours(account.prompt) + is_ours(account.completion);
  Settled& settled = closed.settled;
  settled.provider = entry.provider;
  settled.model = entry.model;
  settled.configured_model = head.configured_model;
  settled.usage = &head.usage;
  settled.account = account;
  settled.sampled = head.sampled;
  settled.record = std::string_view(out).substr(begin);
  return closed;
}

// What was brought beyond the cut is only there so that a key at the cut is known as one.
Bookkeeper::Body Bookkeeper::body_of(std::string_view text, std::uint64_t size, bool whole, std::size_t most,
                                     const Redactor& redactor, std::string& room,
                                     std::size_t& redactions) const {
  text = text.substr(0, most + kBeyondCut);
  const bool all = whole && text.size() == size;
  const auto clean = redactor.clean(text, TextKind::Json, Redactor::Scope::KeysAndPatterns,
                                    {.begin = false, .end = !all}, room);
  redactions += clean.taken_out;
  const std::string_view kept = cut_between_characters(clean.text, most);
  return {kept, !all || kept.size() < clean.text.size()};
}

void Bookkeeper::encode_account(const EntryHead& head, const Account& account, const Body& request,
                                const Body& response) {
  v1::RequestRecord& to = *account_;
  to.Clear();
  if (account.prompt) set(*account.prompt, *to.mutable_prompt_tokens());
  if (account.completion) set(*account.completion, *to.mutable_completion_tokens());
  if (head.answered) set(head.usage, to);
  if (account.cost_nano) to.mutable_cost()->set_nano_usd(*account.cost_nano);
  if (account.t3_cost_nano) to.mutable_cost()->set_t3_nano_usd(*account.t3_cost_nano);
  if (head.thrown_away_nano > 0 && !head.thrown_away_unknown)
    to.mutable_cost()->set_thrown_away_nano_usd(head.thrown_away_nano);
  to.set_request_cut(request.cut);
  to.set_response_cut(response.cut);
  to.set_bodies_dropped(head.bodies_dropped);
  to.SerializeToString(&encoded_);
}

}  // namespace smartroute::accounting

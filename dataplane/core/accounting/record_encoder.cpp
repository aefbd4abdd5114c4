#include "dataplane/core/accounting/record_encoder.hpp"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cstring>
#include <optional>
#include <string>

#include "contract/base/utf8.hpp"
#include "smartroute/v1/telemetry.pb.h"

namespace smartroute::accounting {
namespace {

// Upper bounds of everything but text: keys, lengths, numbers.
constexpr std::size_t kRecordBytes = 640;     // its cost and trace ids included
constexpr std::size_t kAttemptBytes = 192;
constexpr std::size_t kRouteBytes = 192;      // its input included
constexpr std::size_t kRuleBytes = 8;
constexpr std::size_t kCandidateBytes = 32;

constexpr int kVarint = 0, kFixed64 = 1, kBytes = 2;  // wire types
constexpr std::uint64_t kOneByte = 0x80;              // varints below it take one byte
constexpr char kHexDigits[] = "0123456789abcdef";

bool is_ascii(std::string_view text) noexcept {
  std::uint64_t seen = 0;
  const char* at = text.data();
  std::size_t rest = text.size();
  for (; rest >= sizeof seen; at += sizeof seen, rest -= sizeof seen) {
    std::uint64_t word;
    std::memcpy(&word, at, sizeof word);
    seen |= word;
  }
  for (; rest > 0; ++at, --rest) seen |= static_cast<unsigned char>(*at);
  return (seen & 0x8080808080808080) == 0;
}

// The longest beginning of `text` that has at most `max` bytes and does not end inside a character.
std::string_view cut(std::string_view text, std::size_t max) noexcept {
  if (text.size() <= max) return text;
  std::size_t end = max;
  for (int i = 0; i < 3 && continues_character(text[end]); ++i) --end;
  return text.substr(0, end);
}

// Protobuf's wire format into a buffer that is known to be large enough. As proto3 says, a field
// with its default value is left out.
class Writer {
 public:
  explicit Writer(char* at) : at_(at) {}
  char* at() const noexcept { return at_; }

  void number(int field, std::uint64_t value) noexcept {
    if (value == 0) return;
    varint(static_cast<std::uint64_t>(field << 3 | kVarint));
    varint(value);
  }
  // Negative numbers of every width are written as 64 bits.
  void number(int field, std::int64_t value) noexcept {
    number(field, static_cast<std::uint64_t>(value));
  }
  void number(int field, std::uint32_t value) noexcept { number(field, std::uint64_t{value}); }
  void number(int field, int value) noexcept { number(field, std::int64_t{value}); }
  void number(int field, bool value) noexcept { number(field, std::uint64_t{value}); }
  // Where absence and zero differ.
  void number(int field, const std::optional<std::int64_t>& value) noexcept {
    if (!value) return;
    varint(static_cast<std::uint64_t>(field << 3 | kVarint));
    varint(static_cast<std::uint64_t>(*value));
  }
  // 16 digits for each word.
  template <class... Words>
  void hex(int field, Words... words) noexcept {
    varint(static_cast<std::uint64_t>(field << 3 | kBytes));
    varint(16 * sizeof...(words));
    for (const std::uint64_t word : {words...})
      for (int shift = 60; shift >= 0; shift -= 4) *at_++ = kHexDigits[word >> shift & 0xf];
  }
  void number(int field, double value) noexcept {
    const auto bits = std::bit_cast<std::uint64_t>(value);
    if (bits == 0) return;
    varint(static_cast<std::uint64_t>(field << 3 | kFixed64));
    for (int shift = 0; shift < 64; shift += 8) *at_++ = static_cast<char>(bits >> shift);
  }
  // For numbers whose bits are spread evenly.
  void fixed(int field, std::uint64_t value) noexcept {
    if (value == 0) return;
    varint(static_cast<std::uint64_t>(field << 3 | kFixed64));
    for (int shift = 0; shift < 64; shift += 8) *at_++ = static_cast<char>(value >> shift);
  }
  template <std::size_t n>
  void packed(int field, const std::array<float, n>& values) noexcept {
    varint(static_cast<std::uint64_t>(field << 3 | kBytes));
    varint(n * sizeof(float));
    for (const float value : values) {
      const auto bits = std::bit_cast<std::uint32_t>(value);
      for (int shift = 0; shift < 32; shift += 8) *at_++ = static_cast<char>(bits >> shift);
    }
  }
  void text(int field, std::string_view value, std::size_t max = kMaxTextBytes) noexcept {
    if (!value.empty()) element(field, value, max);
  }
  // One of a list, where empty text counts.
  void element(int field, std::string_view value, std::size_t max = kMaxTextBytes) noexcept {
    value = cut(value, max);
    bytes(field, value);
    if (is_ascii(value) || simdjson::validate_utf8(value.data(), value.size())) return;
    for (char* c = at_ - value.size(); c != at_; ++c)
      if (static_cast<unsigned char>(*c) > 0x7f) *c = '?';
  }
  // A message inside: begin() before its fields, end() with begin()'s answer after them.
  char* begin(int field) noexcept {
    varint(static_cast<std::uint64_t>(field << 3 | kBytes));
    return at_++;  // most are short enough for a length of one byte
  }
  // Takes back what was written since `to`, an earlier at().
  void rewind(char* to) noexcept { at_ = to; }
  bool empty_since(char* length_at) const noexcept { return at_ == length_at + 1; }
  void end(char* length_at) noexcept {
    const auto size = static_cast<std::size_t>(at_ - length_at) - 1;
    std::size_t more = 0;
    for (std::uint64_t rest = size; rest >= kOneByte; rest >>= 7) ++more;
    if (more > 0) std::memmove(length_at + 1 + more, length_at + 1, size);
    at_ = length_at;
    varint(size);
    at_ += size;
  }

 private:
  void bytes(int field, std::string_view value) noexcept {
    varint(static_cast<std::uint64_t>(field << 3 | kBytes));
    varint(value.size());
    if (!value.empty()) std::memcpy(at_, value.data(), value.size());
    at_ += value.size();
  }
  void varint(std::uint64_t value) noexcept {
    while (value >= kOneByte) {
      *at_++ = static_cast<char>(value | kOneByte);
      value >>= 7;
    }
    *at_++ = static_cast<char>(value);
  }

  char* at_;
};

template <class... Texts>
std::size_t bound(const Texts&... texts) noexcept {
  return (std::min(texts.size(), kMaxTextBytes) + ...);
}

std::size_t bound_of(const RouteTrace& t, const Record& r) noexcept {
  std::size_t bytes = kRouteBytes + bound(t.configured_mode, r.mode, t.weights, t.judge, t.raised_by, t.first_tier, r.strategy, t.system) +
                      std::min(t.ask.size(), kMaxAskTextBytes);
  for (const std::string_view rule : t.rules) bytes += kRuleBytes + bound(rule);
  for (const CandidateTrace& c : t.candidates) bytes += kCandidateBytes + bound(c.model, c.skip, c.note);
  return bytes;
}

std::size_t bound_of(const Record& r) noexcept {
  std::size_t bytes = kRecordBytes + bound(r.request_id, r.endpoint, r.requested_model, r.tier,
                                           r.mode, r.reason, r.model, r.provider, name_of(r.ending),
                                           r.error, r.key_id, r.client_address, r.guarantee);
  bytes += bound(r.category, r.preview, r.finish_reason, r.answered_as, r.key_name, r.error_kind,
                 r.t3_model);
  if (r.price != nullptr) bytes += bound(r.price->source, r.price->as_of);
  for (const Attempt& a : r.attempts)
    bytes += kAttemptBytes + bound(a.provider, a.model, a.outcome, a.reason, a.fault);
  return bytes + bound_of(r.route, r);
}

void write(int field, const TokenAmount& amount, Writer& out) noexcept {
  char* const message = out.begin(field);
  out.number(v1::TokenCount::kCountFieldNumber, amount.count);
  out.number(v1::TokenCount::kSourceFieldNumber, static_cast<int>(amount.source));
  out.end(message);
}

void write(const Attempt& attempt, Writer& out) {
  using M = v1::AttemptRecord;
  out.text(M::kProviderFieldNumber, attempt.provider);
  out.text(M::kModelFieldNumber, attempt.model);
  out.text(M::kOutcomeFieldNumber, attempt.outcome);
  out.number(M::kStatusFieldNumber, attempt.status);
  out.text(M::kReasonFieldNumber, attempt.reason);
  out.number(M::kStartedUsFieldNumber, attempt.started_us);
  out.number(M::kDurationUsFieldNumber, attempt.duration_us);
  out.number(M::kReusedConnectionFieldNumber, attempt.reused_connection);
  out.text(M::kFaultFieldNumber, attempt.fault);
  out.number(M::kWaitedMsFieldNumber, attempt.waited_ms);
  out.number(M::kRetryAfterMsFieldNumber, attempt.retry_after_ms);
  out.number(M::kProbeFieldNumber, attempt.probe);
  if (attempt.prompt) write(M::kPromptTokensFieldNumber, *attempt.prompt, out);
  if (attempt.completion) write(M::kCompletionTokensFieldNumber, *attempt.completion, out);
  out.number(M::kCostNanoUsdFieldNumber, attempt.cost_nano);
  if (attempt.span_id != 0) out.hex(M::kSpanIdFieldNumber, attempt.span_id);
}

void write(const prices::Price& price, Writer& out) noexcept {
  using M = v1::TokenPrice;
  out.number(M::kInputFieldNumber, price.input);
  out.number(M::kOutputFieldNumber, price.output);
  out.number(M::kCachedInputFieldNumber, price.cached_input);
  out.number(M::kCacheWriteFieldNumber, price.cache_write);
  out.number(M::kAudioInputFieldNumber, price.audio_input);
  out.number(M::kAudioOutputFieldNumber, price.audio_output);
  out.text(M::kSourceFieldNumber, price.source);
  out.text(M::kAsOfFieldNumber, price.as_of);
}

// What of the cost is known before the account is settled.
void write_cost(const Record& record, Writer& out) noexcept {
  if (record.price == nullptr && record.t3_model.empty()) return;
  char* const cost = out.begin(v1::RequestRecord::kCostFieldNumber);
  if (record.price != nullptr) {
    char* const price = out.begin(v1::Cost::kPriceFieldNumber);
    write(*record.price, out);
    out.end(price);
  }
  out.text(v1::Cost::kT3ModelFieldNumber, record.t3_model);
  out.end(cost);
}

void write(const TraceIds& trace, Writer& out) noexcept {
  using M = v1::RequestRecord;
  if ((trace.high | trace.low) == 0) return;
  out.hex(M::kTraceIdFieldNumber, trace.high, trace.low);
  if (trace.span != 0) out.hex(M::kSpanIdFieldNumber, trace.span);
  if (trace.parent != 0) out.hex(M::kParentSpanIdFieldNumber, trace.parent);
}

void write_input(const RouteTrace& trace, Writer& out) noexcept {
  using M = v1::RouteInput;
  out.text(M::kAskFieldNumber, trace.ask, kMaxAskTextBytes);
  out.text(M::kSystemFieldNumber, trace.system);
  out.number(M::kToolsFieldNumber, trace.tools);
  out.number(M::kImagesFieldNumber, trace.images);
  out.number(M::kHumanTurnsFieldNumber, trace.human_turns);
  out.number(M::kAnswersToolFieldNumber, trace.answers_tool);
  out.number(M::kPromptTokensFieldNumber, trace.prompt_tokens);
  out.fixed(M::kConversationFieldNumber, trace.conversation);
  out.number(M::kMaxOutputTokensFieldNumber, trace.max_output_tokens);
  out.number(M::kConversationNamedFieldNumber, trace.conversation_named);
  out.number(M::kConversationOpeningFieldNumber, trace.conversation_opening);
}

void write_route(const Record& record, Writer& out) noexcept {
  using M = v1::RouteDecision;
  const RouteTrace& trace = record.route;
  out.text(M::kConfiguredModeFieldNumber, trace.configured_mode);
  out.text(M::kDecidedByFieldNumber, record.mode);
  for (const std::string_view rule : trace.rules) out.element(M::kRulesFieldNumber, rule);
  if (trace.probability) out.packed(M::kProbabilitiesFieldNumber, *trace.probability);
  out.text(M::kWeightsFieldNumber, trace.weights);
  out.text(M::kJudgeFieldNumber, trace.judge);
  out.number(M::kJudgeUsFieldNumber, trace.judge_us);
  out.text(M::kRaisedByFieldNumber, trace.raised_by);
  out.text(M::kFirstTierFieldNumber, trace.first_tier);
  out.text(M::kStrategyFieldNumber, record.strategy);
  for (const CandidateTrace& candidate : trace.candidates) {
    char* const message = out.begin(M::kCandidatesFieldNumber);
    out.text(v1::CandidateTrace::kModelFieldNumber, candidate.model);
    out.text(v1::CandidateTrace::kSkipFieldNumber, candidate.skip);
    out.text(v1::CandidateTrace::kNoteFieldNumber, candidate.note);
    out.end(message);
  }
  char* const before = out.at();
  char* const input = out.begin(M::kInputFieldNumber);
  write_input(trace, out);
  if (out.empty_since(input))
    out.rewind(before);
  else
    out.end(input);
}

void write(const Record& record, Writer& out) {
  using M = v1::RequestRecord;
  out.text(M::kRequestIdFieldNumber, record.request_id);
  out.number(M::kReceivedUsFieldNumber, record.received_us);
  out.number(M::kRoutedUsFieldNumber, record.routed_us);
  out.number(M::kUpstreamCalledUsFieldNumber, record.upstream_called_us);
  out.number(M::kFirstByteUsFieldNumber, record.first_byte_us);
  out.number(M::kCompletedUsFieldNumber, record.completed_us);
  out.text(M::kEndpointFieldNumber, record.endpoint);
  out.text(M::kRequestedModelFieldNumber, record.requested_model);
  out.number(M::kStreamingFieldNumber, record.streaming);
  out.text(M::kTierFieldNumber, record.tier);
  out.text(M::kModeFieldNumber, record.mode);
  out.text(M::kReasonFieldNumber, record.reason);
  out.number(M::kConfidenceFieldNumber, record.confidence);
  for (const Attempt& attempt : record.attempts) {
    char* const message = out.begin(M::kAttemptsFieldNumber);
    write(attempt, out);
    out.end(message);
  }
  out.text(M::kModelFieldNumber, record.model);
  out.text(M::kProviderFieldNumber, record.provider);
  out.number(M::kStatusFieldNumber, record.status);
  out.text(M::kEndingFieldNumber, name_of(record.ending));
  out.text(M::kErrorFieldNumber, record.error);
  out.text(M::kKeyIdFieldNumber, record.key_id);
  out.number(M::kConfigRevisionFieldNumber, record.config_revision);
  out.number(M::kRequestBytesFieldNumber, record.request_bytes);
  out.number(M::kResponseBytesFieldNumber, record.response_bytes);
  out.number(M::kOverheadUsFieldNumber, record.overhead_us);
  out.text(M::kClientAddressFieldNumber, record.client_address);
  char* const before = out.at();
  char* const route = out.begin(M::kRouteFieldNumber);
  write_route(record, out);
  if (out.empty_since(route))
    out.rewind(before);
  else
    out.end(route);
  out.text(M::kGuaranteeFieldNumber, record.guarantee);
  out.number(M::kRestartsFieldNumber, record.restarts);
  write_cost(record, out);
  out.text(M::kCategoryFieldNumber, record.category);
  out.text(M::kPreviewFieldNumber, record.preview, kMaxPreviewBytes);
  out.text(M::kFinishReasonFieldNumber, record.finish_reason);
  out.text(M::kAnsweredAsFieldNumber, record.answered_as);
  out.text(M::kKeyNameFieldNumber, record.key_name);
  write(record.trace, out);
  out.text(M::kErrorKindFieldNumber, record.error_kind);
}

}  // namespace

std::string_view RecordEncoder::encode(const Record& record) {
  const std::size_t bound = bound_of(record);
  if (buffer_.size() < bound) buffer_.resize(bound);
  Writer out(buffer_.data());
  write(record, out);
  const auto size = static_cast<std::size_t>(out.at() - buffer_.data());
  assert(size <= bound);
  return {buffer_.data(), size};
}

}  // namespace smartroute::accounting

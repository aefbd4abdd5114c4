#include "dataplane/core/accounting/record_encoder.hpp"

#include <simdjson.h>

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>
#include <string>

#include "smartroute/v1/telemetry.pb.h"

namespace smartroute::accounting {
namespace {

// Upper bounds of everything but text: keys, lengths, numbers.
constexpr std::size_t kRecordBytes = 384;
constexpr std::size_t kAttemptBytes = 96;

constexpr int kVarint = 0, kFixed64 = 1, kBytes = 2;  // wire types
constexpr std::uint64_t kOneByte = 0x80;              // varints below it take one byte

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

std::string made_safe(std::string_view unsafe) {
  std::string text(unsafe);
  if (!simdjson::validate_utf8(text))
    for (char& c : text)
      if (static_cast<unsigned char>(c) > 0x7f) c = '?';
  if (text.size() > kMaxTextBytes) {
    std::size_t end = kMaxTextBytes;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80)
      --end;  // never between the bytes of a character
    text.resize(end);
  }
  return text;
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
  void number(int field, double value) noexcept {
    const auto bits = std::bit_cast<std::uint64_t>(value);
    if (bits == 0) return;
    varint(static_cast<std::uint64_t>(field << 3 | kFixed64));
    for (int shift = 0; shift < 64; shift += 8) *at_++ = static_cast<char>(bits >> shift);
  }
  void text(int field, std::string_view value) {
    if (value.empty()) return;
    if (value.size() <= kMaxTextBytes && is_ascii(value)) {
      bytes(field, value);
    } else {
      bytes(field, made_safe(value));
    }
  }
  // A message inside: begin() before its fields, end() with begin()'s answer after them.
  char* begin(int field) noexcept {
    varint(static_cast<std::uint64_t>(field << 3 | kBytes));
    return at_++;  // most are short enough for a length of one byte
  }
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
    std::memcpy(at_, value.data(), value.size());
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

std::size_t bound_of(const Record& r) noexcept {
  std::size_t bytes = kRecordBytes + bound(r.request_id, r.endpoint, r.requested_model, r.tier,
                                           r.mode, r.reason, r.model, r.provider, name_of(r.ending),
                                           r.error, r.key_id, r.client_address);
  for (const Attempt& a : r.attempts)
    bytes += kAttemptBytes + bound(a.provider, a.model, a.outcome, a.reason);
  return bytes;
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
}

void write_count(int field, std::uint64_t count, Writer& out) noexcept {
  char* const message = out.begin(field);
  out.number(v1::TokenCount::kCountFieldNumber, count);
  out.number(v1::TokenCount::kSourceFieldNumber, int{v1::TokenCount::SOURCE_UPSTREAM});
  out.end(message);
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
  // Absent means not known, which is not zero.
  if (record.tokens) {
    write_count(M::kPromptTokensFieldNumber, record.tokens->prompt, out);
    write_count(M::kCompletionTokensFieldNumber, record.tokens->completion, out);
  }
  out.text(M::kKeyIdFieldNumber, record.key_id);
  out.number(M::kConfigRevisionFieldNumber, record.config_revision);
  out.number(M::kRequestBytesFieldNumber, record.request_bytes);
  out.number(M::kResponseBytesFieldNumber, record.response_bytes);
  out.number(M::kOverheadUsFieldNumber, record.overhead_us);
  out.text(M::kClientAddressFieldNumber, record.client_address);
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

#include "dataplane/core/http1/response_head.hpp"

#include <cstring>

#include "dataplane/core/http1/chars.hpp"
#include "dataplane/core/http1/field_reader.hpp"

namespace smartroute::http1 {
namespace {

enum class FieldId : std::uint8_t {
  ContentLength,
  TransferEncoding,
  Connection,
  ContentType,
  ContentEncoding,
  RetryAfter,
  RetryAfterMs,
  RatelimitResetRequests,
  RatelimitResetTokens,
  RatelimitReset,
  RatelimitRemainingRequests,
  RatelimitRemainingTokens,
  RequestId,
  ShouldRetry,
  Other
};

FieldId identify(std::string_view name) noexcept {
  switch (name.size()) {
    case 10:
      if (spells(name, "connection")) return FieldId::Connection;
      if (spells(name, "request-id")) return FieldId::RequestId;
      break;
    case 11:
      if (spells(name, "retry-after")) return FieldId::RetryAfter;
      break;
    case 12:
      if (spells(name, "content-type")) return FieldId::ContentType;
      if (spells(name, "x-request-id")) return FieldId::RequestId;
      break;
    case 14:
      if (spells(name, "content-length")) return FieldId::ContentLength;
      if (spells(name, "retry-after-ms")) return FieldId::RetryAfterMs;
      if (spells(name, "x-should-retry")) return FieldId::ShouldRetry;
      break;
    case 15:
      if (spells(name, "ratelimit-reset")) return FieldId::RatelimitReset;
      break;
    case 16:
      if (spells(name, "content-encoding")) return FieldId::ContentEncoding;
      break;
    case 17:
      if (spells(name, "transfer-encoding")) return FieldId::TransferEncoding;
      if (spells(name, "x-ratelimit-reset")) return FieldId::RatelimitReset;
      break;
    case 24:
      if (spells(name, "x-ratelimit-reset-tokens")) return FieldId::RatelimitResetTokens;
      break;
    case 26:
      if (spells(name, "x-ratelimit-reset-requests")) return FieldId::RatelimitResetRequests;
      break;
    case 28:
      if (spells(name, "x-ratelimit-remaining-tokens")) return FieldId::RatelimitRemainingTokens;
      break;
    case 30:
      if (spells(name, "x-ratelimit-remaining-requests"))
        return FieldId::RatelimitRemainingRequests;
      break;
    default:
      break;
  }
  return FieldId::Other;
}

bool decides_framing(FieldId id) noexcept {
  return id == FieldId::ContentLength || id == FieldId::TransferEncoding ||
         id == FieldId::Connection || id == FieldId::ContentEncoding;
}

// Fills a ResponseHead from bytes. Every step returns false once why() says what was refused.
class ResponseReader {
 public:
  ResponseReader(std::string_view bytes, const HeadLimits& limits, ResponseHead& head) noexcept
      : bytes_(bytes), limits_(limits), head_(head) {}

  bool read() noexcept { return read_line() && read_fields() && settle(); }
  const char* why() const noexcept { return why_; }

 private:
  bool refuse(const char* why) noexcept {
    why_ = why;
    return false;
  }
  bool read_line() noexcept;
  bool read_fields() noexcept;
  bool take(const Field& field) noexcept;
  bool settle() noexcept;

  std::string_view bytes_;
  const HeadLimits& limits_;
  ResponseHead& head_;
  std::size_t fields_at_ = 0;
  ConnectionOptions connection_;
  bool connection_odd_ = false;
  bool has_length_ = false;
  bool chunked_ = false;
  bool has_encoding_ = false;
  const char* why_ = "";
};

bool ResponseReader::read_line() noexcept {
  constexpr std::size_t kVersionAndStatus = 12;  // "HTTP/1.1 200"
  const auto digit = [this](std::size_t at) { return (classes_of(bytes_[at]) & kDigit) != 0; };
  if (bytes_.size() < kVersionAndStatus + 2 || std::memcmp(bytes_.data(), "HTTP/1.", 7) != 0 ||
      (bytes_[7] != '1' && bytes_[7] != '0') || bytes_[8] != ' ') {
    return refuse("status line is not HTTP/1.0 or HTTP/1.1");
  }
  if (!digit(9) || !digit(10) || !digit(11)) return refuse("status is not three digits");
  head_.minor = bytes_[7] == '1' ? 1 : 0;
  head_.status = (bytes_[9] - '0') * 100 + (bytes_[10] - '0') * 10 + (bytes_[11] - '0');
  if (head_.status < 100 || head_.status > 599) return refuse("status out of range");
  if (head_.status == 101) return refuse("switching protocols was not asked for");
  const char* const begin = bytes_.data();
  const char* const end = begin + bytes_.size();
  const char* const stop = find_value_end(begin + kVersionAndStatus, end);
  if (end - stop < 2 || stop[0] != '\r' || stop[1] != '\n')
    return refuse("status line that does not end with CR LF");
  if (stop != begin + kVersionAndStatus && begin[kVersionAndStatus] != ' ')
    return refuse("status is not three digits");
  fields_at_ = static_cast<std::size_t>(stop - begin) + 2;
  return true;
}

bool ResponseReader::read_fields() noexcept {
  FieldReader reader(bytes_.substr(fields_at_));
  Field field;
  for (std::size_t count = 0;; ++count) {
    switch (reader.next(field)) {
      case FieldReader::Next::End:
        return true;
      case FieldReader::Next::Bad:
        return refuse(reader.why());
      case FieldReader::Next::Field:
        break;
    }
    if (count == limits_.max_headers) return refuse("too many headers");
    if (!take(field)) return false;
  }
}

bool ResponseReader::take(const Field& field) noexcept {
  const auto first = [&field](std::string_view& slot) {
    if (slot.empty()) slot = field.value;
    return true;
  };
  switch (identify(field.name)) {
    case FieldId::ContentLength:
      if (has_length_) return refuse("more than one Content-Length");
      has_length_ = true;
      return parse_content_length(field, head_.content_length) ||
             refuse("Content-Length is not a plain number");
    case FieldId::TransferEncoding:
      if (chunked_) return refuse("more than one Transfer-Encoding");
      if (field.tabbed || !spells(field.value, "chunked"))
        return refuse("Transfer-Encoding is not exactly chunked");
      chunked_ = true;
      return true;
    case FieldId::Connection:
      connection_odd_ |= !connection_.add(field.value);
      return true;
    case FieldId::ContentEncoding:
      if (has_encoding_) return refuse("more than one Content-Encoding");
      has_encoding_ = true;
      return first(head_.content_encoding);
    case FieldId::ContentType:
      return first(head_.content_type);
    case FieldId::RetryAfter:
      return first(head_.retry_after);
    case FieldId::RetryAfterMs:
      return first(head_.retry_after_ms);
    case FieldId::RatelimitResetRequests:
      return first(head_.ratelimit_reset_requests);
    case FieldId::RatelimitResetTokens:
      return first(head_.ratelimit_reset_tokens);
    case FieldId::RatelimitReset:
      return first(head_.ratelimit_reset);
    case FieldId::RatelimitRemainingRequests:
      return first(head_.ratelimit_remaining_requests);
    case FieldId::RatelimitRemainingTokens:
      return first(head_.ratelimit_remaining_tokens);
    case FieldId::RequestId:
      return first(head_.request_id);
    case FieldId::ShouldRetry:
      return first(head_.should_retry);
    case FieldId::Other:
      break;
  }
  if (field.odd_name && decides_framing(identify(DashedName(field.name).view()))) {
    return refuse("header name that reads like another");
  }
  return true;
}

bool ResponseReader::settle() noexcept {
  if (chunked_ && has_length_) return refuse("both Transfer-Encoding and Content-Length");
  if (chunked_ && head_.minor == 0) return refuse("Transfer-Encoding on HTTP/1.0");
  head_.size = bytes_.size();
  head_.keep_alive =
      !connection_.close && !connection_odd_ && (head_.minor == 1 || connection_.keep_alive);
  const bool announces_body = chunked_ || head_.content_length > 0;
  if (head_.status < 200) return !announces_body || refuse("interim answer with a body");
  if (head_.status == 204 || head_.status == 304) {
    // A length on 304 describes the answer to GET; anything else may be followed by bytes nobody
    // expects.
    if (chunked_ || (announces_body && head_.status == 204)) head_.keep_alive = false;
    head_.content_length = 0;
    return true;
  }
  if (chunked_) {
    head_.body = BodyKind::Chunked;
  } else if (!has_length_) {
    head_.body = BodyKind::UntilClose;
    head_.keep_alive = false;
  } else if (head_.content_length > 0) {
    head_.body = BodyKind::Length;
  }
  return true;
}

}  // namespace

Result<ResponseHead> parse_response_head(std::string_view bytes, const HeadLimits& limits) {
  if (bytes.size() > limits.max_bytes)
    return fail(ErrorKind::UpstreamBroke, "upstream answered with a head too large");
  Result<ResponseHead> result;
  ResponseReader reader(bytes, limits, *result);
  if (!reader.read())
    result = fail(ErrorKind::UpstreamBroke, std::string("upstream broke HTTP: ") + reader.why());
  return result;
}

}  // namespace smartroute::http1

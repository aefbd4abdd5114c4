#include "dataplane/core/http1/request_head.hpp"

#include <cstring>

#include "dataplane/core/http1/chars.hpp"
#include "dataplane/core/http1/field_reader.hpp"
#include "dataplane/core/http1/target.hpp"

namespace smartroute::http1 {
namespace {

// The first kCount values are those of Known, so that one switch serves both.
enum class FieldId : std::uint8_t {
  FirstUnlisted = static_cast<std::uint8_t>(Known::kCount),
  ContentLength = FirstUnlisted,
  TransferEncoding,
  Connection,
  Upgrade,
  Expect,
  Endpoint,  // a client that tries to choose the upstream
  Other,
};

constexpr FieldId id_of(Known known) noexcept { return static_cast<FieldId>(known); }

FieldId identify(std::string_view name) noexcept {
  switch (name.size()) {
    case 4:
      if (spells(name, "host")) return id_of(Known::Host);
      break;
    case 6:
      if (spells(name, "accept")) return id_of(Known::Accept);
      if (spells(name, "origin")) return id_of(Known::Origin);
      if (spells(name, "expect")) return FieldId::Expect;
      break;
    case 7:
      if (spells(name, "api-key")) return id_of(Known::ApiKey);
      if (spells(name, "upgrade")) return FieldId::Upgrade;
      break;
    case 8:
      if (spells(name, "api-base") || spells(name, "base-url")) return FieldId::Endpoint;
      break;
    case 9:
      if (spells(name, "x-api-key")) return id_of(Known::XApiKey);
      break;
    case 10:
      if (spells(name, "user-agent")) return id_of(Known::UserAgent);
      if (spells(name, "connection")) return FieldId::Connection;
      if (spells(name, "tracestate")) return id_of(Known::Tracestate);
      break;
    case 11:
      if (spells(name, "traceparent")) return id_of(Known::Traceparent);
      if (spells(name, "openai-beta")) return id_of(Known::OpenAiBeta);
      break;
    case 12:
      if (spells(name, "content-type")) return id_of(Known::ContentType);
      if (spells(name, "x-request-id")) return id_of(Known::XRequestId);
      if (spells(name, "x-session-id")) return id_of(Known::XSessionId);
      break;
    case 13:
      if (spells(name, "authorization")) return id_of(Known::Authorization);
      break;
    case 14:
      if (spells(name, "content-length")) return FieldId::ContentLength;
      if (spells(name, "openai-project")) return id_of(Known::OpenAiProject);
      if (spells(name, "anthropic-beta")) return id_of(Known::AnthropicBeta);
      if (spells(name, "x-goog-api-key")) return id_of(Known::XGoogApiKey);
      break;
    case 16:
      if (spells(name, "content-encoding")) return id_of(Known::ContentEncoding);
      break;
    case 17:
      if (spells(name, "transfer-encoding")) return FieldId::TransferEncoding;
      if (spells(name, "x-conversation-id")) return id_of(Known::XConversationId);
      if (spells(name, "anthropic-version")) return id_of(Known::AnthropicVersion);
      break;
    case 19:
      if (spells(name, "openai-organization")) return id_of(Known::OpenAiOrganization);
      break;
    case 21:
      if (spells(name, "x-smartroute-on-break")) return id_of(Known::XSmartrouteOnBreak);
      break;
    case 22:
      if (spells(name, "x-smartroute-guarantee")) return id_of(Known::XSmartrouteGuarantee);
      break;
    case 24:
      if (spells(name, "x-stainless-read-timeout")) return id_of(Known::XStainlessReadTimeout);
      break;
    default:
      break;
  }
  return FieldId::Other;
}

// Fields of which a second one could say something else than the first to another reader.
constexpr std::uint32_t bit(Known known) noexcept { return 1u << static_cast<unsigned>(known); }
constexpr std::uint32_t kOnlyOnce = bit(Known::Host) | bit(Known::Authorization) |
                                    bit(Known::XApiKey) | bit(Known::ApiKey) |
                                    bit(Known::XGoogApiKey) | bit(Known::ContentType) |
                                    bit(Known::ContentEncoding) | bit(Known::Origin);
static_assert(static_cast<unsigned>(Known::kCount) <= 32, "seen_ holds one bit for each");

bool is_token(std::string_view text) noexcept {
  for (char c : text) {
    if ((classes_of(c) & kToken) == 0) return false;
  }
  return !text.empty();
}

// Fills a RequestHead from bytes. Every step returns false once kind() and why() say what was
// refused.
class RequestReader {
 public:
  RequestReader(std::string_view bytes, const HeadLimits& limits, RequestHead& head) noexcept
      : bytes_(bytes), limits_(limits), head_(head) {}

  bool read() noexcept { return read_line() && read_fields() && settle_target() && settle_body(); }
  ErrorKind kind() const noexcept { return kind_; }
  const char* why() const noexcept { return why_; }

 private:
  bool refuse(const char* why, ErrorKind kind = ErrorKind::BadRequest) noexcept {
    why_ = why;
    kind_ = kind;
    return false;
  }

  bool read_line() noexcept;
  bool read_version(std::string_view text) noexcept;
  bool read_method(std::string_view text) noexcept;
  bool read_fields() noexcept;
  bool take(const Field& field) noexcept;
  bool take_known(Known known, const Field& field) noexcept;
  bool take_length(const Field& field) noexcept;
  bool take_expect(const Field& field) noexcept;
  bool settle_target() noexcept;
  bool settle_body() noexcept;
  bool settle_coding() noexcept;

  std::string_view bytes_;
  const HeadLimits& limits_;
  RequestHead& head_;
  std::size_t fields_at_ = 0;
  std::string_view target_authority_;
  std::string_view coding_;  // value of Transfer-Encoding
  ConnectionOptions connection_;
  std::uint32_t seen_ = 0;  // of Known
  bool has_length_ = false;
  bool has_coding_ = false;
  bool coding_tabbed_ = false;
  bool upgrade_ = false;
  bool has_expect_ = false;
  ErrorKind kind_ = ErrorKind::BadRequest;
  const char* why_ = "";
};

// method SP target SP version CRLF. The version is judged first: of another version nothing else
// may be assumed.
bool RequestReader::read_line() noexcept {
  const auto* newline = static_cast<const char*>(std::memchr(bytes_.data(), '\n', bytes_.size()));
  if (newline == nullptr || newline == bytes_.data() || newline[-1] != '\r') {
    return refuse("request line that does not end with CR LF");
  }
  const std::string_view line(bytes_.data(), static_cast<std::size_t>(newline - bytes_.data()) - 1);
  fields_at_ = line.size() + 2;
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last)
    return refuse("request line without method, target and version");
  if (!read_version(line.substr(last + 1)) || !read_method(line.substr(0, first))) return false;
  head_.target = line.substr(first + 1, last - first - 1);
  if (head_.target.size() > limits_.max_target)
    return refuse("target too long", ErrorKind::TargetTooLong);
  const Target target = parse_target(head_.target);
  if (target.why != nullptr) return refuse(target.why);
  target_authority_ = target.authority;
  head_.path = target.path;
  head_.query = target.query;
  return true;
}

bool RequestReader::read_version(std::string_view text) noexcept {
  if (text.size() != 8 || std::memcmp(text.data(), "HTTP/", 5) != 0 || text[6] != '.' ||
      (classes_of(text[5]) & classes_of(text[7]) & kDigit) == 0) {
    return refuse("no HTTP version in the request line");
  }
  if (text[5] != '1' || text[7] > '1')
    return refuse("HTTP version not supported", ErrorKind::UnsupportedVersion);
  head_.minor = text[7] == '1' ? 1 : 0;
  return true;
}

bool RequestReader::read_method(std::string_view text) noexcept {
  if (text == "POST") {
    head_.method = Method::Post;
  } else if (text == "GET") {
    head_.method = Method::Get;
  } else if (text == "OPTIONS") {
    head_.method = Method::Options;
  } else if (text == "HEAD") {
    head_.method = Method::Head;
  } else if (text == "DELETE") {
    head_.method = Method::Delete;
  } else if (text == "PUT") {
    head_.method = Method::Put;
  } else if (text == "PATCH") {
    head_.method = Method::Patch;
  } else {
    for (char c : text) {
      if ((classes_of(c) & kUpper) == 0) return refuse("method that is not an upper-case word");
    }
    return text.empty() ? refuse("no method")
                        : refuse("method not allowed", ErrorKind::MethodNotAllowed);
  }
  return true;
}

bool RequestReader::read_fields() noexcept {
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
    if (count == limits_.max_headers) return refuse("too many headers", ErrorKind::HeadersTooLarge);
    if (!take(field)) return false;
  }
}

bool RequestReader::take(const Field& field) noexcept {
  const FieldId id = identify(field.name);
  if (id < FieldId::FirstUnlisted) return take_known(static_cast<Known>(id), field);
  switch (id) {
    case FieldId::ContentLength:
      return take_length(field);
    case FieldId::TransferEncoding:
      if (has_coding_) return refuse("more than one Transfer-Encoding");
      has_coding_ = true;
      coding_ = field.value;
      coding_tabbed_ = field.tabbed;
      return true;
    case FieldId::Connection:
      return connection_.add(field.value) || refuse("Connection is not a list of tokens");
    case FieldId::Upgrade:
      upgrade_ = true;
      return true;
    case FieldId::Expect:
      return take_expect(field);
    case FieldId::Endpoint:
      return refuse("header that names an upstream");
    default:
      break;
  }
  if (field.odd_name && identify(DashedName(field.name).view()) != FieldId::Other) {
    return refuse("header name that reads like another");
  }
  return true;
}

bool RequestReader::take_known(Known known, const Field& field) noexcept {
  if ((seen_ & bit(known)) != 0)
    return (kOnlyOnce & bit(known)) == 0 || refuse("header that may stand only once is repeated");
  seen_ |= bit(known);
  if (known == Known::Host && (field.tabbed || !is_authority(field.value)))
    return refuse("Host is not a plain host");
  head_.known[static_cast<std::size_t>(known)] = field.value;
  return true;
}

bool RequestReader::take_length(const Field& field) noexcept {
  if (has_length_) return refuse("more than one Content-Length");
  has_length_ = true;
  return parse_content_length(field, head_.content_length) ||
         refuse("Content-Length is not a plain number");
}

bool RequestReader::take_expect(const Field& field) noexcept {
  if (has_expect_) return refuse("more than one Expect");
  has_expect_ = true;
  if (!spells(field.value, "100-continue"))
    return refuse("expectation not known", ErrorKind::ExpectationFailed);
  return true;
}

bool RequestReader::settle_target() noexcept {
  const std::string_view host = head_.get(Known::Host);
  if (host.empty()) return refuse("no Host");
  if (!target_authority_.empty() && !same_authority(target_authority_, host)) {
    return refuse("target and Host name different hosts");
  }
  return true;
}

bool RequestReader::settle_coding() noexcept {
  if (has_length_) return refuse("both Transfer-Encoding and Content-Length");
  if (head_.minor == 0) return refuse("Transfer-Encoding on HTTP/1.0");
  if (coding_tabbed_ || !is_token(coding_))
    return refuse("Transfer-Encoding is not exactly chunked");
  if (!spells(coding_, "chunked"))
    return refuse("transfer coding not known", ErrorKind::UnsupportedCoding);
  head_.body = BodyKind::Chunked;
  return true;
}

bool RequestReader::settle_body() noexcept {
  if (has_coding_) {
    if (!settle_coding()) return false;
  } else if (head_.content_length > 0) {
    head_.body = BodyKind::Length;
  }
  if (head_.body != BodyKind::None) {
    switch (head_.method) {
      case Method::Get:
      case Method::Head:
      case Method::Delete:
      case Method::Options:
        return refuse("body with a method that takes none");
      case Method::Post:
      case Method::Put:
      case Method::Patch:
        break;
    }
  }
  // HTTP/1.0 has no interim answers, and without a body there is nothing to wait for.
  head_.expect_continue = has_expect_ && head_.minor == 1 && head_.body != BodyKind::None;
  head_.keep_alive =
      !connection_.close && !upgrade_ && (head_.minor == 1 || connection_.keep_alive);
  head_.size = bytes_.size();
  return true;
}

}  // namespace

std::size_t find_head_end(std::string_view bytes, std::size_t from) noexcept {
  // The end may have begun in the bytes seen before: LF CR are at most two of them.
  std::size_t at = from < 2 ? 0 : from - 2;
  while (at < bytes.size()) {
    const auto* newline =
        static_cast<const char*>(std::memchr(bytes.data() + at, '\n', bytes.size() - at));
    if (newline == nullptr) break;
    at = static_cast<std::size_t>(newline - bytes.data()) + 1;
    if (at < bytes.size() && bytes[at] == '\n') return at + 1;
    if (at + 1 < bytes.size() && bytes[at] == '\r' && bytes[at + 1] == '\n') return at + 2;
  }
  return std::string_view::npos;
}

ErrorKind overflow_kind(std::string_view bytes, const HeadLimits& limits) noexcept {
  const std::string_view line = bytes.substr(0, bytes.find('\n'));
  // A request line is its target and little more.
  constexpr std::size_t kMethodAndVersion = 32;
  return line.size() > limits.max_target + kMethodAndVersion ? ErrorKind::TargetTooLong
                                                             : ErrorKind::HeadersTooLarge;
}

Result<RequestHead> parse_request_head(std::string_view bytes, const HeadLimits& limits) {
  if (bytes.size() > limits.max_bytes)
    return fail(overflow_kind(bytes, limits), "request head too large");
  Result<RequestHead> result;
  RequestReader reader(bytes, limits, *result);
  if (!reader.read()) result = fail(reader.kind(), reader.why());
  return result;
}

}  // namespace smartroute::http1

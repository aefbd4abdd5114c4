// The strict edge: decides from the raw bytes whether a request head is unambiguous HTTP/1.1, and
// hands out views into them. Everything a second parser could read differently is refused here,
// before anything else looks at the request.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "contract/base/result.hpp"

namespace smartroute::http1 {

struct HeadLimits {
  std::size_t max_bytes = 16 * 1024;  // request line, headers and the blank line
  std::size_t max_headers = 100;
  std::size_t max_target = 8 * 1024;
};

enum class Method : std::uint8_t { Get, Head, Post, Put, Patch, Delete, Options };
// UntilClose: responses only.
enum class BodyKind : std::uint8_t { None, Length, Chunked, UntilClose };

// Request headers the gateway acts on or passes upstream; all others are checked for form and
// dropped.
enum class Known : std::uint8_t {
  Host,
  Authorization,
  XApiKey,
  ApiKey,
  XGoogApiKey,
  ContentType,
  ContentEncoding,
  Accept,
  XRequestId,
  Traceparent,
  Tracestate,
  OpenAiOrganization,
  OpenAiProject,
  OpenAiBeta,
  AnthropicVersion,
  AnthropicBeta,
  XSessionId,
  XConversationId,
  UserAgent,
  XStainlessReadTimeout,
  Origin,
  XSmartrouteGuarantee,
  XSmartrouteOnBreak,
  kCount
};

// Views point into the bytes that were parsed and live as long as they do.
struct RequestHead {
  Method method = Method::Get;
  BodyKind body = BodyKind::None;  // also None for Content-Length: 0
  std::uint8_t minor = 1;          // HTTP/1.minor
  bool keep_alive = true;
  bool expect_continue = false;
  std::uint64_t content_length = 0;  // when body == Length
  std::string_view target;           // as sent
  std::string_view path;  // without query; %XX in it is refused except for unreserved characters
  std::string_view query;
  std::size_t size = 0;  // bytes of the head with its blank line
  // Trimmed; empty if absent.
  std::array<std::string_view, static_cast<std::size_t>(Known::kCount)> known{};

  std::string_view get(Known name) const noexcept { return known[static_cast<std::size_t>(name)]; }
};

// Offset just after the blank line that ends a head, or npos if `bytes` holds no whole head yet.
// `from` is where the last call stopped looking (0 at first), so that a drip-fed head is scanned
// once. Only CRLF CRLF ends a head; a head that contains a bare LF is found to be wrong by
// parse_request_head, and find_head_end reports the end at LF LF so that it can be.
std::size_t find_head_end(std::string_view bytes, std::size_t from) noexcept;

// What to answer once max_bytes have come and no head has ended: TargetTooLong or HeadersTooLarge.
ErrorKind overflow_kind(std::string_view bytes, const HeadLimits& limits) noexcept;

// `bytes` is exactly one head, blank line included. Errors: BadRequest (any doubt about framing or
// form), UnsupportedVersion, UnsupportedCoding, HeadersTooLarge, TargetTooLong, MethodNotAllowed
// (TRACE, CONNECT, unknown), ExpectationFailed. After any error the connection must be closed.
// Pure; no allocation except for the error text.
Result<RequestHead> parse_request_head(std::string_view bytes, const HeadLimits& limits);

}  // namespace smartroute::http1

// What an upstream answered, held to the same strictness as a request: framing in doubt means the
// connection is never reused.
#pragma once
#include <cstdint>
#include <string_view>

#include "contract/base/result.hpp"
#include "dataplane/core/http1/request_head.hpp"

namespace smartroute::http1 {

// Views point into the parsed bytes.
struct ResponseHead {
  int status = 0;
  std::uint8_t minor = 1;
  BodyKind body = BodyKind::None;
  bool keep_alive = true;  // false for HTTP/1.0 without keep-alive, Connection: close, UntilClose
  std::uint64_t content_length = 0;
  std::string_view content_type;
  std::string_view content_encoding;  // empty or "identity" means plain
  std::string_view retry_after;
  std::string_view retry_after_ms;
  // x-ratelimit-reset-requests, -tokens, x-ratelimit-reset or ratelimit-reset; x-ratelimit-remaining-*.
  std::string_view ratelimit_reset_requests, ratelimit_reset_tokens, ratelimit_reset;
  std::string_view ratelimit_remaining_requests, ratelimit_remaining_tokens;
  std::string_view request_id;    // x-request-id or request-id
  std::string_view should_retry;  // x-should-retry
  std::size_t size = 0;
};

// `bytes` is exactly one head, blank line included (find_head_end). A missing reason phrase is
// accepted. 1xx heads parse like others: the caller drops them and reads on, at most kMaxInterim of
// them; 101 is an error. Errors: UpstreamBroke with the reason.
inline constexpr int kMaxInterim = 8;
Result<ResponseHead> parse_response_head(std::string_view bytes, const HeadLimits& limits);

}  // namespace smartroute::http1

// When a provider says it may be asked again. Pure.
#pragma once
#include <optional>
#include <string_view>

#include "contract/base/clock.hpp"
#include "contract/config/model.hpp"

namespace smartroute::resilience {

// Header values as they came; empty: not there.
struct RetryHeaders {
  std::string_view retry_after_ms = {};      // "1500", "1500.5"
  std::string_view retry_after = {};         // seconds ("2", "0.5") or an HTTP date (IMF-fixdate, RFC 850, asctime)
  std::string_view reset_requests = {};      // x-ratelimit-reset-requests: "1s", "6m0s", "250ms", seconds, or seconds since 1970
  std::string_view reset_tokens = {};        // x-ratelimit-reset-tokens
  std::string_view reset = {};               // x-ratelimit-reset, ratelimit-reset
  std::string_view remaining_requests = {};  // x-ratelimit-remaining-requests: a reset counts only if this is 0 or not there
  std::string_view remaining_tokens = {};
};

// The first of them that can be read, in the order in which the official SDKs look: -ms, then Retry-After, then the resets (of the limits
// that are used up the longest; if none says it is, the shortest). Never negative; a date in the past is 0. nullopt: nothing was said, or
// nothing that makes sense (NaN, a word, more than ten years). `wall` turns dates and times since 1970 into spans.
std::optional<config::Millis> asked_wait(const RetryHeaders& headers, WallTime wall) noexcept;

}  // namespace smartroute::resilience

// How one attempt at one upstream ended: what it did, whose fault that is, whether another candidate may run, what it costs the model's
// health, what the client is told. One closed set, one table (outcome.cpp), with the reason for each row.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "contract/base/error.hpp"
#include "contract/config/model.hpp"

namespace smartroute::resilience {

enum class AttemptOutcome : std::uint8_t {
  Answered,            // committed to this answer
  DnsFailed,
  ConnectFailed,       // refused, unreachable
  ConnectTimeout,
  TlsFailed,
  Reset,               // closed or reset before a whole response head
  FirstByteTimeout,    // silent; tried once, never again for this request
  RetryableStatus,     // one of retry.status_codes: 408, 409, or 5xx
  RetryableRejection,  // 404, or another 4xx that is configured: says nothing about the model
  RateLimited,         // 429
  CredentialsRefused,  // 401, 403, 402: the gateway's account, not the caller's
  RejectedRequest,     // another 4xx: the request's own fault; passed on
  ContextLength,       // 400 or 413: longer than the model's context window
  ContentPolicy,       // refused for what it says
  ServerError,         // 5xx that is not configured as retryable
  BadResponse,         // framing, content type, coding or JSON that cannot be trusted
  ErrorInBody,         // a 200 whose body or first event is an error
  ErrorKeyword,        // a 200 whose short text is one of retry.error_keywords
  EmptyAnswer,         // a 200 that says nothing
  BrokeMidStream,      // after its first event
  IdleTimeout,         // after its first event
  TotalTimeout,        // the request's own deadline
  NoCredentials,       // the provider's key reference could not be resolved; nothing was sent
  ClientGone,
  Drained,
  kCount
};

// Who may run after it, before the commit point.
enum class Next : std::uint8_t {
  Nobody,        // final
  Others,        // any candidate but this model; this one again only when there is no other
  OthersOrSame,  // likewise, and if the budget has room this model at once: a hiccup
  NotThisHost,   // any candidate of another upstream: this one was silent
  LargerWindow,  // a candidate with a larger context window
};

// What an outcome means to a model's health. Closed; FailureCount.kind on the wire.
enum class HealthKind : std::uint8_t {
  None,  // says nothing about the model
  Success,
  Timeout,
  ServerError,
  Keyword,
  Empty,
  RateLimited,
  Unauthorized,
  Connect,
  BadResponse,
  kCount
};
std::string_view name_of(HealthKind kind) noexcept;  // "rate_limited"
HealthKind health_kind_named(std::string_view name) noexcept;  // None for a name of another version

struct OutcomeRow {
  std::string_view name;  // metric label and log value
  Origin fault;           // whose it is
  Next next;
  HealthKind health;
  ErrorKind as_error;     // what the client is told when it was the last attempt
  bool passes_on;         // ... unless the provider's own words about the request are at hand
  std::string_view text;  // for the trace
};
const OutcomeRow& row_of(AttemptOutcome outcome) noexcept;
inline std::string_view name_of(AttemptOutcome outcome) noexcept { return row_of(outcome).name; }

// retry.*, compiled. Immutable.
class RetryRules {
 public:
  explicit RetryRules(const config::Retry& retry);
  bool contains(int status) const noexcept;
  bool on_empty() const noexcept { return on_empty_; }
  bool on_content_policy() const noexcept { return on_content_policy_; }
  // Lower-cased ASCII, as configured otherwise.
  const std::vector<std::string>& keywords() const noexcept { return keywords_; }

 private:
  std::array<std::uint64_t, 4> bits_{};  // 400..655
  std::vector<std::string> keywords_;
  bool on_empty_ = true;
  bool on_content_policy_ = false;
};

// Who may run after this outcome, before the commit point: the table's word, except that RateLimited also needs 429 among the configured
// statuses and ContentPolicy needs retry.on_content_policy.
Next next_after(AttemptOutcome outcome, const RetryRules& retry) noexcept;

// The outcome of a response head. 2xx: Answered (the body may still turn it into another).
AttemptOutcome judge_status(int status, const RetryRules& retry) noexcept;

// Whether the body of an answer with this status can change the outcome, so that it is worth reading: judge_rejection() then decides.
bool body_tells(AttemptOutcome by_status, int status) noexcept;
// What the body of an error answer makes of the outcome its status had: ContextLength and ContentPolicy are known by their codes and by the
// words of providers that have none; a 403 of a moderation is no matter of credentials. A request that is larger than the account's
// allowance for a minute (413 or 429 of some) is a RetryableRejection: others may take it, and the model is well. ErrorInBody is judged,
// too: some providers say such things with a 200. `body` as it came, JSON or not, whole or cut.
AttemptOutcome judge_rejection(AttemptOutcome by_status, int status, std::string_view body) noexcept;

// Whether the short text of a "successful" answer is an error in disguise: it holds a keyword (ASCII case is ignored) that the request
// itself does not hold. Texts longer than kMaxKeywordText never are: they are answers about such errors.
inline constexpr std::size_t kMaxKeywordText = 300;
bool is_error_text(std::string_view text, std::string_view request_body, const RetryRules& retry) noexcept;

}  // namespace smartroute::resilience

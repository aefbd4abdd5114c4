// How one attempt at one upstream ended: what it did, whose fault that is, whether the next
// candidate may run. One closed set, one table (outcome.cpp), with the reason for each row.
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "contract/base/error.hpp"

namespace smartroute::resilience {

enum class AttemptOutcome : std::uint8_t {
  Answered,  // committed to this answer
  DnsFailed,
  ConnectFailed,  // refused, unreachable
  ConnectTimeout,
  TlsFailed,
  Reset,               // closed or reset before a whole response head
  FirstByteTimeout,    // silent; tried once, never again for this request
  RetryableStatus,     // one of retry.status_codes, other than 429
  RateLimited,         // 429
  CredentialsRefused,  // 401, 403
  RejectedRequest,     // another 4xx: the request's own fault; passed on
  ServerError,         // 5xx that is not configured as retryable
  BadResponse,         // framing, content type or coding that cannot be trusted
  ErrorInBody,         // a 200 whose body or first event is an error
  BrokeMidStream,      // after the commit point
  IdleTimeout,         // after the commit point
  TotalTimeout,        // the request's own deadline
  NoCredentials,       // the provider's key reference could not be resolved; nothing was sent
  ClientGone,
  Drained,
  kCount
};

struct OutcomeRow {
  std::string_view name;  // metric label and log value
  Origin fault;
  bool next_candidate;    // may another candidate run (before the commit point)
  ErrorKind as_error;     // what the client is told when it was the last attempt
  std::string_view text;  // for the trace
};
const OutcomeRow& row_of(AttemptOutcome outcome) noexcept;
inline std::string_view name_of(AttemptOutcome outcome) noexcept { return row_of(outcome).name; }

// Statuses that let the next candidate run. Immutable.
class RetryStatuses {
 public:
  explicit RetryStatuses(const std::vector<std::int32_t>& codes);
  bool contains(int status) const noexcept;

 private:
  std::uint64_t bits_[4] = {};  // 400..655
};

// Whether another candidate may run after this outcome, before the commit point: the table's word,
// except that RateLimited also needs 429 among the configured statuses.
bool may_fail_over(AttemptOutcome outcome, const RetryStatuses& retry) noexcept;

// The outcome of a response head. 2xx: Answered (the body may still turn it into ErrorInBody or
// BadResponse).
AttemptOutcome judge_status(int status, const RetryStatuses& retry) noexcept;

}  // namespace smartroute::resilience

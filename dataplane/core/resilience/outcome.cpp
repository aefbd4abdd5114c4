// The policy table of attempts. A row says: name, whose fault, may the next candidate run, what the
// client is told when nothing is left.
//
// The rule behind the third column: another model may help when this one was unreachable, silent,
// untrustworthy or refused for a reason of its own (load, credentials). It cannot help when the
// request itself is at fault, when its time or its client is gone, or when bytes of an answer have
// already been delivered.
#include "dataplane/core/resilience/outcome.hpp"

#include <array>
#include <cstddef>

namespace smartroute::resilience {
namespace {

constexpr int kFirst = 400;
constexpr int kBits = 256;
constexpr int kTooManyRequests = 429;

constexpr std::size_t index_of(AttemptOutcome outcome) noexcept {
  return static_cast<std::size_t>(outcome);
}

constexpr std::array<OutcomeRow, index_of(AttemptOutcome::kCount)> make_rows() {
  using enum AttemptOutcome;
  std::array<OutcomeRow, index_of(kCount)> rows{};
  // The answer is the client's; kind and fault are never read.
  rows[index_of(Answered)] = {"answered", Origin::Upstream, false, ErrorKind::Internal, "answered"};
  // Nothing was sent: the next candidate costs nothing twice.
  rows[index_of(DnsFailed)] = {"dns_failed", Origin::Upstream, true, ErrorKind::UpstreamUnreachable,
                               "the provider's name could not be resolved"};
  rows[index_of(ConnectFailed)] = {"connect_failed", Origin::Upstream, true,
                                   ErrorKind::UpstreamUnreachable,
                                   "the connection was refused or the host is unreachable"};
  rows[index_of(ConnectTimeout)] = {"connect_timeout", Origin::Upstream, true,
                                    ErrorKind::UpstreamUnreachable,
                                    "no connection within the connect timeout"};
  rows[index_of(TlsFailed)] = {"tls_failed", Origin::Upstream, true, ErrorKind::UpstreamUnreachable,
                               "the TLS handshake or the certificate check failed"};
  // The request may have run there, but the client has nothing yet, and an answer is what it pays
  // for.
  rows[index_of(Reset)] = {"reset", Origin::Upstream, true, ErrorKind::UpstreamBroke,
                           "the connection ended before a whole response head"};
  // Another model, never this one again: a silent upstream tried twice doubles the wait for
  // nothing.
  rows[index_of(FirstByteTimeout)] = {"first_byte_timeout", Origin::Upstream, true,
                                      ErrorKind::UpstreamTimeout,
                                      "no answer within the first-byte timeout"};
  rows[index_of(RetryableStatus)] = {"retryable_status", Origin::Upstream, true,
                                     ErrorKind::UpstreamRejected,
                                     "answered with a status that is configured as retryable"};
  // True here, but only when 429 is configured: see may_fail_over().
  rows[index_of(RateLimited)] = {"rate_limited", Origin::Upstream, true,
                                 ErrorKind::UpstreamRateLimited,
                                 "the provider's rate limit was hit"};
  // The gateway's key, not the caller's: another provider has another key. Never shown to the
  // client as its own 401.
  rows[index_of(CredentialsRefused)] = {"credentials_refused", Origin::Gateway, true,
                                        ErrorKind::UpstreamCredentials,
                                        "the provider refused the gateway's credentials"};
  // Every model would refuse it again: pass the provider's words on, at once.
  rows[index_of(RejectedRequest)] = {"rejected_request", Origin::Client, false,
                                     ErrorKind::UpstreamRejected,
                                     "the provider rejected the request itself"};
  // The owner left this status off the list, so it is meant to be final.
  rows[index_of(ServerError)] = {
      "server_error", Origin::Upstream, false, ErrorKind::UpstreamRejected,
      "the provider failed with a status that is not configured as retryable"};
  rows[index_of(BadResponse)] = {"bad_response", Origin::Upstream, true, ErrorKind::UpstreamBroke,
                                 "the provider's answer cannot be trusted"};
  rows[index_of(ErrorInBody)] = {"error_in_body", Origin::Upstream, true,
                                 ErrorKind::UpstreamRejected,
                                 "the provider reported an error inside a successful answer"};
  // Bytes of one answer were delivered; another model's would not continue them.
  rows[index_of(BrokeMidStream)] = {"broke_mid_stream", Origin::Upstream, false,
                                    ErrorKind::UpstreamBroke,
                                    "the answer broke off after it had begun"};
  rows[index_of(IdleTimeout)] = {"idle_timeout", Origin::Upstream, false,
                                 ErrorKind::UpstreamTimeout,
                                 "the answer stalled after it had begun"};
  // One budget for all attempts, and it is spent.
  rows[index_of(TotalTimeout)] = {"total_timeout", Origin::Upstream, false,
                                  ErrorKind::UpstreamTimeout,
                                  "the request's total time was used up"};
  rows[index_of(NoCredentials)] = {"no_credentials", Origin::Gateway, true,
                                   ErrorKind::UpstreamCredentials,
                                   "the provider's key is not to be had; nothing was sent"};
  rows[index_of(ClientGone)] = {"client_gone", Origin::Client, false, ErrorKind::ClientGone,
                                "the client went away"};
  rows[index_of(Drained)] = {"drained", Origin::Gateway, false, ErrorKind::Draining,
                             "the gateway is shutting down"};
  return rows;
}

constexpr auto kRows = make_rows();

constexpr bool every_row_is_filled() {
  for (const OutcomeRow& row : kRows)
    if (row.name.empty() || row.text.empty()) return false;
  return true;
}
static_assert(every_row_is_filled(), "an outcome has no row");

}  // namespace

const OutcomeRow& row_of(AttemptOutcome outcome) noexcept { return kRows[index_of(outcome)]; }

RetryStatuses::RetryStatuses(const std::vector<std::int32_t>& codes) {
  for (const std::int32_t code : codes)
    if (code >= kFirst && code < kFirst + kBits)
      bits_[(code - kFirst) / 64] |= std::uint64_t{1} << ((code - kFirst) % 64);
}

bool RetryStatuses::contains(int status) const noexcept {
  if (status < kFirst || status >= kFirst + kBits) return false;
  return (bits_[(status - kFirst) / 64] >> ((status - kFirst) % 64) & 1) != 0;
}

bool may_fail_over(AttemptOutcome outcome, const RetryStatuses& retry) noexcept {
  if (outcome == AttemptOutcome::RateLimited) return retry.contains(kTooManyRequests);
  return row_of(outcome).next_candidate;
}

// The order matters: credentials and rate limits keep their own outcome, also when they are on the
// list, because health treats them differently from a server that failed.
AttemptOutcome judge_status(int status, const RetryStatuses& retry) noexcept {
  if (status >= 200 && status < 300) return AttemptOutcome::Answered;
  if (status == 401 || status == 403) return AttemptOutcome::CredentialsRefused;
  if (status == kTooManyRequests) return AttemptOutcome::RateLimited;
  if (retry.contains(status)) return AttemptOutcome::RetryableStatus;
  if (status >= 500 && status < 600) return AttemptOutcome::ServerError;
  if (status >= 400 && status < 500) return AttemptOutcome::RejectedRequest;
  return AttemptOutcome::BadResponse;  // interim answers are not final ones, and redirects are
                                       // never followed
}

}  // namespace smartroute::resilience

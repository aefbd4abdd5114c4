#include "dataplane/core/resilience/health.hpp"

#include <algorithm>
#include <cmath>

namespace smartroute::resilience {

double penalty_of(AttemptOutcome outcome, const config::Penalties& penalties) noexcept {
  switch (outcome) {
    // No connection, whatever the reason, a silent host included.
    case AttemptOutcome::DnsFailed:
    case AttemptOutcome::ConnectFailed:
    case AttemptOutcome::ConnectTimeout:
    case AttemptOutcome::TlsFailed:
      return penalties.connect;
    // Mild: a long thought looks the same.
    case AttemptOutcome::FirstByteTimeout:
    case AttemptOutcome::IdleTimeout:
    case AttemptOutcome::TotalTimeout:
      return penalties.timeout;
    case AttemptOutcome::RetryableStatus:
    case AttemptOutcome::ServerError:
      return penalties.server_error;
    case AttemptOutcome::RateLimited:
      return penalties.rate_limited;
    case AttemptOutcome::CredentialsRefused:
      return penalties.unauthorized;
    case AttemptOutcome::Reset:
    case AttemptOutcome::BadResponse:
    case AttemptOutcome::BrokeMidStream:
      return penalties.bad_response;
    // A 200 that says "overloaded".
    case AttemptOutcome::ErrorInBody:
      return penalties.keyword;
    case AttemptOutcome::Answered:
    case AttemptOutcome::RejectedRequest:  // the request's own fault
    case AttemptOutcome::NoCredentials:    // nothing was sent
    case AttemptOutcome::ClientGone:
    case AttemptOutcome::Drained:
    case AttemptOutcome::kCount:
      return 0;
  }
  return 0;
}

config::Millis cooldown_of(AttemptOutcome outcome, const config::Cooldowns& cooldowns) noexcept {
  switch (outcome) {
    case AttemptOutcome::RateLimited:
      return cooldowns.rate_limited;
    case AttemptOutcome::CredentialsRefused:
      return cooldowns.unauthorized;
    case AttemptOutcome::ErrorInBody:
      return cooldowns.keyword;
    // The next request may find these well again; their score alone steers.
    case AttemptOutcome::Answered:
    case AttemptOutcome::DnsFailed:
    case AttemptOutcome::ConnectFailed:
    case AttemptOutcome::ConnectTimeout:
    case AttemptOutcome::TlsFailed:
    case AttemptOutcome::Reset:
    case AttemptOutcome::FirstByteTimeout:
    case AttemptOutcome::RetryableStatus:
    case AttemptOutcome::RejectedRequest:
    case AttemptOutcome::ServerError:
    case AttemptOutcome::BadResponse:
    case AttemptOutcome::BrokeMidStream:
    case AttemptOutcome::IdleTimeout:
    case AttemptOutcome::TotalTimeout:
    case AttemptOutcome::NoCredentials:
    case AttemptOutcome::ClientGone:
    case AttemptOutcome::Drained:
    case AttemptOutcome::kCount:
      return config::Millis(0);
  }
  return config::Millis(0);
}

double faded(double score, std::chrono::nanoseconds elapsed, config::Millis half_life) noexcept {
  if (score <= 0 || elapsed.count() <= 0) return std::max(score, 0.0);
  if (half_life.count() <= 0) return 0;
  const double halvings = std::chrono::duration<double>(elapsed) / std::chrono::duration<double>(half_life);
  const double left = score * std::exp2(-halvings);
  return left < kForgottenScore ? 0 : left;
}

double score_after(double score, AttemptOutcome outcome, const config::Penalties& penalties) noexcept {
  if (outcome != AttemptOutcome::Answered) return std::min(score + penalty_of(outcome, penalties), kMaxScore);
  const double left = score * kSuccessKeeps;
  return left < kForgottenScore ? 0 : left;
}

double health_of(double score) noexcept { return 1 / (1 + 0.2 * std::max(score, 0.0)); }

}  // namespace smartroute::resilience

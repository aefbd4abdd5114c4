#include "dataplane/core/resilience/health.hpp"

#include <algorithm>
#include <cmath>

namespace smartroute::resilience {
namespace {

// Scores come from other processes and from disk. NaN compares false with everything.
double sane(double score) noexcept { return score > 0 ? std::min(score, kMaxScore) : 0; }

double unless_forgotten(double score) noexcept { return score < kForgottenScore ? 0 : score; }

config::Millis bounded(config::Millis wait, const config::Cooldowns& cooldowns) noexcept {
  const config::Millis longest = std::max(cooldowns.longest, config::Millis(0));
  return std::clamp(wait, config::Millis(0), longest);
}

}  // namespace

double penalty_of(HealthKind kind, const config::Penalties& penalties) noexcept {
  switch (kind) {
    case HealthKind::Timeout:
      return penalties.timeout;
    case HealthKind::ServerError:
      return penalties.server_error;
    case HealthKind::Keyword:
      return penalties.keyword;
    case HealthKind::Empty:
      return penalties.empty;
    case HealthKind::RateLimited:
      return penalties.rate_limited;
    case HealthKind::Unauthorized:
      return penalties.unauthorized;
    case HealthKind::Connect:
      return penalties.connect;
    case HealthKind::BadResponse:
      return penalties.bad_response;
    case HealthKind::None:
    case HealthKind::Success:
    case HealthKind::kCount:
      return 0;
  }
  return 0;
}

config::Millis cooldown_of(HealthKind kind, std::optional<config::Millis> asked, const config::Cooldowns& cooldowns) noexcept {
  switch (kind) {
    case HealthKind::RateLimited:
      return bounded(asked.value_or(cooldowns.rate_limited), cooldowns);
    // One 500 says little about the next request; a 503 that says when to come back is believed.
    case HealthKind::ServerError:
      return bounded(asked.value_or(config::Millis(0)), cooldowns);
    case HealthKind::Keyword:
      return bounded(asked.value_or(cooldowns.keyword), cooldowns);
    case HealthKind::Empty:
      return bounded(cooldowns.empty, cooldowns);
    // Keys are not mended by waiting for as long as somebody says.
    case HealthKind::Unauthorized:
      return bounded(cooldowns.unauthorized, cooldowns);
    // The next request may find these well again; score and ejection steer.
    case HealthKind::Timeout:
    case HealthKind::Connect:
    case HealthKind::BadResponse:
    case HealthKind::None:
    case HealthKind::Success:
    case HealthKind::kCount:
      return config::Millis(0);
  }
  return config::Millis(0);
}

config::Millis ejection_of(std::uint32_t ejections, const config::Cooldowns& cooldowns) noexcept {
  const config::Millis once = bounded(cooldowns.failing, cooldowns);
  const auto times = std::min<std::uint32_t>(ejections, kLongestEjection);
  // Divided, not multiplied: no config, however absurd, overflows.
  if (times > 1 && once > cooldowns.longest / times) return bounded(cooldowns.longest, cooldowns);
  return once * times;
}

double faded(double score, std::chrono::nanoseconds elapsed, config::Millis half_life) noexcept {
  score = sane(score);
  if (score == 0 || elapsed.count() <= 0) return score;
  if (half_life.count() <= 0) return 0;
  const double halvings = std::chrono::duration<double>(elapsed) / std::chrono::duration<double>(half_life);
  return unless_forgotten(score * std::exp2(-halvings));
}

double score_after(double score, HealthKind kind, std::uint64_t count, const config::Penalties& penalties) noexcept {
  score = sane(score);
  if (count == 0) return score;
  if (kind == HealthKind::Success) return unless_forgotten(score * std::pow(kSuccessKeeps, static_cast<double>(count)));
  const double penalty = penalty_of(kind, penalties);
  if (!(penalty > 0)) return score;
  return std::min(score + penalty * static_cast<double>(count), kMaxScore);
}

double health_of(double score) noexcept { return 1 / (1 + 0.2 * sane(score)); }

}  // namespace smartroute::resilience

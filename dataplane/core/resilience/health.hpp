// How failures of a model add up to its health. Pure: scores, outcomes and times in, scores out. The data plane runs these rules on what it
// sees, the control plane on what all data planes report.
//
//   a failure       score := min(score + penalty of its kind, kMaxScore)
//   a success       score := score * kSuccessKeeps
//   time            score := score * 2^(-elapsed / half_life), whether traffic comes or not
//   health          1 / (1 + 0.2 score), shown times 100: 1 is sound, 0.5 is a score of 5
//   cooldown        of its kind, or what the provider asked for; at most cooldowns.longest; of two the one that ends later
//   ejection        eject_after failures in a row, of any kind: a cooldown of cooldowns.failing, then of twice that
//
// Penalties, cooldowns and half_life are configuration (health.*). What is nobody's or the client's fault changes nothing.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>

#include "contract/config/model.hpp"
#include "dataplane/core/resilience/outcome.hpp"

namespace smartroute::resilience {

// A success takes back half of all that failed before it: after a long outage (kMaxScore) it takes eight good answers to be at 4, yet one
// good answer between failures does not hide them.
inline constexpr double kSuccessKeeps = 0.5;
// So that no outage, however long, takes more than eight half-lives to be forgotten.
inline constexpr double kMaxScore = 1'000;
// A smaller score is none: 0.02 % of health.
inline constexpr double kForgottenScore = 0.001;
// A model that fails on its return is left alone for twice as long, not longer: it is to be back within half a minute of its recovery.
inline constexpr int kLongestEjection = 2;

// What a failure adds to the score; 0 for None and Success.
double penalty_of(HealthKind kind, const config::Penalties& penalties) noexcept;

// For how long a model is put last after a failure of this kind; 0: not at all. `asked`: what the provider said (Retry-After and its kin),
// which counts for RateLimited, ServerError and Keyword; clamped to [0, cooldowns.longest].
config::Millis cooldown_of(HealthKind kind, std::optional<config::Millis> asked, const config::Cooldowns& cooldowns) noexcept;

// The cooldown of a model whose `ejections`-th (from 1) ejection in a row this is.
config::Millis ejection_of(std::uint32_t ejections, const config::Cooldowns& cooldowns) noexcept;

// The score `elapsed` later; time that runs backwards changes nothing. half_life 0: everything is forgotten at once.
double faded(double score, std::chrono::nanoseconds elapsed, config::Millis half_life) noexcept;

// The score after `count` outcomes of one kind, all at the same moment; never NaN, never outside [0, kMaxScore], whatever comes in.
double score_after(double score, HealthKind kind, std::uint64_t count, const config::Penalties& penalties) noexcept;

// In (0, 1].
double health_of(double score) noexcept;

}  // namespace smartroute::resilience

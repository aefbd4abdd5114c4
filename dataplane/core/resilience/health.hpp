// How failures of a model add up to its health. Pure: scores, outcomes and times in, scores out.
//
//   a failure       score := min(score + penalty of its kind, kMaxScore)
//   a success       score := score * kSuccessKeeps
//   time            score := score * 2^(-elapsed / half_life), whether traffic comes or not
//   health          1 / (1 + 0.2 score), shown times 100: 1 is sound, 0.5 is a score of 5
//
// Penalties, cooldowns and half_life are configuration (health.*). What is nobody's or the client's fault changes nothing.
#pragma once
#include <chrono>

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

// What an outcome adds to the score; 0 for Answered and for what is not the model's fault.
double penalty_of(AttemptOutcome outcome, const config::Penalties& penalties) noexcept;

// For how long a model is put last after an outcome; 0: not at all.
config::Millis cooldown_of(AttemptOutcome outcome, const config::Cooldowns& cooldowns) noexcept;

// The score `elapsed` later; time that runs backwards changes nothing. half_life 0: everything is forgotten at once.
double faded(double score, std::chrono::nanoseconds elapsed, config::Millis half_life) noexcept;

// The score after an outcome, both at the same moment.
double score_after(double score, AttemptOutcome outcome, const config::Penalties& penalties) noexcept;

// In (0, 1].
double health_of(double score) noexcept;

}  // namespace smartroute::resilience

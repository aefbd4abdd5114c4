#include "dataplane/core/routing/scoreboard.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "dataplane/core/resilience/health.hpp"

namespace smartroute::routing {
namespace {

using resilience::AttemptOutcome;
using resilience::HealthKind;
using std::chrono::duration;
using std::chrono::duration_cast;
using std::chrono::nanoseconds;

constexpr auto kRelaxed = std::memory_order_relaxed;
// Shorter pauses than this are no pause: samples come in by themselves.
constexpr std::chrono::seconds kPause{1};
constexpr float kLeastMillis = 0.001F;   // 0 means not known
constexpr float kLeastSamples = 1e-6F;   // ... as well
constexpr std::size_t kKinds = static_cast<std::size_t>(HealthKind::kCount);
constexpr std::int64_t kFailed = 1;
// Score and time share a word: the time in steps of 10 ms, which wraps after 497 days. Differences of up to half of that are exact.
constexpr nanoseconds kTick{10'000'000};
// Clocks of two cores may be read in one order and stored in the other; a longer step backwards is a time that has wrapped.
constexpr std::int32_t kMaxTicksBack = 6'000;

std::int64_t ns_of(SteadyTime time) noexcept { return duration_cast<nanoseconds>(time.time_since_epoch()).count(); }

std::uint64_t pack(float high, std::uint32_t low) noexcept {
  return std::uint64_t{std::bit_cast<std::uint32_t>(high)} << 32 | low;
}
float high_of(std::uint64_t word) noexcept { return std::bit_cast<float>(static_cast<std::uint32_t>(word >> 32)); }
std::uint32_t low_of(std::uint64_t word) noexcept { return static_cast<std::uint32_t>(word); }

std::uint32_t tick_of(SteadyTime time) noexcept { return static_cast<std::uint32_t>(ns_of(time) / kTick.count()); }

double score_at(std::uint64_t word, std::uint32_t tick, const config::Health& rules) noexcept {
  const auto passed = static_cast<std::int32_t>(tick - low_of(word));
  if (passed < -kMaxTicksBack) return 0;
  return resilience::faded(static_cast<double>(high_of(word)), kTick * passed, rules.half_life);
}

std::size_t index_of(HealthKind kind) noexcept { return static_cast<std::size_t>(kind); }

// Outcomes that say nothing about the model, yet show that there is one: its provider has read the request and refused it.
bool is_alive(AttemptOutcome outcome) noexcept {
  return outcome == AttemptOutcome::RejectedRequest || outcome == AttemptOutcome::RetryableRejection ||
         outcome == AttemptOutcome::ContextLength || outcome == AttemptOutcome::ContentPolicy;
}

// Failures and successes as if they had come in turn: all of the one before all of the other would make a model that fails half the time
// look sound, or dead.
double score_with(double score, const std::array<std::uint64_t, kKinds>& counts, const config::Penalties& penalties) noexcept {
  constexpr std::uint64_t kMostTurns = 16;
  const std::uint64_t turns = std::min(*std::max_element(counts.begin(), counts.end()), kMostTurns);
  for (std::uint64_t turn = 0; turn < turns; ++turn)
    for (std::size_t kind = kKinds; kind-- > index_of(HealthKind::Success);)
      if (const std::uint64_t count = counts[kind] / turns + (turn < counts[kind] % turns ? 1 : 0); count > 0)
        score = resilience::score_after(score, static_cast<HealthKind>(kind), count, penalties);
  return score;
}

}  // namespace

bool Tally::empty() const noexcept {
  return cooling.count() <= 0 && !recovered && std::all_of(counts.begin(), counts.end(), [](std::uint64_t n) { return n == 0; });
}

Standing ModelStats::standing(SteadyTime now, const config::Health& rules) const noexcept {
  Standing out;
  if (const std::uint64_t score = score_.load(kRelaxed); score != 0)
    out.health = resilience::health_of(score_at(score, tick_of(now), rules));
  if (!cooldown_.fit()) {
    const Cooldown::Phase phase = cooldown_.phase(now);
    out.cooling = phase == Cooldown::Phase::Cooling || phase == Cooldown::Phase::Probing;
    out.probe = phase == Cooldown::Phase::Due;
    out.cooling_left = cooldown_.left(now);
  }
  // What is due is tried by one at a time anyway, and must be, however many of those wait.
  out.stalled = !out.probe && stalled(now);
  out.first_byte_ms = static_cast<double>(high_of(speed_.load(kRelaxed)));
  out.in_flight = in_flight_.load(kRelaxed);
  const std::int64_t used = last_used_ns_.load(kRelaxed);
  out.idle_seconds = used == kNever ? kNeverUsed : std::max(0.0, static_cast<double>(ns_of(now) - used) * 1e-9);
  return out;
}

bool ModelStats::cooling(SteadyTime now) const noexcept {
  const Cooldown::Phase phase = cooldown_.phase(now);
  return phase == Cooldown::Phase::Cooling || phase == Cooldown::Phase::Probing;
}

bool ModelStats::sound(SteadyTime now) const noexcept { return cooldown_.fit() && !stalled(now); }

bool ModelStats::stalled(SteadyTime now) const noexcept {
  // Acquire: whoever waits first has written the time before.
  if (waiting_.load(std::memory_order_acquire) < kStallCrowd) return false;
  const double mean_ms = static_cast<double>(high_of(speed_.load(kRelaxed)));
  const duration<double, std::milli> patience =
      mean_ms > 0 ? std::max<duration<double, std::milli>>(kStallAfter, duration<double, std::milli>(kStallFactor * mean_ms)) : kStallUnknown;
  const std::int64_t progress = progress_ns_.load(kRelaxed);
  return progress != kNever && nanoseconds(ns_of(now) - progress) > patience;
}

bool ModelStats::proven(SteadyTime now) const noexcept {
  const std::int64_t last = last_end_ns_.load(kRelaxed);
  return last != kNever && (last & kFailed) == 0 && nanoseconds(ns_of(now) - last) <= kProvenFor;
}

bool ModelStats::failing() const noexcept { return (last_end_ns_.load(kRelaxed) & kFailed) != 0; }

config::Millis ModelStats::cooling_for(SteadyTime now) const noexcept { return cooldown_.left(now); }

bool ModelStats::asked_to_wait() const noexcept { return cooldown_.for_rate_limit(); }

bool ModelStats::claim_probe(SteadyTime now) noexcept { return !cooldown_.fit() && cooldown_.claim(now); }

std::uint32_t ModelStats::ejections() const noexcept { return ejections_.load(kRelaxed); }

void ModelStats::attempt_began(SteadyTime now) noexcept {
  const std::int64_t now_ns = ns_of(now);
  in_flight_.fetch_add(1, kRelaxed);
  if (waiting_.load(kRelaxed) == 0) progress_ns_.store(now_ns, kRelaxed);
  waiting_.fetch_add(1, std::memory_order_release);
  const std::int64_t before = last_used_ns_.load(kRelaxed);
  if (before >= now_ns) return;
  last_used_ns_.store(now_ns, kRelaxed);
  if (before == kNever) return;
  if (const nanoseconds idle(now_ns - before); idle > kPause) fade_speed(idle);
}

void ModelStats::fade_speed(nanoseconds idle) noexcept {
  const auto kept = static_cast<float>(std::exp2(-(duration<double>(idle) / duration<double>(kSpeedHalfLife))));
  std::uint64_t seen = speed_.load(kRelaxed);
  std::uint64_t next = 0;
  do {
    if (seen == 0) return;
    const float samples = std::max(std::bit_cast<float>(low_of(seen)) * kept, kLeastSamples);
    next = pack(high_of(seen), std::bit_cast<std::uint32_t>(samples));
  } while (!speed_.compare_exchange_weak(seen, next, kRelaxed));
}

void ModelStats::take_speed(nanoseconds took) noexcept {
  const float sample = std::max(static_cast<float>(duration<double, std::milli>(took).count()), kLeastMillis);
  std::uint64_t seen = speed_.load(kRelaxed);
  std::uint64_t next = 0;
  do {
    const float samples = std::min(std::bit_cast<float>(low_of(seen)) + 1, static_cast<float>(kSpeedSamples));
    const float mean = high_of(seen) + (sample - high_of(seen)) / samples;
    next = pack(std::max(mean, kLeastMillis), std::bit_cast<std::uint32_t>(samples));
  } while (!speed_.compare_exchange_weak(seen, next, kRelaxed));
}

void ModelStats::first_byte(nanoseconds took, bool answered, SteadyTime now, bool probe) noexcept {
  waiting_.fetch_sub(1, kRelaxed);
  if (!answered) return;
  progress_ns_.store(ns_of(now), kRelaxed);
  take_speed(took);
  if (probe) recover(now, now - took);
}

void ModelStats::attempt_ended(const AttemptEnd& end, bool probe, bool waiting, SteadyTime now, const config::Health& rules,
                               std::optional<SteadyTime> began) noexcept {
  in_flight_.fetch_sub(1, kRelaxed);
  if (waiting) waiting_.fetch_sub(1, kRelaxed);
  if (began && end.outcome == AttemptOutcome::FirstByteTimeout) take_speed(now - *began);
  const SteadyTime since = began.value_or(now);
  const bool holds_probe = probe && now - since <= Cooldown::kPatience;
  const HealthKind kind = resilience::row_of(end.outcome).health;
  if (kind == HealthKind::None) {
    if (probe && is_alive(end.outcome))
      recover(now, since);
    else if (holds_probe)
      cooldown_.release(now);
    return;
  }
  counts_[index_of(kind)].fetch_add(1, kRelaxed);
  take_score(kind, now, rules);
  if (kind == HealthKind::Success)
    take_success(probe, since, now);
  else
    take_failure(end, holds_probe, since, now, rules);
}

void ModelStats::take_score(HealthKind kind, SteadyTime now, const config::Health& rules) noexcept {
  const std::uint32_t tick = tick_of(now);
  std::uint64_t seen = score_.load(kRelaxed);
  std::uint64_t next = 0;
  do {
    if (seen == 0 && kind == HealthKind::Success) return;  // the common case writes nothing that other workers read
    const double score = resilience::score_after(score_at(seen, tick, rules), kind, 1, rules.penalties);
    next = score > 0 ? pack(static_cast<float>(score), tick) : 0;
  } while (!score_.compare_exchange_weak(seen, next, kRelaxed));
}

void ModelStats::take_success(bool probe, SteadyTime began, SteadyTime now) noexcept {
  last_end_ns_.store(ns_of(now) & ~kFailed, kRelaxed);
  if (probe) recover(now, began);
  if (!cooldown_.fit()) return;  // it may have begun before the cooldown
  if (streak_.load(kRelaxed) != 0) streak_.store(0, kRelaxed);
  if (ejections_.load(kRelaxed) != 0) ejections_.store(0, kRelaxed);
}

void ModelStats::take_failure(const AttemptEnd& end, bool probe, SteadyTime began, SteadyTime now, const config::Health& rules) noexcept {
  last_end_ns_.store(ns_of(now) | kFailed, kRelaxed);
  const HealthKind kind = resilience::row_of(end.outcome).health;
  const auto why = kind == HealthKind::RateLimited ? Cooldown::Why::RateLimit : Cooldown::Why::Failures;
  config::Millis length = resilience::cooldown_of(kind, end.asked, rules.cooldowns);
  const bool is_old = ns_of(began) < recovered_ns_.load(kRelaxed);
  bool cools = false;
  if (probe && !is_old) {
    if (rules.eject_after > 0) {
      const std::uint32_t ejections = std::min(ejections_.load(kRelaxed) + 1, kMaxEjections);
      ejections_.store(ejections, kRelaxed);
      length = std::max(length, resilience::ejection_of(ejections, rules.cooldowns));
    }
    cools = cooldown_.restart(now, length, why);
  } else {
    const bool ejected = !is_old && eject_if_due(length, why, now, rules);
    cools = ejected || cooldown_.grow(now, length, why);
  }
  if (cools) cooled_by_.store(end.outcome, kRelaxed);
}

bool ModelStats::eject_if_due(config::Millis cooldown, Cooldown::Why why, SteadyTime now, const config::Health& rules) noexcept {
  if (rules.eject_after <= 0 || !cooldown_.fit()) return false;
  if (streak_.fetch_add(1, kRelaxed) + 1 < static_cast<std::uint32_t>(rules.eject_after)) return false;
  const std::uint32_t ejections = std::min(ejections_.load(kRelaxed) + 1, kMaxEjections);
  if (!cooldown_.eject(now, std::max(cooldown, resilience::ejection_of(ejections, rules.cooldowns)), why)) return false;
  ejections_.store(ejections, kRelaxed);
  return true;
}

void ModelStats::recover(SteadyTime now, SteadyTime began) noexcept {
  if (!cooldown_.recover(now)) return;
  recovered_ns_.store(ns_of(began), kRelaxed);
  recovered_.store(true, kRelaxed);
}

Tally ModelStats::take_tally(SteadyTime now) noexcept {
  Tally out;
  for (std::size_t kind = 0; kind < kKinds; ++kind)
    if (counts_[kind].load(kRelaxed) != 0) out.counts[kind] = counts_[kind].exchange(0, kRelaxed);
  if (recovered_.load(kRelaxed)) out.recovered = recovered_.exchange(false, kRelaxed);
  if (cooled_by_.load(kRelaxed) == AttemptOutcome::Answered) return out;
  const AttemptOutcome cause = cooled_by_.exchange(AttemptOutcome::Answered, kRelaxed);
  out.cooling = cooldown_.left(now);
  if (out.cooling.count() > 0) out.cause = cause;
  return out;
}

void ModelStats::merge(const FleetScore& fleet, const Tally& since, SteadyTime now, const config::Health& rules) noexcept {
  merge_score(fleet.score, since, now, rules);
  const config::Millis cooling = std::clamp(fleet.cooling, config::Millis(0), std::max(rules.cooldowns.longest, config::Millis(0)));
  const std::uint32_t ejections = std::min(fleet.ejections, kMaxEjections);
  const auto why = fleet.rate_limited ? Cooldown::Why::RateLimit : Cooldown::Why::Failures;
  const bool cooled = since.cooling.count() > 0 || cooled_by_.load(kRelaxed) != AttemptOutcome::Answered;
  if (cooled && cooldown_.left(now).count() > 0) {
    cooldown_.grow(now, cooling, why);
    ejections_.store(std::max(ejections_.load(kRelaxed), ejections), kRelaxed);
    return;
  }
  // The fleet has not heard yet that the model is back.
  if (since.recovered || recovered_.load(kRelaxed)) return;
  if (cooldown_.agree(now, cooling, why)) {
    recovered_ns_.store(ns_of(now), kRelaxed);
    streak_.store(0, kRelaxed);
  }
  ejections_.store(ejections, kRelaxed);
}

void ModelStats::merge_score(double fleet, const Tally& since, SteadyTime now, const config::Health& rules) noexcept {
  if (std::isnan(fleet)) return;
  const double base = std::clamp(fleet, 0.0, resilience::kMaxScore);
  std::uint64_t seen = score_.load(kRelaxed);
  std::uint64_t next = 0;
  do {
    auto counts = since.counts;
    for (std::size_t kind = 0; kind < kKinds; ++kind) {
      const std::uint64_t room = UINT64_MAX - counts[kind];
      counts[kind] += std::min(counts_[kind].load(kRelaxed), room);
    }
    const double score = score_with(base, counts, rules.penalties);
    next = score >= resilience::kForgottenScore ? pack(static_cast<float>(score), tick_of(now)) : 0;
  } while (!score_.compare_exchange_weak(seen, next, kRelaxed));
}

std::shared_ptr<ModelStats> Scoreboard::of(std::string_view model_id) {
  auto found = entries_.find(model_id);
  if (found == entries_.end()) found = entries_.emplace(std::string(model_id), std::make_shared<ModelStats>()).first;
  return found->second;
}

void Scoreboard::forget_unused() {
  // A count of one is ours alone, and stays so: only of() hands out more.
  std::erase_if(entries_, [](const auto& entry) { return entry.second.use_count() == 1; });
}

}  // namespace smartroute::routing

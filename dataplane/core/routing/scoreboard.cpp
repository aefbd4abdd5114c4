#include "dataplane/core/routing/scoreboard.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "dataplane/core/resilience/health.hpp"

namespace smartroute::routing {
namespace {

using resilience::AttemptOutcome;
using std::chrono::duration;
using std::chrono::duration_cast;
using std::chrono::nanoseconds;

constexpr auto kRelaxed = std::memory_order_relaxed;
// Shorter pauses than this are no pause: samples come in by themselves.
constexpr std::chrono::seconds kPause{1};
constexpr float kLeastMillis = 0.001F;   // 0 means not known
constexpr float kLeastSamples = 1e-6F;   // ... as well
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

}  // namespace

Standing ModelStats::standing(SteadyTime now, const config::Health& rules) const noexcept {
  Standing out;
  if (const std::uint64_t score = score_.load(kRelaxed); score != 0)
    out.health = resilience::health_of(score_at(score, tick_of(now), rules));
  out.cooling = cooling(now);
  out.first_byte_ms = static_cast<double>(high_of(speed_.load(kRelaxed)));
  out.in_flight = in_flight_.load(kRelaxed);
  const std::int64_t used = last_used_ns_.load(kRelaxed);
  out.idle_seconds = used == kNever ? kNeverUsed : std::max(0.0, static_cast<double>(ns_of(now) - used) * 1e-9);
  return out;
}

bool ModelStats::cooling(SteadyTime now) const noexcept { return ns_of(now) < cooling_until_ns_.load(kRelaxed); }

void ModelStats::attempt_began(SteadyTime now) noexcept {
  in_flight_.fetch_add(1, kRelaxed);
  const std::int64_t now_ns = ns_of(now);
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

void ModelStats::first_byte(nanoseconds took) noexcept {
  const float sample = std::max(static_cast<float>(duration<double, std::milli>(took).count()), kLeastMillis);
  std::uint64_t seen = speed_.load(kRelaxed);
  std::uint64_t next = 0;
  do {
    const float samples = std::min(std::bit_cast<float>(low_of(seen)) + 1, static_cast<float>(kSpeedSamples));
    const float mean = high_of(seen) + (sample - high_of(seen)) / samples;
    next = pack(std::max(mean, kLeastMillis), std::bit_cast<std::uint32_t>(samples));
  } while (!speed_.compare_exchange_weak(seen, next, kRelaxed));
}

void ModelStats::attempt_ended(AttemptOutcome outcome, SteadyTime now, const config::Health& rules) noexcept {
  in_flight_.fetch_sub(1, kRelaxed);
  take_score(outcome, now, rules);
  if (const auto cooldown = resilience::cooldown_of(outcome, rules.cooldowns); cooldown.count() > 0)
    cool_until(ns_of(now) + duration_cast<nanoseconds>(cooldown).count());
}

void ModelStats::take_score(AttemptOutcome outcome, SteadyTime now, const config::Health& rules) noexcept {
  const bool is_failure = resilience::penalty_of(outcome, rules.penalties) > 0;
  if (!is_failure && outcome != AttemptOutcome::Answered) return;
  const std::uint32_t tick = tick_of(now);
  std::uint64_t seen = score_.load(kRelaxed);
  std::uint64_t next = 0;
  do {
    if (seen == 0 && !is_failure) return;  // the common case writes nothing that other workers read
    const double score = resilience::score_after(score_at(seen, tick, rules), outcome, rules.penalties);
    next = score > 0 ? pack(static_cast<float>(score), tick) : 0;
  } while (!score_.compare_exchange_weak(seen, next, kRelaxed));
}

// Cooldowns only grow: of two failures the longer one counts.
void ModelStats::cool_until(std::int64_t until_ns) noexcept {
  std::int64_t seen = cooling_until_ns_.load(kRelaxed);
  while (seen < until_ns && !cooling_until_ns_.compare_exchange_weak(seen, until_ns, kRelaxed)) {
  }
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

// What is known about each model right now: health, speed, load. One entry a model id, shared by all workers and by every View that
// names the model, so that a config change forgets nothing. Formulas: ARCHITECTURE.md, "Strategies" and "Health".
#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "contract/base/clock.hpp"
#include "contract/config/model.hpp"
#include "dataplane/core/resilience/outcome.hpp"

namespace smartroute::routing {

// What a strategy looks at, read at one moment.
struct Standing {
  double health = 1;          // 1 / (1 + 0.2 failure score): 1 is sound
  bool cooling = false;       // in cooldown
  double first_byte_ms = 0;   // moving average; 0: not known yet
  std::uint32_t in_flight = 0;
  double idle_seconds = 0;    // since it was last chosen; kNeverUsed when never
};
inline constexpr double kNeverUsed = 1e9;

// Any thread, no lock. Each fact is one atomic word, so that a reader never sees half of it; facts of one Standing may be some
// nanoseconds apart.
//
// Speed is the mean of the last samples, each new one weighing 1/n with n counting up to kSpeedSamples: the plain mean at first, then the
// moving average of RFC 6298 (alpha 1/8). Idle time halves n every kSpeedHalfLife, so that what comes after a pause counts for more.
class alignas(64) ModelStats {
 public:
  static constexpr double kSpeedSamples = 8;
  static constexpr std::chrono::seconds kSpeedHalfLife{10};

  Standing standing(SteadyTime now, const config::Health& rules) const noexcept;
  bool cooling(SteadyTime now) const noexcept;  // the same as in standing(), for less

  void attempt_began(SteadyTime now) noexcept;
  // From the attempt's beginning to the commit point: first event of a stream, all of a short answer. A first-byte timeout counts as
  // the time it took: the model is at least so slow.
  void first_byte(std::chrono::nanoseconds took) noexcept;
  // Every attempt_began() is followed by exactly one of these. A success does not end a cooldown: it may have begun before it.
  void attempt_ended(resilience::AttemptOutcome outcome, SteadyTime now, const config::Health& rules) noexcept;

 private:
  static constexpr std::int64_t kNever = INT64_MIN;

  void fade_speed(std::chrono::nanoseconds idle) noexcept;
  void take_score(resilience::AttemptOutcome outcome, SteadyTime now, const config::Health& rules) noexcept;
  void cool_until(std::int64_t until_ns) noexcept;

  std::atomic<std::uint32_t> in_flight_{0};
  std::atomic<std::uint64_t> speed_{0};  // two floats: milliseconds, and n; all zero: not known
  std::atomic<std::uint64_t> score_{0};  // a float and the tick when it was so; all zero: nothing failed
  std::atomic<std::int64_t> last_used_ns_{kNever};
  std::atomic<std::int64_t> cooling_until_ns_{kNever};
};

// One attempt that has begun, and will have ended exactly once: at end(), or, as nobody's fault, when this dies. The ModelStats must
// outlive it. One thread.
class RunningAttempt {
 public:
  RunningAttempt() = default;
  RunningAttempt(ModelStats& stats, SteadyTime now) noexcept : stats_(&stats) { stats.attempt_began(now); }
  RunningAttempt(RunningAttempt&& other) noexcept : stats_(std::exchange(other.stats_, nullptr)) {}
  RunningAttempt& operator=(RunningAttempt&& other) noexcept {
    if (this != &other) {
      abandon();
      stats_ = std::exchange(other.stats_, nullptr);
    }
    return *this;
  }
  ~RunningAttempt() { abandon(); }

  // Nothing if it has ended already.
  void end(resilience::AttemptOutcome outcome, SteadyTime now, const config::Health& rules) noexcept {
    if (ModelStats* stats = std::exchange(stats_, nullptr)) stats->attempt_ended(outcome, now, rules);
  }

 private:
  void abandon() noexcept { end(resilience::AttemptOutcome::ClientGone, SteadyTime(), config::Health()); }

  ModelStats* stats_ = nullptr;
};

// Thread rule: one thread at a time, the one that builds Views; what it hands out is for any.
class Scoreboard {
 public:
  // The entry of a model ("provider/model"), made on first use.
  std::shared_ptr<ModelStats> of(std::string_view model_id);

  // Drops the entries that no View holds any more. The View that runs must hold its own.
  void forget_unused();

  std::size_t size() const noexcept { return entries_.size(); }

 private:
  std::map<std::string, std::shared_ptr<ModelStats>, std::less<>> entries_;
};

}  // namespace smartroute::routing

// What is known about each model right now: health, speed, load. One entry a model id, shared by all workers and by every View that
// names the model, so that a config change forgets nothing. Formulas: ARCHITECTURE.md, "Strategies" and "Health".
#pragma once
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
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
  bool cooling = false;       // in cooldown, or coming out of it while another request probes: tried last
  bool probe = false;         // out of its cooldown, and nobody has tried it since: the next request may, one at a time
  bool stalled = false;       // kStallCrowd requests or more wait for it and none has been answered for long: tried after those that answer
  double first_byte_ms = 0;   // moving average; 0: not known yet
  std::uint32_t in_flight = 0;
  double idle_seconds = 0;    // since it was last chosen; kNeverUsed when never
};
inline constexpr double kNeverUsed = 1e9;

// The fleet's word about a model, from the control plane.
struct FleetScore {
  double score = 0;
  config::Millis cooling{0};
  std::uint32_t ejections = 0;
};

// What happened at a model since the last report. Counts by HealthKind; Success among them.
struct Tally {
  std::array<std::uint64_t, static_cast<std::size_t>(resilience::HealthKind::kCount)> counts{};
  config::Millis cooling{0};        // what is left of a cooldown that began or grew
  resilience::AttemptOutcome cause = resilience::AttemptOutcome::Answered;
  bool recovered = false;           // a probe succeeded
  bool empty() const noexcept;
};

// How an attempt ended, for its model.
struct AttemptEnd {
  resilience::AttemptOutcome outcome = resilience::AttemptOutcome::ClientGone;
  std::optional<config::Millis> asked;   // to wait, by the provider
};

// Any thread, no lock. Each fact is one atomic word, so that a reader never sees half of it; facts of one Standing may be some
// nanoseconds apart.
//
// Speed is the mean of the last samples, each new one weighing 1/n with n counting up to kSpeedSamples: the plain mean at first, then the
// moving average of RFC 6298 (alpha 1/8). Idle time halves n every kSpeedHalfLife, so that what comes after a pause counts for more.
//
// Cooldown: Fit -> Cooling (an outcome with a cooldown, or eject_after failures in a row) -> its time passes -> one request claims the
// probe -> success: Fit; failure: Cooling again; neither (its client left): the probe is free again.
class alignas(64) ModelStats {
 public:
  static constexpr double kSpeedSamples = 8;
  static constexpr std::chrono::seconds kSpeedHalfLife{10};
  // A model that answered so recently, and has not failed since, is known to answer.
  static constexpr std::chrono::seconds kProvenFor{60};
  // Stalled: so many attempts wait, and for four times the usual time to a first byte, at least kStallAfter, none of them got one.
  static constexpr std::uint32_t kStallCrowd = 5;
  static constexpr std::chrono::milliseconds kStallAfter{1'000};
  static constexpr double kStallFactor = 4;

  Standing standing(SteadyTime now, const config::Health& rules) const noexcept;
  bool cooling(SteadyTime now) const noexcept;  // the same as in standing(), for less
  bool proven(SteadyTime now) const noexcept;
  bool failing() const noexcept;                // its last counted outcome was a failure
  // How long until the cooldown ends; 0: none, or it is over.
  config::Millis cooling_for(SteadyTime now) const noexcept;

  // Before an attempt at a model in need of a probe: true for the one caller that may be it. A model that needs none: false.
  bool claim_probe(SteadyTime now) noexcept;
  void attempt_began(SteadyTime now) noexcept;
  // From the attempt's beginning to the commit point, or to the failure that ended it: it does not wait any more. `answered`: it counts as
  // the model's speed, and shows that the model is alive. A first-byte timeout counts as speed as well: the model is at least so slow.
  void first_byte(std::chrono::nanoseconds took, bool answered, SteadyTime now) noexcept;
  // Every attempt_began() is followed by exactly one of these. `waiting`: first_byte() was never called. A success of an ordinary attempt
  // does not end a cooldown: it may have begun before it; that of the probe does.
  void attempt_ended(const AttemptEnd& end, bool probe, bool waiting, SteadyTime now, const config::Health& rules) noexcept;

  // What was counted since the last call, for the report to the control plane. One thread at a time.
  Tally take_tally(SteadyTime now) noexcept;
  // Sets score and cooldown to the fleet's, with `since` (own outcomes that are not in it yet) on top. A fleet without a cooldown ends
  // one here, unless `since` has one. Nonsense (NaN, negative, huge) is clamped or ignored.
  void merge(const FleetScore& fleet, const Tally& since, SteadyTime now, const config::Health& rules) noexcept;

 private:
  static constexpr std::int64_t kNever = INT64_MIN;

  void fade_speed(std::chrono::nanoseconds idle) noexcept;
  void take_score(resilience::HealthKind kind, SteadyTime now, const config::Health& rules) noexcept;
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
  // `probe`: claim_probe() said yes.
  RunningAttempt(ModelStats& stats, SteadyTime now, bool probe = false) noexcept : stats_(&stats), began_(now), probe_(probe) {
    stats.attempt_began(now);
  }
  RunningAttempt(RunningAttempt&& other) noexcept { *this = std::move(other); }
  RunningAttempt& operator=(RunningAttempt&& other) noexcept {
    if (this == &other) return *this;
    abandon();
    stats_ = std::exchange(other.stats_, nullptr);
    began_ = other.began_;
    probe_ = other.probe_;
    waiting_ = other.waiting_;
    return *this;
  }
  ~RunningAttempt() { abandon(); }

  // The commit point, or the first-byte timeout.
  void first_byte(SteadyTime now, bool answered) noexcept {
    if (stats_ == nullptr || !waiting_) return;
    waiting_ = false;
    stats_->first_byte(now - began_, answered, now);
  }
  // Nothing if it has ended already.
  void end(const AttemptEnd& how, SteadyTime now, const config::Health& rules) noexcept {
    if (ModelStats* stats = std::exchange(stats_, nullptr)) stats->attempt_ended(how, probe_, waiting_, now, rules);
  }

 private:
  void abandon() noexcept { end(AttemptEnd(), began_, config::Health()); }

  ModelStats* stats_ = nullptr;
  SteadyTime began_{};
  bool probe_ = false;
  bool waiting_ = true;
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

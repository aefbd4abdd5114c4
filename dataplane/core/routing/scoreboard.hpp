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
#include "dataplane/core/routing/connect_crowd.hpp"
#include "dataplane/core/routing/cooldown.hpp"

namespace smartroute::routing {

// What a strategy looks at, read at one moment.
struct Standing {
  double health = 1;          // 1 / (1 + 0.2 failure score): 1 is sound
  bool cooling = false;       // in cooldown, or coming out of it while another request probes: tried last
  bool probe = false;         // out of its cooldown, and nobody has tried it since: the next request may, one at a time
  bool stalled = false;       // kStallCrowd requests or more wait for it and none has been answered for long: tried after those that answer
  config::Millis cooling_left{0};  // of the cooldown; 0 as well while another request probes
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
  bool rate_limited = false;  // what the cooldown is for
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
// Cooldown (cooldown.hpp): Fit -> Cooling (an outcome with a cooldown, or eject_after failures in a row) -> its time passes -> one request
// claims the probe -> an answer: Fit; failure: Cooling again, as an ejection; neither (its client left): the probe is free again.
//  - The probe's first byte is answer enough: others need not wait for the end of a long stream. Failures in a row and ejections are
//    forgotten only when an attempt has ended well, so that a model which breaks all its streams stays known as one.
//  - A provider that answers the probe with "your request is wrong" is alive: that ends the cooldown, and leaves the score as it is.
//  - Only failures of a model that is fit count as failures in a row: a hundred attempts that fail at once are one ejection. What began
//    before the attempt that brought the recovery does not count either.
//  - A probe is one for Cooldown::kPatience. What it says later is an ordinary attempt's word, but for an answer, which always ends the
//    cooldown.
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
  // ... and for this long while its speed is not known: longer than streams take to begin, and much shorter than a timeout of the first
  // byte. To be wrong costs no more than the order of models, until the first answer.
  static constexpr std::chrono::milliseconds kStallUnknown{5'000};
  // More ejections in a row than this are as many.
  static constexpr std::uint32_t kMaxEjections = 1'000;

  Standing standing(SteadyTime now, const config::Health& rules) const noexcept;
  bool cooling(SteadyTime now) const noexcept;  // the same as in standing(), for less
  // Neither cooling nor due for a probe nor stalled: true of most, and cheap.
  bool sound(SteadyTime now) const noexcept;
  bool stalled(SteadyTime now) const noexcept;
  bool proven(SteadyTime now) const noexcept;
  bool failing() const noexcept;                // its last counted outcome was a failure
  // How long until the cooldown ends; 0: none, or it is over.
  config::Millis cooling_for(SteadyTime now) const noexcept;
  // The present cooldown is for a rate limit: the provider said when to come back, and will be well then.
  bool asked_to_wait() const noexcept;

  // Before an attempt at a model in need of a probe: true for the one caller that may be it. A model that needs none: false.
  bool claim_probe(SteadyTime now) noexcept;
  void attempt_began(SteadyTime now) noexcept;
  // From the attempt's beginning to the commit point, or to the failure that ended it: it does not wait any more. `answered`: it counts as
  // the model's speed, and shows that the model is alive. A first-byte timeout counts as speed as well: the model is at least so slow.
  // `probe`: of the attempt that claimed it; if answered, it is none from here on.
  void first_byte(std::chrono::nanoseconds took, bool answered, SteadyTime now, bool probe = false) noexcept;
  // Every attempt_began() is followed by exactly one of these. `waiting`: first_byte() was never called. A success of an ordinary attempt
  // does not end a cooldown: it may have begun before it; that of the probe does.
  // `began`: if known, a first-byte timeout counts as speed, and what began before a recovery or has been a probe for too long is known.
  void attempt_ended(const AttemptEnd& end, bool probe, bool waiting, SteadyTime now, const config::Health& rules,
                     std::optional<SteadyTime> began = std::nullopt) noexcept;
  std::uint32_t ejections() const noexcept;  // in a row

  // What was counted since the last call, for the report to the control plane. One thread at a time.
  Tally take_tally(SteadyTime now) noexcept;
  // Sets score and cooldown to the fleet's, with `since` (own outcomes that are not in it yet) on top. A fleet without a cooldown ends
  // one here, unless `since` has one. Nonsense (NaN, negative, huge) is clamped or ignored. What was counted and not taken yet is added as
  // well; an outcome that is being counted at this very moment may be lost from the score or be in it twice until the next merge.
  // A cooldown of the fleet that runs out leads to a probe here, too, one a data plane; one that is ended early was found out elsewhere.
  void merge(const FleetScore& fleet, const Tally& since, SteadyTime now, const config::Health& rules) noexcept;

  ConnectCrowd connects;
  // It refused a stream because it was asked to report usage: it is asked no more, for the life of this process.
  std::atomic<bool> refuses_stream_usage{false};
  // The last stream that was asked to report usage, and came to its end, did not: requests are kept, to be counted here.
  std::atomic<bool> withholds_usage{false};

 private:
  static constexpr std::int64_t kNever = INT64_MIN;

  void fade_speed(std::chrono::nanoseconds idle) noexcept;
  void take_speed(std::chrono::nanoseconds took) noexcept;
  void take_score(resilience::HealthKind kind, SteadyTime now, const config::Health& rules) noexcept;
  void take_success(bool probe, SteadyTime began, SteadyTime now) noexcept;
  void take_failure(const AttemptEnd& end, bool probe, SteadyTime began, SteadyTime now, const config::Health& rules) noexcept;
  bool eject_if_due(config::Millis cooldown, Cooldown::Why why, SteadyTime now, const config::Health& rules) noexcept;
  void recover(SteadyTime now, SteadyTime began) noexcept;
  void merge_score(double fleet, const Tally& since, SteadyTime now, const config::Health& rules) noexcept;

  std::atomic<std::uint32_t> in_flight_{0};
  std::atomic<std::uint32_t> waiting_{0};  // of them: no first byte yet
  std::atomic<std::uint64_t> speed_{0};    // two floats: milliseconds, and n; all zero: not known
  std::atomic<std::uint64_t> score_{0};    // a float and the tick when it was so; all zero: nothing failed
  Cooldown cooldown_;
  std::atomic<std::int64_t> progress_ns_{kNever};   // last first byte, or when it was first waited for
  std::atomic<std::int64_t> last_used_ns_{kNever};
  std::atomic<std::int64_t> last_end_ns_{kNever};   // of the last counted outcome; lowest bit: it was a failure
  std::atomic<std::int64_t> recovered_ns_{kNever};  // when the attempt began whose answer ended the last cooldown

  // Written when something fails, and a counter a success. Apart from what every plan reads.
  alignas(64) std::atomic<std::uint32_t> streak_{0};
  std::atomic<std::uint32_t> ejections_{0};
  std::array<std::atomic<std::uint64_t>, static_cast<std::size_t>(resilience::HealthKind::kCount)> counts_{};
  std::atomic<resilience::AttemptOutcome> cooled_by_{resilience::AttemptOutcome::Answered};  // Answered: no cooldown to be reported
  std::atomic<bool> recovered_{false};
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
    stats_->first_byte(now - began_, answered, now, probe_);
    if (answered) probe_ = false;
  }
  // Nothing if it has ended already.
  void end(const AttemptEnd& how, SteadyTime now, const config::Health& rules) noexcept {
    if (ModelStats* stats = std::exchange(stats_, nullptr)) stats->attempt_ended(how, probe_, waiting_, now, rules, began_);
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

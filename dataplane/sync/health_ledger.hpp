// What this data plane saw of its models and the control plane has not scored yet: outcomes that
// wait for a report, and reports that wait for their acknowledgement. Each outcome is counted once,
// however often streams break: a report keeps its number for good, and what comes after it waits
// for the next.
#pragma once
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "contract/base/clock.hpp"
#include "dataplane/core/routing/scoreboard.hpp"

namespace smartroute::v1 {
class HealthReport;
}

namespace smartroute::sync {

// One thread at a time. Bounded: kMaxUnacknowledged reports and the one that grows, each with at
// most one entry a model; counts stop at their largest value.
class HealthLedger {
 public:
  // A report that is not acknowledged for so long holds up the next one no more.
  static constexpr std::chrono::milliseconds kAckTimeout{2'000};
  // With so many unacknowledged, none is made: outcomes are added up until one is acknowledged.
  static constexpr std::size_t kMaxUnacknowledged = 16;

  // Adds what a model counted up to `now`.
  void add(std::string_view model, const routing::Tally& tally, SteadyTime now);
  // Forgets the models for which `wanted` says false.
  void keep_models(const std::function<bool(const std::string&)>& wanted);

  // The next report to send, and counts it as sent: first those that are to be sent again, then one
  // of what was added since, unless the one before awaits its acknowledgement. Spans in it are
  // right at `now`. False: none.
  bool next_report(SteadyTime now, v1::HealthReport& out);
  // What is not acknowledged is to be sent again, under the numbers it has: on a new stream, or
  // after sending failed.
  void send_again() noexcept { sent_ = 0; }
  // Every report up to this number is in the fleet's scores. A number that was never sent stands
  // for all that were.
  void acknowledge(std::uint64_t sequence);

  // What the fleet's scores do not hold of a model. Empty for one that is not known.
  routing::Tally unacknowledged(std::string_view model, SteadyTime now) const;

  bool has_pending() const noexcept { return !pending_.empty(); }
  std::size_t awaited() const noexcept { return reports_.size(); }

 private:
  // A Tally whose cooldown is a time, so that it can wait.
  struct Held {
    decltype(routing::Tally::counts) counts{};
    SteadyTime cooling_until{};
    resilience::AttemptOutcome cause = resilience::AttemptOutcome::Answered;
    bool recovered = false;

    // `later` came after this.
    void add(const Held& later) noexcept;
    config::Millis cooling(SteadyTime now) const noexcept;
  };
  using Models = std::map<std::string, Held, std::less<>>;
  struct Report {
    std::uint64_t sequence = 0;
    Models models;
  };
  static void write(const Report& report, SteadyTime now, v1::HealthReport& out);

  Models pending_;
  std::deque<Report> reports_;  // not acknowledged, oldest first
  std::size_t sent_ = 0;        // so many of them, from the front, are on the stream
  std::uint64_t sequence_ = 0;
  SteadyTime last_sent_{};
};

}  // namespace smartroute::sync

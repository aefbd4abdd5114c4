// Whether a model rests after failures, as one atomic word.
//
//   Fit      none
//   Cooling  others are tried first                       begins with grow() or eject()
//   Due      its time has passed, nobody has tried since  nothing is written
//   Probing  one request finds out                        claim(): one caller, for kPatience
//
// From Probing: to Fit when the probe is answered, to Cooling when it fails, to Due when it says neither, or says nothing for kPatience: a
// silent probe holds nobody up, and counts as an ordinary attempt from then on. Cooldowns only grow, but for the fleet's word.
#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>

#include "contract/base/clock.hpp"
#include "contract/config/model.hpp"

namespace smartroute::routing {

// Any thread, no lock. A length of 0 or less begins no cooldown and leads to no probe.
class Cooldown {
 public:
  enum class Phase : std::uint8_t { Fit, Cooling, Due, Probing };
  enum class Why : std::uint8_t { Failures, RateLimit };

  // How long a probe keeps others away. As long as cooldowns.failing by default: one that hangs costs no more than one that fails.
  static constexpr std::chrono::seconds kPatience{10};
  // What travels takes time: the same cooldown ends so much later at one end than at the other.
  static constexpr std::chrono::milliseconds kSlack{500};
  static constexpr std::chrono::hours kLongest{24 * 365};

  Phase phase(SteadyTime now) const noexcept;
  bool fit() const noexcept { return word_.load(std::memory_order_relaxed) == kFit; }
  // Until a cooldown ends, rounded up; 0 when there is none, when it is over, and while it is probed.
  config::Millis left(SteadyTime now) const noexcept;
  bool for_rate_limit() const noexcept;

  // Due -> Probing. False: it is something else, or another caller was first.
  bool claim(SteadyTime now) noexcept;
  // Probing -> Due: the probe said nothing about the model.
  void release(SteadyTime now) noexcept;
  // -> Fit: a probe was answered. False: it was fit already, or has a cooldown that began after the probe.
  bool recover(SteadyTime now) noexcept;
  // -> Cooling: the probe failed. With length 0: -> Due. False: no cooldown began.
  bool restart(SteadyTime now, config::Millis length, Why why) noexcept;

  // Fit -> Cooling. False: it was not fit; of many callers one is told true.
  bool eject(SteadyTime now, config::Millis length, Why why) noexcept;
  // -> Cooling, or longer so; of two cooldowns the one that ends later. A probe that is under way stays so, but does not end this one.
  // False: there is a longer one.
  bool grow(SteadyTime now, config::Millis length, Why why) noexcept;
  // The fleet's cooldown instead of the own one, up or down; differences below kSlack are none. True: one was ended before its time.
  // What is Due or Probing stays so unless the fleet's cooldown has more than kSlack to go.
  bool agree(SteadyTime now, config::Millis length, Why why) noexcept;

 private:
  static constexpr std::int64_t kFit = INT64_MIN;

  // The time of its end in nanoseconds, with the flags below in its lowest bits. Of a claim: the end of kPatience.
  std::atomic<std::int64_t> word_{kFit};
};

}  // namespace smartroute::routing

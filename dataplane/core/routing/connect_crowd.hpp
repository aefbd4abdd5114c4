// Whether connects to a model's host get through, seen from those that wait for one right now. A host that is gone answers nothing, so
// for the length of a connect timeout nobody knows; without this, everyone who comes in that time would wait it out as well.
//
// Any thread, no lock: each fact is one atomic word, and facts of one question may be some nanoseconds apart. To be wrong costs an order.
#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>

#include "contract/base/clock.hpp"

namespace smartroute::routing {

class ConnectCrowd {
 public:
  // So many may find out together.
  static constexpr std::uint32_t kScouts = 5;
  // For so long it is worth waiting whether they get through: longer than name, TCP and TLS take across the world.
  static constexpr std::chrono::milliseconds kPatience{500};

  enum class Advice : std::uint8_t {
    Go,
    Wait,       // the scouts are on their way; ask again soon
    Elsewhere,  // they are late
  };
  Advice advice(SteadyTime now) const noexcept {
    if (connecting_.load(std::memory_order_acquire) < kScouts) return Advice::Go;
    const std::int64_t began = began_ns_.load(std::memory_order_relaxed);
    const std::int64_t through = through_ns_.load(std::memory_order_relaxed);
    const std::int64_t at = ns_of(now);
    if (through >= began) return at - through <= kPatienceNs ? Advice::Go : Advice::Elsewhere;
    return at - began <= kPatienceNs ? Advice::Wait : Advice::Elsewhere;
  }

  // One that waits for a connection, for as long as this lives. One thread; the crowd outlives it.
  class Waiting {
   public:
    Waiting(ConnectCrowd& crowd, SteadyTime now) noexcept : crowd_(crowd) {
      if (crowd_.connecting_.load(std::memory_order_relaxed) == 0) crowd_.began_ns_.store(ns_of(now), std::memory_order_relaxed);
      crowd_.connecting_.fetch_add(1, std::memory_order_release);
    }
    ~Waiting() { crowd_.connecting_.fetch_sub(1, std::memory_order_release); }
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;

    void got_through(SteadyTime now) noexcept { crowd_.through_ns_.store(ns_of(now), std::memory_order_relaxed); }

   private:
    ConnectCrowd& crowd_;
  };

 private:
  static constexpr std::int64_t kPatienceNs = std::chrono::nanoseconds(kPatience).count();
  static std::int64_t ns_of(SteadyTime time) noexcept {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
  }

  std::atomic<std::uint32_t> connecting_{0};
  std::atomic<std::int64_t> began_ns_{0};            // when the first of them began
  std::atomic<std::int64_t> through_ns_{INT64_MIN};  // when one last got through
};

}  // namespace smartroute::routing

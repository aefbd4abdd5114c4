// Thousands of deadlines a worker for the price of a linked-list splice each. A hashed wheel (Varghese and Lauck 1987, scheme 6):
// kSlots slots of kTick; a deadline further away than one turn waits in its slot for its turn. Expiry is late by at most one tick, never early.
// Pure: time is passed in; net/worker drives it from one timer. Thread rule: one thread.
#pragma once
#include <array>
#include <chrono>
#include <cstdint>
#include <optional>

#include "contract/base/clock.hpp"

namespace smartroute::net {

class DeadlineWheel;

// One deadline, embedded in what it guards. Destroying it disarms it.
class Deadline {
 public:
  // Called at expiry, from DeadlineWheel::advance; may arm or destroy any deadline.
  using Callback = void (*)(void* context);

  Deadline() = default;
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;
  ~Deadline() { disarm(); }

  void bind(Callback callback, void* context) noexcept {
    callback_ = callback;
    context_ = context;
  }
  bool armed() const noexcept { return wheel_ != nullptr; }
  void disarm() noexcept;

 private:
  friend class DeadlineWheel;
  DeadlineWheel* wheel_ = nullptr;
  Deadline* previous_ = nullptr;
  Deadline* next_ = nullptr;
  std::uint64_t expiry_tick_ = 0;
  Callback callback_ = nullptr;
  void* context_ = nullptr;
};

class DeadlineWheel {
 public:
  static constexpr std::chrono::milliseconds kTick{8};
  static constexpr std::size_t kSlots = 1024;

  explicit DeadlineWheel(SteadyTime start) noexcept : start_(start), now_(start) {}
  ~DeadlineWheel();
  DeadlineWheel(const DeadlineWheel&) = delete;
  DeadlineWheel& operator=(const DeadlineWheel&) = delete;

  // (Re)arms `deadline` to expire at `at` or within one tick after it. Bound callbacks only.
  void arm(Deadline& deadline, SteadyTime at) noexcept;
  // The time as its owner last told it: exact enough for deadlines, and free.
  SteadyTime now() const noexcept { return now_; }
  void tell(SteadyTime now) noexcept { now_ = now; }
  // Runs every deadline with expiry <= now, which it also tells. Returns how many ran.
  std::size_t advance(SteadyTime now);
  // When advance() should be called next; nullopt if nothing is armed. May be earlier than the first expiry, never later.
  std::optional<SteadyTime> next_wake() const noexcept;
  std::size_t armed() const noexcept { return armed_; }

 private:
  friend class Deadline;
  std::uint64_t tick_of(SteadyTime t) const noexcept;
  void unlink(Deadline& deadline) noexcept;

  SteadyTime start_;
  SteadyTime now_;
  std::uint64_t current_tick_ = 0;          // every expiry_tick_ <= this has run
  std::size_t armed_ = 0;
  std::array<Deadline*, kSlots> slots_{};
  std::array<std::uint64_t, kSlots / 64> occupied_{};
};

}  // namespace smartroute::net

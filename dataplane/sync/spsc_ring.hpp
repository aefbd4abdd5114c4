// A bounded queue between one producer thread and one consumer thread. Wait-free on both sides;
// values are moved, never copied (which is why this is not boost::lockfree::spsc_queue: its push
// copies, and a record has a dozen strings). Slots are raw memory until first used, so that a large
// capacity costs address space and not memory.
#pragma once
#include <atomic>
#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace smartroute::sync {

template <class T>
class SpscRing {
  static_assert(std::is_nothrow_move_constructible_v<T>);

 public:
  // Holds up to `capacity` values, at least 1.
  explicit SpscRing(std::size_t capacity)
      : slot_count_(capacity + 1), slots_(std::make_unique_for_overwrite<Slot[]>(slot_count_)) {}
  ~SpscRing() {
    pop_each(slot_count_, [](T&&) {});
  }
  SpscRing(const SpscRing&) = delete;
  SpscRing& operator=(const SpscRing&) = delete;

  // Producer. False when full; `value` is then untouched.
  bool push(T&& value) noexcept {
    const std::size_t tail = tail_.load(std::memory_order_relaxed);
    const std::size_t next = after(tail);
    if (next == known_head_) {
      known_head_ = head_.load(std::memory_order_acquire);
      if (next == known_head_) return false;
    }
    ::new (slots_[tail].bytes) T(std::move(value));
    tail_.store(next, std::memory_order_release);
    return true;
  }

  // Consumer. Calls take(T&&) for up to `most` values, oldest first, and returns how many there
  // were.
  template <class Take>
  std::size_t pop_each(std::size_t most, Take&& take) {
    std::size_t head = head_.load(std::memory_order_relaxed);
    const std::size_t tail = tail_.load(std::memory_order_acquire);
    std::size_t taken = 0;
    while (taken < most && head != tail) {
      T* value = std::launder(reinterpret_cast<T*>(slots_[head].bytes));
      take(std::move(*value));
      value->~T();
      head = after(head);
      head_.store(head, std::memory_order_release);
      ++taken;
    }
    return taken;
  }

 private:
  struct Slot {
    alignas(T) std::byte bytes[sizeof(T)];
  };
  std::size_t after(std::size_t at) const noexcept { return at + 1 == slot_count_ ? 0 : at + 1; }

  const std::size_t slot_count_;  // one slot stays free: head == tail means empty
  const std::unique_ptr<Slot[]> slots_;
  alignas(64) std::atomic<std::size_t> tail_{0};
  std::size_t known_head_ = 0;  // the producer's last look at head_
  alignas(64) std::atomic<std::size_t> head_{0};
};

}  // namespace smartroute::sync

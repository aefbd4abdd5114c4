// A bounded queue of byte strings between one producer thread and one consumer thread, in one ring
// of memory. Wait-free on both sides; nothing is allocated after construction. Memory is first
// touched when first used, so that a large capacity costs address space until it is needed.
#pragma once
#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace smartroute::sync {

class TelemetryQueue {
 public:
  // Holds up to `most_records` records in `bytes` bytes of memory (rounded up to a power of two).
  // A record takes its size + 4, rounded up to kAlign.
  TelemetryQueue(std::size_t most_records, std::size_t bytes)
      : most_records_(most_records),
        capacity_(std::bit_ceil(std::max(bytes, 2 * kAlign))),
        ring_(std::make_unique_for_overwrite<char[]>(capacity_)) {}
  TelemetryQueue(const TelemetryQueue&) = delete;
  TelemetryQueue& operator=(const TelemetryQueue&) = delete;

  // Producer. False when full; a record beyond half the memory may never find room. The parts are joined. `leave` bytes stay free: they are for
  // who may not be kept out.
  bool push(std::span<const std::string_view> parts, std::size_t leave = 0) noexcept {
    std::size_t size = 0;
    for (const std::string_view part : parts) size += part.size();
    if (size > capacity_) return false;
    const std::uint64_t tail = tail_.load(std::memory_order_relaxed);
    const std::size_t need = space_of(size);
    const std::size_t to_end = capacity_ - offset(tail);
    const std::size_t skip = need <= to_end ? 0 : to_end;  // a record is never split
    if (!has_room(tail, skip + need + leave)) {
      look_again();
      if (!has_room(tail, skip + need + leave)) return false;
    }
    if (skip > 0) put_size(tail, kSkip);
    put_size(tail + skip, static_cast<std::uint32_t>(size));
    char* to = &ring_[offset(tail + skip) + sizeof(kSkip)];
    for (const std::string_view part : parts) {
      if (!part.empty()) std::memcpy(to, part.data(), part.size());
      to += part.size();
    }
    ++pushed_;
    tail_.store(tail + skip + need, std::memory_order_release);
    return true;
  }
  bool push(std::string_view record) noexcept { return push(std::span(&record, 1)); }

  // Producer. More than a quarter is taken, of the memory or of the records.
  bool is_filling() noexcept {
    if (!is_quarter_full()) return false;
    look_again();
    return is_quarter_full();
  }
  std::size_t capacity() const noexcept { return capacity_; }

  // Consumer. The oldest record; it and its bytes stay where they are until pop().
  std::optional<std::string_view> front() noexcept {
    std::uint64_t head = head_.load(std::memory_order_relaxed);
    if (head == known_tail_) known_tail_ = tail_.load(std::memory_order_acquire);
    if (head == known_tail_) return std::nullopt;
    if (size_at(head) == kSkip) {
      head += capacity_ - offset(head);
      head_.store(head, std::memory_order_release);
    }
    return std::string_view(&ring_[offset(head) + sizeof(kSkip)], size_at(head));
  }
  // Consumer, after a front() that had one.
  void pop() noexcept {
    const std::uint64_t head = head_.load(std::memory_order_relaxed);
    head_.store(head + space_of(size_at(head)), std::memory_order_release);
    popped_.store(popped_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
  }

 private:
  static constexpr std::size_t kAlign = 8;  // so there is always room for a size at the end
  static constexpr std::uint32_t kSkip = ~std::uint32_t{0};  // in place of a size: go to the start

  static std::size_t space_of(std::size_t size) noexcept {
    return (size + sizeof(kSkip) + kAlign - 1) & ~(kAlign - 1);
  }
  // Positions only grow; they never run over in the life of a machine.
  std::size_t offset(std::uint64_t position) const noexcept { return position & (capacity_ - 1); }
  bool has_room(std::uint64_t tail, std::size_t need) const noexcept {
    return pushed_ - known_popped_ < most_records_ && tail - known_head_ + need <= capacity_;
  }
  bool is_quarter_full() const noexcept {
    return tail_.load(std::memory_order_relaxed) - known_head_ > capacity_ / 4 ||
           pushed_ - known_popped_ > most_records_ / 4;
  }
  void look_again() noexcept {
    known_popped_ = popped_.load(std::memory_order_acquire);
    known_head_ = head_.load(std::memory_order_acquire);
  }
  void put_size(std::uint64_t position, std::uint32_t size) noexcept {
    std::memcpy(&ring_[offset(position)], &size, sizeof size);
  }
  std::uint32_t size_at(std::uint64_t position) const noexcept {
    std::uint32_t size;
    std::memcpy(&size, &ring_[offset(position)], sizeof size);
    return size;
  }

  const std::size_t most_records_;
  const std::size_t capacity_;
  const std::unique_ptr<char[]> ring_;
  // Of the producer, but for the consumer's look at tail_.
  alignas(64) std::atomic<std::uint64_t> tail_{0};
  std::uint64_t pushed_ = 0;
  std::uint64_t known_head_ = 0, known_popped_ = 0;  // the last look at the other side
  // Of the consumer, but for the producer's look.
  alignas(64) std::atomic<std::uint64_t> head_{0};
  std::atomic<std::uint64_t> popped_{0};
  std::uint64_t known_tail_ = 0;
};

}  // namespace smartroute::sync

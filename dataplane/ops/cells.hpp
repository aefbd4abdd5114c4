// Numbers with one writer and any number of readers: a plain load and store for the writer, no
// locked instruction. Two threads that write the same cell lose counts; each worker therefore has
// its own.
#pragma once
#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace smartroute::ops {

class Cell {
 public:
  void add(std::uint64_t n = 1) noexcept {
    value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  std::uint64_t get() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

class GaugeCell {
 public:
  void add(std::int64_t n) noexcept {
    value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  std::int64_t get() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_{0};
};

// Counts per bucket (not cumulative; the last one is +Inf) and the sum of what was observed.
template <std::size_t kBounds>
class HistogramCells {
 public:
  using Bounds = std::array<std::uint64_t, kBounds>;
  void observe(std::uint64_t value, const Bounds& bounds, std::uint64_t times = 1) noexcept {
    const auto at = std::lower_bound(bounds.begin(), bounds.end(), value) - bounds.begin();
    buckets_[static_cast<std::size_t>(at)].add(times);
    sum_.add(value * times);
  }
  std::uint64_t bucket(std::size_t i) const noexcept { return buckets_[i].get(); }
  std::uint64_t sum() const noexcept { return sum_.get(); }

 private:
  std::array<Cell, kBounds + 1> buckets_;
  Cell sum_;
};

}  // namespace smartroute::ops

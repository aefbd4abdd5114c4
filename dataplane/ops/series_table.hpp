// One worker's blocks of numbers by label values: an open-addressing table with a cap, beyond which
// everything goes to one block named `other`. Finding a known series takes no lock and no
// allocation; the first sight of one allocates its block.
//
// Thread rule: at() belongs to the worker; each() may run in any one thread at the same time and
// sees whole series only.
#pragma once
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace smartroute::ops {

template <class Block, std::size_t kLabels, std::size_t kCapacity>
class SeriesTable {
 public:
  using Labels = std::array<std::string_view, kLabels>;
  using Names = std::array<std::string, kLabels>;

  explicit SeriesTable(const Labels& other) : other_(other, 0) {}
  SeriesTable(const SeriesTable&) = delete;
  SeriesTable& operator=(const SeriesTable&) = delete;

  // The block of these label values; the block of `other` when the table is full and they are new.
  Block& at(const Labels& labels) {
    const std::size_t hash = hash_of(labels);
    for (std::size_t slot = hash & kMask;; slot = (slot + 1) & kMask) {
      const std::uint16_t index = slots_[slot];
      if (index == kFree) return add(labels, hash, slot);
      Series& series = *series_[index - 1u];
      if (series.hash == hash && same(series.names, labels)) return series.block;
    }
  }

  // Calls visit(const Names&, const Block&) for every series seen so far.
  template <class Visit>
  void each(Visit&& visit) const {
    const std::size_t count = count_.load(std::memory_order_acquire);
    for (std::size_t i = 0; i < count; ++i) visit(series_[i]->names, series_[i]->block);
    if (other_used_.load(std::memory_order_acquire)) visit(other_.names, other_.block);
  }

 private:
  struct Series {
    Series(const Labels& labels, std::size_t h) : hash(h) {
      for (std::size_t i = 0; i < kLabels; ++i) names[i] = labels[i];
    }
    Names names;
    std::size_t hash;
    Block block;
  };

  // At most half full, so that every probe ends soon.
  static constexpr std::size_t slot_count() {
    std::size_t n = 1;
    while (n < 2 * kCapacity) n *= 2;
    return n;
  }
  static constexpr std::size_t kMask = slot_count() - 1;
  static constexpr std::uint16_t kFree = 0;
  static_assert(kCapacity < 65'535);

  static std::size_t hash_of(const Labels& labels) noexcept {
    std::size_t hash = 0;
    for (const auto label : labels)
      hash = hash * 0x9e3779b97f4a7c15ULL + std::hash<std::string_view>{}(label);
    return hash ^ (hash >> 32);
  }
  static bool same(const Names& names, const Labels& labels) noexcept {
    for (std::size_t i = 0; i < kLabels; ++i)
      if (names[i] != labels[i]) return false;
    return true;
  }

  Block& add(const Labels& labels, std::size_t hash, std::size_t slot) {
    const std::size_t count = count_.load(std::memory_order_relaxed);
    if (count == kCapacity) {
      other_used_.store(true, std::memory_order_release);
      return other_.block;
    }
    series_[count] = std::make_unique<Series>(labels, hash);
    slots_[slot] = static_cast<std::uint16_t>(count + 1);
    count_.store(count + 1, std::memory_order_release);  // last: a reader follows the count
    return series_[count]->block;
  }

  std::array<std::uint16_t, slot_count()> slots_{};
  std::array<std::unique_ptr<Series>, kCapacity> series_;
  std::atomic<std::size_t> count_{0};
  std::atomic<bool> other_used_{false};
  Series other_;
};

}  // namespace smartroute::ops

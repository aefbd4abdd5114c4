// Counts durations in buckets that grow with them: 128 for each doubling, so a quantile is at most
// 0.8 % off. The largest value is kept exactly.
#pragma once
#include <cstdint>
#include <utility>
#include <vector>

namespace smartroute::load_generator {

class Histogram {
 public:
  Histogram();
  // Nanoseconds; negative ones (clock stamps taken out of order) count as 0.
  void add(std::int64_t ns);
  std::uint64_t count() const noexcept { return count_; }
  std::int64_t max() const noexcept { return max_; }
  double mean() const noexcept;
  // The value that `share` (0..1) of all values do not exceed; 0 when empty.
  std::int64_t quantile(double share) const;
  // How many values lie in [from, to).
  std::uint64_t between(std::int64_t from, std::int64_t to) const;
  // (upper bound in ns, count) of the non-empty ones of coarser buckets, four for each doubling.
  std::vector<std::pair<std::int64_t, std::uint64_t>> coarse() const;

 private:
  static constexpr int kSubBits = 7;
  static constexpr std::int64_t kLargest = std::int64_t{1} << 42;  // 73 minutes

  static std::size_t bucket_of(std::int64_t ns);
  static std::int64_t lower_bound_of(std::size_t bucket);

  std::vector<std::uint64_t> buckets_;
  std::uint64_t count_ = 0;
  std::int64_t max_ = 0;
  double sum_ = 0;
};

}  // namespace smartroute::load_generator

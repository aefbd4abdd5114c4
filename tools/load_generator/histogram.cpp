#include "tools/load_generator/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace smartroute::load_generator {

// Values below 2^kSubBits have a bucket each; above, the top kSubBits+1 bits choose it.
std::size_t Histogram::bucket_of(std::int64_t ns) {
  const auto value = static_cast<std::uint64_t>(std::clamp<std::int64_t>(ns, 0, kLargest - 1));
  const int width = std::bit_width(value);
  if (width <= kSubBits) return value;
  const int shift = width - kSubBits - 1;
  return (static_cast<std::size_t>(shift + 1) << kSubBits) +
         ((value >> shift) & ((1u << kSubBits) - 1));
}

std::int64_t Histogram::lower_bound_of(std::size_t bucket) {
  const auto sub = static_cast<std::int64_t>(bucket & ((1u << kSubBits) - 1));
  const auto group = static_cast<int>(bucket >> kSubBits);
  if (group == 0) return sub;
  return (sub | (std::int64_t{1} << kSubBits)) << (group - 1);
}

Histogram::Histogram() : buckets_(bucket_of(kLargest - 1) + 2) {}

void Histogram::add(std::int64_t ns) {
  ++buckets_[bucket_of(ns)];
  ++count_;
  max_ = std::max(max_, ns);
  sum_ += static_cast<double>(std::max<std::int64_t>(ns, 0));
}

double Histogram::mean() const noexcept {
  return count_ == 0 ? 0 : sum_ / static_cast<double>(count_);
}

std::int64_t Histogram::quantile(double share) const {
  const auto wanted = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_)));
  if (wanted >= count_) return max_;
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    seen += buckets_[i];
    if (seen > 0 && seen >= wanted) {
      return std::min(max_, (lower_bound_of(i) + lower_bound_of(i + 1)) / 2);
    }
  }
  return 0;
}

std::uint64_t Histogram::between(std::int64_t from, std::int64_t to) const {
  std::uint64_t sum = 0;
  for (std::size_t i = bucket_of(from); i < bucket_of(to); ++i) sum += buckets_[i];
  return sum;
}

std::vector<std::pair<std::int64_t, std::uint64_t>> Histogram::coarse() const {
  constexpr std::size_t kMerged = (1u << kSubBits) / 4;
  std::vector<std::pair<std::int64_t, std::uint64_t>> out;
  for (std::size_t i = 0; i + 1 < buckets_.size(); i += kMerged) {
    const std::size_t end = std::min(i + kMerged, buckets_.size() - 1);
    std::uint64_t sum = 0;
    for (std::size_t j = i; j < end; ++j) sum += buckets_[j];
    if (sum > 0) out.emplace_back(lower_bound_of(end), sum);
  }
  return out;
}

}  // namespace smartroute::load_generator

#include <algorithm>
#include <array>
#include <cmath>

#include "controlplane/core/rollup.hpp"
#include "controlplane/core/varint.hpp"

namespace smartroute::control {
namespace {

// Bucket i holds durations above kGrowth^(i-1) up to kGrowth^i. The value said for it errs by (kGrowth - 1) / (kGrowth + 1) at most: 1.96 %.
// On disk: a sketch read with another growth would lie.
constexpr double kGrowth = 1.04;
constexpr std::size_t kBuckets = 621;    // 1.04^620 us is the first power beyond 10 h

// Compared, not computed: the same duration falls into the same bucket on every machine.
const std::array<double, kBuckets>& upper_bounds() {
  static const std::array<double, kBuckets> bounds = [] {
    std::array<double, kBuckets> made{};
    double bound = 1;
    for (double& b : made) {
      b = bound;
      bound *= kGrowth;
    }
    return made;
  }();
  return bounds;
}

std::uint16_t bucket_of(std::uint64_t micros) {
  const auto& bounds = upper_bounds();
  const auto at = std::lower_bound(bounds.begin(), bounds.end() - 1, static_cast<double>(micros));
  return static_cast<std::uint16_t>(at - bounds.begin());
}

double value_of(std::uint16_t bucket) {
  if (bucket == 0) return 1;
  return 2 * upper_bounds()[bucket] / (1 + kGrowth);
}

}  // namespace

void Sketch::add(std::uint64_t micros, std::uint64_t times) {
  if (times == 0) return;
  const std::uint16_t bucket = bucket_of(micros);
  const auto at = std::lower_bound(buckets_.begin(), buckets_.end(), bucket,
                                   [](const auto& have, std::uint16_t wanted) { return have.first < wanted; });
  if (at != buckets_.end() && at->first == bucket)
    at->second += times;
  else
    buckets_.insert(at, {bucket, times});
  count_ += times;
}

void Sketch::add(const Sketch& other) {
  if (other.buckets_.empty()) return;
  if (buckets_.empty()) {
    *this = other;
    return;
  }
  // Sums over many rows soon hold every bucket that comes: then one pass adds, and nothing moves.
  std::size_t fresh = 0;
  auto mine = buckets_.begin();
  for (const auto& theirs : other.buckets_) {
    while (mine != buckets_.end() && mine->first < theirs.first) ++mine;
    if (mine != buckets_.end() && mine->first == theirs.first)
      mine->second += theirs.second;
    else
      ++fresh;
  }
  count_ += other.count_;
  // What is new goes in from the back, each of the old ones moving once.
  std::size_t from = buckets_.size(), to = from + fresh;
  buckets_.resize(to);
  for (auto theirs = other.buckets_.rbegin(); to > from; ++theirs) {
    while (from > 0 && buckets_[from - 1].first > theirs->first) buckets_[--to] = buckets_[--from];
    if (from == 0 || buckets_[from - 1].first != theirs->first) buckets_[--to] = *theirs;
  }
}

double Sketch::quantile(double q) const {
  if (count_ == 0) return 0;
  const auto rank = static_cast<std::uint64_t>(std::clamp(q, 0.0, 1.0) * static_cast<double>(count_ - 1));
  std::uint64_t below = 0;
  for (const auto& [bucket, times] : buckets_) {
    below += times;
    if (below > rank) return value_of(bucket);
  }
  return value_of(buckets_.back().first);
}

// <number of buckets> then of each <distance from the one before> <count>; varints.
void Sketch::encode(std::string& out) const {
  put_varint(out, buckets_.size());
  std::uint16_t last = 0;
  for (const auto& [bucket, times] : buckets_) {
    put_varint(out, static_cast<std::uint64_t>(bucket - last));
    put_varint(out, times);
    last = bucket;
  }
}

bool Sketch::decode(std::string_view& in) {
  Sketch read;
  std::string_view rest = in;
  const auto size = take_varint(rest);
  if (!size || *size > kBuckets) return false;
  read.buckets_.reserve(*size);
  std::uint64_t bucket = 0;
  for (std::uint64_t i = 0; i < *size; ++i) {
    const auto step = take_varint(rest);
    const auto times = step ? take_varint(rest) : std::nullopt;
    if (!times || *times == 0 || *step >= kBuckets || (i > 0 && *step == 0)) return false;
    bucket += *step;
    if (bucket >= kBuckets || __builtin_add_overflow(read.count_, *times, &read.count_)) return false;
    read.buckets_.emplace_back(static_cast<std::uint16_t>(bucket), *times);
  }
  *this = std::move(read);
  in = rest;
  return true;
}

}  // namespace smartroute::control

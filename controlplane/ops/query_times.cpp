#include "controlplane/ops/query_times.hpp"

#include <algorithm>

namespace smartroute::control::ops {

void QueryTimes::observe(std::string_view method, std::chrono::microseconds took) noexcept {
  const auto kind = std::find_if(kKinds.begin(), kKinds.end(), [method](const Kind& one) { return one.method == method; });
  if (kind == kKinds.end()) return;
  const auto us = static_cast<std::uint64_t>(std::max<std::int64_t>(0, took.count()));
  Cells& cells = cells_[static_cast<std::size_t>(kind - kKinds.begin())];
  const auto bucket = std::lower_bound(kBounds.begin(), kBounds.end(), us) - kBounds.begin();
  cells.buckets[static_cast<std::size_t>(bucket)].fetch_add(1, std::memory_order_relaxed);
  cells.sum_us.fetch_add(us, std::memory_order_relaxed);
}

QueryTimes::Reading QueryTimes::read(std::size_t kind) const noexcept {
  Reading reading;
  for (std::size_t i = 0; i < reading.buckets.size(); ++i) reading.buckets[i] = cells_[kind].buckets[i].load(std::memory_order_relaxed);
  reading.sum_us = cells_[kind].sum_us.load(std::memory_order_relaxed);
  return reading;
}

}  // namespace smartroute::control::ops

#include "dataplane/core/admission/memory_pressure.hpp"

namespace smartroute::admission {

MemoryLevel MemoryPressure::take(std::uint64_t used, std::uint64_t limit) noexcept {
  const MemoryLevel before = level();
  // Where the level stands already, it is left only well below its threshold.
  const auto holds = [&](MemoryLevel level, std::uint64_t percent) {
    const std::uint64_t from = before >= level ? percent - kSlackPercent : percent;
    return limit != 0 && static_cast<double>(used) >= static_cast<double>(limit) * static_cast<double>(from) / 100;
  };
  const MemoryLevel now = holds(MemoryLevel::Critical, kCriticalPercent) ? MemoryLevel::Critical
                          : holds(MemoryLevel::Tight, kTightPercent)     ? MemoryLevel::Tight
                                                                         : MemoryLevel::Fine;
  used_.store(used, std::memory_order_relaxed);
  limit_.store(limit, std::memory_order_relaxed);
  level_.store(now, std::memory_order_relaxed);
  for (auto up = static_cast<std::size_t>(before) + 1; up <= static_cast<std::size_t>(now); ++up)
    entered_[up].fetch_add(1, std::memory_order_relaxed);
  return now;
}

}  // namespace smartroute::admission

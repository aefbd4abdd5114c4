// How near the process is to its memory limit, with hysteresis: a level is entered at its share of the limit and left kSlackPercent
// below it, so that the steps it causes do not flap. Shares after Envoy's guide for edge proxies (95 %: no keep-alive; 98 %: no new work).
#pragma once
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace smartroute::admission {

enum class MemoryLevel : std::uint8_t {
  Fine,
  Tight,     // connections are not kept
  Critical,  // new model requests are refused
  kCount
};

constexpr std::string_view name_of(MemoryLevel level) noexcept {
  switch (level) {
    case MemoryLevel::Fine: return "fine";
    case MemoryLevel::Tight: return "tight";
    case MemoryLevel::Critical: return "critical";
    case MemoryLevel::kCount: break;
  }
  return "other";
}

// Thread rule: take() by one thread; everything else by any.
class MemoryPressure {
 public:
  static constexpr std::uint64_t kTightPercent = 95;
  static constexpr std::uint64_t kCriticalPercent = 98;
  static constexpr std::uint64_t kSlackPercent = 3;

  // The level after a reading, both in bytes. A limit of 0 is none: Fine.
  MemoryLevel take(std::uint64_t used, std::uint64_t limit) noexcept;

  MemoryLevel level() const noexcept { return level_.load(std::memory_order_relaxed); }
  std::uint64_t used() const noexcept { return used_.load(std::memory_order_relaxed); }
  std::uint64_t limit() const noexcept { return limit_.load(std::memory_order_relaxed); }
  // How often a level was reached from below.
  std::uint64_t entered(MemoryLevel level) const noexcept {
    return entered_[static_cast<std::size_t>(level)].load(std::memory_order_relaxed);
  }

 private:
  std::atomic<MemoryLevel> level_{MemoryLevel::Fine};
  std::atomic<std::uint64_t> used_{0}, limit_{0};
  std::array<std::atomic<std::uint64_t>, static_cast<std::size_t>(MemoryLevel::kCount)> entered_{};
};

}  // namespace smartroute::admission

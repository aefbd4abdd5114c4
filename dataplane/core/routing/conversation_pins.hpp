// Which tier each conversation has. A fixed table of 64-bit words that every worker reads and raises without a lock: hash tag, tier
// and the second it expires in one word, eight words to a cache line, so that one line is all a request touches. When all eight of a
// line are alive, the one that expires first gives way; that is counted.
#pragma once
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "contract/base/clock.hpp"
#include "contract/config/model.hpp"

namespace smartroute::routing {

class ConversationPins {
 public:
  static constexpr std::size_t kDefaultPins = 64 * 1024;  // 512 KiB

  // `pins` is rounded up to a power of two, at least 8.
  explicit ConversationPins(std::size_t pins = kDefaultPins);

  // `conversation`: a hash with 64 good bits; 0 means none. nullopt: unknown or expired. Any thread.
  std::optional<config::TierName> find(std::uint64_t conversation, SteadyTime now) const noexcept;

  // Keeps the higher of what is pinned and `tier`, alive for `ttl` from now (whole seconds, rounded up; at most 30 days). Any thread; of two
  // racing raises the higher tier stays. ttl 0: nothing is pinned.
  void raise(std::uint64_t conversation, config::TierName tier, std::chrono::milliseconds ttl, SteadyTime now) noexcept;

  std::uint64_t evicted() const noexcept { return evicted_.load(std::memory_order_relaxed); }  // alive ones that gave way
  std::size_t capacity() const noexcept { return (line_mask_ + 1) * kLine; }

 private:
  static constexpr std::size_t kLine = 8;
  struct alignas(64) Line {
    std::atomic<std::uint64_t> pins[kLine] = {};
  };
  std::unique_ptr<Line[]> lines_;
  std::size_t line_mask_ = 0;
  std::atomic<std::uint64_t> evicted_{0};
};

}  // namespace smartroute::routing

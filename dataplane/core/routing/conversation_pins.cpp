#include "dataplane/core/routing/conversation_pins.hpp"

#include <algorithm>
#include <bit>

namespace smartroute::routing {
namespace {

// A pin: 30 bits of the hash, 2 bits of tier + 1 (0: an empty word), 32 bits of the second it expires in.
constexpr int kTagShift = 34, kTierShift = 32;

constexpr std::uint64_t tag_of(std::uint64_t conversation) noexcept { return conversation >> kTagShift; }
constexpr std::uint64_t tag_in(std::uint64_t pin) noexcept { return pin >> kTagShift; }
constexpr unsigned tier_in(std::uint64_t pin) noexcept { return static_cast<unsigned>(pin >> kTierShift) & 3u; }
constexpr std::uint32_t expiry_in(std::uint64_t pin) noexcept { return static_cast<std::uint32_t>(pin); }

constexpr std::uint64_t make_pin(std::uint64_t tag, unsigned tier, std::uint32_t expiry) noexcept {
  return tag << kTagShift | std::uint64_t{tier} << kTierShift | expiry;
}

// Of the process's steady clock: it starts near boot, so 32 bits last longer than any machine.
std::uint32_t second_of(SteadyTime now) noexcept {
  return static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count());
}

bool alive(std::uint64_t pin, std::uint32_t now) noexcept { return tier_in(pin) != 0 && expiry_in(pin) > now; }

}  // namespace

ConversationPins::ConversationPins(std::size_t pins) {
  const std::size_t lines = std::bit_ceil(std::max(pins, kLine)) / kLine;
  lines_ = std::make_unique<Line[]>(lines);
  line_mask_ = lines - 1;
}

std::optional<config::TierName> ConversationPins::find(std::uint64_t conversation, SteadyTime now) const noexcept {
  if (conversation == 0) return std::nullopt;
  const std::uint32_t second = second_of(now);
  unsigned best = 0;  // two of one conversation can stand there for a moment, when two workers pinned it at once
  for (const auto& slot : lines_[conversation & line_mask_].pins) {
    const std::uint64_t pin = slot.load(std::memory_order_relaxed);
    if (alive(pin, second) && tag_in(pin) == tag_of(conversation)) best = std::max(best, tier_in(pin));
  }
  if (best == 0) return std::nullopt;
  return static_cast<config::TierName>(best - 1);
}

void ConversationPins::raise(std::uint64_t conversation, config::TierName tier, std::chrono::milliseconds ttl, SteadyTime now) noexcept {
  if (conversation == 0 || ttl.count() <= 0) return;
  const std::uint32_t second = second_of(now);
  const auto expiry = second + static_cast<std::uint32_t>((ttl.count() + 999) / 1000);
  const unsigned wanted = static_cast<unsigned>(tier) + 1;
  const std::uint64_t tag = tag_of(conversation);
  Line& line = lines_[conversation & line_mask_];
  for (;;) {
    // Its own word, else one that is free or expired, else the one that expires first.
    std::atomic<std::uint64_t>* slot = nullptr;
    std::uint64_t seen = 0;
    bool own = false;
    for (auto& candidate : line.pins) {
      const std::uint64_t pin = candidate.load(std::memory_order_relaxed);
      own = alive(pin, second) && tag_in(pin) == tag;
      const bool frees = slot != nullptr && alive(seen, second) && (!alive(pin, second) || expiry_in(pin) < expiry_in(seen));
      if (own || slot == nullptr || frees) {
        slot = &candidate;
        seen = pin;
      }
      if (own) break;
    }
    const unsigned kept = own ? std::max(wanted, tier_in(seen)) : wanted;
    const std::uint64_t pin = make_pin(tag, kept, own ? std::max(expiry, expiry_in(seen)) : expiry);
    if (pin == seen) return;
    if (!slot->compare_exchange_weak(seen, pin, std::memory_order_relaxed)) continue;
    if (!own && alive(seen, second)) evicted_.fetch_add(1, std::memory_order_relaxed);
    return;
  }
}

}  // namespace smartroute::routing

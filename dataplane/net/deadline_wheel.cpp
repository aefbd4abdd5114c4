#include "dataplane/net/deadline_wheel.hpp"

#include <bit>

namespace smartroute::net {

void Deadline::disarm() noexcept {
  if (wheel_ != nullptr) wheel_->unlink(*this);
}

DeadlineWheel::~DeadlineWheel() {
  for (Deadline* head : slots_)
    while (head != nullptr) {
      Deadline* next = head->next_;
      head->wheel_ = nullptr;
      head = next;
    }
}

std::uint64_t DeadlineWheel::tick_of(SteadyTime t) const noexcept {
  if (t <= start_) return 0;
  return static_cast<std::uint64_t>((t - start_) / kTick);
}

void DeadlineWheel::unlink(Deadline& d) noexcept {
  const std::size_t slot = d.expiry_tick_ % kSlots;
  if (d.previous_ != nullptr)
    d.previous_->next_ = d.next_;
  else
    slots_[slot] = d.next_;
  if (d.next_ != nullptr) d.next_->previous_ = d.previous_;
  if (slots_[slot] == nullptr) occupied_[slot / 64] &= ~(1ULL << (slot % 64));
  d.previous_ = d.next_ = nullptr;
  d.wheel_ = nullptr;
  --armed_;
}

void DeadlineWheel::arm(Deadline& d, SteadyTime at) noexcept {
  // One tick later than the instant's own tick, so that nothing runs early; at least the next tick, so that it runs at all.
  std::uint64_t tick = tick_of(at) + 1;
  if (tick <= current_tick_) tick = current_tick_ + 1;
  if (d.wheel_ == this && d.expiry_tick_ == tick) return;   // the common case of a deadline refreshed within one tick
  if (d.wheel_ != nullptr) d.wheel_->unlink(d);
  const std::size_t slot = tick % kSlots;
  d.wheel_ = this;
  d.expiry_tick_ = tick;
  d.previous_ = nullptr;
  d.next_ = slots_[slot];
  if (d.next_ != nullptr) d.next_->previous_ = &d;
  slots_[slot] = &d;
  occupied_[slot / 64] |= 1ULL << (slot % 64);
  ++armed_;
}

std::size_t DeadlineWheel::advance(SteadyTime now) {
  now_ = now;
  const std::uint64_t target = tick_of(now);
  std::size_t ran = 0;
  // After a long sleep one turn visits every slot; more turns would visit them again for nothing.
  if (target > current_tick_ + kSlots) current_tick_ = target - kSlots;
  while (current_tick_ < target) {
    const std::uint64_t tick = ++current_tick_;
    const std::size_t slot = tick % kSlots;
    if (slots_[slot] == nullptr) continue;
    // A callback may unlink any neighbour, so look for the next due one from the front each time.
    for (bool found = true; found;) {
      found = false;
      for (Deadline* d = slots_[slot]; d != nullptr; d = d->next_) {
        if (d->expiry_tick_ > target) continue;
        unlink(*d);
        ++ran;
        d->callback_(d->context_);
        found = true;
        break;
      }
    }
  }
  return ran;
}

std::optional<SteadyTime> DeadlineWheel::next_wake() const noexcept {
  if (armed_ == 0) return std::nullopt;
  const std::size_t first = (current_tick_ + 1) % kSlots;
  for (std::size_t step = 0; step <= occupied_.size(); ++step) {
    const std::size_t word = (first / 64 + step) % occupied_.size();
    std::uint64_t bits = occupied_[word];
    if (step == 0) bits &= ~0ULL << (first % 64);
    if (bits == 0) continue;
    const std::size_t slot = word * 64 + static_cast<std::size_t>(std::countr_zero(bits));
    const std::size_t distance = (slot + kSlots - first) % kSlots;
    return start_ + kTick * static_cast<std::int64_t>(current_tick_ + 1 + distance);
  }
  return std::nullopt;
}

}  // namespace smartroute::net

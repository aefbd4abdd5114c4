#include "dataplane/core/resilience/breaker.hpp"

namespace smartroute::resilience {
namespace {

std::int64_t nanoseconds(SteadyTime t) noexcept {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(t.time_since_epoch()).count();
}

}  // namespace

Breaker::Admission Breaker::admit(SteadyTime now) noexcept {
  const std::int64_t until = open_until_ns_.load(std::memory_order_acquire);
  if (until == 0) return Admission::Pass;
  if (nanoseconds(now) < until || probing_.exchange(true, std::memory_order_acq_rel)) return Admission::Refuse;
  // The permit is ours. A probe that ended between the two reads has moved the time before it gave the permit back: read again.
  const std::int64_t again = open_until_ns_.load(std::memory_order_acquire);
  if (again != 0 && nanoseconds(now) >= again) return Admission::Probe;
  probing_.store(false, std::memory_order_release);
  return again == 0 ? Admission::Pass : Admission::Refuse;
}

void Breaker::succeeded(Admission admission) noexcept {
  failures_.store(0, std::memory_order_relaxed);
  if (admission != Admission::Probe) return;
  open_until_ns_.store(0, std::memory_order_release);
  probing_.store(false, std::memory_order_release);  // last: see admit()
}

void Breaker::failed(Admission admission, SteadyTime now, int failures, std::chrono::milliseconds open_for) noexcept {
  const std::int64_t until = nanoseconds(now + open_for);
  if (admission == Admission::Probe) {
    open_until_ns_.store(until, std::memory_order_release);
    probing_.store(false, std::memory_order_release);  // last: see admit()
    return;
  }
  if (failures_.fetch_add(1, std::memory_order_relaxed) + 1 < failures) return;
  std::int64_t closed = 0;
  open_until_ns_.compare_exchange_strong(closed, until, std::memory_order_acq_rel);
}

void Breaker::abandoned(Admission admission) noexcept {
  if (admission == Admission::Probe) probing_.store(false, std::memory_order_release);
}

bool Breaker::open(SteadyTime now) const noexcept {
  const std::int64_t until = open_until_ns_.load(std::memory_order_acquire);
  return until != 0 && (nanoseconds(now) < until || probing_.load(std::memory_order_acquire));
}

}  // namespace smartroute::resilience

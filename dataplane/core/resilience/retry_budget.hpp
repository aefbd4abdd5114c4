// Bounds attempts beyond the first of each request, over all requests: whatever fails, upstreams see at most
// (1 + percent/100) * requests + floor * seconds attempts. After Linkerd's retry budget: tokens come with requests and with time, and
// what is not used in kWindow is gone.
#pragma once
#include <chrono>
#include <cstdint>

#include "contract/base/clock.hpp"
#include "contract/config/model.hpp"

namespace smartroute::resilience {

// One worker's budget: its requests pay for its retries. Thread rule: its worker.
class RetryBudget {
 public:
  static constexpr std::chrono::seconds kWindow{10};

  // `share`: this worker's part of budget_floor, in (0, 1].
  explicit RetryBudget(double share) : share_(share) {}

  void request_began(SteadyTime now, const config::Retry& rules) noexcept;
  // Pays for one attempt beyond the first. False: there is nothing left.
  bool take(SteadyTime now, const config::Retry& rules) noexcept;
  // Attempts that could be paid for now; never above percent/100 * (requests of the last kWindow, about) + one second's floor (at least 1).
  double balance(SteadyTime now, const config::Retry& rules) noexcept;

 private:
  void advance(SteadyTime now, const config::Retry& rules) noexcept;

  double share_;
  double earned_ = 0;  // by requests; decays with kWindow
  double floor_ = -1;  // by time, up to one second's worth; below 0: not begun
  SteadyTime at_{};
};

}  // namespace smartroute::resilience

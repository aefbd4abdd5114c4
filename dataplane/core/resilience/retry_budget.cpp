#include "dataplane/core/resilience/retry_budget.hpp"

#include <algorithm>
#include <cmath>

namespace smartroute::resilience {
namespace {

// Ten times 0.1 is a token, whatever binary fractions say.
constexpr double kAlmostOne = 1 - 1e-9;

double not_below_zero(double value) noexcept { return std::isfinite(value) && value > 0 ? value : 0; }

// Tokens per second without any request.
double floor_rate(const config::Retry& rules, double share) noexcept {
  return not_below_zero(rules.budget_floor) * std::min(not_below_zero(share), 1.0);
}

// One second's worth; never less than one whole attempt, else a small share of a small floor could never pay for any.
double floor_cap(double rate) noexcept { return rate > 0 ? std::max(rate, 1.0) : 0; }

}  // namespace

void RetryBudget::advance(SteadyTime now, const config::Retry& rules) noexcept {
  const double rate = floor_rate(rules, share_);
  const double cap = floor_cap(rate);
  if (floor_ < 0) {  // not begun
    floor_ = cap;
    at_ = now;
    return;
  }
  if (now > at_) {
    const double seconds = std::chrono::duration<double>(now - at_).count();
    earned_ *= std::exp(-seconds / std::chrono::duration<double>(kWindow).count());
    floor_ += rate * seconds;
    at_ = now;
  }
  floor_ = std::min(floor_, cap);  // also when the rules changed
}

void RetryBudget::request_began(SteadyTime now, const config::Retry& rules) noexcept {
  advance(now, rules);
  earned_ += not_below_zero(rules.budget_percent) / 100;
}

bool RetryBudget::take(SteadyTime now, const config::Retry& rules) noexcept {
  advance(now, rules);
  if (earned_ + floor_ < kAlmostOne) return false;
  const double from_earned = std::min(earned_, 1.0);
  earned_ -= from_earned;
  floor_ = std::max(floor_ - (1 - from_earned), 0.0);
  return true;
}

double RetryBudget::balance(SteadyTime now, const config::Retry& rules) noexcept {
  advance(now, rules);
  return earned_ + floor_;
}

}  // namespace smartroute::resilience

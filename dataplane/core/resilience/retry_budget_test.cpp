#include "dataplane/core/resilience/retry_budget.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "contract/base/random.hpp"

namespace smartroute::resilience {
namespace {

using namespace std::chrono_literals;

config::Retry rules_of(double percent, double floor) {
  config::Retry rules;
  rules.budget_percent = percent;
  rules.budget_floor = floor;
  return rules;
}

const SteadyTime kStart{1000s};

TEST(RetryBudget, FiveRequestsPayForOneRetryAtTwentyPercent) {
  RetryBudget budget(1);
  const config::Retry rules = rules_of(20, 0);
  EXPECT_FALSE(budget.take(kStart, rules));
  for (int i = 0; i < 4; ++i) budget.request_began(kStart, rules);
  EXPECT_FALSE(budget.take(kStart, rules));
  budget.request_began(kStart, rules);
  EXPECT_TRUE(budget.take(kStart, rules));
  EXPECT_FALSE(budget.take(kStart, rules));
}

TEST(RetryBudget, TheFloorPaysWithoutRequestsAndRefillsWithTime) {
  RetryBudget budget(1);
  const config::Retry rules = rules_of(0, 10);
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(budget.take(kStart, rules)) << i;
  EXPECT_FALSE(budget.take(kStart, rules));
  EXPECT_FALSE(budget.take(kStart + 99ms, rules));
  EXPECT_TRUE(budget.take(kStart + 100ms, rules));
  EXPECT_FALSE(budget.take(kStart + 100ms, rules));
  EXPECT_DOUBLE_EQ(budget.balance(kStart + 1h, rules), 10);
}

TEST(RetryBudget, AShareOfTheFloorIsAtLeastOneAttempt) {
  RetryBudget budget(0.05);
  const config::Retry rules = rules_of(0, 10);
  EXPECT_TRUE(budget.take(kStart, rules));
  EXPECT_FALSE(budget.take(kStart + 1s, rules));
  EXPECT_TRUE(budget.take(kStart + 2s, rules));
  EXPECT_DOUBLE_EQ(budget.balance(kStart + 1h, rules), 1);
  RetryBudget none(0.05);
  EXPECT_FALSE(none.take(kStart, rules_of(0, 0)));
  EXPECT_FALSE(none.take(kStart + 1h, rules_of(0, 0)));
}

TEST(RetryBudget, EarnedTokensAreSpentFirst) {
  RetryBudget budget(1);
  const config::Retry rules = rules_of(50, 1);
  budget.request_began(kStart, rules);
  EXPECT_TRUE(budget.take(kStart, rules));  // half from the request, half from the floor
  EXPECT_DOUBLE_EQ(budget.balance(kStart, rules), 0.5);
  EXPECT_DOUBLE_EQ(budget.balance(kStart + 500ms, rules), 1);  // all of it the floor's
}

TEST(RetryBudget, WhatIsNotUsedIsForgotten) {
  RetryBudget budget(1);
  const config::Retry rules = rules_of(20, 0);
  for (int i = 0; i < 1000; ++i) budget.request_began(kStart, rules);
  EXPECT_NEAR(budget.balance(kStart, rules), 200, 1e-6);
  EXPECT_LT(budget.balance(kStart + RetryBudget::kWindow, rules), 75);
  EXPECT_LT(budget.balance(kStart + 10 * RetryBudget::kWindow, rules), 0.01);
  EXPECT_FALSE(budget.take(kStart + 10 * RetryBudget::kWindow, rules));
}

TEST(RetryBudget, SteadyTrafficHoldsItsPercentageOfAWindow) {
  RetryBudget budget(1);
  const config::Retry rules = rules_of(20, 0);
  SteadyTime now = kStart;
  for (int i = 0; i < 60'000; ++i) budget.request_began(now += 1ms, rules);
  EXPECT_NEAR(budget.balance(now, rules), 0.2 * 1000 * 10, 20);
}

TEST(RetryBudget, AClockThatRunsBackwardsDoesNothing) {
  RetryBudget budget(1);
  const config::Retry rules = rules_of(20, 1);
  for (int i = 0; i < 10; ++i) budget.request_began(kStart, rules);
  const double before = budget.balance(kStart, rules);
  EXPECT_DOUBLE_EQ(budget.balance(kStart - 1h, rules), before);
  EXPECT_DOUBLE_EQ(budget.balance(SteadyTime::min() + 1h, rules), before);
  EXPECT_DOUBLE_EQ(budget.balance(kStart, rules), before);
  while (budget.take(kStart, rules)) {
  }
  EXPECT_FALSE(budget.take(kStart - 1h, rules));
  EXPECT_FALSE(budget.take(kStart, rules));  // the way back up is no time either
}

TEST(RetryBudget, ANewFloorHoldsAtOnce) {
  RetryBudget budget(1);
  EXPECT_DOUBLE_EQ(budget.balance(kStart, rules_of(0, 100)), 100);
  EXPECT_DOUBLE_EQ(budget.balance(kStart, rules_of(0, 5)), 5);
  EXPECT_DOUBLE_EQ(budget.balance(kStart, rules_of(0, 0)), 0);
  EXPECT_DOUBLE_EQ(budget.balance(kStart + 1s, rules_of(0, 100)), 100);
}

TEST(RetryBudget, AbsurdRulesPayForNothing) {
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  for (const double bad : {kNaN, -1.0, -std::numeric_limits<double>::infinity(), std::numeric_limits<double>::infinity()}) {
    RetryBudget budget(1);
    for (int i = 0; i < 100; ++i) budget.request_began(kStart + i * 1s, rules_of(bad, bad));
    EXPECT_FALSE(budget.take(kStart + 100s, rules_of(bad, bad))) << bad;
    EXPECT_FALSE(RetryBudget(bad).take(kStart, rules_of(0, 10))) << bad;
  }
}

// The promise of the header, over schedules nobody chose.
TEST(RetryBudget, NeverPaysForMoreThanItsShareOfRequestsAndTime) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    SeededRandom random(seed);
    const double percent = static_cast<double>(random.below(120));
    const double floor = static_cast<double>(random.below(12));
    const config::Retry rules = rules_of(percent, floor);
    RetryBudget budget(1);
    SteadyTime now = kStart, latest = kStart;
    std::uint64_t requests = 0, taken = 0;
    const auto longest = 1 + random.below(3'000);
    budget.balance(now, rules);
    for (int step = 0; step < 400; ++step) {
      if (random.below(50) == 0) now -= std::chrono::milliseconds(random.below(5'000));  // clocks do that
      now += std::chrono::milliseconds(random.below(longest));
      for (auto n = random.below(6); n > 0; --n) {
        budget.request_began(now, rules);
        ++requests;
      }
      for (auto n = random.below(8); n > 0; --n) taken += budget.take(now, rules) ? 1 : 0;
      latest = std::max(latest, now);
      const double seconds = std::chrono::duration<double>(latest - kStart).count();
      ASSERT_LE(static_cast<double>(taken), percent / 100 * static_cast<double>(requests) + floor * (seconds + 1) + 1 + 1e-6)
          << "seed " << seed << " step " << step;
    }
  }
}

}  // namespace
}  // namespace smartroute::resilience

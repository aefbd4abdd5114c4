#include "dataplane/core/resilience/health.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace smartroute::resilience {
namespace {

using namespace std::chrono_literals;
using config::Millis;
using enum HealthKind;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

TEST(Health, EveryKindHasItsPenaltyAndCooldown) {
  struct Row {
    HealthKind kind;
    double penalty;
    Millis cooldown;
    bool asked_counts;
  };
  const Row rows[] = {
      {None, 0, 0ms, false},       {Success, 0, 0ms, false},     {Timeout, 0.5, 0ms, false},
      {ServerError, 1, 0ms, true}, {Keyword, 10, 60s, true},     {Empty, 10, 60s, false},
      {RateLimited, 10, 60s, true}, {Unauthorized, 50, 300s, false}, {Connect, 1, 0ms, false},
      {BadResponse, 1, 0ms, false},
  };
  EXPECT_EQ(std::size(rows), static_cast<std::size_t>(kCount));
  for (const Row& row : rows) {
    EXPECT_EQ(penalty_of(row.kind, {}), row.penalty) << name_of(row.kind);
    EXPECT_EQ(cooldown_of(row.kind, std::nullopt, {}), row.cooldown) << name_of(row.kind);
    EXPECT_EQ(cooldown_of(row.kind, 7s, {}), row.asked_counts ? Millis(7s) : row.cooldown) << name_of(row.kind);
  }
}

TEST(Health, PenaltiesAndCooldownsAreTheConfiguredOnes) {
  config::Penalties penalties;
  penalties.timeout = 2;
  penalties.server_error = 3;
  penalties.keyword = 4;
  penalties.rate_limited = 5;
  penalties.unauthorized = 6;
  penalties.connect = 7;
  penalties.bad_response = 8;
  penalties.empty = 9;
  EXPECT_EQ(penalty_of(Timeout, penalties), 2);
  EXPECT_EQ(penalty_of(ServerError, penalties), 3);
  EXPECT_EQ(penalty_of(Keyword, penalties), 4);
  EXPECT_EQ(penalty_of(RateLimited, penalties), 5);
  EXPECT_EQ(penalty_of(Unauthorized, penalties), 6);
  EXPECT_EQ(penalty_of(Connect, penalties), 7);
  EXPECT_EQ(penalty_of(BadResponse, penalties), 8);
  EXPECT_EQ(penalty_of(Empty, penalties), 9);
  config::Cooldowns cooldowns;
  cooldowns.keyword = 1s;
  cooldowns.rate_limited = 2s;
  cooldowns.unauthorized = 3s;
  cooldowns.empty = 4s;
  EXPECT_EQ(cooldown_of(Keyword, std::nullopt, cooldowns), Millis(1s));
  EXPECT_EQ(cooldown_of(RateLimited, std::nullopt, cooldowns), Millis(2s));
  EXPECT_EQ(cooldown_of(Unauthorized, std::nullopt, cooldowns), Millis(3s));
  EXPECT_EQ(cooldown_of(Empty, std::nullopt, cooldowns), Millis(4s));
}

TEST(Health, NoCooldownIsLongerThanTheLongest) {
  config::Cooldowns cooldowns;
  cooldowns.longest = 30s;
  EXPECT_EQ(cooldown_of(RateLimited, std::nullopt, cooldowns), Millis(30s));
  EXPECT_EQ(cooldown_of(RateLimited, 10h, cooldowns), Millis(30s));
  EXPECT_EQ(cooldown_of(ServerError, Millis::max(), cooldowns), Millis(30s));
  EXPECT_EQ(cooldown_of(Unauthorized, std::nullopt, cooldowns), Millis(30s));
  EXPECT_EQ(cooldown_of(RateLimited, 0ms, cooldowns), Millis(0));  // the provider says: now
  EXPECT_EQ(cooldown_of(RateLimited, -5s, cooldowns), Millis(0));
  EXPECT_EQ(cooldown_of(RateLimited, Millis::min(), cooldowns), Millis(0));
  cooldowns.longest = -1s;
  EXPECT_EQ(cooldown_of(RateLimited, 5s, cooldowns), Millis(0));
}

TEST(Health, AnEjectionLastsTwiceAsLongTheSecondTimeAndNoLonger) {
  config::Cooldowns cooldowns;
  EXPECT_EQ(ejection_of(0, cooldowns), Millis(0));
  EXPECT_EQ(ejection_of(1, cooldowns), Millis(10s));
  EXPECT_EQ(ejection_of(2, cooldowns), Millis(20s));
  EXPECT_EQ(ejection_of(3, cooldowns), Millis(20s));
  EXPECT_EQ(ejection_of(std::numeric_limits<std::uint32_t>::max(), cooldowns), Millis(20s));
  cooldowns.longest = 15s;
  EXPECT_EQ(ejection_of(1, cooldowns), Millis(10s));
  EXPECT_EQ(ejection_of(2, cooldowns), Millis(15s));
  cooldowns.failing = Millis::max();
  cooldowns.longest = Millis::max();
  EXPECT_EQ(ejection_of(2, cooldowns), Millis::max());
  cooldowns.failing = 0ms;
  EXPECT_EQ(ejection_of(9, cooldowns), Millis(0));
  cooldowns.failing = -1s;
  EXPECT_EQ(ejection_of(9, cooldowns), Millis(0));
}

TEST(Health, AScoreHalvesWithEveryHalfLife) {
  EXPECT_DOUBLE_EQ(faded(8, 0s, 300s), 8);
  EXPECT_DOUBLE_EQ(faded(8, 300s, 300s), 4);
  EXPECT_DOUBLE_EQ(faded(8, 900s, 300s), 1);
  EXPECT_DOUBLE_EQ(faded(faded(8, 100s, 300s), 200s, 300s), 4);
  EXPECT_EQ(faded(8, 24h, 300s), 0);
  EXPECT_DOUBLE_EQ(faded(8, -1h, 300s), 8);
  EXPECT_EQ(faded(8, 1ns, 0ms), 0);
  EXPECT_EQ(faded(0, 1s, 300s), 0);
  EXPECT_EQ(faded(8, std::chrono::nanoseconds::max(), 1ms), 0);
  EXPECT_EQ(faded(8, std::chrono::nanoseconds::min(), 1ms), 8);
}

TEST(Health, FailuresAddUpAndSuccessHalves) {
  double score = 0;
  for (int i = 0; i < 3; ++i) score = score_after(score, ServerError, 1, {});
  EXPECT_DOUBLE_EQ(score, 3);
  EXPECT_DOUBLE_EQ(score_after(score, Success, 1, {}), 1.5);
  EXPECT_DOUBLE_EQ(score_after(score, None, 1, {}), 3);
  EXPECT_DOUBLE_EQ(score_after(score, kCount, 1, {}), 3);
  for (int i = 0; i < 100; ++i) score = score_after(score, Unauthorized, 1, {});
  EXPECT_EQ(score, kMaxScore);
  for (int i = 0; i < 30; ++i) score = score_after(score, Success, 1, {});
  EXPECT_EQ(score, 0);
}

TEST(Health, ManyOutcomesAtOnceAreTheSameAsOneAfterAnother) {
  for (const HealthKind kind : {None, Success, Timeout, ServerError, Keyword, Unauthorized}) {
    for (const double before : {0.0, 0.5, 7.0, 400.0, kMaxScore}) {
      for (const std::uint64_t count : {0u, 1u, 2u, 5u, 40u}) {
        double one_by_one = before;
        for (std::uint64_t i = 0; i < count; ++i) one_by_one = score_after(one_by_one, kind, 1, {});
        EXPECT_NEAR(score_after(before, kind, count, {}), one_by_one, 1e-9) << name_of(kind) << ' ' << before << ' ' << count;
      }
    }
  }
}

TEST(Health, AbsurdInputsLeaveASaneScore) {
  config::Penalties absurd;
  absurd.timeout = kNaN;
  absurd.server_error = -5;
  absurd.keyword = kInfinity;
  absurd.connect = 1e308;
  constexpr std::uint64_t kCounts[] = {0, 1, 1'000'000'000, std::numeric_limits<std::uint64_t>::max()};
  for (int k = 0; k <= static_cast<int>(kCount); ++k) {
    const auto kind = static_cast<HealthKind>(k);
    for (const double before : {kNaN, kInfinity, -kInfinity, -1.0, 0.0, 1e-320, 3.0, 1e308}) {
      for (const std::uint64_t count : kCounts) {
        const double after = score_after(before, kind, count, absurd);
        EXPECT_TRUE(after >= 0 && after <= kMaxScore) << k << ' ' << before << ' ' << count << ' ' << after;
      }
      for (const auto elapsed : {std::chrono::nanoseconds(0), std::chrono::nanoseconds(1), std::chrono::nanoseconds::max()}) {
        const double after = faded(before, elapsed, 5min);
        EXPECT_TRUE(after >= 0 && after <= kMaxScore) << before << ' ' << after;
      }
      EXPECT_TRUE(health_of(before) > 0 && health_of(before) <= 1) << before;
    }
  }
  EXPECT_EQ(score_after(3, Timeout, 10, absurd), 3);
  EXPECT_EQ(score_after(3, ServerError, 10, absurd), 3);
  EXPECT_EQ(score_after(3, Keyword, 1, absurd), kMaxScore);
  EXPECT_EQ(score_after(3, Connect, kCounts[3], absurd), kMaxScore);
  EXPECT_EQ(score_after(kMaxScore, Success, kCounts[3], absurd), 0);
  EXPECT_EQ(score_after(kNaN, Unauthorized, 1, {}), 50);
}

TEST(Health, IsOneWhenSoundAndFallsWithTheScore) {
  EXPECT_DOUBLE_EQ(health_of(0), 1);
  EXPECT_DOUBLE_EQ(health_of(5), 0.5);
  EXPECT_DOUBLE_EQ(health_of(10), 1.0 / 3);
  EXPECT_GT(health_of(kMaxScore), 0);
}

}  // namespace
}  // namespace smartroute::resilience

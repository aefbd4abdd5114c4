#include "dataplane/core/routing/scoreboard.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace smartroute::routing {
namespace {

using namespace std::chrono_literals;
using resilience::AttemptOutcome;

constexpr SteadyTime kStart{std::chrono::hours(1)};
const config::Health kRules;

TEST(ModelStats, BeginsSoundIdleAndUnknown) {
  const ModelStats stats;
  const Standing standing = stats.standing(kStart, kRules);
  EXPECT_EQ(standing.health, 1);
  EXPECT_FALSE(standing.cooling);
  EXPECT_EQ(standing.first_byte_ms, 0);
  EXPECT_EQ(standing.in_flight, 0u);
  EXPECT_EQ(standing.idle_seconds, kNeverUsed);
}

TEST(ModelStats, CountsWhatIsInFlightAndWhenItWasLastUsed) {
  ModelStats stats;
  stats.attempt_began(kStart);
  stats.attempt_began(kStart + 1s);
  EXPECT_EQ(stats.standing(kStart + 3s, kRules).in_flight, 2u);
  EXPECT_DOUBLE_EQ(stats.standing(kStart + 3s, kRules).idle_seconds, 2);
  EXPECT_EQ(stats.standing(kStart, kRules).idle_seconds, 0);  // a clock read a moment earlier
  stats.attempt_ended(AttemptOutcome::ServerError, kStart + 4s, kRules);
  stats.attempt_ended(AttemptOutcome::ClientGone, kStart + 4s, kRules);
  EXPECT_EQ(stats.standing(kStart + 5s, kRules).in_flight, 0u);
}

TEST(ModelStats, FailuresLowerHealthAndTimeAndSuccessRestoreIt) {
  ModelStats stats;
  const auto end = [&](AttemptOutcome outcome, SteadyTime at) {
    stats.attempt_began(at);
    stats.attempt_ended(outcome, at, kRules);
  };
  for (int i = 0; i < 5; ++i) end(AttemptOutcome::ServerError, kStart);
  EXPECT_DOUBLE_EQ(stats.standing(kStart, kRules).health, 0.5);
  EXPECT_FALSE(stats.standing(kStart, kRules).cooling);
  const SteadyTime later = kStart + kRules.half_life;
  EXPECT_NEAR(stats.standing(later, kRules).health, 1 / 1.5, 1e-6);
  end(AttemptOutcome::Answered, later);
  EXPECT_NEAR(stats.standing(later, kRules).health, 1 / 1.25, 1e-6);
  for (const auto neutral : {AttemptOutcome::ClientGone, AttemptOutcome::Drained, AttemptOutcome::RejectedRequest})
    end(neutral, later);
  EXPECT_NEAR(stats.standing(later, kRules).health, 1 / 1.25, 1e-6);
  for (int i = 0; i < 20; ++i) end(AttemptOutcome::Answered, later);
  EXPECT_EQ(stats.standing(later, kRules).health, 1);
}

TEST(ModelStats, AScoreFadesWithoutTraffic) {
  ModelStats stats;
  stats.attempt_began(kStart);
  stats.attempt_ended(AttemptOutcome::CredentialsRefused, kStart, kRules);
  EXPECT_NEAR(stats.standing(kStart, kRules).health, 1 / 11.0, 1e-6);
  EXPECT_NEAR(stats.standing(kStart + 25min, kRules).health, 1 / (1 + 0.2 * 50 / 32), 1e-6);
  EXPECT_EQ(stats.standing(kStart + 24h, kRules).health, 1);
  // Beyond where the shared word's time has wrapped.
  EXPECT_EQ(stats.standing(kStart + 24h * 300, kRules).health, 1);
}

TEST(ModelStats, CooldownsLastAsConfiguredAndTheLongerOneCounts) {
  ModelStats stats;
  stats.attempt_began(kStart);
  stats.attempt_ended(AttemptOutcome::CredentialsRefused, kStart, kRules);
  stats.attempt_began(kStart);
  stats.attempt_ended(AttemptOutcome::RateLimited, kStart + 1s, kRules);
  EXPECT_TRUE(stats.cooling(kStart + 299s));
  EXPECT_TRUE(stats.standing(kStart + 299s, kRules).cooling);
  EXPECT_FALSE(stats.cooling(kStart + 300s));
  stats.attempt_began(kStart);
  stats.attempt_ended(AttemptOutcome::Answered, kStart + 2s, kRules);
  EXPECT_TRUE(stats.cooling(kStart + 3s));  // it may have begun before the refusal
}

TEST(ModelStats, SpeedIsThePlainMeanFirstThenAMovingAverage) {
  ModelStats stats;
  const auto ms = [&] { return stats.standing(kStart, kRules).first_byte_ms; };
  stats.first_byte(100ms);
  EXPECT_NEAR(ms(), 100, 1e-3);
  stats.first_byte(200ms);
  EXPECT_NEAR(ms(), 150, 1e-3);
  for (int i = 0; i < 100; ++i) stats.first_byte(400ms);
  EXPECT_NEAR(ms(), 400, 0.01);
  stats.first_byte(1'200ms);
  EXPECT_NEAR(ms(), 500, 0.01);  // one eighth of the way
  ModelStats instant;
  instant.first_byte(0ns);
  EXPECT_GT(instant.standing(kStart, kRules).first_byte_ms, 0);  // 0 would mean unknown
}

TEST(ModelStats, SpeedFromBeforeAPauseCountsForLess) {
  ModelStats stats;
  stats.attempt_began(kStart);
  for (int i = 0; i < 50; ++i) stats.first_byte(1'000ms);
  stats.attempt_began(kStart + 30s);  // eight samples are worth one now
  stats.first_byte(100ms);
  EXPECT_NEAR(stats.standing(kStart, kRules).first_byte_ms, 550, 1);
  stats.attempt_began(kStart + 24h);
  stats.first_byte(70ms);
  EXPECT_NEAR(stats.standing(kStart, kRules).first_byte_ms, 70, 0.1);
}

TEST(RunningAttempt, EndsExactlyOnce) {
  ModelStats stats;
  const auto in_flight = [&] { return stats.standing(kStart, kRules).in_flight; };
  {
    RunningAttempt attempt(stats, kStart);
    EXPECT_EQ(in_flight(), 1u);
    RunningAttempt moved = std::move(attempt);
    EXPECT_EQ(in_flight(), 1u);
    moved.end(AttemptOutcome::ServerError, kStart, kRules);
    moved.end(AttemptOutcome::ServerError, kStart, kRules);
    attempt.end(AttemptOutcome::ServerError, kStart, kRules);
    EXPECT_EQ(in_flight(), 0u);
  }
  EXPECT_DOUBLE_EQ(stats.standing(kStart, kRules).health, 1 / 1.2);
  {
    RunningAttempt left(stats, kStart);
    RunningAttempt another(stats, kStart);
    EXPECT_EQ(in_flight(), 2u);
    left = std::move(another);
    EXPECT_EQ(in_flight(), 1u);
  }
  EXPECT_EQ(in_flight(), 0u);
  EXPECT_DOUBLE_EQ(stats.standing(kStart, kRules).health, 1 / 1.2);  // nobody's fault
}

TEST(ModelStats, LosesNothingWhenManyThreadsReportAtOnce) {
  constexpr int kThreads = 4, kEach = 5'000;
  ModelStats stats;
  config::Health rules;
  rules.penalties.server_error = 1.0 / 64;  // exact in a float, and below the largest score in sum
  const auto work = [&](int thread) {
    for (int i = 0; i < kEach; ++i) {
      RunningAttempt attempt(stats, kStart + std::chrono::nanoseconds(thread * kEach + i));
      stats.first_byte(std::chrono::milliseconds(100 + thread));
      attempt.end(AttemptOutcome::ServerError, kStart, rules);
      const Standing seen = stats.standing(kStart, rules);
      ASSERT_GT(seen.health, 0);
      ASSERT_LE(seen.health, 1);
      ASSERT_GE(seen.first_byte_ms, 99);
      ASSERT_LE(seen.first_byte_ms, 104);
      ASSERT_LE(seen.in_flight, static_cast<unsigned>(kThreads));
    }
  };
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) threads.emplace_back(work, t);
  for (auto& thread : threads) thread.join();
  const Standing after = stats.standing(kStart, rules);
  EXPECT_EQ(after.in_flight, 0u);
  EXPECT_DOUBLE_EQ(after.health, 1 / (1 + 0.2 * kThreads * kEach / 64));
}

TEST(Scoreboard, KeepsOneEntryAModelAsLongAsAViewHoldsIt) {
  Scoreboard board;
  const auto first = board.of("openai/a");
  EXPECT_EQ(board.of("openai/a"), first);
  EXPECT_NE(board.of("openai/b"), first);
  EXPECT_EQ(board.size(), 2u);
  board.forget_unused();
  EXPECT_EQ(board.size(), 1u);
  EXPECT_EQ(board.of("openai/a"), first);
}

}  // namespace
}  // namespace smartroute::routing

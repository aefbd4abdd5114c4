#include "dataplane/core/routing/scoreboard.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <limits>
#include <optional>
#include <thread>
#include <vector>

#include "contract/base/random.hpp"

namespace smartroute::routing {
namespace {

using namespace std::chrono_literals;
using resilience::AttemptOutcome;

constexpr SteadyTime kStart{std::chrono::hours(1)};
const config::Health kRules;

enum class Role : std::uint8_t { Ordinary, Probe };

AttemptEnd ended(AttemptOutcome outcome, std::optional<config::Millis> asked = std::nullopt) {
  AttemptEnd out;
  out.outcome = outcome;
  out.asked = asked;
  return out;
}

// One attempt that begins and ends at the same moment.
void attempt(ModelStats& stats, AttemptOutcome outcome, SteadyTime at, Role role = Role::Ordinary,
             std::optional<config::Millis> asked = std::nullopt, const config::Health& rules = kRules) {
  RunningAttempt(stats, at, role == Role::Probe).end(ended(outcome, asked), at, rules);
}
void fail_times(ModelStats& stats, int times, SteadyTime at, AttemptOutcome outcome = AttemptOutcome::ConnectFailed) {
  for (int i = 0; i < times; ++i) attempt(stats, outcome, at);
}
// The model's next probe, which ends so.
void probe(ModelStats& stats, AttemptOutcome outcome, SteadyTime at, std::optional<config::Millis> asked = std::nullopt,
           const config::Health& rules = kRules) {
  ASSERT_TRUE(stats.standing(at, rules).probe);
  ASSERT_TRUE(stats.claim_probe(at));
  attempt(stats, outcome, at, Role::Probe, asked, rules);
}
void answer_in(ModelStats& stats, std::chrono::nanoseconds took, SteadyTime began = kStart) {
  RunningAttempt(stats, began).first_byte(began + took, true);
}

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
  stats.attempt_ended(ended(AttemptOutcome::ServerError), false, true, kStart + 4s, kRules);
  stats.attempt_ended(ended(AttemptOutcome::ClientGone), false, true, kStart + 4s, kRules);
  EXPECT_EQ(stats.standing(kStart + 5s, kRules).in_flight, 0u);
}

TEST(ModelStats, FailuresLowerHealthAndTimeAndSuccessRestoreIt) {
  ModelStats stats;
  const auto end = [&](AttemptOutcome outcome, SteadyTime at) { attempt(stats, outcome, at); };
  fail_times(stats, 5, kStart, AttemptOutcome::ServerError);
  EXPECT_DOUBLE_EQ(stats.standing(kStart, kRules).health, 0.5);
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
  attempt(stats, AttemptOutcome::CredentialsRefused, kStart);
  EXPECT_NEAR(stats.standing(kStart, kRules).health, 1 / 11.0, 1e-6);
  EXPECT_NEAR(stats.standing(kStart + 25min, kRules).health, 1 / (1 + 0.2 * 50 / 32), 1e-6);
  EXPECT_EQ(stats.standing(kStart + 24h, kRules).health, 1);
  // Beyond where the shared word's time has wrapped.
  EXPECT_EQ(stats.standing(kStart + 24h * 300, kRules).health, 1);
}

TEST(ModelStats, CooldownsLastAsConfiguredAndTheLongerOneCounts) {
  ModelStats stats;
  attempt(stats, AttemptOutcome::CredentialsRefused, kStart);
  attempt(stats, AttemptOutcome::RateLimited, kStart + 1s);
  EXPECT_TRUE(stats.cooling(kStart + 299s));
  EXPECT_TRUE(stats.standing(kStart + 299s, kRules).cooling);
  EXPECT_FALSE(stats.cooling(kStart + 300s));
  attempt(stats, AttemptOutcome::Answered, kStart + 2s);
  EXPECT_TRUE(stats.cooling(kStart + 3s));  // it may have begun before the refusal
}

TEST(ModelStats, SpeedIsThePlainMeanFirstThenAMovingAverage) {
  ModelStats stats;
  const auto ms = [&] { return stats.standing(kStart, kRules).first_byte_ms; };
  answer_in(stats, 100ms);
  EXPECT_NEAR(ms(), 100, 1e-3);
  answer_in(stats, 200ms);
  EXPECT_NEAR(ms(), 150, 1e-3);
  for (int i = 0; i < 100; ++i) answer_in(stats, 400ms);
  EXPECT_NEAR(ms(), 400, 0.01);
  answer_in(stats, 1'200ms);
  EXPECT_NEAR(ms(), 500, 0.01);  // one eighth of the way
  ModelStats instant;
  answer_in(instant, 0ns);
  EXPECT_GT(instant.standing(kStart, kRules).first_byte_ms, 0);  // 0 would mean unknown
}

TEST(ModelStats, SpeedFromBeforeAPauseCountsForLess) {
  ModelStats stats;
  stats.attempt_began(kStart);
  for (int i = 0; i < 50; ++i) answer_in(stats, 1'000ms);
  stats.attempt_began(kStart + 30s);  // eight samples are worth one now
  answer_in(stats, 100ms, kStart + 30s);
  EXPECT_NEAR(stats.standing(kStart, kRules).first_byte_ms, 550, 1);
  stats.attempt_began(kStart + 24h);
  answer_in(stats, 70ms, kStart + 24h);
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
    moved.end(ended(AttemptOutcome::ServerError), kStart, kRules);
    moved.end(ended(AttemptOutcome::ServerError), kStart, kRules);
    attempt.end(ended(AttemptOutcome::ServerError), kStart, kRules);
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
      attempt.first_byte(kStart + std::chrono::nanoseconds(thread * kEach + i) + std::chrono::milliseconds(100 + thread), true);
      attempt.end(ended(AttemptOutcome::ServerError), kStart, rules);
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

// The life of a cooldown.

TEST(ModelStats, FailuresInARowEjectWhateverTheirKind) {
  ModelStats stats;
  fail_times(stats, 2, kStart);
  fail_times(stats, 1, kStart, AttemptOutcome::ServerError);
  fail_times(stats, 1, kStart, AttemptOutcome::BrokeMidStream);
  EXPECT_TRUE(stats.sound(kStart));
  EXPECT_EQ(stats.ejections(), 0u);
  fail_times(stats, 1, kStart, AttemptOutcome::FirstByteTimeout);
  EXPECT_FALSE(stats.sound(kStart));
  EXPECT_TRUE(stats.standing(kStart, kRules).cooling);
  EXPECT_EQ(stats.cooling_for(kStart), kRules.cooldowns.failing);
  EXPECT_EQ(stats.ejections(), 1u);
}

TEST(ModelStats, ASuccessOrNobodysFaultIsNoFailureInARow) {
  ModelStats stats;
  fail_times(stats, 4, kStart);
  attempt(stats, AttemptOutcome::Answered, kStart);
  fail_times(stats, 4, kStart);
  for (const auto neutral : {AttemptOutcome::ClientGone, AttemptOutcome::RejectedRequest, AttemptOutcome::Drained})
    for (int i = 0; i < 10; ++i) attempt(stats, neutral, kStart);
  EXPECT_TRUE(stats.sound(kStart));
  attempt(stats, AttemptOutcome::Reset, kStart);
  EXPECT_FALSE(stats.sound(kStart));
}

TEST(ModelStats, WithoutEjectionOnlyKindsCool) {
  ModelStats stats;
  config::Health rules;
  rules.eject_after = 0;
  for (int i = 0; i < 100; ++i) attempt(stats, AttemptOutcome::ConnectFailed, kStart, Role::Ordinary, std::nullopt, rules);
  EXPECT_TRUE(stats.sound(kStart));
  attempt(stats, AttemptOutcome::RateLimited, kStart, Role::Ordinary, 2s, rules);
  probe(stats, AttemptOutcome::ConnectFailed, kStart + 2s, std::nullopt, rules);
  EXPECT_TRUE(stats.standing(kStart + 2s, rules).probe);  // nothing to wait for: the next one tries
  // Lengths of zero eject nobody.
  ModelStats other;
  rules.eject_after = 5;
  rules.cooldowns.failing = 0ms;
  for (int i = 0; i < 100; ++i) attempt(other, AttemptOutcome::ConnectFailed, kStart, Role::Ordinary, std::nullopt, rules);
  EXPECT_TRUE(other.sound(kStart));
  EXPECT_FALSE(other.standing(kStart + 1s, rules).probe);
}

TEST(ModelStats, AHundredFailuresAtOnceAreOneEjection) {
  ModelStats stats;
  std::vector<RunningAttempt> burst;
  for (int i = 0; i < 100; ++i) burst.emplace_back(stats, kStart);
  for (auto& running : burst) running.end(ended(AttemptOutcome::ConnectTimeout), kStart + 1s, kRules);
  EXPECT_EQ(stats.ejections(), 1u);
  EXPECT_EQ(stats.cooling_for(kStart + 1s), kRules.cooldowns.failing);
}

TEST(ModelStats, StragglersOfAnOutageDoNotEjectWhenItIsOver) {
  ModelStats stats;
  std::vector<RunningAttempt> burst;
  for (int i = 0; i < 100; ++i) burst.emplace_back(stats, kStart);
  fail_times(stats, 5, kStart + 1s);
  ASSERT_EQ(stats.ejections(), 1u);
  // While it is due, they change nothing; nor when it is well.
  for (int i = 0; i < 50; ++i) burst[i].end(ended(AttemptOutcome::FirstByteTimeout), kStart + 12s, kRules);
  EXPECT_TRUE(stats.standing(kStart + 12s, kRules).probe);
  probe(stats, AttemptOutcome::Answered, kStart + 13s);
  for (int i = 50; i < 100; ++i) burst[i].end(ended(AttemptOutcome::FirstByteTimeout), kStart + 14s, kRules);
  EXPECT_EQ(stats.ejections(), 0u);
  EXPECT_FALSE(stats.cooling(kStart + 14s));
}

TEST(ModelStats, AfterItsCooldownOneRequestProbesAndItsAnswerEndsIt) {
  ModelStats stats;
  fail_times(stats, 5, kStart);
  EXPECT_FALSE(stats.claim_probe(kStart + 9'999ms));
  const SteadyTime due = kStart + 10s;
  Standing standing = stats.standing(due, kRules);
  EXPECT_TRUE(standing.probe);
  EXPECT_FALSE(standing.cooling);
  ASSERT_TRUE(stats.claim_probe(due));
  RunningAttempt probing(stats, due, true);
  EXPECT_FALSE(stats.claim_probe(due));
  standing = stats.standing(due, kRules);
  EXPECT_FALSE(standing.probe);
  EXPECT_TRUE(standing.cooling);
  EXPECT_EQ(stats.cooling_for(due), 0ms);
  // An ordinary success is no word about now: it may have begun before it all.
  attempt(stats, AttemptOutcome::Answered, due);
  EXPECT_TRUE(stats.cooling(due));
  probing.end(ended(AttemptOutcome::Answered), due + 1s, kRules);
  EXPECT_TRUE(stats.sound(due + 1s));
  EXPECT_EQ(stats.ejections(), 0u);
  fail_times(stats, 4, due + 2s);  // the count begins anew
  EXPECT_TRUE(stats.sound(due + 2s));
  EXPECT_TRUE(stats.take_tally(due + 2s).recovered);
  EXPECT_FALSE(stats.take_tally(due + 2s).recovered);
}

TEST(ModelStats, TheFirstByteOfTheProbeIsAnswerEnough) {
  ModelStats stats;
  fail_times(stats, 5, kStart);
  ASSERT_TRUE(stats.claim_probe(kStart + 10s));
  RunningAttempt probing(stats, kStart + 10s, true);
  probing.first_byte(kStart + 11s, true);
  EXPECT_TRUE(stats.sound(kStart + 11s));
  EXPECT_TRUE(stats.take_tally(kStart + 11s).recovered);
  // If then it breaks before anything has ended well, the model is known as one that breaks.
  probing.end(ended(AttemptOutcome::BrokeMidStream), kStart + 60s, kRules);
  EXPECT_EQ(stats.cooling_for(kStart + 60s), 2 * kRules.cooldowns.failing);
  EXPECT_EQ(stats.ejections(), 2u);
}

TEST(ModelStats, AProbeThatFailsEjectsForLongerButNotForEver) {
  ModelStats stats;
  fail_times(stats, 5, kStart);
  SteadyTime at = kStart + 10s;
  for (int i = 0; i < 20; ++i) {
    probe(stats, AttemptOutcome::ConnectFailed, at);
    EXPECT_EQ(stats.cooling_for(at), 20s);
    at += 20s;
  }
  EXPECT_EQ(stats.ejections(), 21u);
  // Of its kind's cooldown and the ejection the later one.
  probe(stats, AttemptOutcome::RateLimited, at, 2s);
  EXPECT_EQ(stats.cooling_for(at), 20s);
  probe(stats, AttemptOutcome::RateLimited, at + 20s, 90s);
  EXPECT_EQ(stats.cooling_for(at + 20s), 90s);
}

TEST(ModelStats, AProbeThatSaysNothingIsFreeForTheNext) {
  ModelStats stats;
  fail_times(stats, 5, kStart);
  for (const auto nothing : {AttemptOutcome::ClientGone, AttemptOutcome::Drained, AttemptOutcome::NoCredentials}) {
    probe(stats, nothing, kStart + 11s);
    EXPECT_TRUE(stats.standing(kStart + 11s, kRules).probe);
  }
  {
    ASSERT_TRUE(stats.claim_probe(kStart + 12s));
    RunningAttempt abandoned(stats, kStart + 12s, true);
  }
  EXPECT_TRUE(stats.standing(kStart + 12s, kRules).probe);
  EXPECT_EQ(stats.standing(kStart + 12s, kRules).in_flight, 0u);
}

TEST(ModelStats, AProviderThatRefusesTheRequestIsAlive) {
  for (const auto alive : {AttemptOutcome::RejectedRequest, AttemptOutcome::ContextLength, AttemptOutcome::ContentPolicy,
                           AttemptOutcome::RetryableRejection}) {
    ModelStats stats;
    fail_times(stats, 5, kStart);
    const double health = stats.standing(kStart + 10s, kRules).health;
    probe(stats, alive, kStart + 10s);
    EXPECT_TRUE(stats.sound(kStart + 10s)) << resilience::name_of(alive);
    EXPECT_EQ(stats.standing(kStart + 10s, kRules).health, health);
    EXPECT_TRUE(stats.take_tally(kStart + 10s).recovered);
  }
}

TEST(ModelStats, ASilentProbeHoldsNobodyUp) {
  ModelStats stats;
  fail_times(stats, 5, kStart);
  const SteadyTime due = kStart + 10s;
  ASSERT_TRUE(stats.claim_probe(due));
  RunningAttempt silent(stats, due, true);
  EXPECT_TRUE(stats.cooling(due + Cooldown::kPatience - 1ms));
  EXPECT_TRUE(stats.standing(due + Cooldown::kPatience, kRules).probe);
  ASSERT_TRUE(stats.claim_probe(due + Cooldown::kPatience));
  RunningAttempt second(stats, due + Cooldown::kPatience, true);
  // What the first one says now is neither the second's word nor a new ejection.
  silent.end(ended(AttemptOutcome::FirstByteTimeout), due + 15s, kRules);
  EXPECT_TRUE(stats.cooling(due + 15s));
  EXPECT_EQ(stats.cooling_for(due + 15s), 0ms);
  EXPECT_EQ(stats.ejections(), 1u);
  second.first_byte(due + 16s, true);
  EXPECT_TRUE(stats.sound(due + 16s));
}

TEST(ModelStats, RateLimitsRestForAsLongAsTheProviderAsks) {
  ModelStats asked;
  attempt(asked, AttemptOutcome::RateLimited, kStart, Role::Ordinary, 2s);
  EXPECT_EQ(asked.cooling_for(kStart), 2s);
  EXPECT_TRUE(asked.asked_to_wait());
  EXPECT_TRUE(asked.standing(kStart + 2s, kRules).probe);
  ModelStats unasked;
  attempt(unasked, AttemptOutcome::RateLimited, kStart);
  EXPECT_EQ(unasked.cooling_for(kStart), kRules.cooldowns.rate_limited);
  ModelStats at_once;
  attempt(at_once, AttemptOutcome::RateLimited, kStart, Role::Ordinary, 0s);
  EXPECT_TRUE(at_once.sound(kStart));
  EXPECT_FALSE(at_once.standing(kStart + 1s, kRules).probe);
  ModelStats absurd;
  attempt(absurd, AttemptOutcome::RateLimited, kStart, Role::Ordinary, config::Millis::max());
  EXPECT_EQ(absurd.cooling_for(kStart), kRules.cooldowns.longest);
  ModelStats dead;
  fail_times(dead, 5, kStart);
  EXPECT_FALSE(dead.asked_to_wait());
}

TEST(ModelStats, ProvenIsWhatAnsweredLatelyAndHasNotFailedSince) {
  ModelStats stats;
  EXPECT_FALSE(stats.proven(kStart));
  EXPECT_FALSE(stats.failing());
  attempt(stats, AttemptOutcome::Answered, kStart);
  EXPECT_TRUE(stats.proven(kStart));
  EXPECT_TRUE(stats.proven(kStart + ModelStats::kProvenFor));
  EXPECT_FALSE(stats.proven(kStart + ModelStats::kProvenFor + 1s));
  attempt(stats, AttemptOutcome::ServerError, kStart + 1s);
  EXPECT_FALSE(stats.proven(kStart + 1s));
  EXPECT_TRUE(stats.failing());
  attempt(stats, AttemptOutcome::ClientGone, kStart + 2s);
  EXPECT_TRUE(stats.failing());
  attempt(stats, AttemptOutcome::Answered, kStart + 3s);
  EXPECT_TRUE(stats.proven(kStart + 3s));
  EXPECT_FALSE(stats.failing());
}

// Stalls.

TEST(ModelStats, StallsWhenManyWaitAndNoneIsAnswered) {
  ModelStats stats;
  answer_in(stats, 500ms);
  std::vector<RunningAttempt> waiting;
  for (std::uint32_t i = 0; i + 1 < ModelStats::kStallCrowd; ++i) waiting.emplace_back(stats, kStart + 10s);
  EXPECT_FALSE(stats.stalled(kStart + 1min));  // few
  waiting.emplace_back(stats, kStart + 11s);
  EXPECT_FALSE(stats.stalled(kStart + 12s));  // four times 500 ms since the first began to wait
  EXPECT_TRUE(stats.stalled(kStart + 12'001ms));
  EXPECT_TRUE(stats.standing(kStart + 13s, kRules).stalled);
  EXPECT_FALSE(stats.sound(kStart + 13s));
  waiting[0].first_byte(kStart + 13s, true);  // few again
  EXPECT_FALSE(stats.stalled(kStart + 1min));
  waiting.emplace_back(stats, kStart + 14s);  // many, but one was answered; that took long, so the others may
  EXPECT_FALSE(stats.stalled(kStart + 14s));
  EXPECT_FALSE(stats.stalled(kStart + 17s));
  EXPECT_TRUE(stats.stalled(kStart + 1min));
  waiting.clear();
  EXPECT_FALSE(stats.stalled(kStart + 1min));
  for (std::uint32_t i = 0; i < ModelStats::kStallCrowd; ++i) waiting.emplace_back(stats, kStart + 2min);
  EXPECT_FALSE(stats.stalled(kStart + 2min));  // the wait begins anew
}

TEST(ModelStats, AFastModelStallsAfterASecondAndAnUnknownOneLater) {
  ModelStats fast, unknown;
  answer_in(fast, 10ms);
  std::vector<RunningAttempt> waiting;
  for (std::uint32_t i = 0; i < ModelStats::kStallCrowd; ++i) {
    waiting.emplace_back(fast, kStart);
    waiting.emplace_back(unknown, kStart);
  }
  EXPECT_FALSE(fast.stalled(kStart + ModelStats::kStallAfter));
  EXPECT_TRUE(fast.stalled(kStart + ModelStats::kStallAfter + 1ms));
  EXPECT_FALSE(unknown.stalled(kStart + ModelStats::kStallUnknown));
  EXPECT_TRUE(unknown.stalled(kStart + ModelStats::kStallUnknown + 1ms));
}

TEST(ModelStats, FailuresAndThoseThatLeftDoNotWait) {
  ModelStats stats;
  for (int i = 0; i < 20; ++i) attempt(stats, AttemptOutcome::ClientGone, kStart);
  RunningAttempt late(stats, kStart);
  late.first_byte(kStart + 1min, false);
  late.end(ended(AttemptOutcome::FirstByteTimeout), kStart + 1min, kRules);
  EXPECT_FALSE(stats.stalled(kStart + 2min));
  EXPECT_NEAR(stats.standing(kStart, kRules).first_byte_ms, 60'000, 1);  // at least so slow
}

// What is due must be tried, however many wait: a hung upstream would never be found well again.
TEST(ModelStats, WhatIsDueForAProbeIsNotStalled) {
  ModelStats stats;
  std::vector<RunningAttempt> hung;
  for (int i = 0; i < 20; ++i) hung.emplace_back(stats, kStart);
  fail_times(stats, 5, kStart + 30s);
  EXPECT_TRUE(stats.standing(kStart + 31s, kRules).stalled);
  EXPECT_TRUE(stats.standing(kStart + 40s, kRules).probe);
  EXPECT_FALSE(stats.standing(kStart + 40s, kRules).stalled);
}

// The fleet.

constexpr auto kSuccesses = static_cast<std::size_t>(resilience::HealthKind::Success);
constexpr auto kConnects = static_cast<std::size_t>(resilience::HealthKind::Connect);
constexpr auto kLimits = static_cast<std::size_t>(resilience::HealthKind::RateLimited);

FleetScore fleet(double score, config::Millis cooling = 0ms, std::uint32_t ejections = 0) {
  FleetScore out;
  out.score = score;
  out.cooling = cooling;
  out.ejections = ejections;
  return out;
}

TEST(ModelStats, TalliesWhatHappenedSinceTheLastOne) {
  ModelStats stats;
  EXPECT_TRUE(stats.take_tally(kStart).empty());
  attempt(stats, AttemptOutcome::ClientGone, kStart);
  EXPECT_TRUE(stats.take_tally(kStart).empty());
  attempt(stats, AttemptOutcome::Answered, kStart);
  fail_times(stats, 2, kStart);
  Tally tally = stats.take_tally(kStart);
  EXPECT_FALSE(tally.empty());
  EXPECT_EQ(tally.counts[kSuccesses], 1u);
  EXPECT_EQ(tally.counts[kConnects], 2u);
  EXPECT_EQ(tally.cooling, 0ms);
  EXPECT_TRUE(stats.take_tally(kStart).empty());
  attempt(stats, AttemptOutcome::RateLimited, kStart, Role::Ordinary, 30s);
  tally = stats.take_tally(kStart + 1s);
  EXPECT_EQ(tally.counts[kLimits], 1u);
  EXPECT_EQ(tally.cooling, 29s);
  EXPECT_EQ(tally.cause, AttemptOutcome::RateLimited);
  // It is reported once, unless it grows.
  attempt(stats, AttemptOutcome::RateLimited, kStart + 2s, Role::Ordinary, 5s);
  EXPECT_EQ(stats.take_tally(kStart + 2s).cooling, 0ms);
  attempt(stats, AttemptOutcome::CredentialsRefused, kStart + 3s);
  tally = stats.take_tally(kStart + 3s);
  EXPECT_EQ(tally.cooling, kRules.cooldowns.unauthorized);
  EXPECT_EQ(tally.cause, AttemptOutcome::CredentialsRefused);
}

TEST(ModelStats, ACooldownThatIsOverIsNoneToReport) {
  ModelStats stats;
  attempt(stats, AttemptOutcome::RateLimited, kStart, Role::Ordinary, 1s);
  ASSERT_TRUE(stats.claim_probe(kStart + 1s));
  const Tally tally = stats.take_tally(kStart + 2s);  // a claim is no cooldown
  EXPECT_EQ(tally.cooling, 0ms);
  EXPECT_EQ(tally.cause, AttemptOutcome::Answered);
}

TEST(ModelStats, TakesTheFleetsScoreWithItsOwnOnTop) {
  ModelStats stats;
  fail_times(stats, 3, kStart);
  stats.merge(fleet(10), Tally(), kStart, kRules);  // the three are not taken yet
  EXPECT_NEAR(stats.standing(kStart, kRules).health, 1 / (1 + 0.2 * 13), 1e-6);
  const Tally taken = stats.take_tally(kStart);
  stats.merge(fleet(10), taken, kStart, kRules);  // ... are, and not acknowledged
  EXPECT_NEAR(stats.standing(kStart, kRules).health, 1 / (1 + 0.2 * 13), 1e-6);
  stats.merge(fleet(12), Tally(), kStart, kRules);  // ... are in it
  EXPECT_NEAR(stats.standing(kStart, kRules).health, 1 / (1 + 0.2 * 12), 1e-6);
  Tally answered;
  answered.counts[kSuccesses] = 2;
  stats.merge(fleet(12), answered, kStart, kRules);
  EXPECT_NEAR(stats.standing(kStart, kRules).health, 1 / (1 + 0.2 * 3), 1e-6);
  stats.merge(fleet(0), Tally(), kStart, kRules);
  EXPECT_EQ(stats.standing(kStart, kRules).health, 1);
}

// Half of it fails: neither as sound as if all successes came last nor as bad as if they came first.
TEST(ModelStats, AMixOfOutcomesCountsAsIfTheyHadComeInTurn) {
  ModelStats stats;
  Tally mixed;
  mixed.counts[kSuccesses] = 40;
  mixed.counts[kConnects] = 40;
  stats.merge(fleet(0), mixed, kStart, kRules);
  EXPECT_GT(stats.standing(kStart, kRules).health, 0.6);
  EXPECT_LT(stats.standing(kStart, kRules).health, 0.95);
}

TEST(ModelStats, NonsenseFromTheFleetDoesNoHarm) {
  const double inf = std::numeric_limits<double>::infinity();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  struct Row {
    const char* name;
    double score, health;
  };
  for (const Row& row : {Row{"nan", nan, 1 / 1.2}, Row{"minus infinity", -inf, 1}, Row{"negative", -7, 1},
                         Row{"infinity", inf, 1 / 201.0}, Row{"huge", 1e300, 1 / 201.0}, Row{"tiny", 1e-300, 1}}) {
    ModelStats stats;
    attempt(stats, AttemptOutcome::ConnectFailed, kStart);
    stats.take_tally(kStart);
    stats.merge(fleet(row.score), Tally(), kStart, kRules);
    EXPECT_NEAR(stats.standing(kStart, kRules).health, row.health, 1e-6) << row.name;
  }
  ModelStats stats;
  stats.merge(fleet(1, config::Millis::min(), UINT32_MAX), Tally(), kStart, kRules);
  EXPECT_TRUE(stats.sound(kStart));
  stats.merge(fleet(1, config::Millis::max(), UINT32_MAX), Tally(), kStart, kRules);
  EXPECT_EQ(stats.cooling_for(kStart), kRules.cooldowns.longest);
  probe(stats, AttemptOutcome::ConnectFailed, kStart + kRules.cooldowns.longest);
  EXPECT_EQ(stats.ejections(), ModelStats::kMaxEjections);
  Tally absurd;
  absurd.counts.fill(UINT64_MAX);
  absurd.cooling = config::Millis::min();
  stats.merge(fleet(1), absurd, kStart, kRules);
  EXPECT_GT(stats.standing(kStart, kRules).health, 0);
  EXPECT_LE(stats.standing(kStart, kRules).health, 1);
}

TEST(ModelStats, OneDataPlanesCooldownIsEverybodysAndSoIsItsEnd) {
  ModelStats here;
  FleetScore limited = fleet(10, 30s);
  limited.rate_limited = true;
  here.merge(limited, Tally(), kStart, kRules);
  EXPECT_TRUE(here.cooling(kStart));
  EXPECT_TRUE(here.asked_to_wait());
  EXPECT_TRUE(here.take_tally(kStart).empty());  // not our own
  here.merge(fleet(5, 0ms), Tally(), kStart + 5s, kRules);
  EXPECT_TRUE(here.sound(kStart + 5s));  // somebody else found out
  // One that runs out is probed here, too.
  here.merge(fleet(10, 30s, 3), Tally(), kStart + 6s, kRules);
  here.merge(fleet(10, 0ms, 3), Tally(), kStart + 36s, kRules);
  EXPECT_TRUE(here.standing(kStart + 36s, kRules).probe);
  EXPECT_EQ(here.ejections(), 3u);
}

TEST(ModelStats, OwnNewsOutlastOlderNewsOfTheFleet) {
  ModelStats stats;
  fail_times(stats, 5, kStart);
  const Tally ejected = stats.take_tally(kStart);
  ASSERT_EQ(ejected.cooling, 10s);
  stats.merge(fleet(0), ejected, kStart + 1s, kRules);
  EXPECT_EQ(stats.cooling_for(kStart + 1s), 9s);
  EXPECT_EQ(stats.ejections(), 1u);
  stats.merge(fleet(5, 25s, 4), ejected, kStart + 1s, kRules);  // somebody waits for longer
  EXPECT_EQ(stats.cooling_for(kStart + 1s), 25s);
  EXPECT_EQ(stats.ejections(), 4u);
  // Back, which the fleet has not heard yet.
  probe(stats, AttemptOutcome::Answered, kStart + 26s);
  stats.merge(fleet(5, 20s, 5), Tally(), kStart + 26s, kRules);
  EXPECT_TRUE(stats.sound(kStart + 26s));
  const Tally back = stats.take_tally(kStart + 26s);
  ASSERT_TRUE(back.recovered);
  stats.merge(fleet(5, 20s, 5), back, kStart + 27s, kRules);
  EXPECT_TRUE(stats.sound(kStart + 27s));
  EXPECT_EQ(stats.ejections(), 0u);
}

TEST(ModelStats, ClocksThatGoBackwardsDoNoHarm) {
  ModelStats stats;
  fail_times(stats, 5, kStart);
  const double health = stats.standing(kStart, kRules).health;
  EXPECT_NEAR(stats.standing(kStart - 30s, kRules).health, health, 1e-9);
  EXPECT_TRUE(stats.cooling(kStart - 30s));
  EXPECT_EQ(stats.cooling_for(kStart - 30s), 40s);
  EXPECT_FALSE(stats.proven(kStart - 30s));
  RunningAttempt early(stats, kStart - 1s);
  early.first_byte(kStart - 2s, true);
  early.end(ended(AttemptOutcome::Answered), kStart - 3s, kRules);
  EXPECT_GT(stats.standing(kStart, kRules).first_byte_ms, 0);
  EXPECT_EQ(stats.standing(kStart, kRules).in_flight, 0u);
  ASSERT_TRUE(stats.claim_probe(kStart + 10s));
  attempt(stats, AttemptOutcome::ClientGone, kStart + 9s, Role::Probe);
  EXPECT_TRUE(stats.standing(kStart + 10s, kRules).probe);
}

TEST(ModelStats, ManyThreadsEjectOnceProbeOneAtATimeAndTallyAll) {
  constexpr int kThreads = 4, kEach = 4'000;
  ModelStats stats;
  std::atomic<int> probing{0}, running{kThreads};
  std::atomic<bool> crowded{false};
  const auto work = [&](int thread) {
    SeededRandom random(static_cast<std::uint64_t>(thread) + 1);
    for (int i = 0; i < kEach; ++i) {
      const SteadyTime now = kStart + std::chrono::milliseconds(i);
      const bool probe = stats.claim_probe(now);
      if (probe && probing.fetch_add(1) != 0) crowded = true;
      RunningAttempt attempt(stats, now, probe);
      if (probe) --probing;
      attempt.end(ended(random.below(2) == 0 ? AttemptOutcome::Answered : AttemptOutcome::ConnectFailed), now, kRules);
      stats.standing(now, kRules);
    }
    --running;
  };
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) threads.emplace_back(work, t);
  std::uint64_t total = 0;
  const auto collect = [&] {
    const Tally tally = stats.take_tally(kStart);
    for (const std::uint64_t count : tally.counts) total += count;
    if (total % 2 == 0) stats.merge(fleet(3), tally, kStart, kRules);
  };
  while (running.load() > 0) collect();
  for (auto& thread : threads) thread.join();
  collect();
  EXPECT_EQ(total, std::uint64_t{kThreads} * kEach);
  EXPECT_FALSE(crowded.load());
  EXPECT_EQ(stats.standing(kStart, kRules).in_flight, 0u);
  EXPECT_FALSE(stats.stalled(kStart + 24h));

  ModelStats burst;
  std::vector<std::thread> failing;
  for (int t = 0; t < kThreads; ++t)
    failing.emplace_back([&burst] { fail_times(burst, 500, kStart); });
  for (auto& thread : failing) thread.join();
  EXPECT_EQ(burst.ejections(), 1u);
  EXPECT_EQ(burst.cooling_for(kStart), kRules.cooldowns.failing);
  EXPECT_EQ(burst.take_tally(kStart).counts[kConnects], 2'000u);
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

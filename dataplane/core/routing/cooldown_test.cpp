#include "dataplane/core/routing/cooldown.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace smartroute::routing {
namespace {

using namespace std::chrono_literals;
using config::Millis;
using Phase = Cooldown::Phase;
using Why = Cooldown::Why;

constexpr SteadyTime kStart{std::chrono::hours(1)};

TEST(Cooldown, GoesFromFitOverCoolingDueAndProbingBackToFit) {
  Cooldown cooldown;
  EXPECT_EQ(cooldown.phase(kStart), Phase::Fit);
  EXPECT_TRUE(cooldown.grow(kStart, 2s, Why::Failures));
  EXPECT_EQ(cooldown.phase(kStart + 1999ms), Phase::Cooling);
  EXPECT_EQ(cooldown.left(kStart + 500ms), 1500ms);
  EXPECT_FALSE(cooldown.claim(kStart + 1s));
  EXPECT_EQ(cooldown.phase(kStart + 2s), Phase::Due);
  EXPECT_EQ(cooldown.left(kStart + 2s), 0ms);
  EXPECT_TRUE(cooldown.claim(kStart + 3s));
  EXPECT_EQ(cooldown.phase(kStart + 3s), Phase::Probing);
  EXPECT_EQ(cooldown.left(kStart + 3s), 0ms);
  EXPECT_FALSE(cooldown.claim(kStart + 3s));
  EXPECT_TRUE(cooldown.recover(kStart + 4s));
  EXPECT_TRUE(cooldown.fit());
  EXPECT_FALSE(cooldown.recover(kStart + 4s));
  EXPECT_FALSE(cooldown.claim(kStart + 4s));
}

TEST(Cooldown, LengthsOfZeroBeginNothing) {
  Cooldown cooldown;
  EXPECT_FALSE(cooldown.grow(kStart, 0ms, Why::RateLimit));
  EXPECT_FALSE(cooldown.grow(kStart, -5s, Why::RateLimit));
  EXPECT_FALSE(cooldown.eject(kStart, 0ms, Why::Failures));
  EXPECT_FALSE(cooldown.restart(kStart, 0ms, Why::Failures));
  EXPECT_FALSE(cooldown.agree(kStart, -1ms, Why::Failures));
  EXPECT_TRUE(cooldown.fit());
  EXPECT_EQ(cooldown.phase(kStart + 24h), Phase::Fit);
}

TEST(Cooldown, OfTwoTheOneThatEndsLaterCounts) {
  Cooldown cooldown;
  EXPECT_TRUE(cooldown.grow(kStart, 60s, Why::RateLimit));
  EXPECT_FALSE(cooldown.grow(kStart + 1s, 10s, Why::Failures));
  EXPECT_EQ(cooldown.left(kStart), 60s);
  EXPECT_TRUE(cooldown.for_rate_limit());
  EXPECT_TRUE(cooldown.grow(kStart + 1s, 300s, Why::Failures));
  EXPECT_EQ(cooldown.left(kStart + 1s), 300s);
  EXPECT_FALSE(cooldown.for_rate_limit());
  EXPECT_FALSE(cooldown.eject(kStart, 900s, Why::Failures));  // only what is fit
  Cooldown absurd;
  EXPECT_TRUE(absurd.grow(kStart, Millis::max(), Why::Failures));
  EXPECT_EQ(absurd.left(kStart), Cooldown::kLongest);
}

TEST(Cooldown, AProbeThatSaysNothingIsFreeAgain) {
  Cooldown cooldown;
  cooldown.grow(kStart, 1s, Why::Failures);
  ASSERT_TRUE(cooldown.claim(kStart + 2s));
  cooldown.release(kStart + 3s);
  EXPECT_EQ(cooldown.phase(kStart + 3s), Phase::Due);
  ASSERT_TRUE(cooldown.claim(kStart + 3s));
  // Silent for too long: the next one may, and the late word of the first is not lost.
  EXPECT_FALSE(cooldown.claim(kStart + 3s + Cooldown::kPatience - 1ms));
  ASSERT_TRUE(cooldown.claim(kStart + 3s + Cooldown::kPatience));
  EXPECT_TRUE(cooldown.recover(kStart + 3s + Cooldown::kPatience));
  EXPECT_TRUE(cooldown.fit());
  cooldown.release(kStart);
  EXPECT_TRUE(cooldown.fit());
}

TEST(Cooldown, AProbeThatFailsBeginsAnotherCooldown) {
  Cooldown cooldown;
  cooldown.grow(kStart, 1s, Why::Failures);
  ASSERT_TRUE(cooldown.claim(kStart + 1s));
  EXPECT_TRUE(cooldown.restart(kStart + 2s, 3s, Why::RateLimit));
  EXPECT_EQ(cooldown.left(kStart + 2s), 3s);
  EXPECT_TRUE(cooldown.for_rate_limit());
  // Without one of its own it is due for the next.
  ASSERT_TRUE(cooldown.claim(kStart + 5s));
  EXPECT_FALSE(cooldown.restart(kStart + 6s, 0ms, Why::Failures));
  EXPECT_EQ(cooldown.phase(kStart + 6s), Phase::Due);
}

TEST(Cooldown, WhatBeginsDuringAProbeIsNotEndedByIt) {
  Cooldown cooldown;
  cooldown.grow(kStart, 1s, Why::Failures);
  ASSERT_TRUE(cooldown.claim(kStart + 1s));
  EXPECT_TRUE(cooldown.grow(kStart + 2s, 60s, Why::RateLimit));
  EXPECT_EQ(cooldown.phase(kStart + 2s), Phase::Cooling);
  EXPECT_FALSE(cooldown.recover(kStart + 3s));
  EXPECT_EQ(cooldown.left(kStart + 3s), 59s);
  EXPECT_TRUE(cooldown.for_rate_limit());
  // Nor shortened by its failure.
  ASSERT_TRUE(cooldown.claim(kStart + 62s));
  cooldown.grow(kStart + 63s, 60s, Why::RateLimit);
  EXPECT_FALSE(cooldown.restart(kStart + 64s, 5s, Why::Failures));
  EXPECT_EQ(cooldown.left(kStart + 64s), 59s);
}

TEST(Cooldown, AgreesWithTheFleet) {
  Cooldown cooldown;
  EXPECT_FALSE(cooldown.agree(kStart, 300ms, Why::RateLimit));  // from nothing, however short
  EXPECT_EQ(cooldown.left(kStart), 300ms);
  EXPECT_FALSE(cooldown.agree(kStart, 60s, Why::RateLimit));
  EXPECT_EQ(cooldown.left(kStart), 60s);
  EXPECT_FALSE(cooldown.agree(kStart, 60s + Cooldown::kSlack, Why::RateLimit));  // the way took that long
  EXPECT_FALSE(cooldown.agree(kStart, 60s - Cooldown::kSlack, Why::RateLimit));
  EXPECT_EQ(cooldown.left(kStart), 60s);
  EXPECT_FALSE(cooldown.agree(kStart, 20s, Why::Failures));  // shortened
  EXPECT_EQ(cooldown.left(kStart), 20s);
  EXPECT_TRUE(cooldown.agree(kStart + 1s, 0ms, Why::Failures));  // ended early
  EXPECT_TRUE(cooldown.fit());
}

TEST(Cooldown, TheFleetDoesNotSpareAProbeNorDisturbOne) {
  Cooldown cooldown;
  cooldown.agree(kStart, 10s, Why::Failures);
  EXPECT_FALSE(cooldown.agree(kStart + 9'800ms, 0ms, Why::Failures));  // ran out there, will here
  EXPECT_EQ(cooldown.phase(kStart + 10s), Phase::Due);
  EXPECT_FALSE(cooldown.agree(kStart + 11s, 0ms, Why::Failures));
  EXPECT_EQ(cooldown.phase(kStart + 11s), Phase::Due);
  EXPECT_FALSE(cooldown.agree(kStart + 11s, Cooldown::kSlack, Why::Failures));
  EXPECT_EQ(cooldown.phase(kStart + 11s), Phase::Due);
  ASSERT_TRUE(cooldown.claim(kStart + 12s));
  cooldown.agree(kStart + 12s, 0ms, Why::Failures);
  cooldown.agree(kStart + 12s, 100ms, Why::Failures);
  EXPECT_EQ(cooldown.phase(kStart + 12s), Phase::Probing);
  // Somebody else's probe failed.
  cooldown.agree(kStart + 13s, 20s, Why::Failures);
  EXPECT_EQ(cooldown.left(kStart + 13s), 20s);
}

TEST(Cooldown, ManyThreadsAreOneProbeAndOneEjection) {
  constexpr int kThreads = 4, kRounds = 200;
  Cooldown cooldown;
  std::atomic<int> ejected{0}, claimed{0}, arrived{0};
  const auto everybody = [&](int round) {
    arrived.fetch_add(1);
    while (arrived.load() < round * kThreads) std::this_thread::yield();
  };
  const auto work = [&] {
    for (int round = 0; round < kRounds; ++round) {
      const SteadyTime at = kStart + round * 10s;
      everybody(3 * round + 1);
      if (cooldown.eject(at, 1s, Why::Failures)) ++ejected;
      everybody(3 * round + 2);
      const bool mine = cooldown.claim(at + 2s);
      if (mine) ++claimed;
      everybody(3 * round + 3);
      if (mine) {
        EXPECT_TRUE(cooldown.recover(at + 3s));
      }
      // The next round's first meeting is behind this.
    }
  };
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) threads.emplace_back(work);
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(ejected.load(), kRounds);
  EXPECT_EQ(claimed.load(), kRounds);
}

}  // namespace
}  // namespace smartroute::routing

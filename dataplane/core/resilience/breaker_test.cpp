#include "dataplane/core/resilience/breaker.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace smartroute::resilience {
namespace {

using namespace std::chrono_literals;
using enum Breaker::Admission;

constexpr int kFailures = 3;
constexpr auto kOpenFor = 10s;

// Where threads wait for each other, round after round.
class Meeting {
 public:
  explicit Meeting(int threads) : threads_(threads) {}
  void arrive() {
    const int round = round_;
    if (++here_ == threads_) {
      here_ = 0;
      ++round_;
      round_.notify_all();
    } else {
      round_.wait(round);
    }
  }

 private:
  const int threads_;
  std::atomic<int> here_{0}, round_{0};
};

class BreakerTest : public testing::Test {
 protected:
  Breaker::Admission admit() { return breaker.admit(clock.steady()); }
  void fail(Breaker::Admission admission) { breaker.failed(admission, clock.steady(), kFailures, kOpenFor); }
  void fail_times(int n) {
    for (int i = 0; i < n; ++i) {
      ASSERT_EQ(admit(), Pass);
      fail(Pass);
    }
  }
  FakeClock clock;
  Breaker breaker;
};

TEST_F(BreakerTest, LetsCallsPassUntilSoManyFailedInARow) {
  fail_times(kFailures - 1);
  EXPECT_EQ(admit(), Pass);
  EXPECT_FALSE(breaker.open(clock.steady()));
  fail(Pass);
  EXPECT_EQ(admit(), Refuse);
  EXPECT_TRUE(breaker.open(clock.steady()));
}

TEST_F(BreakerTest, StartsCountingAnewAfterASuccess) {
  fail_times(kFailures - 1);
  ASSERT_EQ(admit(), Pass);
  breaker.succeeded(Pass);
  fail_times(kFailures - 1);
  EXPECT_EQ(admit(), Pass);
}

TEST_F(BreakerTest, CountsNothingForACallThatWasAbandoned) {
  fail_times(kFailures - 1);
  for (int i = 0; i < 5; ++i) {
    ASSERT_EQ(admit(), Pass);
    breaker.abandoned(Pass);
  }
  EXPECT_FALSE(breaker.open(clock.steady()));
  fail_times(1);
  EXPECT_EQ(admit(), Refuse);
}

TEST_F(BreakerTest, RefusesForExactlyTheTimeItIsOpen) {
  fail_times(kFailures);
  clock.advance(kOpenFor - 1ns);
  EXPECT_EQ(admit(), Refuse);
  clock.advance(1ns);
  EXPECT_EQ(admit(), Probe);
}

TEST_F(BreakerTest, HoldsTheOthersBackWhileTheProbeIsOut) {
  fail_times(kFailures);
  clock.advance(kOpenFor);
  ASSERT_EQ(admit(), Probe);
  clock.advance(10 * kOpenFor);
  EXPECT_EQ(admit(), Refuse);
  EXPECT_TRUE(breaker.open(clock.steady()));
}

TEST_F(BreakerTest, ClosesWhenTheProbeSucceeds) {
  fail_times(kFailures);
  clock.advance(kOpenFor);
  ASSERT_EQ(admit(), Probe);
  breaker.succeeded(Probe);
  EXPECT_FALSE(breaker.open(clock.steady()));
  fail_times(kFailures - 1);      // and counts from nothing
  EXPECT_EQ(admit(), Pass);
}

TEST_F(BreakerTest, OpensAgainWhenTheProbeFails) {
  fail_times(kFailures);
  clock.advance(kOpenFor);
  for (int round = 0; round < 3; ++round) {
    ASSERT_EQ(admit(), Probe);
    fail(Probe);
    EXPECT_EQ(admit(), Refuse);
    clock.advance(kOpenFor);
  }
}

TEST_F(BreakerTest, GivesTheProbeToTheNextOneWhenItWasAbandoned) {
  fail_times(kFailures);
  clock.advance(kOpenFor);
  ASSERT_EQ(admit(), Probe);
  breaker.abandoned(Probe);
  EXPECT_EQ(admit(), Probe);
  EXPECT_EQ(admit(), Refuse);
}

TEST_F(BreakerTest, IsNotMovedByCallsFromBeforeItOpened) {
  const auto late = admit();
  const auto later = admit();
  fail_times(kFailures);
  clock.advance(kOpenFor);
  ASSERT_EQ(admit(), Probe);
  fail(late);
  EXPECT_EQ(admit(), Refuse) << "a late failure does not free the probe's place";
  breaker.succeeded(later);
  EXPECT_EQ(admit(), Refuse) << "a late success does not close it";
  breaker.succeeded(Probe);
  EXPECT_EQ(admit(), Pass);
}

TEST_F(BreakerTest, LetsOneProbeThroughHoweverManyThreadsAsk) {
  constexpr int kThreads = 8, kRounds = 2'000;
  fail_times(kFailures);
  std::atomic<int> probes{0}, passes{0};
  Meeting meeting(kThreads);
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < kRounds; ++i) {
        if (t == 0) {
          clock.advance(kOpenFor);
          probes = passes = 0;
        }
        meeting.arrive();
        const auto admission = admit();
        if (admission == Probe) ++probes;
        if (admission == Pass) ++passes;
        meeting.arrive();
        if (t == 0 && (probes != 1 || passes != 0)) ++wrong;
        if (admission == Probe) fail(Probe);
        meeting.arrive();
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

TEST_F(BreakerTest, HasNeverTwoProbesOutWhileTheyEndAtAnyMoment) {
  constexpr int kThreads = 4, kCalls = 20'000;
  fail_times(kFailures);
  clock.advance(kOpenFor);
  std::atomic<int> out{0}, twice{0}, probes{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < kCalls; ++i) {
        const auto admission = admit();
        if (admission == Pass) breaker.abandoned(Pass);
        if (admission != Probe) continue;
        if (out.fetch_add(1) != 0) ++twice;
        ++probes;
        out.fetch_sub(1);
        if (i % 3 == 0)
          breaker.abandoned(Probe);
        else
          breaker.failed(Probe, clock.steady(), kFailures, 0ms);
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(twice, 0);
  EXPECT_GT(probes, 0);
}

}  // namespace
}  // namespace smartroute::resilience

#include "dataplane/net/deadline_wheel.hpp"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <vector>

#include "contract/base/random.hpp"

namespace smartroute::net {
namespace {

using namespace std::chrono_literals;

struct Counted {
  Deadline deadline;
  int fired = 0;
  Counted() {
    deadline.bind([](void* self) { ++static_cast<Counted*>(self)->fired; }, this);
  }
};

TEST(DeadlineWheel, NeverFiresEarlyAndAtMostATickLate) {
  FakeClock clock;
  DeadlineWheel wheel(clock.steady());
  SeededRandom random(3);
  struct Timed : Counted {
    SteadyTime due;
    SteadyTime fired_at;
  };
  std::vector<std::unique_ptr<Timed>> all;
  for (int i = 0; i < 2000; ++i) {
    all.push_back(std::make_unique<Timed>());
    all.back()->due = clock.steady() + std::chrono::microseconds(random.below(40'000'000));
    wheel.arm(all.back()->deadline, all.back()->due);
  }
  while (wheel.armed() != 0) {
    const auto wake = wheel.next_wake();
    ASSERT_TRUE(wake.has_value());
    ASSERT_GT(*wake, clock.steady());
    clock.advance(*wake - clock.steady());
    wheel.advance(clock.steady());
    for (auto& t : all)
      if (t->fired == 1 && t->fired_at == SteadyTime{}) t->fired_at = clock.steady();
  }
  for (const auto& t : all) {
    EXPECT_EQ(t->fired, 1);
    EXPECT_GE(t->fired_at, t->due);
    EXPECT_LE(t->fired_at, t->due + DeadlineWheel::kTick);
  }
}

TEST(DeadlineWheel, RearmingMovesAndDisarmingForgets) {
  FakeClock clock;
  DeadlineWheel wheel(clock.steady());
  Counted moved, gone;
  wheel.arm(moved.deadline, clock.steady() + 50ms);
  wheel.arm(gone.deadline, clock.steady() + 50ms);
  wheel.arm(moved.deadline, clock.steady() + 20s);
  gone.deadline.disarm();
  clock.advance(10s);
  EXPECT_EQ(wheel.advance(clock.steady()), 0u);
  clock.advance(11s);
  EXPECT_EQ(wheel.advance(clock.steady()), 1u);
  EXPECT_EQ(moved.fired, 1);
  EXPECT_EQ(gone.fired, 0);
  EXPECT_FALSE(wheel.next_wake().has_value());
}

TEST(DeadlineWheel, ACallbackMayDestroyItsNeighbour) {
  FakeClock clock;
  DeadlineWheel wheel(clock.steady());
  auto victim = std::make_unique<Counted>();
  Deadline killer;
  killer.bind([](void* v) { static_cast<std::unique_ptr<Counted>*>(v)->reset(); }, &victim);
  wheel.arm(victim->deadline, clock.steady() + 30ms);
  wheel.arm(killer, clock.steady() + 30ms);   // front of the slot: runs first
  clock.advance(1s);
  EXPECT_EQ(wheel.advance(clock.steady()), 1u);
  EXPECT_EQ(victim, nullptr);
  EXPECT_EQ(wheel.armed(), 0u);
}

TEST(DeadlineWheel, ALongSleepRunsEverythingDueOnce) {
  FakeClock clock;
  DeadlineWheel wheel(clock.steady());
  Counted near, far, later;
  wheel.arm(near.deadline, clock.steady() + 1s);
  wheel.arm(far.deadline, clock.steady() + 3600s);
  wheel.arm(later.deadline, clock.steady() + 48h);
  clock.advance(24h);
  EXPECT_EQ(wheel.advance(clock.steady()), 2u);
  EXPECT_EQ(near.fired + far.fired, 2);
  EXPECT_EQ(later.fired, 0);
}

}  // namespace
}  // namespace smartroute::net

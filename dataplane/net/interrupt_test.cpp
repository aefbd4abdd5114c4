#include "dataplane/net/interrupt.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace smartroute::net {
namespace {

using namespace std::chrono_literals;

class InterruptTest : public testing::Test {
 protected:
  InterruptTest() {
    interrupt.observe([](void* seen, Cut why) { static_cast<std::vector<Cut>*>(seen)->push_back(why); }, &seen);
  }
  void pass(std::chrono::milliseconds time) {
    clock.advance(time);
    wheel.advance(clock.steady());
  }
  FakeClock clock;
  DeadlineWheel wheel{clock.steady()};
  Interrupt interrupt{wheel};
  std::vector<Cut> seen;
};

TEST_F(InterruptTest, ForgetsACutThatEndedOneAttemptOnly) {
  for (const Cut cut : {Cut::Connect, Cut::FirstByte, Cut::Idle, Cut::Judge}) {
    interrupt.cut(cut);
    EXPECT_EQ(interrupt.why(), cut);
    interrupt.clear_attempt();
    EXPECT_EQ(interrupt.why(), Cut::None);
  }
  for (const Cut cut : {Cut::ClientGone, Cut::Drain, Cut::Total, Cut::ClientWrite}) {
    interrupt.cut(cut);
    interrupt.clear_attempt();
    EXPECT_EQ(interrupt.why(), cut);
    interrupt.reset();
  }
}

TEST_F(InterruptTest, NudgesOnceAndCutsNothing) {
  interrupt.nudge(100ms);
  EXPECT_TRUE(interrupt.nudge_armed());
  pass(150ms);
  EXPECT_FALSE(interrupt.nudge_armed());
  EXPECT_EQ(interrupt.why(), Cut::None);
  interrupt.nudge(100ms);
  interrupt.reset();
  EXPECT_FALSE(interrupt.nudge_armed());
}

TEST_F(InterruptTest, LetsTheEndOfTheExchangeOutrankTheEndOfAnAttempt) {
  interrupt.cut(Cut::Judge);
  interrupt.cut(Cut::ClientGone);
  EXPECT_EQ(interrupt.why(), Cut::ClientGone);
  interrupt.clear_attempt();
  EXPECT_EQ(interrupt.why(), Cut::ClientGone) << "the client has left, whatever came first";
  interrupt.cut(Cut::FirstByte);
  interrupt.cut(Cut::Drain);
  EXPECT_EQ(interrupt.why(), Cut::ClientGone) << "of equals the first one";
  EXPECT_EQ(seen, (std::vector{Cut::Judge, Cut::ClientGone}));
}

TEST_F(InterruptTest, BoundsTheJudgeByOneDeadlineWhateverItsPhasesDo) {
  interrupt.arm_total(100ms, Cut::Judge);
  for (int phase = 0; phase < 5; ++phase) {
    EXPECT_EQ(interrupt.why(), Cut::None);
    interrupt.arm(Cut::Connect, 80ms);
    pass(25ms);
  }
  EXPECT_EQ(interrupt.why(), Cut::Judge);
}

TEST_F(InterruptTest, GivesTheRequestItsOwnTotalAfterTheJudges) {
  interrupt.arm_total(100ms, Cut::Judge);
  interrupt.disarm_total();
  pass(1s);
  EXPECT_EQ(interrupt.why(), Cut::None);
  interrupt.arm_total(100ms);
  pass(1s);
  EXPECT_EQ(interrupt.why(), Cut::Total);
}

}  // namespace
}  // namespace smartroute::net

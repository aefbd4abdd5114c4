#include "controlplane/core/identity/throttle.hpp"

#include <gtest/gtest.h>

namespace smartroute::control::identity {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

class ThrottleTest : public testing::Test {
 protected:
  bool tries(const std::string& address, const std::string& account) {
    return !throttle.begin(address, account, clock.steady());
  }
  FakeClock clock;
  Throttle throttle;
};

TEST_F(ThrottleTest, AnAddressGetsFiveAMinuteWhateverItTries) {
  int evaluated = 0;
  for (int i = 0; i < 1'000; ++i) {
    evaluated += tries("10.0.0.1", "user" + std::to_string(i));
    clock.advance(milliseconds(59));
  }
  EXPECT_EQ(evaluated, 5);
  clock.advance(seconds(1));
  EXPECT_TRUE(tries("10.0.0.1", "another"));
  EXPECT_TRUE(tries("10.0.0.2", "yet another"));
}

TEST_F(ThrottleTest, AnAccountIsGuessedAtEverMoreSlowlyFromWhereverOneTries) {
  int evaluated = 0;
  for (int i = 0; i < 1'000; ++i) {
    evaluated += tries("10.0." + std::to_string(i / 250) + "." + std::to_string(i % 250), "ana");
    clock.advance(milliseconds(100));
  }
  EXPECT_GE(evaluated, 5);
  EXPECT_LE(evaluated, 10);
}

TEST_F(ThrottleTest, ThousandTriesAtOnceAreFewTries) {
  int evaluated = 0;
  for (int i = 0; i < 1'000; ++i) evaluated += tries("10.0.0." + std::to_string(i % 7), i % 2 ? "ana" : "nobody");
  EXPECT_LE(evaluated, 10);
}

TEST_F(ThrottleTest, TheWaitHasAnEndAndIsSaid) {
  std::chrono::seconds longest{0};
  for (int i = 0; i < 40; ++i) {
    clock.advance(minutes(2));
    while (const auto wait = throttle.begin("a" + std::to_string(i), "ana", clock.steady())) {
      longest = std::max(longest, *wait);
      clock.advance(*wait);
    }
  }
  EXPECT_LE(longest, Throttle::kLongestWait);
  EXPECT_GT(longest, minutes(12));
}

TEST_F(ThrottleTest, SuccessForgivesAndAMissingCodeIsNoFailure) {
  for (int round = 0; round < 20; ++round) {
    ASSERT_TRUE(tries("10.0.0.1", "ana")) << round;
    throttle.undo("10.0.0.1", "ana");
    ASSERT_TRUE(tries("10.0.0.1", "ana")) << round;
    throttle.succeeded("10.0.0.1", "ana");
  }
  for (int i = 0; i < Throttle::kFreeFailures; ++i) EXPECT_TRUE(tries("10.0.0.1", "ana"));
  EXPECT_FALSE(tries("10.0.0.1", "ana"));
}

TEST_F(ThrottleTest, TheRightPasswordDoesNotForgiveWrongCodes) {
  int wrong_codes = 0;
  for (int i = 0; i < 200; ++i) {
    const std::string address = "10.1.0." + std::to_string(i);
    if (tries(address, "ana")) throttle.undo(address, "ana");
    wrong_codes += tries(address, "ana");
    clock.advance(milliseconds(100));
  }
  EXPECT_LE(wrong_codes, 10);
}

TEST_F(ThrottleTest, OneAddressPushesOutNobodyByNamesThatItMayNotEvenTry) {
  for (int i = 0; i < Throttle::kFreeFailures; ++i) tries("thief", "ana");
  ASSERT_FALSE(tries("thief", "ana"));
  for (std::size_t i = 0; i < 2 * Throttle::kMaxAccounts; ++i) tries("thief", "nobody" + std::to_string(i));
  EXPECT_FALSE(tries("an accomplice", "ana"));
}

TEST_F(ThrottleTest, ForgetsTheOldestWhenItIsFull) {
  for (std::size_t i = 0; i < 3 * Throttle::kMaxAccounts; ++i)
    tries("a" + std::to_string(i), "user" + std::to_string(i));
  EXPECT_TRUE(tries("fresh", "user0"));
}

}  // namespace
}  // namespace smartroute::control::identity

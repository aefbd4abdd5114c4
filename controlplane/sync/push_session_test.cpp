#include "controlplane/sync/push_session.hpp"

#include <gtest/gtest.h>

#include "contract/base/random.hpp"

namespace smartroute::control::sync {
namespace {

constexpr SteadyTime kStart{};

Offer offer(std::uint64_t number) { return {Revision{number}, "f" + std::to_string(number)}; }

TEST(PushSession, SendsTheNewestToAnInstanceThatServesNothing) {
  PushSession session(offer(0));
  EXPECT_EQ(session.next(offer(3), kStart), 1u);
}

TEST(PushSession, SendsNothingWhenThereIsNothing) {
  PushSession session(Offer{});
  EXPECT_EQ(session.next(Offer{}, kStart), std::nullopt);
}

TEST(PushSession, LeavesAnInstanceAloneThatServesTheNewest) {
  PushSession session(offer(3));
  EXPECT_EQ(session.next(offer(3), kStart), std::nullopt);
  EXPECT_EQ(session.next(offer(4), kStart), 1u);
}

TEST(PushSession, SendsTheSameRevisionWhenItsFingerprintDiffers) {
  PushSession session(Offer{Revision{3}, "before the key was rotated"});
  EXPECT_EQ(session.next(offer(3), kStart), 1u);
}

TEST(PushSession, CoalescesToTheNewestWhileAnAnswerIsAwaited) {
  PushSession session(Offer{});
  ASSERT_EQ(session.next(offer(1), kStart), 1u);
  session.sent();
  for (std::uint64_t n = 2; n <= 10'000; ++n)
    ASSERT_EQ(session.next(offer(n), kStart), std::nullopt);
  EXPECT_EQ(session.accepted(1), Revision{1});
  EXPECT_EQ(session.next(offer(10'000), kStart), 2u);
}

TEST(PushSession, WaitsForTheTransportEvenAfterTheAnswer) {
  PushSession session(Offer{});
  ASSERT_EQ(session.next(offer(1), kStart), 1u);
  ASSERT_EQ(session.accepted(1), Revision{1});
  EXPECT_EQ(session.next(offer(2), kStart), std::nullopt);
  session.sent();
  EXPECT_EQ(session.next(offer(2), kStart), 2u);
}

TEST(PushSession, DoesNotRepeatARefusedRevision) {
  PushSession session(offer(1));
  ASSERT_EQ(session.next(offer(2), kStart), 1u);
  session.sent();
  EXPECT_EQ(session.refused(1), Revision{2});
  EXPECT_EQ(session.next(offer(2), kStart), std::nullopt);
  EXPECT_EQ(session.next(offer(3), kStart), 2u);
}

TEST(PushSession, IgnoresStaleUnknownAndRepeatedNonces) {
  PushSession session(Offer{});
  EXPECT_EQ(session.accepted(0), std::nullopt);
  ASSERT_EQ(session.next(offer(1), kStart), 1u);
  session.sent();
  EXPECT_EQ(session.accepted(7), std::nullopt);
  EXPECT_EQ(session.refused(0), std::nullopt);
  EXPECT_EQ(session.accepted(1), Revision{1});
  EXPECT_EQ(session.accepted(1), std::nullopt);
  EXPECT_EQ(session.refused(1), std::nullopt);
}

TEST(PushSession, DoesNotPushOverAnInstanceThatIsAhead) {
  PushSession session(offer(9));
  EXPECT_TRUE(session.is_ahead_of(offer(4)));
  EXPECT_EQ(session.next(offer(4), kStart), std::nullopt);
  EXPECT_EQ(session.next(Offer{}, kStart), std::nullopt);
  EXPECT_EQ(session.next(offer(10), kStart), 1u);
}

TEST(PushSession, SendsTheNewestToAnInstanceThatNeverAnswers) {
  PushSession session(Offer{});
  ASSERT_EQ(session.next(offer(1), kStart), 1u);
  session.sent();
  EXPECT_EQ(
      session.next(offer(2), kStart + PushSession::kAnswerTimeout - std::chrono::nanoseconds(1)),
      std::nullopt);
  EXPECT_EQ(session.next(offer(2), kStart + PushSession::kAnswerTimeout), 2u);
  EXPECT_EQ(session.accepted(1), std::nullopt) << "the first push was given up";
}

TEST(PushSession, NeverGoesBackWhateverTheOrderOfEvents) {
  SeededRandom random(20'240'101);
  PushSession session(offer(5));
  std::uint64_t last_sent = 0, nonce = 0, newest = 1;
  SteadyTime now = kStart;
  for (int i = 0; i < 100'000; ++i) {
    switch (random.below(5)) {
      case 0:
        newest += random.below(3);
        break;
      case 1:
        session.sent();
        break;
      case 2:
        session.accepted(random.below(nonce + 2));
        break;
      case 3:
        session.refused(random.below(nonce + 2));
        break;
      case 4:
        now += std::chrono::seconds(random.below(5));
        break;
    }
    // A caller may look at an offer that is already old.
    const std::uint64_t seen = newest - std::min(newest, random.below(3));
    if (const auto sent = session.next(offer(seen), now)) {
      ASSERT_GT(seen, last_sent);
      ASSERT_GE(seen, 5u);
      ASSERT_EQ(*sent, nonce + 1);
      last_sent = seen;
      nonce = *sent;
    }
  }
  EXPECT_GT(nonce, 1000u);
}

}  // namespace
}  // namespace smartroute::control::sync

#include "dataplane/core/routing/conversation_pins.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "contract/base/random.hpp"

namespace smartroute::routing {
namespace {

using config::TierName;
using namespace std::chrono_literals;

constexpr SteadyTime kStart{std::chrono::hours(5)};

TEST(ConversationPins, OnlyMoveUp) {
  ConversationPins pins;
  EXPECT_FALSE(pins.find(7, kStart));
  pins.raise(7, TierName::T2, 60s, kStart);
  EXPECT_EQ(pins.find(7, kStart), TierName::T2);
  pins.raise(7, TierName::T1, 60s, kStart);
  EXPECT_EQ(pins.find(7, kStart), TierName::T2);
  pins.raise(7, TierName::T3, 60s, kStart);
  EXPECT_EQ(pins.find(7, kStart), TierName::T3);
  EXPECT_FALSE(pins.find(8, kStart));
}

TEST(ConversationPins, ExpireAndAreRefreshedByUse) {
  ConversationPins pins;
  pins.raise(7, TierName::T3, 60s, kStart);
  EXPECT_TRUE(pins.find(7, kStart + 59s));
  EXPECT_FALSE(pins.find(7, kStart + 61s));
  pins.raise(7, TierName::T1, 60s, kStart + 50s);
  EXPECT_EQ(pins.find(7, kStart + 100s), TierName::T3) << "use keeps it alive at its tier";
  pins.raise(7, TierName::T1, 60s, kStart + 200s);
  EXPECT_EQ(pins.find(7, kStart + 201s), TierName::T1) << "an expired one is forgotten";
}

TEST(ConversationPins, NothingIsPinnedWithoutAConversationOrATimeToLive) {
  ConversationPins pins;
  pins.raise(0, TierName::T3, 60s, kStart);
  EXPECT_FALSE(pins.find(0, kStart));
  pins.raise(7, TierName::T3, 0s, kStart);
  EXPECT_FALSE(pins.find(7, kStart));
  pins.raise(7, TierName::T3, 1ms, kStart);
  EXPECT_TRUE(pins.find(7, kStart)) << "rounded up to a second";
}

TEST(ConversationPins, MemoryIsBoundedAndTheOneThatExpiresFirstGivesWay) {
  ConversationPins pins(8);
  ASSERT_EQ(pins.capacity(), 8u);
  const auto conversation = [](std::uint64_t i) { return (i + 1) << 40; };
  for (std::uint64_t i = 0; i < 8; ++i) pins.raise(conversation(i), TierName::T2, 60s + i * 1s, kStart);
  EXPECT_EQ(pins.evicted(), 0u);
  pins.raise(conversation(8), TierName::T3, 600s, kStart);
  EXPECT_EQ(pins.evicted(), 1u);
  EXPECT_FALSE(pins.find(conversation(0), kStart));
  for (std::uint64_t i = 1; i <= 8; ++i) EXPECT_TRUE(pins.find(conversation(i), kStart)) << i;
  pins.raise(conversation(9), TierName::T1, 60s, kStart + 62s);
  EXPECT_EQ(pins.evicted(), 1u) << "expired ones are free";
}

TEST(ConversationPins, ManyConversationsAreToldApart) {
  ConversationPins pins;
  SeededRandom random(11);
  std::vector<std::pair<std::uint64_t, TierName>> pinned;
  for (int i = 0; i < 10'000; ++i) {
    pinned.emplace_back(random.next() | 1, static_cast<TierName>(random.below(3)));
    pins.raise(pinned.back().first, pinned.back().second, 600s, kStart);
  }
  std::size_t wrong = 0;
  for (const auto& [conversation, tier] : pinned)
    if (pins.find(conversation, kStart) != tier) ++wrong;
  EXPECT_LE(wrong, pins.evicted() + 1) << "30 bits of tag beside the line's own";
  EXPECT_LE(pins.evicted(), 30u) << "a sixth of the table is in use";
}

TEST(ConversationPins, RacingWorkersNeverLowerATier) {
  ConversationPins pins(64);
  std::vector<std::thread> workers;
  for (unsigned w = 0; w < 4; ++w)
    workers.emplace_back([&pins, w] {
      for (int i = 0; i < 20'000; ++i) pins.raise(7, static_cast<TierName>((w + static_cast<unsigned>(i)) % 3), 60s, kStart);
    });
  for (auto& worker : workers) worker.join();
  EXPECT_EQ(pins.find(7, kStart), TierName::T3);
}

}  // namespace
}  // namespace smartroute::routing

#include "dataplane/core/classify/judge_cache.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <string>

#include "contract/base/random.hpp"

namespace smartroute::classify {
namespace {

using namespace std::chrono_literals;
using config::TierName;

class JudgeCacheTest : public testing::Test {
 protected:
  JudgeCacheTest() { cache.resize(4, 60s); }
  JudgeCache::Key key(const std::string& text) const { return cache.key_of("judge", text); }
  void put(const std::string& text, TierName tier = TierName::T3) { cache.put(key(text), tier, clock.steady()); }
  std::optional<TierName> find(const std::string& text) { return cache.find(key(text), clock.steady()); }

  FakeClock clock;
  JudgeCache cache{{1, 2}};
};

TEST_F(JudgeCacheTest, RemembersWhatWasSaidAboutTheSameWords) {
  EXPECT_EQ(find("a"), std::nullopt);
  put("a", TierName::T3);
  put("b", TierName::T1);
  EXPECT_EQ(find("a"), TierName::T3);
  EXPECT_EQ(find("b"), TierName::T1);
  EXPECT_EQ(find("c"), std::nullopt);
  EXPECT_EQ(cache.counters().hits, 2u);
  EXPECT_EQ(cache.counters().misses, 2u);
  EXPECT_EQ(cache.counters().evictions, 0u);
}

TEST_F(JudgeCacheTest, KeepsJudgesApart) {
  cache.put(cache.key_of("one", "words"), TierName::T1, clock.steady());
  EXPECT_EQ(cache.find(cache.key_of("two", "words"), clock.steady()), std::nullopt);
  EXPECT_NE(cache.key_of("ab", "c"), cache.key_of("a", "bc"));
  EXPECT_NE(JudgeCache({1, 2}).key_of("a", "b"), JudgeCache({1, 3}).key_of("a", "b")) << "the secret matters";
}

TEST_F(JudgeCacheTest, ForgetsWhenTheTimeIsOver) {
  put("a");
  clock.advance(60s - 1ns);
  EXPECT_EQ(find("a"), TierName::T3);
  clock.advance(1ns);
  EXPECT_EQ(find("a"), std::nullopt);
  put("a", TierName::T1);
  EXPECT_EQ(find("a"), TierName::T1);
  EXPECT_EQ(cache.size(), 1u) << "its place was used again";
}

TEST_F(JudgeCacheTest, LetsTheOldestGiveWay) {
  for (const char* text : {"a", "b", "c", "d", "e", "f"}) put(text);
  EXPECT_EQ(cache.size(), 4u);
  EXPECT_EQ(cache.counters().evictions, 2u);
  EXPECT_EQ(find("a"), std::nullopt);
  EXPECT_EQ(find("b"), std::nullopt);
  for (const char* text : {"c", "d", "e", "f"}) EXPECT_EQ(find(text), TierName::T3) << text;
}

TEST_F(JudgeCacheTest, CountsNoEvictionForAnAnswerThatHadExpired) {
  for (const char* text : {"a", "b", "c", "d"}) put(text);
  clock.advance(60s);
  put("e");
  EXPECT_EQ(cache.counters().evictions, 0u);
}

TEST_F(JudgeCacheTest, KeepsTheNewestWhenItShrinks) {
  for (const char* text : {"a", "b", "c", "d", "e"}) put(text);     // b c d e, gone round once
  cache.resize(2, 60s);
  EXPECT_EQ(find("c"), std::nullopt);
  EXPECT_EQ(find("d"), TierName::T3);
  EXPECT_EQ(find("e"), TierName::T3);
  put("f");
  EXPECT_EQ(find("d"), std::nullopt);
  EXPECT_EQ(find("e"), TierName::T3);
}

TEST_F(JudgeCacheTest, KeepsEverythingWhenItGrows) {
  for (const char* text : {"a", "b", "c", "d", "e"}) put(text);
  cache.resize(6, 60s);
  for (const char* text : {"f", "g"}) put(text);
  for (const char* text : {"b", "c", "d", "e", "f", "g"}) EXPECT_EQ(find(text), TierName::T3) << text;
  put("h");
  EXPECT_EQ(find("b"), std::nullopt) << "the oldest still goes first";
}

TEST_F(JudgeCacheTest, AppliesAShorterTimeToWhatIsHere) {
  put("a");
  clock.advance(10s);
  cache.resize(4, 5s);
  EXPECT_EQ(find("a"), std::nullopt);
  cache.resize(4, 60s);
  EXPECT_EQ(find("a"), TierName::T3);
}

TEST_F(JudgeCacheTest, KeepsNothingWithoutEntriesOrTime) {
  for (const auto& [entries, ttl] : {std::pair<std::size_t, std::chrono::milliseconds>{0, 60s}, {4, 0s}}) {
    cache.resize(entries, ttl);
    put("a");
    EXPECT_EQ(find("a"), std::nullopt);
    EXPECT_EQ(cache.size(), 0u);
  }
  EXPECT_EQ(cache.counters().misses, 0u);
}

// Against a plain model: a map and a queue.
TEST_F(JudgeCacheTest, AgreesWithAPlainModel) {
  constexpr std::size_t kCapacity = 13;
  SeededRandom random(7);
  cache.resize(kCapacity, 100s);
  std::map<std::string, std::pair<TierName, SteadyTime>> model;
  std::deque<std::string> order;
  for (int step = 0; step < 20'000; ++step) {
    clock.advance(std::chrono::milliseconds(random.below(10'000)));
    const std::string text = std::to_string(random.below(40));
    const auto tier = static_cast<TierName>(random.below(3));
    if (random.below(2) == 0) {
      if (!model.contains(text)) {
        if (order.size() == kCapacity) {
          model.erase(order.front());
          order.pop_front();
        }
        order.push_back(text);
      }
      model[text] = {tier, clock.steady()};
      put(text, tier);
    } else {
      const auto known = model.find(text);
      const bool fresh = known != model.end() && clock.steady() - known->second.second < 100s;
      ASSERT_EQ(find(text), fresh ? std::optional(known->second.first) : std::nullopt) << "step " << step;
    }
    ASSERT_EQ(cache.size(), model.size());
  }
}

}  // namespace
}  // namespace smartroute::classify

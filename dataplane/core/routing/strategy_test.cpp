#include "dataplane/core/routing/strategy.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <numeric>

namespace smartroute::routing {
namespace {

using config::Strategy;

constexpr std::array kAll{Strategy::Sequential, Strategy::Random, Strategy::Adaptive, Strategy::Fastest,
                          Strategy::Cheapest};

using Fleet = std::vector<Contender>;

std::vector<std::uint32_t> ordered(Strategy strategy, const Fleet& fleet, Random& random) {
  std::vector<std::uint32_t> order{99, 98};  // left over from another call
  order_contenders(strategy, fleet, random, order);
  return order;
}

Contender weighing(double weight) {
  Contender out;
  out.weight = weight;
  return out;
}
Contender priced(std::optional<std::int64_t> price, double health = 1) {
  Contender out;
  out.price = price;
  out.standing.health = health;
  return out;
}
Contender answering_in(double first_byte_ms, std::uint32_t in_flight = 0, double health = 1) {
  Contender out;
  out.standing.first_byte_ms = first_byte_ms;
  out.standing.in_flight = in_flight;
  out.standing.health = health;
  return out;
}
Contender cooling(double health, config::Millis left = config::Millis(0)) {
  Contender out;
  out.standing.cooling = true;
  out.standing.cooling_left = left;
  out.standing.health = health;
  return out;
}
Contender stalled() {
  Contender out;
  out.standing.stalled = true;
  return out;
}

Fleet random_fleet(Random& random) {
  Fleet fleet(random.below(13));
  for (Contender& c : fleet) {
    c.weight = random.below(4) == 0 ? 0 : random.unit() * 10;
    c.standing.health = random.below(3) == 0 ? 1 : 0.001 + random.unit() * 0.999;
    c.standing.cooling = random.below(3) == 0;
    if (c.standing.cooling) c.standing.cooling_left = config::Millis(1'000 * random.below(3));
    c.standing.probe = !c.standing.cooling && random.below(4) == 0;
    c.standing.stalled = !c.standing.probe && random.below(4) == 0;
    c.standing.first_byte_ms = random.below(3) == 0 ? 0 : random.unit() * 10'000;
    c.standing.in_flight = static_cast<std::uint32_t>(random.below(50));
    c.standing.idle_seconds = random.below(4) == 0 ? kNeverUsed : random.unit() * 1'000;
    if (random.below(3) != 0) c.price = static_cast<std::int64_t>(random.below(100'000'000));
  }
  return fleet;
}

// How often each contender came first.
std::vector<double> firsts(Strategy strategy, const Fleet& fleet, int draws, std::uint64_t seed = 7) {
  SeededRandom random(seed);
  std::vector<double> count(fleet.size());
  for (int i = 0; i < draws; ++i) ++count[ordered(strategy, fleet, random).front()];
  return count;
}

TEST(Strategy, OrdersEveryFleetByRankWithoutLossOrRepetition) {
  SeededRandom random(20'26);
  for (int round = 0; round < 5'000; ++round) {
    const Fleet fleet = random_fleet(random);
    for (const Strategy strategy : kAll) {
      const auto order = ordered(strategy, fleet, random);
      ASSERT_EQ(order.size(), fleet.size());
      std::vector<bool> seen(fleet.size());
      for (std::size_t i = 0; i < order.size(); ++i) {
        ASSERT_LT(order[i], fleet.size());
        ASSERT_FALSE(seen[order[i]]) << config::name_of(strategy);
        seen[order[i]] = true;
        if (i == 0) continue;
        const Contender &before = fleet[order[i - 1]], &here = fleet[order[i]];
        const Rank rank = rank_of(strategy, here);
        ASSERT_LE(rank_of(strategy, before), rank) << config::name_of(strategy);
        if (rank_of(strategy, before) == Rank::Cooling) {
          ASSERT_FALSE(less_bad(here.standing, before.standing));
        }
        if (strategy == Strategy::Sequential && rank_of(strategy, before) == rank && rank != Rank::Cooling) {
          ASSERT_LT(order[i - 1], order[i]);
        }
      }
    }
  }
}

TEST(Strategy, ASeedReplaysEveryOrder) {
  SeededRandom fleets(5);
  for (int round = 0; round < 200; ++round) {
    const Fleet fleet = random_fleet(fleets);
    for (const Strategy strategy : kAll) {
      SeededRandom one(round + 1), two(round + 1);
      EXPECT_EQ(ordered(strategy, fleet, one), ordered(strategy, fleet, two));
    }
  }
}

TEST(Strategy, RanksFollowOneAnother) {
  Contender both = cooling(1);
  both.standing.stalled = true;
  Contender due = weighing(1);
  due.standing.probe = true;
  EXPECT_EQ(rank_of(Strategy::Random, weighing(1)), Rank::Fit);
  EXPECT_EQ(rank_of(Strategy::Random, due), Rank::Fit);
  EXPECT_EQ(rank_of(Strategy::Random, weighing(0)), Rank::Spare);
  EXPECT_EQ(rank_of(Strategy::Sequential, weighing(0)), Rank::Fit);
  EXPECT_EQ(rank_of(Strategy::Random, stalled()), Rank::Stalled);
  EXPECT_EQ(rank_of(Strategy::Random, both), Rank::Cooling);
  SeededRandom random(4);
  for (const Strategy strategy : {Strategy::Random, Strategy::Adaptive, Strategy::Fastest, Strategy::Cheapest})
    EXPECT_EQ(ordered(strategy, {cooling(1), stalled(), weighing(0), weighing(1)}, random), (std::vector<std::uint32_t>{3, 2, 1, 0}))
        << config::name_of(strategy);
  EXPECT_EQ(ordered(Strategy::Sequential, {cooling(1), stalled(), weighing(0), stalled(), due}, random),
            (std::vector<std::uint32_t>{2, 4, 1, 3, 0}));
}

TEST(Strategy, OfThoseThatCoolTheLeastBadComesFirst) {
  using config::Millis;
  SeededRandom random(4);
  Contender hanging = cooling(1);
  hanging.standing.stalled = true;
  // Answers somebody before answers nobody; then the shorter cooldown; then health; then as written.
  EXPECT_EQ(ordered(Strategy::Cheapest,
                    {hanging, cooling(0.9, Millis(60'000)), cooling(0.1, Millis(2'000)), cooling(0.5, Millis(2'000)), cooling(0.5, Millis(2'000))},
                    random),
            (std::vector<std::uint32_t>{3, 4, 2, 1, 0}));
}

TEST(Strategy, SequentialIsAsWrittenButCoolingOnesComeLastTheHealthiestFirst) {
  SeededRandom random(1);
  EXPECT_EQ(ordered(Strategy::Sequential, {weighing(0), weighing(5), weighing(1)}, random),
            (std::vector<std::uint32_t>{0, 1, 2}));
  EXPECT_EQ(ordered(Strategy::Sequential, {cooling(0.1), weighing(1), cooling(0.5), weighing(1), cooling(0.1)}, random),
            (std::vector<std::uint32_t>{1, 3, 2, 0, 4}));
}

// Chi-square of the first places against the weights; 16.27 is the 99.9th percentile for 3 degrees of freedom.
TEST(Strategy, RandomComesInProportionToTheWeights) {
  constexpr int kDraws = 20'000;
  const Fleet fleet{weighing(1), weighing(2), weighing(3), weighing(4)};
  for (const std::uint64_t seed : {1, 2, 3}) {
    const auto count = firsts(Strategy::Random, fleet, kDraws, seed);
    double chi = 0;
    for (std::size_t i = 0; i < fleet.size(); ++i) {
      const double expected = kDraws * fleet[i].weight / 10;
      chi += (count[i] - expected) * (count[i] - expected) / expected;
    }
    EXPECT_LT(chi, 16.27) << seed;
  }
}

// Not only the first place: the second is a weighted draw among the rest.
TEST(Strategy, RandomDrawsTheRestByWeightAsWell) {
  constexpr int kDraws = 30'000;
  const Fleet fleet{weighing(1), weighing(2), weighing(3)};
  SeededRandom random(11);
  std::map<std::vector<std::uint32_t>, double> count;
  for (int i = 0; i < kDraws; ++i) ++count[ordered(Strategy::Random, fleet, random)];
  ASSERT_EQ(count.size(), 6u);
  double chi = 0;
  for (const auto& [order, seen] : count) {
    const double first = fleet[order[0]].weight / 6;
    const double second = fleet[order[1]].weight / (6 - fleet[order[0]].weight);
    const double expected = kDraws * first * second;
    chi += (seen - expected) * (seen - expected) / expected;
  }
  EXPECT_LT(chi, 20.52);  // 99.9th percentile, 5 degrees of freedom
}

TEST(Strategy, WeightNullComesLastButBeforeCooling) {
  SeededRandom random(3);
  for (const Strategy strategy : {Strategy::Random, Strategy::Adaptive, Strategy::Fastest, Strategy::Cheapest})
    for (int i = 0; i < 200; ++i) {
      const auto order = ordered(strategy, {weighing(0), cooling(1), weighing(0.001)}, random);
      EXPECT_EQ(order, (std::vector<std::uint32_t>{2, 0, 1})) << config::name_of(strategy);
    }
}

TEST(Strategy, CheapestGoesByPriceThenHealthAndUnknownLast) {
  SeededRandom random(1);
  EXPECT_EQ(ordered(Strategy::Cheapest,
                    {priced(std::nullopt), priced(300), priced(100, 0.4), priced(100, 0.9), priced(0), priced(std::nullopt, 0.5)},
                    random),
            (std::vector<std::uint32_t>{4, 3, 2, 1, 0, 5}));
}

TEST(Strategy, FastestPrefersTheLowerCostOfTwo) {
  SeededRandom random(1);
  struct Row {
    const char* name;
    Fleet fleet;
    std::uint32_t first;
  };
  const Row rows[] = {
      {"speed", {answering_in(300), answering_in(200)}, 1},
      {"load", {answering_in(100, 3), answering_in(300, 0)}, 1},
      {"load and speed", {answering_in(100, 1), answering_in(300, 0)}, 0},
      {"health", {answering_in(100, 0, 0.3), answering_in(300)}, 1},
      {"unknown is tried soon", {answering_in(100), answering_in(0)}, 1},
      {"but not by everyone at once", {answering_in(100), answering_in(0, 2)}, 0},
      {"and not while it fails", {answering_in(100), answering_in(0, 0, 0.4)}, 0},
      {"nothing known: the idle one", {answering_in(0, 2), answering_in(0, 1)}, 1},
  };
  for (const Row& row : rows)
    for (int i = 0; i < 50; ++i)
      EXPECT_EQ(ordered(Strategy::Fastest, row.fleet, random).front(), row.first) << row.name;
}

TEST(Strategy, FastestNeverPutsTheWorstOfManyFirstAndDoesNotHerdToTheBest) {
  const Fleet fleet{answering_in(100), answering_in(110), answering_in(120), answering_in(900)};
  const auto count = firsts(Strategy::Fastest, fleet, 12'000);
  EXPECT_EQ(count[3], 0);
  // Of two of four at random: the best is among them half the time, the second best third of the time, the third a sixth.
  EXPECT_NEAR(count[0], 6'000, 300);
  EXPECT_NEAR(count[1], 4'000, 300);
  EXPECT_NEAR(count[2], 2'000, 300);
}

TEST(Strategy, FastestLooksAgainAtALoserThatWasNotUsedForLong) {
  Fleet fleet{answering_in(100), answering_in(5'000)};
  EXPECT_EQ(firsts(Strategy::Fastest, fleet, 3'200)[1], 0);
  fleet[1].standing.idle_seconds = kStaleAfter;
  EXPECT_NEAR(firsts(Strategy::Fastest, fleet, 32'000)[1], 1'000, 150);
}

TEST(Strategy, AdaptiveFollowsItsFormula) {
  constexpr int kDraws = 20'000;
  const auto share = [](const Fleet& fleet) {
    return firsts(Strategy::Adaptive, fleet, kDraws)[0] / kDraws;
  };
  EXPECT_NEAR(share({weighing(1), weighing(1)}), 0.5, 0.02);
  EXPECT_NEAR(share({weighing(3), weighing(1)}), 0.75, 0.02);
  // health^3: 0.125 to 1.
  EXPECT_NEAR(share({answering_in(100, 0, 0.5), answering_in(100)}), 1.0 / 9, 0.02);
  // The median of two is the faster one: speed 0.25 to 1.
  EXPECT_NEAR(share({answering_in(400), answering_in(100)}), 0.2, 0.02);
  // Beyond kMaxSpeedRatio it does not get worse: 1/16 to 1.
  EXPECT_NEAR(share({answering_in(90'000), answering_in(100)}), 1.0 / 17, 0.01);
  // room: 8 in flight, 4 expected of each: 5/9 to 1.
  EXPECT_NEAR(share({answering_in(100, 8), answering_in(100, 0)}), 5.0 / 14, 0.02);
  // ... and what is expected goes by weight: as many in flight as its weight says is no reason against it.
  Fleet busy{answering_in(100, 9), answering_in(100, 3)};
  busy[0].weight = 3;
  EXPECT_NEAR(share(busy), 0.75, 0.02);
  // rest: 1.5 to 1.
  Fleet rested{answering_in(100), answering_in(100)};
  rested[0].standing.idle_seconds = kNeverUsed;
  EXPECT_NEAR(share(rested), 0.6, 0.02);
}

}  // namespace
}  // namespace smartroute::routing

#include "dataplane/core/prices/price.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

namespace smartroute::prices {
namespace {

constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
constexpr std::uint64_t kMaxTokens = std::numeric_limits<std::uint64_t>::max();

Price price(std::int64_t input, std::int64_t output) {
  Price out;
  out.input = input;
  out.output = output;
  return out;
}

// $2.50 / $10, cached $1.25, written $3.125, sound $40 / $80.
Price full_price() {
  Price out = price(2'500'000'000, 10'000'000'000);
  out.cached_input = 1'250'000'000;
  out.cache_write = 3'125'000'000;
  out.audio_input = 40'000'000'000;
  out.audio_output = 80'000'000'000;
  return out;
}

Quantities used(std::uint64_t prompt, std::uint64_t completion) {
  Quantities out;
  out.prompt = prompt;
  out.completion = completion;
  return out;
}

TEST(Cost, IsTheSumOfPromptAndCompletion) {
  // 1234 * 0.0000025 + 567 * 0.00001 = 0.003085 + 0.00567 dollars
  EXPECT_EQ(cost(full_price(), used(1234, 567)), 8'755'000);
  EXPECT_EQ(cost(full_price(), used(1'000'000, 1'000'000)), 12'500'000'000);
}

TEST(Cost, TakesDetailsOutOfTheirWhole) {
  Quantities all = used(10'000, 1'000);
  all.cached = 4'000;       // 0.005
  all.cache_write = 2'000;  // 0.00625
  all.audio_input = 1'000;  // 0.04
  all.audio_output = 250;   // 0.02
  // 3000 others at 2.5: 0.0075; 750 others at 10: 0.0075
  EXPECT_EQ(cost(full_price(), all), 86'250'000);
}

TEST(Cost, OfADetailWithoutAPriceIsThatOfItsWhole) {
  Quantities all = used(10'000, 1'000);
  all.cached = 4'000;
  all.cache_write = 2'000;
  all.audio_input = 1'000;
  all.audio_output = 250;
  EXPECT_EQ(cost(price(2'500'000'000, 10'000'000'000), all), 35'000'000);
}

TEST(Cost, CutsDetailsThatExceedTheirWhole) {
  Quantities more = used(100, 10);
  more.cached = 70;
  more.cache_write = 80;
  more.audio_input = 90;
  more.audio_output = kMaxTokens;
  // 70 cached, 30 written, no sound; 10 of sound
  EXPECT_EQ(cost(full_price(), more), 70 * 1'250 + 30 * 3'125 + 10 * 80'000);
}

TEST(Cost, OfNothingIsZeroAndOfAFreeModelToo) {
  EXPECT_EQ(cost(full_price(), {}), 0);
  EXPECT_EQ(cost(price(0, 0), used(kMaxTokens, kMaxTokens)), 0);
}

TEST(Cost, IsUnknownWithoutBothPrices) {
  Price half = full_price();
  half.output.reset();
  EXPECT_EQ(cost(half, used(1, 0)), std::nullopt);
  half = full_price();
  half.input.reset();
  EXPECT_EQ(cost(half, {}), std::nullopt);
  EXPECT_EQ(cost({}, {}), std::nullopt);
  EXPECT_EQ(cost(price(-1, 1), used(1, 1)), std::nullopt);
}

TEST(Cost, RoundsTheSumOnceAndHalfUp) {
  EXPECT_EQ(cost(price(499'999, 0), used(1, 0)), 0);
  EXPECT_EQ(cost(price(500'000, 0), used(1, 0)), 1);
  // Each half alone would be rounded up.
  EXPECT_EQ(cost(price(500'000, 500'000), used(1, 1)), 1);
  EXPECT_EQ(cost(price(499'999, 500'000), used(1, 1)), 1);
  EXPECT_EQ(cost(price(1'500'000, 0), used(1, 0)), 2);
  EXPECT_EQ(cost(price(250'000, 0), used(10, 0)), 3);
}

TEST(Cost, BeyondSixtyThreeBitsIsTheGreatest) {
  EXPECT_EQ(cost(price(kMax, kMax), used(kMaxTokens, kMaxTokens)), kMax);
  EXPECT_EQ(cost(price(1'000'000, 0), used(static_cast<std::uint64_t>(kMax), 0)), kMax);
  EXPECT_EQ(cost(price(1'000'000, 0), used(static_cast<std::uint64_t>(kMax) - 1, 0)), kMax - 1);
  EXPECT_EQ(cost(price(1'000'000, 0), used(static_cast<std::uint64_t>(kMax) + 1, 0)), kMax);
}

TEST(Cost, AddsUpWithinOneUnitAndNeverFalls) {
  std::mt19937_64 random(20260923);
  const auto below = [&random](std::uint64_t limit) { return random() % limit; };
  for (int round = 0; round < 20'000; ++round) {
    Price p = price(static_cast<std::int64_t>(below(100'000'000'000)),
                    static_cast<std::int64_t>(below(100'000'000'000)));
    if (below(2) == 0) p.cached_input = static_cast<std::int64_t>(below(100'000'000'000));
    if (below(2) == 0) p.audio_output = static_cast<std::int64_t>(below(100'000'000'000));
    Quantities a = used(below(1'000'000), below(100'000)),
               b = used(below(1'000'000), below(100'000));
    a.cached = below(a.prompt + 1);
    b.cached = below(b.prompt + 1);
    a.audio_output = below(a.completion + 1);
    b.audio_output = below(b.completion + 1);
    Quantities both = used(a.prompt + b.prompt, a.completion + b.completion);
    both.cached = a.cached + b.cached;
    both.audio_output = a.audio_output + b.audio_output;
    const std::int64_t parts = *cost(p, a) + *cost(p, b), sum = *cost(p, both);
    ASSERT_LE(std::abs(sum - parts), 1) << "round " << round;
    ASSERT_GE(sum, *cost(p, a)) << "round " << round;
    Price dearer = p;
    *dearer.input += static_cast<std::int64_t>(below(1'000'000'000));
    ASSERT_GE(*cost(dearer, a), *cost(p, a)) << "round " << round;
  }
}

TEST(NanoDollars, AreWhatPeopleWrote) {
  const struct {
    double dollars;
    std::int64_t nanos;
  } rows[] = {{0, 0},
              {-0.0, 0},
              {0.15, 150'000'000},
              {1.25, 1'250'000'000},
              {0.003625, 3'625'000},
              {0.0983, 98'300'000},
              {10, 10'000'000'000},
              {1e-9, 1},
              {4e-10, 0},
              {5e-10, 1},
              {1.4999999994, 1'499'999'999},
              {1.4999999995, 1'500'000'000},
              {0.18000000000000002, 180'000'000},
              {1e-300, 0},
              {1e6, 1'000'000'000'000'000},
              {1e9, 1'000'000'000'000'000'000}};
  for (const auto& row : rows) EXPECT_EQ(nano_dollars(row.dollars), row.nanos) << row.dollars;
  // Every price in whole cents and in whole micro-dollars.
  for (std::int64_t i = 0; i < 100'000; ++i) {
    ASSERT_EQ(nano_dollars(static_cast<double>(i) / 100), i * 10'000'000);
    ASSERT_EQ(nano_dollars(static_cast<double>(i) / 1e6), i * 1'000);
  }
}

TEST(NanoDollars, AreNothingForWhatIsNoPrice) {
  for (const double dollars : {-0.1, -1e-300, 1.0000001e9, std::numeric_limits<double>::infinity(),
                               std::numeric_limits<double>::quiet_NaN()})
    EXPECT_EQ(nano_dollars(dollars), std::nullopt) << dollars;
}

}  // namespace
}  // namespace smartroute::prices

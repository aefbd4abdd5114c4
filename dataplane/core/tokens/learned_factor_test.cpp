#include "dataplane/core/tokens/learned_factor.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "contract/base/random.hpp"

namespace smartroute::tokens {
namespace {

TEST(LearnedFactors, LeanOnTheFamilyUntilThereIsEvidence) {
  LearnedFactors factors;
  EXPECT_DOUBLE_EQ(factors.factor("m", 1.2), 1.2);
  factors.learn("m", LearnedFactors::kTrustTokens / 2, LearnedFactors::kTrustTokens);
  EXPECT_DOUBLE_EQ(factors.factor("m", 1.0), 1.5) << "half of it is seen";
  factors.learn("m", LearnedFactors::kTrustTokens / 2, LearnedFactors::kTrustTokens);
  EXPECT_DOUBLE_EQ(factors.factor("m", 1.0), 2.0);
  EXPECT_DOUBLE_EQ(factors.factor("other", 1.0), 1.0);
}

TEST(LearnedFactors, ComeNearTheTruthOfNoisySamples) {
  LearnedFactors factors;
  SeededRandom random(5);
  const double truth = 1.31;
  for (int i = 0; i < 500; ++i) {
    const std::uint64_t ours = 200 + random.below(4'000);
    const double noise = 0.8 + 0.4 * static_cast<double>(random.below(1'000)) / 1'000;
    factors.learn("m", ours, static_cast<std::uint64_t>(static_cast<double>(ours) * truth * noise));
  }
  EXPECT_NEAR(factors.factor("m", 1), truth, 0.03);
}

TEST(LearnedFactors, ForgetWhatIsLongAgo) {
  LearnedFactors factors;
  for (int i = 0; i < 100; ++i) factors.learn("m", 100'000, 100'000);
  for (int i = 0; i < 100; ++i) factors.learn("m", 100'000, 150'000);
  EXPECT_NEAR(factors.factor("m", 1), 1.5, 0.01);
}

TEST(LearnedFactors, LearnNothingFromZeroesAndLittleFromAbsurdities) {
  LearnedFactors factors;
  factors.learn("m", 0, 100);
  factors.learn("m", 100, 0);
  EXPECT_EQ(factors.models(), 0u);
  factors.learn("m", 100, ~std::uint64_t{0});
  EXPECT_NEAR(factors.factor("m", 1), (400 + 1'900) / 2'000.0, 1e-9) << "as four times as many";
  factors.learn("huge", ~std::uint64_t{0}, 1);
  EXPECT_DOUBLE_EQ(factors.factor("huge", 1), 0.25);
  factors.learn("huge", 1'000'000, 4'000'000);
  EXPECT_TRUE(std::isfinite(factors.factor("huge", 1)));
  EXPECT_DOUBLE_EQ(factors.factor("none", 100), 4);
}

TEST(LearnedFactors, KeepTheModelsHeardOfLast) {
  LearnedFactors factors;
  factors.learn("first", 10'000, 20'000);
  factors.learn("second", 10'000, 20'000);
  for (std::size_t i = 2; i < LearnedFactors::kMaxModels; ++i) factors.learn("m" + std::to_string(i), 1, 1);
  factors.learn("first", 1, 2);
  factors.learn("one more", 1, 1);
  EXPECT_EQ(factors.models(), LearnedFactors::kMaxModels);
  EXPECT_DOUBLE_EQ(factors.factor("first", 1), 2);
  EXPECT_DOUBLE_EQ(factors.factor("second", 1), 1);
}

}  // namespace
}  // namespace smartroute::tokens

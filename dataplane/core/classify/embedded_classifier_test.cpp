#include "dataplane/core/classify/embedded_classifier.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/core/classify/features.hpp"
#include "dataplane/core/classify/tier_weights.hpp"

namespace smartroute::classify {
namespace {

using config::TierName;

Opinion judge(std::string_view ask) {
  static const auto classifier = EmbeddedClassifier::load(built_in_weights());
  Subject subject;
  subject.ask = ask;
  return classifier.value().classify(subject);
}

std::vector<std::byte> copy_of_weights() { return {built_in_weights().begin(), built_in_weights().end()}; }

struct Example {
  const char* ask;
  TierName tier;
};

class PlainCases : public testing::TestWithParam<Example> {};

TEST_P(PlainCases, AreJudgedAsAnyoneWould) {
  const Opinion opinion = judge(GetParam().ask);
  EXPECT_EQ(opinion.tier, GetParam().tier) << GetParam().ask;
  EXPECT_FLOAT_EQ(opinion.confidence, opinion.probability[static_cast<std::size_t>(opinion.tier)]);
}

INSTANTIATE_TEST_SUITE_P(
    EmbeddedClassifier, PlainCases,
    testing::Values(Example{"hi there, how are you today?", TierName::T1},
                    Example{"what is the capital of Portugal", TierName::T1},
                    Example{"set a timer for ten minutes", TierName::T1},
                    Example{"你好，今天过得怎么样？", TierName::T1}, Example{"珠穆朗玛峰有多高？", TierName::T1},
                    Example{"Write a Python function that removes duplicates from a list", TierName::T2},
                    Example{"Write a short cover letter for a job as a nurse", TierName::T2},
                    Example{"帮我写一封请假邮件，语气正式一点", TierName::T2},
                    Example{"写一个Python函数，判断一个字符串是否是回文", TierName::T2},
                    Example{"Prove that there are infinitely many primes congruent to 3 modulo 4.", TierName::T3},
                    Example{"Design a multi-region payment system that survives the loss of a region; discuss "
                            "consistency, failover and the trade-offs.",
                            TierName::T3},
                    Example{"已知函数f(x)=x^3-3x+1，求f(x)的单调区间和极值，并证明方程f(x)=0有三个实根。", TierName::T3}));

TEST(EmbeddedClassifier, ProbabilitiesSumToOne) {
  for (const char* ask : {"", " ", "hello", "证明", "\xff\xfe\x80", "{\"a\": [1, 2]}"}) {
    const Opinion o = judge(ask);
    EXPECT_NEAR(o.probability[0] + o.probability[1] + o.probability[2], 1.0f, 1e-5f) << ask;
  }
}

TEST(EmbeddedClassifier, SameTextSameBits) {
  const std::string text = "Explain the difference between TCP and UDP, 然后给出一个例子。 " + std::string(3000, 'x');
  const Opinion a = judge(text), b = judge(std::string(text));
  for (std::size_t t = 0; t < config::kTierCount; ++t)
    EXPECT_EQ(std::bit_cast<std::uint32_t>(a.probability[t]), std::bit_cast<std::uint32_t>(b.probability[t]));
}

TEST(EmbeddedClassifier, TakesAnyBytes) {
  std::uint64_t state = 7;
  for (std::size_t size = 0; size < 4000; size += 37) {
    std::string text(size, '\0');
    for (char& c : text) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      c = static_cast<char>(state >> 56);
    }
    const Opinion o = judge(text);
    EXPECT_GE(o.confidence, 0.0f);
    EXPECT_LE(o.confidence, 1.0f);
  }
}

TEST(EmbeddedClassifier, EveryPoolKeepsToItsRoom) {
  for (const char* piece : {"a ", "?\n", "。", "a1", "\xf0\x9f\x98\x80", "A? ", "字"}) {
    std::string text;
    while (text.size() < 5000) text += piece;
    Subject subject;
    subject.ask = text;
    FeatureSet features;
    read_features(subject, features);
    for (std::size_t p = 0; p < kPoolCount; ++p)
      EXPECT_LE(features.of(static_cast<Pool>(p)).size(), kPoolRoom[p]) << piece << p;
  }
}

TEST(EmbeddedClassifier, FoldsCaseAndWidth) {
  Subject plain, wide;
  plain.ask = "prove it (now)";
  wide.ask = "ｐｒｏｖｅ it （now）";
  FeatureSet a, b;
  read_features(plain, a);
  read_features(wide, b);
  EXPECT_TRUE(std::ranges::equal(a.of(Pool::Words), b.of(Pool::Words)));
  EXPECT_TRUE(std::ranges::equal(a.of(Pool::Chars), b.of(Pool::Chars)));
}

TEST(EmbeddedClassifier, ReadsBothEndsOfALongText) {
  const std::string middle(20'000, '.');
  Subject one, other;
  const std::string a = "Summarise this.\n" + middle + "\nThanks!", b = "Summarise this.\n" + middle + "\nProve it!";
  one.ask = a;
  other.ask = b;
  FeatureSet first, second;
  read_features(one, first);
  read_features(other, second);
  EXPECT_FALSE(std::ranges::equal(first.of(Pool::Ask), second.of(Pool::Ask)));
}

TEST(EmbeddedClassifier, ExplainsInPrintableWords) {
  const auto classifier = EmbeddedClassifier::load(built_in_weights());
  Subject subject;
  subject.ask = "Prove that the sum of two even numbers is even. \x01\xff 证明";
  const auto signals = classifier.value().explain(subject, 5);
  ASSERT_EQ(signals.size(), 5u);
  for (std::size_t i = 0; i < signals.size(); ++i) {
    EXPECT_LE(signals[i].what.size(), 64u);
    EXPECT_THAT(signals[i].what, testing::MatchesRegex("(word|chars|ask|shape): .+"));
    if (i > 0) {
      EXPECT_LE(std::abs(signals[i].weight), std::abs(signals[i - 1].weight));
    }
  }
}

TEST(TierWeights, AreSmallAndNamed) {
  EXPECT_LE(built_in_weights().size(), 1'000'000u);
  EXPECT_THAT(EmbeddedClassifier::load(built_in_weights()).value().name(), testing::MatchesRegex("1-[0-9a-f]{8}"));
}

TEST(TierWeights, ComeBackAsTheyWereWritten) {
  const auto read = read_weights(built_in_weights());
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(write_weights(*read), copy_of_weights());
}

TEST(TierWeights, RefuseEveryTruncation) {
  const auto bytes = copy_of_weights();
  for (std::size_t size = 0; size < bytes.size(); size = size < 300 ? size + 1 : size + 9973) {
    const std::vector<std::byte> cut(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
    const auto loaded = EmbeddedClassifier::load(cut);
    ASSERT_FALSE(loaded.has_value()) << size;
    EXPECT_EQ(loaded.error().kind(), ErrorKind::Invalid);
  }
}

TEST(TierWeights, RefuseEveryFlippedBit) {
  auto bytes = copy_of_weights();
  for (std::size_t at = 0; at < bytes.size(); at = at < 120 ? at + 1 : at + 49'999) {
    const auto bit = static_cast<std::byte>(1u << at % 8);
    bytes[at] ^= bit;
    EXPECT_FALSE(EmbeddedClassifier::load(bytes).has_value()) << at;
    bytes[at] ^= bit;
  }
}

TEST(TierWeights, SayWhatIsWrong) {
  auto bytes = copy_of_weights();
  bytes[0] = std::byte{'X'};
  EXPECT_THAT(EmbeddedClassifier::load(bytes).error().text(), testing::HasSubstr("not a weights file"));
  bytes = copy_of_weights();
  bytes[4] = std::byte{9};
  EXPECT_THAT(EmbeddedClassifier::load(bytes).error().text(), testing::HasSubstr("format 9"));
  bytes.resize(10);
  EXPECT_THAT(EmbeddedClassifier::load(bytes).error().text(), testing::HasSubstr("shorter"));
}

// A file with a good checksum may still lie: every field is checked before it is used.
TEST(TierWeights, RefuseSectionsThatDoNotFit) {
  TierWeights w = read_weights(built_in_weights()).value();
  w.groups -= 1;
  EXPECT_FALSE(read_weights(write_weights(w)).has_value());
  w = read_weights(built_in_weights()).value();
  w.start[0] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_FALSE(read_weights(write_weights(w)).has_value());
  w = read_weights(built_in_weights()).value();
  w.step[1] = std::numeric_limits<float>::infinity();
  EXPECT_FALSE(read_weights(write_weights(w)).has_value());
  w = read_weights(built_in_weights()).value();
  w.sharpness = 0;
  EXPECT_FALSE(read_weights(write_weights(w)).has_value());
}

}  // namespace
}  // namespace smartroute::classify

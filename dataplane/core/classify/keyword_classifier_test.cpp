#include "dataplane/core/classify/keyword_classifier.hpp"

#include <gtest/gtest.h>

#include <utility>

namespace smartroute::classify {
namespace {

using config::TierName;

config::Keywords keywords(std::vector<std::string> t1, std::vector<std::string> t2,
                          std::vector<std::string> t3) {
  config::Keywords out;
  out.tiers = {std::move(t1), std::move(t2), std::move(t3)};
  return out;
}

// "t3:prove", or "" when nothing fired.
std::string decide(const KeywordClassifier& classifier, std::string_view text) {
  std::string scratch;
  const auto hit = classifier.classify(text, scratch).decides;
  return hit ? std::string(config::name_of(hit->tier)) + ":" + std::string(hit->rule) : "";
}

TEST(KeywordClassifier, TheHighestTierWinsThenTheEntryWrittenFirst) {
  const KeywordClassifier classifier(
      keywords({"hello", "hi"}, {"code", "/sql.*join/"}, {"prove", "/theorem \\d+/", "证明"}));
  struct Row {
    const char *name, *text, *decision;
  };
  const Row rows[] = {
      {"nothing", "good morning", ""},
      {"one word", "hello there", "t1:hello"},
      {"two of a tier", "hi, hello", "t1:hello"},
      {"higher tier later in the text", "hello, write code", "t2:code"},
      {"highest tier", "hello, prove this code", "t3:prove"},
      {"pattern", "SQL with a left join", "t2:/sql.*join/"},
      {"word before a pattern of its tier", "code: sql join", "t2:code"},
      {"pattern before a word of its tier", "证明 theorem 12", "t3:/theorem \\d+/"},
      {"pattern of a higher tier beats a word", "hello theorem 5", "t3:/theorem \\d+/"},
      {"word of a higher tier beats a pattern", "sql join, prove it", "t3:prove"},
      {"Chinese", "请证明勾股定理", "t3:证明"},
      {"full width", "ＰＲＯＶＥ it", "t3:prove"},
      {"full width in a pattern's text", "ｔｈｅｏｒｅｍ　１２", "t3:/theorem \\d+/"},
      {"inside a word", "improved", ""},
      {"empty", "", ""},
  };
  for (const Row& row : rows) EXPECT_EQ(decide(classifier, row.text), row.decision) << row.name;
}

TEST(KeywordClassifier, FoldsTheKeywordsToo) {
  const KeywordClassifier classifier(keywords({"ＨＥＬＬＯ"}, {"/（a|b）/"}, {}));
  EXPECT_EQ(decide(classifier, "hello"), "t1:ＨＥＬＬＯ");
  EXPECT_EQ(decide(classifier, "say (A|B)"), "t2:/（a|b）/");
  EXPECT_EQ(decide(classifier, "say （a|b）"), "t2:/（a|b）/");
  EXPECT_EQ(decide(classifier, "a"), "");
}

TEST(KeywordClassifier, WithoutRulesNothingFires) {
  const KeywordClassifier classifier(config::Keywords{});
  EXPECT_TRUE(classifier.empty());
  EXPECT_EQ(decide(classifier, "anything"), "");
}

TEST(KeywordClassifier, SkipsWhatDoesNotCompile) {
  const KeywordClassifier classifier(keywords({"/(/", "ok"}, {"/[/"}, {""}));
  EXPECT_EQ(decide(classifier, "( [ ok"), "t1:ok");
  EXPECT_FALSE(classifier.empty());
  EXPECT_TRUE(KeywordClassifier(keywords({"/(/"}, {}, {})).empty());
}

TEST(KeywordClassifier, ASlashAloneIsAWord) {
  const KeywordClassifier classifier(keywords({"//"}, {}, {}));
  EXPECT_EQ(decide(classifier, "a // b"), "t1://");
}

TEST(KeywordClassifier, TheRuleOutlivesAMove) {
  KeywordClassifier first(keywords({"hi"}, {}, {"pr"}));
  std::string scratch;
  const auto hit = first.classify("pr", scratch).decides;
  ASSERT_TRUE(hit);
  KeywordClassifier second(std::move(first));
  EXPECT_EQ(hit->rule, "pr");
  KeywordClassifier third(config::Keywords{});
  third = std::move(second);
  EXPECT_EQ(hit->rule, "pr");
  EXPECT_EQ(hit->tier, TierName::T3);
  EXPECT_EQ(decide(third, "hi"), "t1:hi");
}

TEST(KeywordClassifier, AMinimumIsToldApartFromADecision) {
  config::Keywords rules = keywords({"hello"}, {}, {});
  rules.at_least[1] = {"invoice"};
  rules.at_least[2] = {"/contract|合同/"};
  const KeywordClassifier classifier(rules);
  std::string scratch;
  const auto both = classifier.classify("hello, a contract and an invoice", scratch);
  ASSERT_TRUE(both.decides && both.at_least);
  EXPECT_EQ(both.decides->tier, TierName::T1);
  EXPECT_EQ(both.at_least->tier, TierName::T3);
  EXPECT_EQ(both.at_least->rule, "/contract|合同/");
  const auto only_minimum = classifier.classify("my invoice", scratch);
  EXPECT_FALSE(only_minimum.decides);
  ASSERT_TRUE(only_minimum.at_least);
  EXPECT_EQ(only_minimum.at_least->tier, TierName::T2);
  EXPECT_FALSE(classifier.empty());
  EXPECT_FALSE(classifier.classify("good morning", scratch).at_least);
}

TEST(KeywordClassifier, ManyPatternsStillAnswerInOrder) {
  std::vector<std::string> patterns;
  for (int i = 0; i < 300; ++i) patterns.push_back("/x" + std::to_string(i) + "[a-z]{1,20}y/");
  const KeywordClassifier classifier(keywords({}, patterns, {}));
  EXPECT_EQ(decide(classifier, "x299abcy then x17qy"), "t2:/x17[a-z]{1,20}y/");
  EXPECT_EQ(decide(classifier, "x300abcy"), "");
}

}  // namespace
}  // namespace smartroute::classify

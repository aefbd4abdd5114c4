#include "dataplane/core/accounting/record.hpp"

#include <gtest/gtest.h>

#include <set>

namespace smartroute::accounting {
namespace {

TEST(Ending, NamesAreUnique) {
  std::set<std::string_view> names;
  for (int i = 0; i < static_cast<int>(Ending::kCount); ++i)
    EXPECT_TRUE(names.insert(name_of(static_cast<Ending>(i))).second);
  EXPECT_FALSE(names.contains("unknown"));
}

TEST(Record, ARestartForgetsEverythingButItsMemory) {
  Record record;
  record.reason.assign(100, 'r');
  record.attempts.resize(2);
  record.guarantee = "buffered";
  record.restarts = 3;
  record.route.rules.assign(10, "rule");
  record.route.candidates.resize(10);
  record.route.ask.assign(1'000, 'a');
  record.route.system.assign(500, 's');
  record.route.conversation = 7;
  record.route.probability = {1, 0, 0};
  record.route.keeps = std::make_shared<int>(1);
  const char* const ask = record.route.ask.data();
  const CandidateTrace* const candidates = record.route.candidates.data();
  record.restart();
  EXPECT_TRUE(record.reason.empty() && record.route.rules.empty() && record.route.candidates.empty());
  EXPECT_TRUE(record.attempts.empty() && record.guarantee.empty());
  EXPECT_EQ(record.restarts, 0u);
  EXPECT_TRUE(record.route.ask.empty() && record.route.system.empty());
  EXPECT_EQ(record.route.conversation, 0u);
  EXPECT_FALSE(record.route.probability);
  EXPECT_EQ(record.route.keeps, nullptr);
  record.route.ask.assign(1'000, 'b');
  record.route.candidates.resize(10);
  EXPECT_EQ(record.route.ask.data(), ask);
  EXPECT_EQ(record.route.candidates.data(), candidates);
}

}  // namespace
}  // namespace smartroute::accounting

#include "tools/cli/record_filter.hpp"

#include <gtest/gtest.h>

#include "smartroute/v1/admin.pb.h"

namespace smartroute::cli {
namespace {

constexpr std::int64_t kNow = 1'700'000'000'000'000;

TEST(FilterOf, TakesEveryWord) {
  FilterWords words;
  words.since = "1h";
  words.until = "30m";
  words.tiers = {"t1", "none"};
  words.models = {"p/m"};
  words.providers = {"p"};
  words.statuses = {"5xx"};
  words.keys = {"cafe"};
  words.categories = {"tool"};
  words.errors = {"any"};
  words.endings = {"completed"};
  words.instances = {"i"};
  words.text = "a b&c";
  words.request_id = "r";
  words.min_ms = 5;
  words.min_retries = 1;
  const auto filter = filter_of(words, kNow);
  ASSERT_TRUE(filter);
  EXPECT_EQ(filter->until_us() - filter->since_us(), 1'800'000'000);
  const std::string json =
      R"({"sinceUs":"1699996400000000","untilUs":"1699998200000000","tiers":["t1","none"],"models":["p/m"],"providers":["p"],"keyIds":["cafe"],)"
      R"("endings":["completed"],"statuses":["5xx"],"errorKinds":["any"],"categories":["tool"],"text":"a b&c","minDurationMs":5,"minRetries":1,)"
      R"("requestId":"r","instanceIds":["i"]})";
  EXPECT_EQ(query_of(*filter), "filter=" + escaped(json));
}

TEST(FilterOf, SaysNothingOfNothing) {
  const auto filter = filter_of({}, kNow);
  ASSERT_TRUE(filter);
  EXPECT_EQ(query_of(*filter), "");
}

TEST(Escaped, LeavesNothingThatAQueryWouldMisread) { EXPECT_EQ(escaped("a b&c=%/\"~\xc3\xa9"), "a%20b%26c%3D%25%2F%22~%C3%A9"); }

TEST(FilterOf, NamesTheFlagThatIsWrong) {
  FilterWords words;
  words.since = "soon";
  EXPECT_EQ(filter_of(words, kNow).error().text().find("--since: 'soon'"), 0u);
  words.since = "1h";
  words.until = "2h";
  EXPECT_NE(filter_of(words, kNow).error().text().find("--until 2h is not after --since 1h"), std::string::npos);
}

}  // namespace
}  // namespace smartroute::cli

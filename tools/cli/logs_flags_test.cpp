#include "tools/cli/logs_flags.hpp"

#include <gmock/gmock.h>

#include "tools/cli/up.hpp"

namespace smartroute::cli {
namespace {

using testing::ElementsAre;

class LogsFlags : public testing::Test {
 protected:
  LogsFlags() {
    app.require_subcommand(1);
    add_logs(app, words, action);
    add_stats(app, stats, action);
  }
  // As the shell would split it.
  bool parse(const std::string& line) {
    try {
      app.parse(line);
      return true;
    } catch (const CLI::ParseError& wrong) {
      complaint = wrong.what();
      return false;
    }
  }
  CLI::App app;
  LogsWords words;
  StatsWords stats;
  Action action;
  std::string complaint;
};

TEST_F(LogsFlags, ListTheNewestByDefault) {
  ASSERT_TRUE(parse("logs"));
  EXPECT_TRUE(action);
  EXPECT_EQ(words.list.limit, 20);
  EXPECT_FALSE(words.follow);
}

TEST_F(LogsFlags, FollowWithAFilter) {
  ASSERT_TRUE(parse("logs -f -n 5 --tier t1,t3 --tier none -o json")) << complaint;
  EXPECT_TRUE(words.follow);
  EXPECT_EQ(words.list.limit, 5);
  EXPECT_EQ(words.list.output, Output::Json);
  EXPECT_THAT(words.list.filter.tiers, ElementsAre("t1", "t3", "none"));
}

TEST_F(LogsFlags, QueryTakesEveryFilter) {
  ASSERT_TRUE(parse("logs query --since 1h --until 2026-01-31 --model p/m --provider p --status 5xx --key cafe --category tool --text 'two words' "
                    "--min-ms 100 --min-retries 1 --error any --ending completed --instance i --request r --limit 500 --cursor c"))
      << complaint;
  const FilterWords& filter = words.query.filter;
  EXPECT_EQ(filter.since, "1h");
  EXPECT_EQ(filter.until, "2026-01-31");
  EXPECT_THAT(filter.models, ElementsAre("p/m"));
  EXPECT_THAT(filter.statuses, ElementsAre("5xx"));
  EXPECT_THAT(filter.errors, ElementsAre("any"));
  EXPECT_EQ(filter.text, "two words");
  EXPECT_EQ(filter.min_ms, 100u);
  EXPECT_EQ(filter.min_retries, 1u);
  EXPECT_EQ(words.query.limit, 500);
  EXPECT_EQ(words.query.cursor, "c");
}

TEST_F(LogsFlags, ShowExportAndPruneHaveTheirOwn) {
  ASSERT_TRUE(parse("logs show req_1 -o json")) << complaint;
  EXPECT_EQ(words.id, "req_1");
  app.clear();
  ASSERT_TRUE(parse("logs export --format csv --bodies --file out.csv --status 200")) << complaint;
  EXPECT_EQ(words.exported.format, "csv");
  EXPECT_TRUE(words.exported.bodies);
  EXPECT_EQ(words.exported.file, "out.csv");
  app.clear();
  ASSERT_TRUE(parse("logs prune --before 7d --bodies --yes")) << complaint;
  EXPECT_TRUE(words.prune.bodies_only);
  EXPECT_TRUE(words.prune.yes);
}

TEST_F(LogsFlags, RefuseWhatCannotBe) {
  for (const char* line : {"logs -n 0", "logs query --limit 99999", "logs show", "logs export --format xml", "logs prune", "logs query --min-ms x",
                           "stats --by colour"})
    EXPECT_FALSE(parse(line)) << line;
}

TEST_F(LogsFlags, StatsTellApartAndCompare) {
  ASSERT_TRUE(parse("stats --since 7d --by model --value p/a,p/b --step 1h --compare")) << complaint;
  EXPECT_EQ(stats.options.by, "model");
  EXPECT_THAT(stats.options.values, ElementsAre("p/a", "p/b"));
  EXPECT_EQ(stats.options.step, "1h");
  EXPECT_TRUE(stats.options.compare);
}

TEST(LogsCommands, FailWithoutAGatewayAndSayWrongUseFirst) {
  AdminAccess nowhere;
  nowhere.admin = "127.0.0.1:1";
  nowhere.token = "sra_test";
  EXPECT_EQ(query_logs(nowhere, {}), kFailed);
  EXPECT_EQ(follow_logs(nowhere, {}), kFailed);
  EXPECT_EQ(show_log(nowhere, "x", Output::Text), kFailed);
  EXPECT_EQ(export_logs(nowhere, {}), kFailed);
  EXPECT_EQ(show_stats(nowhere, {}), kFailed);
  QueryOptions query;
  query.filter.since = "soon";
  EXPECT_EQ(query_logs(nowhere, query), kUsage);
  PruneOptions prune;
  prune.before = "0d0";
  EXPECT_EQ(prune_logs(nowhere, prune), kUsage);
  StatsOptions stats;
  stats.step = "often";
  EXPECT_EQ(show_stats(nowhere, stats), kUsage);
}

}  // namespace
}  // namespace smartroute::cli

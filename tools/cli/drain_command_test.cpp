#include "tools/cli/drain_command.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tools/cli/metrics_text.hpp"
#include "tools/cli/state_folder.hpp"
#include "tools/cli/up.hpp"

namespace smartroute::cli {
namespace {

using ::testing::HasSubstr;

class Drain : public ::testing::Test {
 protected:
  Drain() {
    char name[] = "/tmp/smartroute-drain-XXXXXX";
    folder_ = ::mkdtemp(name);
  }
  ~Drain() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  std::string write(const std::string& name, const std::string& text) {
    const auto path = folder_ / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
    return path.string();
  }
  std::filesystem::path folder_;
};

TEST_F(Drain, ReadsTheProcessFromTheFilesPeopleHave) {
  DrainOptions options;
  options.ready_file = write("proxy.json", R"({"listen":"127.0.0.1:1","proxy_ops":"127.0.0.1:2","pid":4711})");
  ASSERT_TRUE(drain_target(options).has_value());
  EXPECT_EQ(drain_target(options)->pid, 4711);
  EXPECT_EQ(drain_target(options)->ops, "127.0.0.1:2");
  options.ops = "127.0.0.1:9";
  EXPECT_EQ(drain_target(options)->ops, "127.0.0.1:9");
  DrainOptions by_id;
  by_id.pid_file = write("pid", "4712\n");
  EXPECT_EQ(drain_target(by_id)->pid, 4712);
}

TEST_F(Drain, SaysWhatIsWrongWithAFile) {
  const struct {
    const char *name, *text, *says;
  } rows[] = {{"no.json", "nothing", "is no ready file"}, {"no_pid.json", R"({"listen":"x"})", "it names no process"}, {"zero.json", R"({"pid":0})", "it names no process"}};
  for (const auto& row : rows) {
    DrainOptions options;
    options.ready_file = write(row.name, row.text);
    EXPECT_THAT(drain_target(options).error().text(), HasSubstr(row.says)) << row.name;
  }
  DrainOptions options;
  options.pid_file = write("pid", "12x");
  EXPECT_THAT(drain_target(options).error().text(), HasSubstr("holds no process id"));
  options.pid_file = (folder_ / "none").string();
  EXPECT_THAT(drain_target(options).error().text(), HasSubstr("No such file"));
}

TEST_F(Drain, FindsTheUpThatHoldsADataFolderAndNoOther) {
  DrainOptions options;
  options.state = (folder_ / "state").string();
  write("state/up.lock", "99999999");
  EXPECT_THAT(drain_target(options).error().text(), HasSubstr("no `smartroute up` runs"));
  const auto folder = StateFolder::open(folder_ / "state");
  ASSERT_TRUE(folder.has_value());
  ASSERT_TRUE(drain_target(options).has_value());
  EXPECT_EQ(drain_target(options)->pid, ::getpid());
}

TEST_F(Drain, LeavesAProcessAloneThatIsNotOurs) {
  DrainOptions options;
  options.pid_file = write("pid", "1");
  EXPECT_EQ(drain(options), kUsage);
}

TEST(MetricSum, AddsEverySeriesOfAName) {
  constexpr std::string_view kPage = "# TYPE a gauge\na 1.5\na_total 7\nb{x=\"1\"} 2\nb{x=\"2 3\"} 3\n";
  EXPECT_EQ(metric_sum(kPage, "a"), 1.5);
  EXPECT_EQ(metric_sum(kPage, "b"), 5);
  EXPECT_EQ(metric_sum(kPage, "c"), std::nullopt);
}

TEST(MetricBy, TellsTheSeriesApart) {
  constexpr std::string_view kPage = "b{x=\"1\"} 2\nb{y=\"0\",x=\"2 3\"} 1.8e9\nb{y=\"1\"} 5\n";
  EXPECT_EQ(metric_by(kPage, "b", "x"), (std::vector<std::pair<std::string, double>>{{"1", 2}, {"2 3", 1.8e9}}));
}

}  // namespace
}  // namespace smartroute::cli

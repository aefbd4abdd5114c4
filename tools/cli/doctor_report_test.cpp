#include "tools/cli/doctor_report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tools/cli/up.hpp"

namespace smartroute::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(DoctorReport, SaysEachFindingInALineAndItsHintBelow) {
  const FindingGroup group{"Control plane", {fine("a", "it answers"), warned("b", "it is old", "update it"), failed("c", "no token\x1b[2J", "export X=1"), skipped("d", "not asked")}};
  EXPECT_EQ(group_text(group, {}),
            "Control plane\n"
            "  [ok]   it answers\n"
            "  [warn] it is old\n"
            "         -> update it\n"
            "  [fail] no token [2J\n"
            "         -> export X=1\n"
            "  [skip] not asked\n"
            "\n");
  const std::string pretty = group_text(group, {Colour::On, Glyphs::Unicode});
  for (const char* mark : {"√", "‼", "×", "\x1b[31m"}) EXPECT_THAT(pretty, HasSubstr(mark));
  EXPECT_THAT(group_text(group, {Colour::Off, Glyphs::Unicode}), Not(HasSubstr("\x1b")));
  EXPECT_EQ(group_text({"Nothing", {}}, {}), "");
}

TEST(DoctorReport, CountsAndChoosesTheExitCode) {
  const Finding ok = fine("a", "x"), warning = warned("b", "x", "y"), bad = failed("c", "x", "y"), out = skipped("d", "x");
  const struct {
    const char* name;
    std::vector<Finding> findings;
    int code;
    const char* line;
  } rows[] = {{"all well", {ok, ok}, kOk, "All is well, 2 passed\n"},
              {"skipped only", {out}, kOk, "All is well, 0 passed, 1 skipped\n"},
              {"warnings", {ok, warning}, kWarnings, "Nothing failed, 1 warning, 1 passed\n"},
              {"a failure", {ok, warning, bad, bad}, kFailed, "2 checks failed, 1 warning, 1 passed\n"}};
  for (const auto& row : rows) {
    const DoctorReport report{{"g", row.findings}};
    EXPECT_EQ(doctor_code(report), row.code) << row.name;
    EXPECT_EQ(verdict_text(report, {}), row.line) << row.name;
  }
}

TEST(DoctorReport, IsJsonForPrograms) {
  Finding slow = failed("providers.a", "a: no answer", "smartroute providers test a");
  slow.deadline = std::chrono::seconds(5);
  const auto json = nlohmann::json::parse(doctor_json({{"Providers", {slow, fine("x", "y")}}}));
  EXPECT_EQ(json["verdict"], "failed");
  EXPECT_EQ(json["failed"], 1);
  EXPECT_EQ(json["groups"][0]["checks"][0]["deadline_ms"], 5000);
  EXPECT_EQ(json["groups"][0]["checks"][0]["hint"], "smartroute providers test a");
  EXPECT_FALSE(json["groups"][0]["checks"][1].contains("hint"));
}

}  // namespace
}  // namespace smartroute::cli

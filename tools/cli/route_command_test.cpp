#include "tools/cli/route_command.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "smartroute/v1/admin.pb.h"
#include "tools/cli/preview.hpp"
#include "tools/cli/ready_file.hpp"
#include "tools/cli/up.hpp"

namespace smartroute::cli {
namespace {

using testing::HasSubstr;
using testing::internal::CaptureStderr;
using testing::internal::CaptureStdout;
using testing::internal::GetCapturedStderr;
using testing::internal::GetCapturedStdout;

const char* const kConfig =
    "providers: [{id: a, base_url: \"http://127.0.0.1:9/v1\", api_key: \"${NOT_SET_ANYWHERE}\"}]\n"
    "models: [{id: a/small, price: {input: 1, output: 2}}]\n"
    "tiers: {t1: {models: [a/small]}, t2: {models: [a/medium]}, t3: {models: [a/large]}}\n"
    "router: {mode: keyword, default_tier: t2, keywords: {t1: [hello], t3: [prove]}}\n";

class RouteCommand : public testing::Test {
 protected:
  RouteCommand() {
    folder = std::filesystem::temp_directory_path() / ("smartroute-route-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder);
    config = file("gateway.yaml", kConfig);
  }
  ~RouteCommand() override { std::filesystem::remove_all(folder); }

  std::string file(const char* name, const std::string& text) {
    const auto path = folder / name;
    EXPECT_TRUE(write_file_atomically(path, text));
    return path.string();
  }
  int explain(ExplainOptions options) {
    return captured([&] { return explain_route({}, options); });
  }
  int replay(ReplayOptions options) {
    return captured([&] { return replay_routes({}, options); });
  }
  template <class Run>
  int captured(const Run& run) {
    CaptureStdout();
    CaptureStderr();
    const int code = run();
    out = GetCapturedStdout();
    errors = GetCapturedStderr();
    return code;
  }

  std::filesystem::path folder;
  std::string config, out, errors;
};

TEST_F(RouteCommand, ExplainsAPromptUnderAFile) {
  ExplainOptions options;
  options.text = "prove it";
  options.config = config;
  ASSERT_EQ(explain(options), kOk) << errors;
  EXPECT_EQ(errors, "");
  for (const char* line : {"tier        t3\n", "decided by  keyword  (router.mode: keyword)\n", "why         keyword:prove\n",
                           "rules       prove\n", "candidates  1.  a/large\n", "config      of this file\n"})
    EXPECT_THAT(out, HasSubstr(line));
  options.model = "t1";
  ASSERT_EQ(explain(options), kOk);
  EXPECT_THAT(out, HasSubstr("tier        t1\ndecided by  tier\nwhy         asked\n"));
}

TEST_F(RouteCommand, ExplainsARequestAsJson) {
  ExplainOptions options;
  options.request_file = file("request.json", R"({"model":"auto","messages":[{"role":"user","content":"hello"}]})");
  options.config = config;
  options.output = Output::Json;
  ASSERT_EQ(explain(options), kOk) << errors;
  const auto said = nlohmann::json::parse(out);
  EXPECT_EQ(said["tier"], "t1");
  EXPECT_EQ(said["route"]["candidates"][0]["model"], "a/small");
  EXPECT_EQ(said["route"]["input"]["ask"], "hello");
}

TEST_F(RouteCommand, SaysWhatIsWrongAndWhere) {
  struct Row {
    const char* name;
    ExplainOptions options;
    int code;
    std::string text;
  };
  std::vector<Row> rows(6);
  rows[0] = {"nothing to explain", {}, kUsage, "-f FILE or a prompt with --text"};
  rows[1] = {"no such request", {}, kUsage, "nowhere.json"};
  rows[1].options.request_file = (folder / "nowhere.json").string();
  rows[2] = {"a request that is none", {}, kProblems, "bad.json: 'messages' is required"};
  rows[2].options.request_file = file("bad.json", "{\"model\":\"auto\"}");
  rows[2].options.config = config;
  rows[3] = {"no such config", {}, kUsage, "nowhere.yaml"};
  rows[3].options.text = "hi";
  rows[3].options.config = (folder / "nowhere.yaml").string();
  rows[4] = {"a config with an error", {}, kProblems, "broken.yaml:2: router.mode"};
  rows[4].options.text = "hi";
  rows[4].options.config = file("broken.yaml", "providers: [{id: a, base_url: \"http://127.0.0.1:9/v1\"}]\nrouter: {mode: keywort}\n");
  rows[5] = {"no gateway", {}, kFailed, "--config FILE"};
  rows[5].options.text = "hi";
  for (const Row& row : rows) {
    AdminAccess nobody;
    nobody.admin = "127.0.0.1:1";
    EXPECT_EQ(captured([&] { return explain_route(nobody, row.options); }), row.code) << row.name;
    EXPECT_THAT(errors, HasSubstr(row.text)) << row.name;
    EXPECT_EQ(out, "") << row.name;
  }
}

TEST_F(RouteCommand, ReplaysLinesOfBothKindsAndSkipsBadOnes) {
  ReplayOptions options;
  options.config = config;
  options.input = file("past.jsonl",
                       "{\"id\":\"p1\",\"text\":\"prove that\",\"tier\":\"T1\"}\n"
                       "\n"
                       "{\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]}\n"
                       "{\"neither\":1}\n"
                       "{\"text\":\"what now\",\"tier\":\"T2\"}");
  ASSERT_EQ(replay(options), kOk) << errors;
  EXPECT_THAT(errors, HasSubstr("past.jsonl:4: needs either 'text' or 'messages'"));
  EXPECT_THAT(errors, HasSubstr("1 of 4 lines were left out"));
  EXPECT_THAT(out, HasSubstr("3 requests decided again"));
  EXPECT_THAT(out, HasSubstr("1 would change tier, 0 would change model"));
  EXPECT_THAT(out, HasSubstr("p1  t1 -> t3  [keyword:prove]\n    prove that\n"));
  options.output = Output::Json;
  ASSERT_EQ(replay(options), kOk);
  const auto said = nlohmann::json::parse(out);
  EXPECT_EQ(said["decided"], "3");
  EXPECT_EQ(said["complete"], true);
  EXPECT_EQ(said["moves"][0]["tierAfter"], "t3");
}

TEST_F(RouteCommand, ReplayNeedsLinesAndAConfiguration) {
  ReplayOptions options;
  options.input = file("empty.jsonl", "\n");
  EXPECT_EQ(replay(options), kUsage);
  EXPECT_THAT(errors, HasSubstr("--config FILE"));
  options.config = config;
  EXPECT_EQ(replay(options), kUsage);
  EXPECT_THAT(errors, HasSubstr("no line to replay"));
  options.input.clear();
  options.since = "yesterday";
  EXPECT_EQ(replay(options), kUsage);
  EXPECT_THAT(errors, HasSubstr("--since: 'yesterday' is no moment"));
}

TEST(ParseMoment, KnowsHowLongAgoAndDates) {
  EXPECT_EQ(parse_moment("24h", 100'000'000).value_or(-1), 100'000'000 - 86'400'000);
  EXPECT_EQ(parse_moment("24h", 5).value_or(-1), 0);
  EXPECT_EQ(parse_moment("2026-01-31", 0).value_or(-1), 1'769'817'600'000);
  EXPECT_EQ(parse_moment("2026-01-31T08:00:00", 0).value_or(-1), 1'769'846'400'000);
  EXPECT_EQ(parse_moment("2026-01-31T08:00Z", 0).value_or(-1), 1'769'846'400'000);
  for (const char* wrong : {"", "24", "2026-01-31x", "-1h"}) EXPECT_FALSE(parse_moment(wrong, 0)) << wrong;
}

TEST(ExplainText, ShowsProbabilitiesAsBarsAndNoControlCharacters) {
  admin::v1::ExplainRouteResponse said;
  said.set_tier("t2");
  said.set_mode("embedded");
  said.set_reason("embedded:0.50");
  said.set_confidence(0.5);
  said.set_would_call_judge(true);
  said.set_revision(7);
  auto& route = *said.mutable_route();
  route.set_configured_mode("cascade");
  for (const float p : {0.1f, 0.5f, 0.4f}) route.add_probabilities(p);
  auto& signal = *route.add_signals();
  signal.set_what("word: haiku");
  signal.set_weight(1.25);
  auto& skipped = *route.add_candidates();
  skipped.set_model("a/\x1b[31mred\xc2\x9bK");
  skipped.set_skip("context_window");
  auto& next = *route.add_candidates();
  next.set_model("a/big");
  next.set_note("$0.000034");
  EXPECT_EQ(explain_text(said),
            "tier        t2\n"
            "decided by  embedded  (router.mode: cascade)\n"
            "why         embedded:0.50\n"
            "confidence  0.50\n"
            "classifier  t1  0.100  ###\n"
            "            t2  0.500  ###############\n"
            "            t3  0.400  ############\n"
            "moved by     +1.250  word: haiku\n"
            "judge       would be asked; this is the answer without it\n"
            "candidates  -   a/ [31mred  K  skipped: context_window\n"
            "            1.  a/big  ($0.000034)\n"
            "tokens      about 0 in the prompt\n"
            "took        0.0 us\n"
            "config      revision 7\n");
}

TEST(ReplayText, AModelsNameOfAnyLengthKeepsItsNumbers) {
  admin::v1::ReplayRoutesResponse said;
  for (const std::size_t length : {3, 2'000}) {
    auto& share = *said.add_models();
    share.set_name(std::string(length, 'm'));
    share.set_before(1'234);
    share.set_after(1'000);
  }
  const std::string text = replay_text(said);
  EXPECT_NE(text.find("mmm" + std::string(37, ' ') + "      1,234      1,000       -234\n"), std::string::npos) << text;
  EXPECT_NE(text.find(std::string(2'000, 'm') + "      1,234      1,000       -234\n"), std::string::npos) << text;
}

}  // namespace
}  // namespace smartroute::cli

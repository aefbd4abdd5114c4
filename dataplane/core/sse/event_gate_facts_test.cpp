// What the gate may and may not take for a finish, an error, usage or a malformed event.
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "dataplane/core/sse/gate_feed.hpp"

namespace smartroute::sse {
namespace {

using namespace std::string_view_literals;
using namespace testing;

struct JudgedRow {
  const char* name;
  std::string_view stream;
  bool finish_reason = false, error = false, malformed = false, usage = false;
};

constexpr JudgedRow kJudged[] = {
    {"finish reason", "data: {\"choices\":[{\"finish_reason\":\"stop\"}]}\n\n"sv, true},
    {"finish reason with spaces", "data: {\"choices\":[{\"finish_reason\" :  \"stop\"}]}\n\n"sv,
     true},
    {"finish reason null", "data: {\"choices\":[{\"finish_reason\":null}]}\n\n"sv},
    {"finish reason quoted in content",
     "data: {\"content\":\"\\\"finish_reason\\\":\\\"stop\\\"\"}\n\n"sv},
    {"finish reason as a value", "data: {\"content\":\"finish_reason\",\"x\":\"y\"}\n\n"sv},
    {"finish reason at the end of content",
     "data: {\"content\":\"\\\"finish_reason\",\"x\":\"y\"}\n\n"sv},
    {"key that ends like it", "data: {\"a\\\"finish_reason\":\"x\"}\n\n"sv},
    {"key that begins like it", "data: {\"finish_reason_2\":\"x\"}\n\n"sv},
    {"finish reason over data lines", "data: {\"finish_reason\":\ndata: \"stop\"}\n\n"sv, true},
    {"finish reason at the very end",
     "data: {\"a\":{\"b\":{\"c\":{\"d\":{\"finish_reason\":\"\"}}}}}\n\n"sv, true},
    {"finish reason in a comment", ":{\"finish_reason\":\"stop\"}\n\n"sv},

    {"error", "data: {\"error\":{\"message\":\"m\"}}\n\n"sv, false, true},
    {"error as text", "data: {\"error\" : \"m\"}\n\n"sv, false, true},
    {"error after other keys", "data: {\"id\":\"a}{\\\"\",\"x\":[1,{}],\"error\":{}}\n\n"sv, false,
     true},
    {"error null", "data: {\"error\":null}\n\n"sv},
    {"error false", "data: {\"error\":false}\n\n"sv},
    {"error empty", "data: {\"error\":\"\"}\n\n"sv},
    {"error further down", "data: {\"choices\":[{\"error\":{\"x\":1}}]}\n\n"sv},
    {"error further down, then on top", "data: {\"a\":{\"error\":1},\"error\":{\"x\":1}}\n\n"sv,
     false, true},
    {"error in content", "data: {\"content\":\"\\\"error\\\":{\\\"x\\\":1}\"}\n\n"sv},
    {"error as a value", "data: {\"type\":\"error\"}\n\n"sv},
    {"error by its event's name", "event: error\ndata: {\"message\":\"m\"}\n\n"sv, false, true},
    {"error by its event's name, no JSON", "event: error\ndata: overloaded\n\n"sv, false, true,
     true},
    {"error by name without data", "event: error\n\n"sv},
    {"event named otherwise", "event: errors\ndata: {}\n\n"sv},

    {"not JSON", "data: hello\n\n"sv, false, false, true},
    {"JSON array", "data: [1]\n\n"sv, false, false, true},
    {"[DONE] with junk", "data: [DONE]junk\n\n"sv, false, false, true},
    {"[DONE] in two lines", "data: [DONE]\ndata: x\n\n"sv, false, false, true},
    {"[done]", "data: [done]\n\n"sv, false, false, true},
    {"two spaces before [DONE]", "data:  [DONE]\n\n"sv, false, false, true},
    {"only spaces", "data:   \n\n"sv, false, false, true},
    {"HTML line", "<html>\n\n"sv, false, false, true},
    {"bare JSON line", "{\"x\":1}\n\n"sv, false, false, true},
    {"bare JSON error", "{\"error\":{\"message\":\"m\"}}\n\n"sv, false, true, true},

    {"usage", "data: {\"usage\":{\"prompt_tokens\":1}}\n\n"sv, false, false, false, true},
    {"usage with spaces", "data: {\"usage\" : { \"prompt_tokens\" : 1 }}\n\n"sv, false, false,
     false, true},
    {"usage null", "data: {\"usage\":null}\n\n"sv},
    {"usage in content", "data: {\"content\":\"\\\"usage\\\":{\\\"prompt_tokens\\\":1}\"}\n\n"sv},
};

TEST(EventGate, JudgesEventsByTheirKeysAndNeverByTheirText) {
  for (const JudgedRow& row : kJudged) {
    SCOPED_TRACE(row.name);
    const Outcome seen = whole(row.stream);
    EXPECT_EQ(seen.out, row.stream);
    EXPECT_EQ(seen.finish_reason, row.finish_reason);
    EXPECT_EQ(seen.error, row.error);
    EXPECT_EQ(seen.malformed, row.malformed);
    EXPECT_EQ(!seen.usage.empty(), row.usage);
    EXPECT_EQ(bytewise(row.stream), seen);
    // As a later event too, for the first takes another way through the code.
    const Outcome second = whole(std::string(": x\n\n") + std::string(row.stream));
    EXPECT_EQ(second.finish_reason, row.finish_reason);
    EXPECT_EQ(second.error, row.error);
    EXPECT_EQ(second.malformed, row.malformed);
  }
}

TEST(EventGate, TellsAnErrorInFrontFromOneInTheMiddle) {
  constexpr std::string_view kError = "data: {\"error\":{\"message\":\"no\"}}\n\n";
  const Outcome first = whole(": hello\n\n" + std::string(kError) + std::string(kDelta));
  EXPECT_TRUE(first.error && first.error_first);
  EXPECT_EQ(first.error_text, "{\"error\":{\"message\":\"no\"}}");
  const Outcome later = whole(std::string(kDelta) + std::string(kError));
  EXPECT_TRUE(later.error);
  EXPECT_FALSE(later.error_first);
  EXPECT_TRUE(whole("{\"error\":1}\n\n").error_first);
  EXPECT_FALSE(whole(std::string(kDelta) + "{\"error\":1}\n\n").error_first);
}

TEST(EventGate, SeesABareErrorThatNothingFollows) {
  const Outcome seen = whole(std::string(kDelta) + "{\"error\":{\"message\":\"no\"}}", End::Finish);
  EXPECT_EQ(seen.out, kDelta);
  EXPECT_TRUE(seen.error && seen.malformed);
  EXPECT_EQ(seen.error_text, "{\"error\":{\"message\":\"no\"}}");
}

TEST(EventGate, KeepsTheFirstErrorAndNoMoreOfItThanItPromises) {
  const std::string error = "data: {\"error\":\"" + std::string(10000, 'x') + "\"}\n\n";
  const Outcome seen = whole(error + "data: {\"error\":\"other\"}\n\n");
  EXPECT_EQ(seen.error_text, error.substr(6, EventGate::kMaxErrorBytes));
}

TEST(EventGate, KeepsTheLastUsage) {
  const Outcome seen = whole(
      "data: {\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":1}}\n\n"
      "data: {\"usage\":{\"input_tokens\":7,\"output_tokens\":8}}\n\n" +
      std::string(kDelta));
  EXPECT_EQ(seen.usage, (std::vector<std::uint64_t>{7, 8, 0, 0}));
}

}  // namespace
}  // namespace smartroute::sse

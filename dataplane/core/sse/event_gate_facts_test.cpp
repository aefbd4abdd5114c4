// What the gate may and may not take for a finish, an error, usage or a malformed event.
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "dataplane/core/sse/gate_feed.hpp"
#include "dataplane/core/sse/reference_decoder.hpp"

namespace smartroute::sse {
namespace {

using namespace std::string_view_literals;
using namespace testing;

std::vector<DecodedEvent> nameless(std::vector<DecodedEvent> events) {
  for (DecodedEvent& event : events) event.name.clear();
  return events;
}

struct JudgedRow {
  const char* name;
  std::string_view stream;
  bool finish_reason = false, error = false, malformed = false, usage = false;
};

constexpr JudgedRow kJudged[] = {
    {"finish reason", "data: {\"choices\":[{\"finish_reason\":\"stop\"}]}\n\n"sv, true},
    {"finish reason with spaces", "data: {\"choices\" : [ {\"finish_reason\" :  \"stop\"}]}\n\n"sv,
     true},
    {"finish reason with an escape",
     "data: {\"choices\":[{\"finish\\u005freason\":\"stop\"}]}\n\n"sv, true},
    {"finish reason of the second choice",
     "data: {\"choices\":[{\"index\":0},{\"finish_reason\":\"stop\"}]}\n\n"sv, true},
    {"finish reason null", "data: {\"choices\":[{\"finish_reason\":null}]}\n\n"sv},
    {"finish reason empty", "data: {\"choices\":[{\"finish_reason\":\"\"}]}\n\n"sv},
    {"finish reason of no choice",
     "data: {\"choices\":[],\"x\":{\"finish_reason\":\"stop\"}}\n\n"sv},
    {"finish reason in a tool's arguments",
     "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"function\":{\"arguments\":{\"finish_reason\":\"x\"}}}]}}]}\n\n"sv},
    {"finish reason quoted in content",
     "data: {\"choices\":[{\"content\":\"\\\"finish_reason\\\":\\\"stop\\\"\"}]}\n\n"sv},
    {"finish reason as a value",
     "data: {\"choices\":[{\"content\":\"finish_reason\",\"x\":\"y\"}]}\n\n"sv},
    {"key that ends like it", "data: {\"choices\":[{\"a\\\"finish_reason\":\"x\"}]}\n\n"sv},
    {"key that begins like it", "data: {\"choices\":[{\"finish_reason_2\":\"x\"}]}\n\n"sv},
    {"finish reason over data lines",
     "data: {\"choices\":[{\"finish_reason\":\ndata: \"stop\"}]}\n\n"sv, true},

    {"error", "data: {\"error\":{\"message\":\"m\"}}\n\n"sv, false, true},
    {"error as text", "data: {\"error\" : \"m\"}\n\n"sv, false, true},
    {"error with an escape", "data: {\"\\u0065rror\":{}}\n\n"sv, false, true},
    {"error after other keys", "data: {\"id\":\"a}{\\\"\",\"x\":[1,{}],\"error\":{}}\n\n"sv, false,
     true},
    {"error and a finish reason",
     "data: {\"choices\":[{\"finish_reason\":\"stop\"}],\"error\":1}\n\n"sv, false, true},
    {"error null", "data: {\"error\":null}\n\n"sv},
    {"error false", "data: {\"error\":false}\n\n"sv},
    {"error empty", "data: {\"error\":\"\"}\n\n"sv},
    {"error further down", "data: {\"choices\":[{\"error\":{\"x\":1}}]}\n\n"sv},
    {"error further down, then on top", "data: {\"a\":{\"error\":1},\"error\":{\"x\":1}}\n\n"sv,
     false, true},
    {"error in content", "data: {\"content\":\"\\\"error\\\":{\\\"x\\\":1}\"}\n\n"sv},
    {"error as a value", "data: {\"type\":\"error\"}\n\n"sv},
    {"error as the object's kind", "data: {\"object\":\"error\",\"message\":\"m\"}\n\n"sv, false,
     true},
    {"error by its event's name", "event: error\ndata: {\"message\":\"m\"}\n\n"sv, false, true},
    {"error by its event's name, in CRLF", "event:error\r\ndata:{\"message\":\"m\"}\r\n\r\n"sv,
     false, true},
    {"error by name, its own null", "event: error\ndata: {\"error\":null}\n\n"sv, false, true},
    {"error by its event's name, no JSON", "event: error\ndata: overloaded\n\n"sv, false, true,
     true},
    {"error by name without data", "event: error\n\n"sv},
    {"error that breaks off", "data: {\"error\":{\"message\":\"m\n\n"sv, false, true, true},
    {"overloaded, as Anthropic says it",
     "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n"sv,
     false, true},
    {"event named otherwise", "event: errors\ndata: {}\n\n"sv},

    {"not JSON", "data: hello\n\n"sv, false, false, true},
    {"JSON array", "data: [1]\n\n"sv, false, false, true},
    {"number", "data: 1\n\n"sv, false, false, true},
    {"[DONE] with junk", "data: [DONE]junk\n\n"sv, false, false, true},
    {"[DONE] in two lines", "data: [DONE]\ndata: x\n\n"sv, false, false, true},
    {"[done]", "data: [done]\n\n"sv, false, false, true},
    {"HTML in data", "data: <html>\n\n"sv, false, false, true},
    {"HTML line", "<html>\n\n"sv, false, false, true},
    {"bare JSON line", "{\"x\":1}\n\n"sv, false, false, true},
    {"bare JSON error", "{\"error\":{\"message\":\"m\"}}\n\n"sv, false, true, true},
    {"bare JSON error behind data", "data: {}\n{\"error\":{\"message\":\"m\"}}\n"sv, false, true,
     true},
    {"bare JSON error over lines", "{\n  \"error\": {\n    \"message\": \"m\"\n  }\n}\n"sv, false,
     true, true},
    {"bare JSON error in an array", "[{\n  \"error\": {\n    \"code\": 400\n  }\n}\n]\r\n"sv, false,
     true, true},
    {"cut in a text", "data: {\"choices\":[{\"delta\":{\"content\":\"ab\n\n"sv, false, false, true},
    {"cut before the end", "data: {\"choices\":[{\"finish_reason\":\"stop\"}]\n\n"sv, false, false,
     true},
    {"a stray byte", "data: {\"a\":x!\n\n"sv, false, false, true},
    {"no comma", "data: {\"a\":1 \"b\":2}\n\n"sv, false, false, true},
    {"two objects", "data: {}{}\n\n"sv, false, false, true},
    {"text behind", "data: {} x\n\n"sv, false, false, true},
    {"wrong brackets", "data: {\"a\":[1}]\n\n"sv, false, false, true},
    {"a control character in a text", "data: {\"a\":\"\t\"}\n\n"sv, false, false, true},
    {"a NUL", "data: {\"a\":\"\0\"}\n\n"sv, false, false, true},
    {"nothing but a field that does not exist", "database: {}\n\n"sv, false, false, true},
    {"a field that begins with a space", " data: {}\r\r"sv, false, false, true},
    {"a data line that grew together with its line end", "data: {}\n\x8a" "data: {}\n\n"sv, false, false, true},
    {"a garbled line beside data", "data: {}\n\xff\n\n"sv, false, false, true},
    {"a garbled field name", "d\xe1ta: {}\n\n"sv, false, false, true},
    {"half a byte order mark", "\xef\xbb" "data: {}\n\n"sv, false, false, true},
    {"an unknown escape", "data: {\"a\":\"\\x\"}\n\n"sv, false, false, true},
    {"a line end in a text", "data: {\"a\":\"b\ndata: c\"}\n\n"sv, false, false, true},
    {"invalid UTF-8", "data: {\"a\":\"\xff\"}\n\n"sv, false, false, true},
    {"cut character", "data: {\"a\":\"\xe8\xaf\"}\n\n"sv, false, false, true},
    {"overlong character", "data: {\"a\":\"\xc0\xaf\"}\r\n\r\n"sv, false, false, true},
    {"surrogate as bytes", "data: {\"a\":\"\xed\xa0\x80\"}\n\n"sv, false, false, true},
    {"number beyond a double", "data: {\"a\":1e999}\n\n"sv},
    {"lone surrogate in an escape", "data: {\"a\":\"\\ud800\"}\n\n"sv},

    {"usage", "data: {\"usage\":{\"prompt_tokens\":1}}\n\n"sv, false, false, false, true},
    {"usage with spaces", "data: {\"usage\" : { \"prompt_tokens\" : 1 }}\n\n"sv, false, false,
     false, true},
    {"usage of a choice", "data: {\"choices\":[{\"usage\":{\"prompt_tokens\":1}}]}\n\n"sv, false,
     false, false, true},
    {"usage of a vendor", "data: {\"x_groq\":{\"id\":\"r\",\"usage\":{\"prompt_tokens\":1}}}\n\n"sv,
     false, false, false, true},
    {"usage null", "data: {\"usage\":null}\n\n"sv},
    {"usage of a malformed event", "data: {\"usage\":{\"prompt_tokens\":1}\n\n"sv, false, false,
     true},
    {"usage in content", "data: {\"content\":\"\\\"usage\\\":{\\\"prompt_tokens\\\":1}\"}\n\n"sv},
};

TEST(EventGate, JudgesEventsByTheirKeysAndNeverByTheirText) {
  for (const JudgedRow& row : kJudged) {
    SCOPED_TRACE(row.name);
    const Outcome seen = whole(row.stream);
    EXPECT_EQ(seen.finish_reason, row.finish_reason);
    EXPECT_EQ(seen.error, row.error);
    EXPECT_EQ(seen.malformed, row.malformed);
    EXPECT_EQ(seen.usage.any(), row.usage);
    EXPECT_EQ(seen.error_first, row.error);
    EXPECT_EQ(seen.error_text.empty(), !row.error);
    const bool held_back = row.error || row.malformed;
    EXPECT_EQ(decode(seen.out),
              held_back ? std::vector<DecodedEvent>() : nameless(decode(row.stream)));
    expect_the_same_for_every_cut(row.stream, End::Open);
    // As a later event too, for the first may take another way through the code; and nothing comes
    // behind a bad one.
    const Outcome second = whole(
        std::string(kDelta) + "\r\n" + std::string(row.stream) + std::string(kStop), End::Finish);
    EXPECT_EQ(second.finish_reason, row.finish_reason || !held_back);
    EXPECT_EQ(second.error, row.error);
    EXPECT_FALSE(second.error_first);
    EXPECT_EQ(second.malformed, row.malformed);
    EXPECT_EQ(second.out, std::string(kDelta) + seen.out + std::string(held_back ? "" : kStop));
  }
}

TEST(EventGate, DropsWhatFollowsAnErrorOrAMalformedEvent) {
  for (const std::string_view bad : {"data: {\"error\":1}\n\n"sv, "data: x\n\n"sv, "<html>\n"sv}) {
    EventGate gate;
    std::string out;
    for (const std::string_view piece : {kDelta, bad, kDelta, kDone}) {
      gate.push(piece);
      drain(gate, out);
    }
    gate.finish();
    drain(gate, out);
    EXPECT_EQ(out, kDelta);
    EXPECT_FALSE(gate.facts().done || gate.extra_bytes() || gate.mid_event());
    EXPECT_EQ(gate.held_bytes(), 0u);
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
  EXPECT_EQ(later.out, kDelta);
  EXPECT_TRUE(whole("{\"error\":1}\n\n").error_first);
  EXPECT_FALSE(whole(std::string(kDelta) + "{\"error\":1}\n\n").error_first);
}

TEST(EventGate, SeesABareErrorThatNothingFollows) {
  const Outcome seen = whole(std::string(kDelta) + "{\"error\":{\"message\":\"no\"}}", End::Finish);
  EXPECT_EQ(seen.out, kDelta);
  EXPECT_TRUE(seen.error && seen.malformed);
  EXPECT_EQ(seen.error_text, "{\"error\":{\"message\":\"no\"}}");
}

TEST(EventGate, SeesAnErrorEventThatTheStreamEndsIn) {
  for (const std::string_view last :
       {"data: {\"error\":{\"message\":\"no\"}}"sv, "event: error\r\ndata: {\"x\":1}\r\n"sv}) {
    const Outcome seen = whole(std::string(kDelta) + std::string(last), End::Finish);
    EXPECT_EQ(seen.out, kDelta);
    EXPECT_TRUE(seen.error && !seen.malformed);
  }
  // One that does not even end is a cut like any other.
  const Outcome cut = whole(std::string(kDelta) + "data: {\"error\":{\"mess", End::Finish);
  EXPECT_FALSE(cut.error || cut.malformed);
}

TEST(EventGate, CutsAnErrorsTextBetweenCharacters) {
  std::string text;
  while (text.size() < EventGate::kMaxErrorBytes) text += "\xe8\xaf\x81";
  for (const std::string_view front :
       {"data: {\"error\":\""sv, "data: {\"error\":\"x"sv, "data: {\"error\":\"xy"sv}) {
    const std::string cut = whole(std::string(front) + text + "\"}\n\n").error_text;
    EXPECT_TRUE(cut.ends_with("\xe8\xaf\x81"));
    EXPECT_GT(cut.size() + 3, EventGate::kMaxErrorBytes);
    EXPECT_LE(cut.size(), EventGate::kMaxErrorBytes);
  }
}

TEST(EventGate, JudgesABareAnswerByItsBeginningIfItIsLong) {
  const std::string text(3 * EventGate::kMaxErrorBytes, 'x');
  const Outcome seen = whole("{\"error\":{\"message\":\"" + text);
  EXPECT_TRUE(seen.error && seen.malformed && seen.out.empty());
  EXPECT_EQ(seen.error_text.size(), EventGate::kMaxErrorBytes);
  EXPECT_EQ(bytewise("{\"error\":{\"message\":\"" + text), seen);
  EXPECT_TRUE(whole("<!doctype html>" + text).malformed);
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
  EXPECT_EQ(seen.usage.prompt, 7u);
  EXPECT_EQ(seen.usage.completion, 8u);
}

}  // namespace
}  // namespace smartroute::sse

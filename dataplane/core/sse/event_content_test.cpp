// What counts as content, and what is gathered of it.
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "dataplane/core/sse/gate_feed.hpp"

namespace smartroute::sse {
namespace {

using namespace testing;

std::string choice(std::string_view members) {
  return "data: {\"choices\":[{" + std::string(members) + "}]}\n\n";
}
std::string delta(std::string_view members) {
  return choice("\"delta\":{" + std::string(members) + "}");
}
std::string text_event(std::string_view spelled) {
  return delta("\"content\":\"" + std::string(spelled) + "\"");
}

struct ContentRow {
  const char* name;
  std::string stream;
  bool content;
  const char* text = "";
};

TEST(EventContent, IsAnythingAModelMadeAndNothingEmpty) {
  const ContentRow rows[] = {
      {"content", text_event("hi"), true, "hi"},
      {"a space", text_event(" "), true, " "},
      {"escapes", text_event("\\n\\u8bc1\\ud83d\\ude00"), true, "\n证😀"},
      {"empty", delta("\"role\":\"assistant\",\"content\":\"\""), false},
      {"null", delta("\"content\":null"), false},
      {"no delta", choice("\"finish_reason\":\"stop\""), false},
      {"delta null", choice("\"delta\":null"), false},
      {"message", choice("\"message\":{\"content\":\"hi\"}"), true, "hi"},
      {"legacy text", choice("\"text\":\"hi\""), true, "hi"},
      {"parts", delta("\"content\":[{\"type\":\"text\",\"text\":\"hi\"},\" you\"]"), true,
       "hi you"},
      {"parts without text", delta("\"content\":[{\"type\":\"text\",\"text\":\"\"}]"), false},
      {"part of another kind",
       delta("\"content\":[{\"type\":\"thinking\",\"thinking\":[{\"text\":\"hm\"}]}]"), true},
      {"empty part of another kind", delta("\"content\":[{\"type\":\"thinking\",\"thinking\":[]}]"),
       false},
      {"text of a part of another kind",
       delta("\"content\":[{\"text\":\"hm\",\"type\":\"thinking\"}]"), true},
      {"reasoning_content", delta("\"reasoning_content\":\"hm\""), true},
      {"reasoning", delta("\"reasoning\":\"hm\",\"content\":\"\""), true},
      {"reasoning empty", delta("\"reasoning\":\"\",\"reasoning_content\":null"), false},
      {"refusal", delta("\"refusal\":\"no\""), true},
      {"refusal null", delta("\"refusal\":null"), false},
      {"audio", delta("\"audio\":{\"data\":\"AA\"}"), true},
      {"audio empty", delta("\"audio\":{ }"), false},
      {"function call", delta("\"function_call\":{\"name\":\"f\"}"), true},
      {"function call null", delta("\"function_call\":null"), false},
      {"tool calls", delta("\"tool_calls\":[{\"index\":0}]"), true},
      {"tool calls empty", delta("\"tool_calls\":[ ]"), false},
      {"images", delta("\"images\":[{\"type\":\"image_url\"}]"), true},
      {"content elsewhere", "data: {\"content\":\"hi\",\"delta\":{\"content\":\"hi\"}}\n\n", false},
      {"no choices", "data: {\"choices\":[],\"usage\":null}\n\n", false},
      {"malformed", "data: {\"choices\":[{\"delta\":{\"content\":\"hi\"}}]\n\n", false},
      {"error", "data: {\"choices\":[{\"delta\":{\"content\":\"hi\"}}],\"error\":1}\n\n", false},
  };
  for (const ContentRow& row : rows) {
    SCOPED_TRACE(row.name);
    const Outcome seen = whole(row.stream);
    EXPECT_EQ(seen.content, row.content);
    EXPECT_EQ(seen.text, row.text);
    EXPECT_EQ(bytewise(row.stream), seen);
  }
}

TEST(EventContent, GathersTextOverEventsAndCountsItAsSpelled) {
  const Outcome seen = whole(text_event("a") + delta("\"reasoning\":\"hm\"") +
                             text_event("\\n\xc3\xa4") + text_event("b"));
  EXPECT_EQ(seen.text,
            "a\n\xc3\xa4"
            "b");
  EXPECT_EQ(seen.content_bytes, 6u);
}

TEST(EventContent, KeepsTheBeginningOfTheTextAndNoHalfCharacter) {
  EventGate gate;
  std::string spelled(EventGate::kMaxTextBytes - 2, 'x');
  gate.push(text_event(spelled));
  gate.settle();
  gate.push(text_event("\xe8\xaf\x81"));  // three bytes, and two are left
  gate.settle();
  gate.push(text_event("yz"));  // would fit, but what was before it is missing
  EXPECT_EQ(gate.facts().text, spelled);
  EXPECT_EQ(gate.facts().content_bytes, EventGate::kMaxTextBytes + 3);
}

TEST(EventContent, StopsGatheringWhenNobodyAsks) {
  EventGate gate;
  gate.push(text_event("a"));
  gate.stop_watching_text();
  gate.push(text_event("b"));
  gate.push(choice("\"finish_reason\":\"stop\""));
  EXPECT_EQ(gate.facts().text, "a");
  EXPECT_EQ(gate.facts().content_bytes, 1u);
  EXPECT_EQ(gate.facts().finish, "stop");
}

// An event like the one before it takes a shorter way.
TEST(EventContent, SeesTheSameInEventsThatAreAlike) {
  std::string stream, text;
  for (int i = 0; i < 20; ++i) {
    stream += text_event(std::to_string(i) + "\\n");
    text += std::to_string(i) + "\n";
  }
  const Outcome seen =
      whole(stream + text_event("") + text_event("a\\u0041") + text_event("\xc3\xa4"));
  EXPECT_EQ(seen.text, text + "aA\xc3\xa4");
  EXPECT_EQ(seen.content_bytes, text.size() + 20 + 7 + 2);
  EXPECT_EQ(seen.events, 23u);
  EXPECT_TRUE(whole(stream + text_event("\xff")).malformed);
  EXPECT_TRUE(whole(stream + "event: error\n" + text_event("a")).error);
}

TEST(EventContent, KeepsTheLastFinishReasonAndNoMoreOfItThanItPromises) {
  EXPECT_EQ(whole(choice("\"finish_reason\":\"stop\"") + choice("\"finish_reason\":\"length\"") +
                  std::string(kDelta))
                .finish,
            "length");
  EXPECT_EQ(whole(choice("\"finish_reason\":\"" + std::string(100, 'x') + "\"")).finish,
            std::string(EventGate::kMaxFinishBytes, 'x'));
}

}  // namespace
}  // namespace smartroute::sse

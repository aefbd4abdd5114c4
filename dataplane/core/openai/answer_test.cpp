#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "dataplane/core/openai/answer_walk.hpp"
#include "dataplane/core/openai/chat_request.hpp"
#include "dataplane/core/openai/json_text.hpp"
#include "dataplane/core/openai/random_json.hpp"

namespace smartroute::openai {
namespace {

TEST(InspectAnswer, ReadsUsageAndErrors) {
  struct Row {
    const char *name, *body;
    bool object, error, usage;
    std::uint64_t prompt, completion;
  };
  const Row rows[] = {
      {"usage",
       R"({"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7}})", true,
       false, true, 3, 4},
      {"usage first",
       R"({"usage":{"completion_tokens":4,"prompt_tokens":3},"choices":[{"usage":1}]})", true,
       false, true, 3, 4},
      {"usage null", R"({"usage":null})", true, false, false, 0, 0},
      {"usage empty", R"({"usage":{}})", true, false, false, 0, 0},
      {"usage of other names", R"({"usage":{"input":3}})", true, false, false, 0, 0},
      {"usage zero", R"({"usage":{"prompt_tokens":0,"completion_tokens":0}})", true, false, true, 0,
       0},
      {"usage with details",
       R"({"usage":{"prompt_tokens_details":{"prompt_tokens":9},"prompt_tokens":3}})", true, false,
       true, 3, 0},
      {"usage as float", R"({"usage":{"prompt_tokens":3.0,"completion_tokens":4}})", true, false,
       true, 3, 4},
      {"usage negative", R"({"usage":{"prompt_tokens":-3,"completion_tokens":4}})", true, false,
       true, 0, 4},
      {"usage as string", R"({"usage":{"prompt_tokens":"3"}})", true, false, false, 0, 0},
      {"usage beyond 64 bits", R"({"usage":{"prompt_tokens":99999999999999999999}})", true, false,
       false, 0, 0},
      {"error object", R"({"error":{"message":"overloaded"}})", true, true, false, 0, 0},
      {"error string", R"({"error":"overloaded"})", true, true, false, 0, 0},
      {"error empty", R"({"error":"","choices":[]})", true, false, false, 0, 0},
      {"error false", R"({"error":false})", true, false, false, 0, 0},
      {"error as the object's kind", R"({"object":"error","message":"m"})", true, true, false, 0,
       0},
      {"error null", R"({"error":null,"choices":[]})", true, false, false, 0, 0},
      {"error deeper", R"({"choices":[{"error":{"x":1}}]})", true, false, false, 0, 0},
      {"error and usage", R"({"error":{},"usage":{"prompt_tokens":1}})", true, true, true, 1, 0},
      {"array", R"([{"error":1}])", false, false, false, 0, 0},
      {"HTML", "<html>error</html>", false, false, false, 0, 0},
      {"empty", "", false, false, false, 0, 0},
      {"cut", R"({"error":{"message":"x"},"usage":{"prompt_tokens":1})", false, false, false, 0, 0},
      {"text behind", R"({"error":{}} x)", false, false, false, 0, 0},
      {"space around", " \n{\"error\":1}\n", true, true, false, 0, 0},
      {"duplicate keys", R"({"usage":{"prompt_tokens":1},"usage":{"prompt_tokens":2}})", true,
       false, true, 2, 0},
      {"bad UTF-8", "{\"x\":\"\xff\",\"error\":1}", true, true, false, 0, 0},
  };
  for (const Row& row : rows) {
    const AnswerFacts facts = inspect_answer(row.body);
    EXPECT_EQ(facts.is_json_object, row.object) << row.name;
    EXPECT_EQ(facts.has_error, row.error) << row.name;
    EXPECT_EQ(facts.usage.any(), row.usage) << row.name;
    EXPECT_EQ(facts.usage.prompt.value_or(0), row.prompt) << row.name;
    EXPECT_EQ(facts.usage.completion.value_or(0), row.completion) << row.name;
  }
}

TEST(InspectAnswer, TakesDeepAndLargeAnswers) {
  EXPECT_TRUE(inspect_answer("{\"x\":" + std::string(1000, '[') + std::string(1000, ']') + "}")
                  .is_json_object);
  EXPECT_FALSE(inspect_answer("{\"x\":" + std::string(100'000, '[')).is_json_object);
  EXPECT_TRUE(inspect_answer("{\"x\":\"" + std::string(1 << 20, 'y') +
                             "\",\"usage\":{\"prompt_tokens\":1}}")
                  .usage.any());
}

std::string message(const char* members) {
  return "{\"choices\":[{\"message\":{" + std::string(members) + "}}]}";
}

TEST(InspectAnswer, TellsContentFromEmptyAnswers) {
  struct Row {
    const char* name;
    std::string body;
    bool choices, content, cut_short;
    const char* text;
  };
  const Row rows[] = {
      {"text",
       R"({"choices":[{"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}]})",
       true, true, false, "hi"},
      {"parts",
       message(R"("content":[{"type":"text","text":"a"},{"type":"text","text":"\u00e9"}])"), true,
       true, false, "aé"},
      {"two choices", R"({"choices":[{"message":{"content":"a"}},{"message":{"content":"b"}}]})",
       true, true, false, "ab"},
      {"legacy", R"({"choices":[{"text":"hi","finish_reason":"length"}]})", true, true, true, "hi"},
      {"empty text", message(R"("content":"")"), true, false, false, ""},
      {"null", message(R"("content":null)"), true, false, false, ""},
      {"empty and cut", R"({"choices":[{"message":{"content":""},"finish_reason":"length"}]})",
       true, false, true, ""},
      {"filtered", R"({"choices":[{"message":{"content":null},"finish_reason":"content_filter"}]})",
       true, false, true, ""},
      {"reasoning", message(R"("content":null,"reasoning_content":"hm")"), true, true, false, ""},
      {"refusal", message(R"("refusal":"no")"), true, true, false, ""},
      {"tool call", message(R"("content":null,"tool_calls":[{"id":"x"}])"), true, true, false, ""},
      {"no tool call", message(R"("tool_calls":[])"), true, false, false, ""},
      {"audio", message(R"("audio":{"id":"x"})"), true, true, false, ""},
      {"no choices", R"({"choices":[]})", false, false, false, ""},
      {"choices null", R"({"choices":null})", false, false, false, ""},
      {"choices of nothing", R"({"choices":[null,1,[]]})", false, false, false, ""},
      {"no object", "hi", false, false, false, ""},
      {"cut", R"({"choices":[{"message":{"content":"hi"}}])", false, false, false, ""},
      {"lone surrogate", message(R"("content":"a\ud83d b")"), true, true, false, "a\xef\xbf\xbd b"},
  };
  for (const Row& row : rows) {
    const AnswerFacts facts = inspect_answer(row.body);
    EXPECT_EQ(facts.has_choices, row.choices) << row.name;
    EXPECT_EQ(facts.has_content, row.content) << row.name;
    EXPECT_EQ(facts.cut_short, row.cut_short) << row.name;
    EXPECT_EQ(facts.text, row.text) << row.name;
  }
}

TEST(InspectAnswer, TellsWhoAnsweredAndHowItEnded) {
  const std::string body =
      R"({"object":"chat.completion","model":"m\/1","choices":[{"message":{"content":"a","model":"x"},"finish_reason":"stop"},)"
      R"({"message":{"content":"b"},"finish_reason":"length"}]})";
  const AnswerFacts facts = inspect_answer(body);
  EXPECT_EQ(facts.model, R"(m\/1)");
  EXPECT_EQ(facts.finish, "length");
  EXPECT_EQ(inspect_answer(R"({"model":7,"choices":[{"message":{"content":"a"},"finish_reason":null}]})").model, "");
  EXPECT_EQ(inspect_answer(R"({"choices":[{"message":{"content":"a"},"finish_reason":null}]})").finish, "");
}

TEST(InspectAnswer, KeepsTheBeginningOfALongText) {
  std::string text;
  while (text.size() < 2 * kMaxAnswerText) text += "证";
  const AnswerFacts facts = inspect_answer("{\"choices\":[{\"message\":{\"content\":\"x" + text +
                                           "\"}},{\"text\":\"y\"}]}");
  EXPECT_EQ(facts.text, "x" + text.substr(0, (kMaxAnswerText - 1) / 3 * 3));
}

// Whatever is cut off or garbled, the walk ends and does not call it whole.
TEST(WalkAnswer, IsWholeForNoPrefixAndNeverReadsBeyondItsText) {
  const std::string json =
      R"({"a":"\\\"","error" : {"x":[1,{"finish_reason":"y"}]},"choices":[{"delta":{"content":[{"type":"text","text":"\ud83d\ude00"}],)"
      R"("tool_calls":[ ]},"finish_reason":"stop","usage":{"prompt_tokens":12,"d":{"cached_tokens":"\""}}}],"x_groq":{"usage":{}}})";
  std::string stack, text;
  ASSERT_TRUE(walk_answer(json, stack, &text, 100).whole);
  ASSERT_EQ(text, "😀");
  for (std::size_t cut = 0; cut < json.size(); ++cut) {
    const std::string front(json, 0, cut);  // its own bytes, so that a read beyond is seen
    const AnswerWalk found = walk_answer(front, stack, &text, 10);
    EXPECT_FALSE(found.whole) << cut;
    EXPECT_EQ(found.error, cut > json.find(": {") + 2) << cut;
    std::string garbled = json;
    garbled[cut] = '\x01';
    EXPECT_FALSE(walk_answer(garbled, stack, &text, 10).whole) << cut;
  }
}

TEST(WalkAnswer, TakesEveryObjectThatIsJson) {
  RandomJson random(3);
  std::string stack, text;
  for (int i = 0; i < 2'000; ++i) {
    const std::string value = random.value(4);
    EXPECT_TRUE(walk_answer("{\"choices\":[{\"delta\":" + value + ",\"x\":" + value +
                                "}],\"usage\":" + value + "}",
                            stack, &text, 50)
                    .whole)
        << value;
    EXPECT_TRUE(is_json(value, stack)) << value;
    text.clear();
  }
}

}  // namespace
}  // namespace smartroute::openai

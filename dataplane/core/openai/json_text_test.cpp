#include "dataplane/core/openai/json_text.hpp"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <nlohmann/json.hpp>

#include "dataplane/core/openai/random_json.hpp"

namespace smartroute::openai {
namespace {

std::string text_of(const std::string& content, std::size_t max_bytes = 1'000'000) {
  std::string out;
  append_text(content, {0, static_cast<std::uint32_t>(content.size())}, max_bytes, out);
  return out;
}

TEST(AppendText, ReadsStringsAndParts) {
  struct Row {
    const char *name, *content, *text;
  };
  const Row rows[] = {
      {"string", R"("hello")", "hello"},
      {"empty string", R"("")", ""},
      {"escapes", R"("a\n\"b\"\\\/\u8bc1\ud83d\ude00")", "a\n\"b\"\\/证😀"},
      {"one part", R"([{"type":"text","text":"a"}])", "a"},
      {"parts joined", R"([{"type":"text","text":"a"},{"type":"text","text":"b"}])", "a\nb"},
      {"type last", R"([{"text":"a","type":"text"}])", "a"},
      {"no type", R"([{"text":"a"}])", "a"},
      {"other parts left out",
       R"([{"type":"image_url","image_url":{"url":"x","text":"no"}},{"type":"text","text":"b"},{"type":"file","text":"no"}])",
       "b"},
      {"strings as parts", R"(["a","b"])", "a\nb"},
      {"odd parts", R"([1,null,[],{"type":"text"},{"type":"text","text":5},{"text":"b"}])", "b"},
      {"empty array", "[]", ""},
  };
  for (const Row& row : rows) EXPECT_EQ(text_of(row.content), row.text) << row.name;
}

TEST(AppendText, AnEmptySpanHasNoText) {
  std::string out = "kept";
  append_text("{}", {}, 100, out);
  EXPECT_EQ(out, "kept");
}

TEST(AppendText, AppendsToWhatIsThere) {
  std::string out = "kept ";
  append_text(R"("new")", {0, 5}, 100, out);
  EXPECT_EQ(out, "kept new");
}

TEST(AppendText, NeverCutsACharacterAndNeverExceedsTheLimit) {
  const std::string contents[] = {R"("aé证😀b")", R"("a\u00e9\u8bc1\ud83d\ude00b")",
                                  R"([{"type":"text","text":"aé"},{"type":"text","text":"证😀b"}])"};
  for (const std::string& content : contents) {
    const std::string whole = text_of(content);
    for (std::size_t limit = 0; limit <= whole.size() + 1; ++limit) {
      const std::string cut = text_of(content, limit);
      EXPECT_LE(cut.size(), limit);
      EXPECT_TRUE(whole.starts_with(cut)) << limit;
      EXPECT_TRUE(simdjson::validate_utf8(cut)) << limit;
      EXPECT_GE(cut.size() + 4, std::min(limit, whole.size())) << limit;
    }
  }
}

TEST(AppendUnescaped, AgreesWithAnotherReader) {
  RandomJson random(5);
  for (int i = 0; i < 3'000; ++i) {
    const std::string token = random.string();
    std::string out;
    append_unescaped(inside(token, {0, static_cast<std::uint32_t>(token.size())}), token.size(),
                     out);
    ASSERT_EQ(out, nlohmann::json::parse(token).get<std::string>()) << token;
  }
}

TEST(JsonQuote, IsReadBackAsItWas) {
  std::string all;
  for (int c = 0; c < 128; ++c) all += static_cast<char>(c);
  all += "é证😀";
  for (const std::string& text :
       {std::string(), std::string("plain"), all, std::string("\"\\\"")}) {
    const std::string quoted = json_quote(text);
    EXPECT_EQ(nlohmann::json::parse(quoted).get<std::string>(), text);
  }
  EXPECT_EQ(json_quote("gpt-4"), "\"gpt-4\"");
  EXPECT_EQ(json_quote("a\"\\\n\x01"), R"("a\"\\\n\u0001")");
}

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
    EXPECT_EQ(facts.has_usage, row.usage) << row.name;
    EXPECT_EQ(facts.prompt_tokens, row.prompt) << row.name;
    EXPECT_EQ(facts.completion_tokens, row.completion) << row.name;
  }
}

TEST(InspectAnswer, TakesDeepAndLargeAnswers) {
  EXPECT_TRUE(inspect_answer("{\"x\":" + std::string(1000, '[') + std::string(1000, ']') + "}")
                  .is_json_object);
  EXPECT_FALSE(inspect_answer("{\"x\":" + std::string(100'000, '[')).is_json_object);
  EXPECT_TRUE(inspect_answer("{\"x\":\"" + std::string(1 << 20, 'y') +
                             "\",\"usage\":{\"prompt_tokens\":1}}")
                  .has_usage);
}

}  // namespace
}  // namespace smartroute::openai

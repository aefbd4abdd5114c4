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

}  // namespace
}  // namespace smartroute::openai

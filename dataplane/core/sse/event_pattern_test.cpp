#include "dataplane/core/sse/event_pattern.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>

#include "contract/base/random.hpp"
#include "dataplane/core/openai/answer_walk.hpp"

namespace smartroute::sse {
namespace {

constexpr std::string_view kLearned =
    R"({"id":"x","choices":[{"delta":{"content":"hello"}}],"obfuscation":"abc"})";

std::string with(std::string_view text, std::string_view padding = "abc",
                 std::string_view id = "x") {
  return "{\"id\":\"" + std::string(id) + "\",\"choices\":[{\"delta\":{\"content\":\"" +
         std::string(text) + "\"}}],\"obfuscation\":\"" + std::string(padding) + "\"}";
}

EventPattern learned(std::string_view data) {
  EventPattern pattern;
  std::string stack;
  const openai::AnswerWalk found = openai::walk_answer(data, stack, nullptr, 0);
  EXPECT_EQ(found.texts, 1u);
  pattern.learn(data, found.last_text, found.padding);
  return pattern;
}

TEST(EventPattern, MatchesWhatDiffersInTextAndPaddingAlone) {
  struct Row {
    const char* name;
    std::string data;
    std::optional<std::string> text;  // none: no match
  };
  const Row rows[] = {
      {"the same", with("hello"), "hello"},
      {"another text", with("a"), "a"},
      {"longer", with(std::string(150, 'x')), std::string(150, 'x')},
      {"escapes", with(R"(\n\"\\\t)"), R"(\n\"\\\t)"},
      {"beyond ASCII", with("\xe8\xaf\x81"), "\xe8\xaf\x81"},
      {"another padding", with("a", "defghi"), "a"},
      {"no padding", with("a", ""), "a"},
      {"escape left to the reader", with(R"(\u0041)"), {}},
      {"bad escape", with(R"(\x)"), {}},
      {"control character", with("a\nb"), {}},
      {"empty text", with(""), {}},
      {"another id", with("a", "abc", "y"), {}},
      {"too long", with(std::string(EventPattern::kMaxTextBytes + 1, 'x')), {}},
      {"a quote that ends the text", with("a\",\"error\":\"b"), {}},
      {"text behind", with("a") + " ", {}},
      {"cut", with("abc").substr(0, with("abc").size() - 1), {}},
      {"nothing", "", {}},
  };
  const EventPattern pattern = learned(kLearned);
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    const auto text = pattern.match(row.data);
    EXPECT_EQ(text ? std::optional<std::string>(*text) : std::nullopt, row.text);
  }
}

TEST(EventPattern, TakesThePaddingOnEitherSide) {
  const EventPattern front = learned(R"({"obfuscation":"abc","choices":[{"text":"hi"}]})");
  EXPECT_EQ(front.match(R"({"obfuscation":"","choices":[{"text":"you"}]})"), "you");
  const EventPattern none = learned(R"({"choices":[{"text":"hi"}]})");
  EXPECT_EQ(none.match(R"({"choices":[{"text":"you"}]})"), "you");
  EXPECT_FALSE(none.match(R"({"choices":[{"text":"you"}],"obfuscation":"a"})").has_value());
}

TEST(EventPattern, MatchesNothingBeforeItHasLearnedAndNothingLong) {
  EXPECT_FALSE(EventPattern().match(kLearned).has_value());
  EXPECT_FALSE(learned(with("hi", "", std::string(EventPattern::kMaxFixedBytes, 'x')))
                   .match(kLearned)
                   .has_value());
}

// Bytes changed, doubled and taken away at random: what still matches reads as what the match says.
TEST(EventPattern, NeverMatchesWhatReadsOtherwise) {
  SeededRandom random(17);
  const EventPattern pattern = learned(kLearned);
  constexpr std::string_view kBytes = "\"\\{}[],:abn0\n \x01\x80";
  std::string stack;
  int matches = 0;
  for (int round = 0; round < 30'000; ++round) {
    std::string data = with("he\\nllo");
    for (std::uint64_t n = 1 + random.below(3), i = 0; i < n; ++i) {
      const auto at = static_cast<std::size_t>(random.below(data.size()));
      const char byte = kBytes[static_cast<std::size_t>(random.below(kBytes.size()))];
      switch (random.below(3)) {
        case 0:
          data[at] = byte;
          break;
        case 1:
          data.insert(at, 1, byte);
          break;
        default:
          data.erase(at, 1);
      }
    }
    const auto text = pattern.match(data);
    if (!text) continue;
    ++matches;
    const openai::AnswerWalk found = openai::walk_answer(data, stack, nullptr, 0);
    ASSERT_TRUE(found.whole && found.content && !found.error && !found.usage.any() &&
                found.finish.empty())
        << data;
    ASSERT_EQ(found.last_text, *text);
    ASSERT_EQ(found.texts, 1u);
  }
  EXPECT_GT(matches, 1'000);
}

}  // namespace
}  // namespace smartroute::sse

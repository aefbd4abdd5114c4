#include "dataplane/core/sse/json_peek.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace smartroute::sse {
namespace {

struct Row {
  const char* name;
  std::string_view json;
  std::uint64_t prompt, completion, cached, reasoning;
};

constexpr Row kRows[] = {
    {"empty", "{}", 0, 0, 0, 0},
    {"plain", R"({"prompt_tokens":1,"completion_tokens":2,"total_tokens":3})", 1, 2, 0, 0},
    {"spaced", "{ \"prompt_tokens\" : 1 ,\n\t\"completion_tokens\" :\r\n2 }", 1, 2, 0, 0},
    {"details",
     R"({"prompt_tokens":1,"prompt_tokens_details":{"audio_tokens":9,"cached_tokens":3},"completion_tokens":2,)"
     R"("completion_tokens_details":{"reasoning_tokens":4,"accepted_prediction_tokens":9}})",
     1, 2, 3, 4},
    {"other names",
     R"({"input_tokens":1,"input_tokens_details":{"cached_tokens":3},"output_tokens":2,"output_tokens_details":{"reasoning_tokens":4}})",
     1, 2, 3, 4},
    {"details null", R"({"prompt_tokens":1,"prompt_tokens_details":null,"completion_tokens":2})", 1,
     2, 0, 0},
    {"counts null", R"({"prompt_tokens":null,"completion_tokens":2})", 0, 2, 0, 0},
    {"counts as text", R"({"prompt_tokens":"1","completion_tokens":2})", 0, 2, 0, 0},
    {"negative", R"({"prompt_tokens":-1,"completion_tokens":2})", 0, 2, 0, 0},
    {"fraction", R"({"prompt_tokens":1.75,"completion_tokens":2.0})", 1, 2, 0, 0},
    {"absurd", R"({"prompt_tokens":18446744073709551617,"completion_tokens":2})", 0, 2, 0, 0},
    {"key as value", R"({"a":"prompt_tokens","b":7,"completion_tokens":2})", 0, 2, 0, 0},
    {"escapes", R"({"a\"prompt_tokens":7,"b":"\\","completion_tokens":2})", 0, 2, 0, 0},
    {"counts too deep",
     R"({"x":{"prompt_tokens":7,"y":{"completion_tokens":7}},"completion_tokens":2})", 0, 2, 0, 0},
    {"details of another",
     R"({"x_details":{"cached_tokens":7,"reasoning_tokens":7},"completion_tokens":2})", 0, 2, 0, 0},
    {"detail on top", R"({"cached_tokens":7,"completion_tokens":2})", 0, 2, 0, 0},
    {"arrays",
     R"({"a":[1,2,{"prompt_tokens":7}],"prompt_tokens_details":[{"cached_tokens":7}],"completion_tokens":2})",
     0, 2, 0, 0},
    {"ends at its brace", R"({"prompt_tokens":1},"completion_tokens":2})", 1, 0, 0, 0},
    {"cut in a key", R"({"prompt_tokens":1,"completion_to)", 1, 0, 0, 0},
    {"cut in a number", R"({"prompt_tokens":12)", 12, 0, 0, 0},
    {"cut in an escape", "{\"prompt_tokens\":1,\"a\\", 1, 0, 0, 0},
};

TEST(ReadUsage, FindsTheCountsAndNothingElse) {
  for (const Row& row : kRows) {
    SCOPED_TRACE(row.name);
    Usage counts;
    EXPECT_LE(read_usage(row.json, 0, counts), row.json.size());
    EXPECT_EQ(counts.prompt_tokens, row.prompt);
    EXPECT_EQ(counts.completion_tokens, row.completion);
    EXPECT_EQ(counts.cached_tokens, row.cached);
    EXPECT_EQ(counts.reasoning_tokens, row.reasoning);
  }
}

TEST(ReadUsage, LooksNoFurtherThanItPromises) {
  const std::string json =
      "{\"prompt_tokens\":1," + std::string(kMaxUsageBytes, ' ') + "\"completion_tokens\":2}";
  Usage counts;
  EXPECT_EQ(read_usage(json, 0, counts), kMaxUsageBytes);
  EXPECT_EQ(counts.prompt_tokens, 1u);
  EXPECT_EQ(counts.completion_tokens, 0u);
}

TEST(Peek, FindsAKeyAtEveryPlaceInTheObject) {
  for (std::size_t pad = 0; pad < 70; ++pad) {
    const std::string front = "{\"p\":\"" + std::string(pad, 'x') + "\",";
    EXPECT_TRUE(peek(front + "\"error\":1}").error) << pad;
    EXPECT_TRUE(peek(front + "\"finish_reason\":\"x\"}").finish_reason) << pad;
    EXPECT_EQ(peek(front + "\"usage\":{\"prompt_tokens\":3}}").counts.prompt_tokens, 3u) << pad;
    EXPECT_FALSE(peek(front + "\"errors\":1}").error) << pad;
  }
}

TEST(Peek, ToleratesJsonThatIsCutAnywhere) {
  const std::string json =
      R"({"a":"\\\"","error" : {"x":[1,{"finish_reason":"y"}]},"usage":{"prompt_tokens":12,"d":{"cached_tokens":"\"}})";
  for (std::size_t cut = 0; cut <= json.size(); ++cut) {
    const std::string front(json, 0, cut);  // its own bytes, so that a read beyond is seen
    (void)peek(front);
  }
  EXPECT_TRUE(peek(json).error);
}

TEST(Peek, TakesUsageFromTheLastObjectAndNotFromInsideIt) {
  EXPECT_EQ(peek(R"({"x":{"usage":{"prompt_tokens":1}},"usage":{"prompt_tokens":2}})")
                .counts.prompt_tokens,
            2u);
  EXPECT_EQ(
      peek(R"({"usage":{"prompt_tokens":1,"usage":{"prompt_tokens":2}}})").counts.prompt_tokens,
      1u);
}

}  // namespace
}  // namespace smartroute::sse

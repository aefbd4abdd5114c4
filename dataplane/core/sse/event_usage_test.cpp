// Usage wherever in a stream a provider reports it.
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/core/sse/gate_feed.hpp"

namespace smartroute::sse {
namespace {

using testing::bytewise;
using testing::whole;

using Count = std::optional<std::uint64_t>;

struct Row {
  const char* name;
  std::vector<std::string_view> events;  // their data
  Count prompt, completion;
  std::uint64_t cached = 0, reasoning = 0;
};

std::string stream_of(const Row& row) {
  std::string stream;
  for (const std::string_view data : row.events) {
    stream += "data: ";
    std::copy_if(data.begin(), data.end(), std::back_inserter(stream), [](char c) { return c != '\n'; });
    stream += "\n\n";
  }
  return stream;
}

constexpr std::string_view kText = R"({"choices":[{"index":0,"delta":{"content":"hi"}}],"usage":null})";
constexpr std::string_view kEnd = R"({"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":null})";

TEST(EventUsage, IsKeptFromWhateverEventReportsIt) {
  const Row rows[] = {
      {"OpenAI, an event of its own",
       {kText, kText, kEnd, R"({"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11,
       "prompt_tokens_details":{"cached_tokens":4}}})", "[DONE]"}, 9, 2, 4},
      {"with the finish reason, choices not empty",
       {kText, R"({"choices":[{"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":2}})", "[DONE]"}, 9, 2},
      {"OpenAI, Responses",
       {R"({"type":"response.created","response":{"status":"in_progress","usage":null}})",
        R"({"type":"response.output_text.delta","delta":"hi"})",
        R"({"type":"response.completed","response":{"usage":{"input_tokens":9,"input_tokens_details":{"cached_tokens":4},"output_tokens":7,
        "output_tokens_details":{"reasoning_tokens":5},"total_tokens":16}}})"}, 9, 7, 4, 5},
      {"OpenAI, Responses, cut short",
       {R"({"type":"response.incomplete","response":{"status":"incomplete","usage":{"input_tokens":9,"output_tokens":7}}})"}, 9, 7},
      {"Anthropic, told in two events",
       {R"({"type":"message_start","message":{"content":[],"usage":{"input_tokens":5,"cache_read_input_tokens":100,"output_tokens":1}}})",
        R"({"type":"content_block_delta","delta":{"type":"text_delta","text":"hi"}})",
        R"({"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":15}})", R"({"type":"message_stop"})"},
       105, 15, 100},
      {"DeepSeek", {kText, R"({"choices":[{"delta":{"content":""},"finish_reason":"stop"}],"usage":{"prompt_tokens":17,"completion_tokens":9,
       "total_tokens":26,"prompt_cache_hit_tokens":10,"prompt_cache_miss_tokens":7,"completion_tokens_details":{"reasoning_tokens":3}}})",
       "[DONE]"}, 17, 9, 10, 3},
      {"Kimi, in the last choice",
       {kText, R"({"choices":[{"delta":{},"finish_reason":"stop","usage":{"prompt_tokens":19,"completion_tokens":13,"cached_tokens":16}}]})",
        "[DONE]"}, 19, 13, 16},
      {"Groq", {kText, R"({"choices":[{"delta":{},"finish_reason":"stop"}],"x_groq":{"id":"r","usage":{"prompt_tokens":18,"completion_tokens":5}}})",
       "[DONE]"}, 18, 5},
      {"Qwen, told and then an empty event",
       {kText, R"({"choices":[],"usage":{"prompt_tokens":22,"completion_tokens":8,"prompt_tokens_details":{"cached_tokens":6}}})",
        R"({"choices":[]})", "[DONE]"}, 22, 8, 6},
      {"Gemini's OpenAI layer, running totals with reasoning left out",
       {R"({"choices":[{"delta":{"content":"a"}}],"usage":{"prompt_tokens":9,"completion_tokens":0,"total_tokens":109}})",
        R"({"choices":[{"delta":{"content":"b"}}],"usage":{"prompt_tokens":9,"completion_tokens":7,"total_tokens":116}})",
        R"({"choices":[{"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":12,"total_tokens":121}})", "[DONE]"},
       9, 112, 0, 100},
      {"Gemini",
       {R"({"candidates":[{"content":{"parts":[{"text":"a"}]}}],"usageMetadata":{"promptTokenCount":9,"totalTokenCount":34,"thoughtsTokenCount":25}})",
        R"({"candidates":[],"usageMetadata":{"promptTokenCount":9,"candidatesTokenCount":4,"totalTokenCount":38,"thoughtsTokenCount":25}})"},
       9, 29, 0, 25},
      {"vLLM, running totals",
       {R"({"choices":[{"delta":{"content":"a"}}],"usage":{"prompt_tokens":5,"total_tokens":6,"completion_tokens":1}})",
        R"({"choices":[{"delta":{"content":"b"}}],"usage":{"prompt_tokens":5,"total_tokens":7,"completion_tokens":2}})", "[DONE]"}, 5, 2},
      {"Ollama", {R"({"message":{"content":"a"},"done":false})", R"({"message":{"content":""},"done":true,"prompt_eval_count":26,"eval_count":8})"},
       26, 8},
      {"Mistral", {kText, R"({"choices":[{"delta":{"content":""},"finish_reason":"stop"}],"usage":{"prompt_tokens":4,"total_tokens":6,
       "completion_tokens":2}})", "[DONE]"}, 4, 2},
      {"llama.cpp, timings alone",
       {kText, R"({"choices":[{"delta":{},"finish_reason":"stop"}],"timings":{"prompt_n":3,"predicted_n":2}})", "[DONE]"}, 3, 2},
      {"llama.cpp, timings before usage",
       {R"({"choices":[{"delta":{},"finish_reason":"stop"}],"timings":{"cache_n":9,"prompt_n":3,"predicted_n":2}})",
        R"({"choices":[],"usage":{"prompt_tokens":33,"completion_tokens":4}})", "[DONE]"}, 33, 4},
      {"llama.cpp, timings behind usage",
       {R"({"choices":[],"usage":{"prompt_tokens":33,"completion_tokens":4}})", R"({"choices":[],"timings":{"prompt_n":3,"predicted_n":2}})",
        "[DONE]"}, 33, 4},
      {"zero is told", {R"({"choices":[],"usage":{"prompt_tokens":0,"completion_tokens":0}})", "[DONE]"}, 0, 0},
      {"never told", {kText, kEnd, "[DONE]"}, {}, {}},
      {"told of a refused prompt only", {R"({"choices":[],"usage":{"prompt_tokens":7,"total_tokens":7}})"}, 7, {}},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    const std::string stream = stream_of(row);
    const testing::Outcome seen = whole(stream);
    EXPECT_FALSE(seen.malformed || seen.error);
    EXPECT_EQ(seen.usage.prompt, row.prompt);
    EXPECT_EQ(seen.usage.completion, row.completion);
    EXPECT_EQ(seen.usage.cached, row.cached);
    EXPECT_EQ(seen.usage.reasoning, row.reasoning);
    EXPECT_EQ(bytewise(stream), seen);
  }
}

TEST(EventUsage, OfABrokenEventIsNotKept) {
  EXPECT_FALSE(whole("data: {\"usage\":{\"prompt_tokens\":1}\n\n").usage.any());
  EXPECT_FALSE(whole("data: {\"error\":{},\"usage\":{\"prompt_tokens\":1}}\n\n").usage.any());
}

TEST(EventGate, KeepsFromTheClientWhatOnlyTheGatewayAskedFor) {
  const std::string text(kText), end(kEnd);
  const std::string usage = R"({"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4}})";
  const std::string filters = R"({"choices":[],"prompt_filter_results":[]})";
  const std::string beside = R"({"choices":[{"index":0,"delta":{}}],"usage":{"prompt_tokens":5,"completion_tokens":6}})";
  const auto stream = [](const std::vector<std::string>& events) {
    std::string out;
    for (const auto& event : events) out += "data: " + event + "\n\n";
    return out;
  };
  EventGate gate;
  gate.hide_usage_chunks();
  const std::string all = stream({filters, text, text, beside, end, usage, "[DONE]"});
  gate.push(all);
  std::string out;
  for (const auto piece : gate.ready()) out += piece;
  const auto bare = [](std::string chunk) {
    const std::string member = ",\"usage\":null";
    return chunk.erase(chunk.find(member), member.size());
  };
  EXPECT_EQ(out, stream({filters, bare(text), bare(text), beside, bare(end), "[DONE]"}));
  EXPECT_EQ(gate.facts().usage.prompt, 3u);
  EXPECT_EQ(gate.facts().usage.completion, 4u);
}

TEST(EventGate, TakesUnaskedUsageOutWhateverReadsAndFormsTheEventsComeIn) {
  std::string canonical, odd, expected;
  for (int i = 0; i < 200; ++i) {
    const std::string front = R"({"choices":[{"index":0,"delta":{"content":"w)" + std::to_string(i) + R"(,\"usage\":null"},"finish_reason":null}])";
    const std::string tail = i % 7 == 3 ? R"(,"obfuscation":"ab"})" : "}";
    const std::string member = i % 5 == 4 ? "" : ",\"usage\":null";
    canonical += "data: " + front + member + tail + "\n\n";
    odd += (i % 3 == 1 ? "data:" : i % 3 == 2 ? ": hi\ndata: " : "data: ") + front + member + tail + (i % 4 == 2 ? "\r\n\r\n" : "\n\n");
    expected += "data: " + front + tail + "\n\n";
  }
  for (const std::string& all : {canonical, odd}) {
    for (const std::size_t read : {all.size(), std::size_t{4'096}, std::size_t{700}, std::size_t{97}, std::size_t{1}}) {
      for (const std::size_t pushes : {std::size_t{1}, std::size_t{5}}) {      // of one cycle
        EventGate gate;
        gate.hide_usage_chunks();
        std::string out;
        for (std::size_t at = 0; at < all.size();) {
          for (std::size_t i = 0; i < pushes && at < all.size(); ++i, at += read) gate.push(std::string_view(all).substr(at, read));
          std::size_t bytes = 0;
          for (const auto piece : gate.ready()) {
            out += piece;
            bytes += piece.size();
          }
          ASSERT_EQ(bytes, gate.ready_bytes());
          gate.settle();
        }
        EXPECT_TRUE(out == expected) << "reads of " << read;
        EXPECT_FALSE(gate.facts().malformed);
      }
    }
  }
}

TEST(EventGate, WhatItCopiesOfManyPushesGoesInFewPieces) {
  const std::string event = R"(data: {"choices":[{"index":0,"delta":{"content":"word"},"finish_reason":null}],"usage":null})" "\n\n";
  EventGate gate;
  gate.hide_usage_chunks();
  for (int i = 0; i < 100; ++i) gate.push(event);
  EXPECT_LE(gate.ready().size(), 10u);
  EXPECT_EQ(gate.ready_bytes(), 100 * (event.size() - 13));
}

}  // namespace
}  // namespace smartroute::sse

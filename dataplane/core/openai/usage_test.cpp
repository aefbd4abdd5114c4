#include "dataplane/core/openai/usage.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "dataplane/core/openai/answer_walk.hpp"
#include "dataplane/core/openai/chat_request.hpp"
#include "dataplane/core/openai/random_json.hpp"

namespace smartroute::openai {

// In words, so that a failed row is readable.
void PrintTo(const Usage& usage, std::ostream* out) {
  const auto number = [](const std::optional<std::uint64_t>& n) { return n ? std::to_string(*n) : std::string("none"); };
  *out << "prompt " << number(usage.prompt) << " completion " << number(usage.completion) << " total " << number(usage.total)
       << " cached " << usage.cached << " written " << usage.cache_write << " reasoning " << usage.reasoning << " audio "
       << usage.audio_input << "/" << usage.audio_output << " tools " << usage.tool_prompt << " predicted "
       << usage.accepted_prediction << "/" << usage.rejected_prediction;
}

namespace {

using Count = std::optional<std::uint64_t>;
constexpr Count kNone;

Usage counts(Count prompt, Count completion, Count total = kNone) {
  Usage usage;
  usage.prompt = prompt;
  usage.completion = completion;
  usage.total = total;
  return usage;
}

Usage with(Usage usage, std::uint64_t Usage::* part, std::uint64_t tokens) {
  usage.*part = tokens;
  return usage;
}

Usage usage_of(std::string_view answer) {
  std::string stack;
  const AnswerWalk found = walk_answer(answer, stack, nullptr, 0);
  EXPECT_TRUE(found.whole) << answer;
  return found.usage;
}

struct Row {
  const char* name;
  const char* json;
  Usage usage;
};

// Whole answers as providers give them, shortened to what is read and what could be mistaken for it.
TEST(Usage, IsReadFromTheAnswersOfEveryProvider) {
  Usage openai = counts(1117, 46, 1163);
  openai.cached = 1024;
  openai.audio_input = 20;
  openai.reasoning = 30;
  openai.audio_output = 5;
  openai.accepted_prediction = 3;
  openai.rejected_prediction = 2;
  Usage gemini = counts(19, 37, 56);
  gemini.cached = 4;
  gemini.audio_input = 7;
  gemini.reasoning = 25;
  gemini.tool_prompt = 9;
  Usage claude = counts(2'395, 503);
  claude.cached = 2'051;
  claude.cache_write = 323;
  const Row rows[] = {
      {"OpenAI",
       R"({"id":"c","choices":[{"message":{"content":"x"}}],"usage":{"prompt_tokens":1117,"completion_tokens":46,"total_tokens":1163,
       "prompt_tokens_details":{"cached_tokens":1024,"audio_tokens":20},"completion_tokens_details":{"reasoning_tokens":30,"audio_tokens":5,
       "accepted_prediction_tokens":3,"rejected_prediction_tokens":2}},"service_tier":"default"})",
       openai},
      {"OpenAI, Responses",
       R"({"object":"response","status":"completed","output":[],"usage":{"input_tokens":36,"input_tokens_details":{"cached_tokens":12},
       "output_tokens":87,"output_tokens_details":{"reasoning_tokens":64},"total_tokens":123}})",
       with(with(counts(36, 87, 123), &Usage::cached, 12), &Usage::reasoning, 64)},
      {"OpenAI, Responses, cut short",
       R"({"type":"response.incomplete","response":{"status":"incomplete","error":null,"incomplete_details":{"reason":"max_output_tokens"},
       "usage":{"input_tokens":36,"output_tokens":500,"total_tokens":536}}})",
       counts(36, 500, 536)},
      {"Anthropic",
       R"({"type":"message","content":[{"type":"text","text":"hi"}],"usage":{"input_tokens":21,"cache_creation_input_tokens":323,
       "cache_read_input_tokens":2051,"cache_creation":{"ephemeral_5m_input_tokens":323,"ephemeral_1h_input_tokens":0},"output_tokens":503,
       "server_tool_use":{"web_search_requests":1}}})",
       claude},
      {"Anthropic behind an OpenAI layer, whose prompt includes the cache",
       R"({"choices":[],"usage":{"prompt_tokens":2395,"completion_tokens":503,"total_tokens":2898,"cache_creation_input_tokens":323,
       "cache_read_input_tokens":2051,"prompt_tokens_details":{"cached_tokens":2051}}})",
       with(with(counts(2'395, 503, 2'898), &Usage::cached, 2'051), &Usage::cache_write, 323)},
      {"Bedrock",
       R"({"output":{},"usage":{"inputTokens":30,"outputTokens":628,"totalTokens":758,"cacheReadInputTokens":100,"cacheWriteInputTokens":0}})",
       with(counts(130, 628, 758), &Usage::cached, 100)},
      {"DeepSeek",
       R"({"choices":[],"usage":{"prompt_tokens":100,"completion_tokens":50,"total_tokens":150,"prompt_tokens_details":{"cached_tokens":64},
       "completion_tokens_details":{"reasoning_tokens":40},"prompt_cache_hit_tokens":64,"prompt_cache_miss_tokens":36}})",
       with(with(counts(100, 50, 150), &Usage::cached, 64), &Usage::reasoning, 40)},
      {"DeepSeek, hits and misses alone",
       R"({"usage":{"completion_tokens":50,"prompt_cache_hit_tokens":64,"prompt_cache_miss_tokens":36}})",
       with(counts(100, 50), &Usage::cached, 64)},
      {"Kimi", R"({"choices":[],"usage":{"prompt_tokens":2989,"completion_tokens":7,"total_tokens":2996,"cached_tokens":2816}})",
       with(counts(2'989, 7, 2'996), &Usage::cached, 2'816)},
      {"Kimi, in the choice",
       R"({"choices":[{"index":0,"delta":{},"finish_reason":"stop","usage":{"prompt_tokens":19,"completion_tokens":13,"total_tokens":32}}]})",
       counts(19, 13, 32)},
      {"Qwen",
       R"({"choices":[],"usage":{"prompt_tokens":3019,"completion_tokens":104,"total_tokens":3123,"prompt_tokens_details":
       {"cached_tokens":2048,"cache_creation_input_tokens":512}}})",
       with(with(counts(3'019, 104, 3'123), &Usage::cached, 2'048), &Usage::cache_write, 512)},
      {"Qwen, own form", R"({"output":{"text":"x"},"usage":{"total_tokens":26,"output_tokens":4,"input_tokens":22}})", counts(22, 4, 26)},
      {"Groq, of a stream", R"({"choices":[],"x_groq":{"id":"req","usage":{"queue_time":0.037,"prompt_tokens":18,"prompt_time":0.0006,
       "completion_tokens":556,"completion_time":0.46,"total_tokens":574}}})",
       counts(18, 556, 574)},
      {"Gemini",
       R"({"candidates":[{"tokenCount":5}],"usageMetadata":{"promptTokenCount":10,"candidatesTokenCount":12,"totalTokenCount":56,"thoughtsTokenCount":25,
       "cachedContentTokenCount":4,"toolUsePromptTokenCount":9,"promptTokensDetails":[{"modality":"TEXT","tokenCount":3},
       {"modality":"AUDIO","tokenCount":7}]}})",
       gemini},
      {"Gemini, refused", R"({"promptFeedback":{},"usageMetadata":{"promptTokenCount":10,"totalTokenCount":10}})", counts(10, kNone, 10)},
      {"Gemini's OpenAI layer, reasoning only in the total",
       R"({"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":12,"total_tokens":521}})",
       with(counts(9, 512, 521), &Usage::reasoning, 500)},
      {"xAI, reasoning told and left out",
       R"({"usage":{"prompt_tokens":32,"completion_tokens":9,"total_tokens":135,"completion_tokens_details":{"reasoning_tokens":94}}})",
       with(counts(32, 103, 135), &Usage::reasoning, 94)},
      {"Mistral", R"({"choices":[],"usage":{"prompt_tokens":16,"completion_tokens":34,"total_tokens":50,"prompt_audio_seconds":null}})",
       counts(16, 34, 50)},
      {"Ollama", R"({"model":"m","message":{"role":"assistant","content":"x"},"done":true,"total_duration":4648158584,
       "prompt_eval_count":26,"prompt_eval_duration":383809000,"eval_count":298,"eval_duration":4799921000})",
       counts(26, 298)},
      {"llama.cpp", R"({"choices":[],"usage":{"prompt_tokens":40,"completion_tokens":5,"total_tokens":45},"timings":{"prompt_n":1,"predicted_n":5}})",
       counts(40, 5, 45)},
      {"llama.cpp, timings alone", R"({"choices":[],"timings":{"cache_n":39,"prompt_n":1,"prompt_ms":30.1,"predicted_n":5,"predicted_ms":9.5}})",
       with(counts(40, 5), &Usage::cached, 39)},
      {"Cohere", R"({"finish_reason":"COMPLETE","usage":{"billed_units":{"input_tokens":5,"output_tokens":418},
       "tokens":{"input_tokens":71,"output_tokens":418}}})",
       counts(71, 418)},
      {"embeddings", R"({"object":"list","usage":{"prompt_tokens":8,"total_tokens":8}})", counts(8, kNone, 8)},
      {"both spellings, one of them empty",
       R"({"usage":{"prompt_tokens":0,"completion_tokens":0,"total_tokens":12,"input_tokens":7,"output_tokens":5}})", counts(7, 5, 12)},
      {"nothing was used", R"({"usage":{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}})", counts(0, 0, 0)},
      {"none", R"({"choices":[{"message":{"content":"\"usage\":{\"prompt_tokens\":1}"}}],"usage":null})", Usage()},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(usage_of(row.json), row.usage) << row.name;
    EXPECT_EQ(inspect_answer(row.json).usage, row.usage) << row.name;
  }
}

TEST(Usage, IsReadAsWrittenOrNotAtAll) {
  const Row rows[] = {
      {"spaced", "{ \"prompt_tokens\" : 1 ,\n\t\"completion_tokens\" :\r\n2 }", counts(1, 2)},
      {"escaped name", R"({"prompt\u005ftokens":1,"completion_tokens":2})", counts(1, 2)},
      {"details null", R"({"prompt_tokens":1,"prompt_tokens_details":null,"completion_tokens":2})", counts(1, 2)},
      {"counts null", R"({"prompt_tokens":null,"completion_tokens":2})", counts(kNone, 2)},
      {"counts as text", R"({"prompt_tokens":"1","completion_tokens":2})", counts(kNone, 2)},
      {"negative", R"({"prompt_tokens":-1,"completion_tokens":2})", counts(kNone, 2)},
      {"minus nothing", R"({"prompt_tokens":-0,"completion_tokens":2})", counts(kNone, 2)},
      {"fraction", R"({"prompt_tokens":1.75,"completion_tokens":2.0})", counts(kNone, 2)},
      {"exponent", R"({"prompt_tokens":1e3,"completion_tokens":2.00e0})", Usage()},
      {"largest", R"({"prompt_tokens":999999999999})", counts(999'999'999'999, kNone)},
      {"absurd", R"({"prompt_tokens":1000000000000,"completion_tokens":2})", counts(kNone, 2)},
      {"beyond 64 bits", R"({"prompt_tokens":99999999999999999999,"completion_tokens":2})", counts(kNone, 2)},
      {"absurd parts", R"({"prompt_tokens":5,"prompt_tokens_details":{"cached_tokens":-3,"audio_tokens":1.5}})", counts(5, kNone)},
      {"key as value", R"({"a":"prompt_tokens","b":7,"completion_tokens":2})", counts(kNone, 2)},
      {"quotes in names", R"({"a\"prompt_tokens":7,"b":"\\","completion_tokens":2})", counts(kNone, 2)},
      {"too deep", R"({"x":{"prompt_tokens":7,"y":{"completion_tokens":7}},"completion_tokens":2})", counts(kNone, 2)},
      {"details of another", R"({"x_details":{"cached_tokens":7,"reasoning_tokens":7},"completion_tokens":2})", counts(kNone, 2)},
      {"arrays", R"({"a":[1,2,{"prompt_tokens":7}],"prompt_tokens_details":[{"cached_tokens":7},1,null],"completion_tokens":2})",
       counts(kNone, 2)},
      {"modalities of any form",
       R"({"promptTokensDetails":[{"modality":"AUDIO","tokenCount":-1},{"modality":["AUDIO"],"tokenCount":5},{"tokenCount":6}],"promptTokenCount":9})",
       counts(9, kNone)},
      {"usage inside usage", R"({"completion_tokens":2,"usage":{"prompt_tokens":7}})", counts(kNone, 2)},
      {"total below its parts", R"({"prompt_tokens":5,"completion_tokens":2,"total_tokens":3})", counts(5, 2, 3)},
      {"total alone", R"({"total_tokens":3})", counts(kNone, kNone, 3)},
      {"given twice", R"({"prompt_tokens":5,"prompt_tokens":6})", counts(6, kNone)},
      {"of other names", R"({"input":3,"tokens":7})", Usage()},
  };
  for (const Row& row : rows) {
    for (const std::string& json :
         {"{\"usage\":" + std::string(row.json) + "}", "{\"choices\":[{\"usage\":" + std::string(row.json) + "}]}",
          "{\"x_groq\":{\"id\":1,\"usage\":" + std::string(row.json) + "},\"usage\":null}",
          "{\"type\":\"response.completed\",\"response\":{\"usage\":" + std::string(row.json) + "}}"})
      EXPECT_EQ(usage_of(json), row.usage) << row.name << ": " << json;
  }
}

TEST(Usage, IsNotReadWhereOthersKeepTheirs) {
  for (const char* json : {R"({"choices":[{"message":{"usage":{"prompt_tokens":1}}}]})", R"({"x":{"usage":{"prompt_tokens":1}}})",
                           R"({"message":{"x":{"usage":{"prompt_tokens":1}}}})", R"({"usage":[{"prompt_tokens":1}]})",
                           R"({"prompt_tokens":1,"eval_count":"2"})", R"({"error":1,"timings":7,"response":"x","usageMetadata":[1]})",
                           R"({"usage":{"promptTokensDetails":[1,[],"x"]}})"})
    EXPECT_EQ(usage_of(json), Usage()) << json;
}

TEST(Usage, MergesALaterReportOverAnEarlierOne) {
  Usage usage;
  usage.merge(with(counts(125, 1), &Usage::cached, 100));
  usage.merge(counts(kNone, 15));
  EXPECT_EQ(usage, with(counts(125, 15), &Usage::cached, 100)) << "what is not mentioned stays";
  usage.merge(counts(kNone, 0));
  EXPECT_EQ(usage.completion, 0u) << "zero is said";
  usage.merge(Usage());
  EXPECT_EQ(usage, with(counts(125, 0), &Usage::cached, 100));
  usage.merge(with(counts(125, 20, 145), &Usage::reasoning, 5));
  EXPECT_EQ(usage.total, 145u);
  EXPECT_EQ(usage.cached, 100u);
  EXPECT_EQ(usage.reasoning, 5u);
  usage.merge(counts(kNone, 20));
  EXPECT_EQ(usage.total, 145u) << "nothing changed";
  usage.merge(counts(kNone, 21));
  EXPECT_EQ(usage.total, kNone) << "a total of other counts";
}

TEST(Usage, IsReadFromAnyJsonWithoutHarm) {
  RandomJson random(11);
  std::string stack;
  for (int i = 0; i < 2'000; ++i) {
    const std::string value = random.value(4);
    for (const char* name : {"usage", "usageMetadata", "timings", "response", "eval_count"})
      EXPECT_TRUE(walk_answer("{\"" + std::string(name) + "\":" + value + "}", stack, nullptr, 0).whole) << value;
    EXPECT_TRUE(walk_answer("{\"usage\":{\"prompt_tokens_details\":" + value + ",\"promptTokensDetails\":[" + value + "],\"tokens\":" + value + "}}",
                            stack, nullptr, 0)
                    .whole)
        << value;
  }
  std::string nested = "1";
  for (int i = 0; i < 500; ++i) nested = "{\"tokens\":" + nested + "}";
  EXPECT_EQ(usage_of("{\"usage\":" + nested + "}"), Usage());
}

}  // namespace
}  // namespace smartroute::openai

#include "dataplane/core/tokens/prompt_counter.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "dataplane/core/openai/random_json.hpp"
#include "dataplane/core/tokens/base64_text.hpp"
#include "dataplane/core/tokens/counter.hpp"
#include "dataplane/core/tokens/prompt_reader.hpp"
#include "dataplane/core/tokens/prompt_rules.hpp"

namespace smartroute::tokens {
namespace {

using testing::base64;
using testing::png;

class Request {
 public:
  Request(std::string_view model, const std::string& members) {
    body_ = "{\"model\":\"" + std::string(model) + "\"," + members + "}";
    size_ = body_.size();
    body_.append(openai::ChatParser::kPadding, ' ');
    auto parsed = openai::ChatParser().parse(body(), openai::ParseLimits());
    EXPECT_TRUE(parsed.has_value()) << body_;
    if (parsed) chat_ = std::move(*parsed);
  }
  std::string_view body() const { return std::string_view(body_).substr(0, size_); }
  PromptCount count(PromptCounter& counter) const { return counter.count(tokenizer_of(chat_.model), body(), chat_); }

 private:
  std::string body_;
  std::size_t size_ = 0;
  openai::ChatRequest chat_;
};

PromptCount count_of(std::string_view model, const std::string& members) {
  PromptCounter counter(1);
  return Request(model, members).count(counter);
}

std::string user(const std::string& content) { return R"("messages":[{"role":"user","content":)" + content + "}]"; }

// OpenAI's cookbook, "How to count tokens with tiktoken", whose counts its service confirmed.
constexpr const char* kTranslation =
    R"("messages":[{"role":"system","content":"You are a helpful, pattern-following assistant that translates corporate jargon into plain English."},
    {"role":"system","name":"example_user","content":"New synergies will help drive top-line growth."},
    {"role":"system","name":"example_assistant","content":"Things working well together will increase revenue."},
    {"role":"system","name":"example_user","content":"Let's circle back when we have more bandwidth to touch base on opportunities for increased leverage."},
    {"role":"system","name":"example_assistant","content":"Let's talk later when we're less busy about how to do better."},
    {"role":"user","content":"This late pivot means we don't have time to boil the ocean for the client deliverable."}])";
constexpr const char* kWeather =
    R"("messages":[{"role":"system","content":"You are a helpful assistant that can answer to questions about the weather."},
    {"role":"user","content":"What's the weather like in San Francisco?"}],
    "tools":[{"type":"function","function":{"name":"get_current_weather","description":"Get the current weather in a given location",
    "parameters":{"type":"object","properties":{"location":{"type":"string","description":"The city and state, e.g. San Francisco, CA"},
    "unit":{"type":"string","description":"The unit of temperature to return","enum":["celsius","fahrenheit"]}},"required":["location"]}}}])";
constexpr const char* kHello =
    R"("messages":[{"role":"developer","content":"You are a helpful assistant."},{"role":"user","content":"Hello!"}])";

TEST(PromptCounter, CountsWhatOpenAiCounts) {
  struct Row {
    const char* model;
    const char* members;
    std::uint64_t tokens;
    bool exact;
  };
  const Row rows[] = {
      {"gpt-3.5-turbo", kTranslation, 129, true}, {"gpt-4", kTranslation, 129, true},       {"gpt-4o", kTranslation, 124, true},
      {"gpt-4o-mini", kTranslation, 124, true},   {"gpt-3.5-turbo", kWeather, 105, false},  {"gpt-4", kWeather, 105, false},
      {"gpt-4o", kWeather, 101, false},           {"gpt-4o-mini", kWeather, 101, false},    {"gpt-4o", kHello, 19, true},
      {"gpt-5", kHello, 18, true},
  };
  for (const Row& row : rows) {
    const PromptCount count = count_of(row.model, row.members);
    EXPECT_EQ(count.tokens, row.tokens) << row.model << row.members;
    EXPECT_EQ(count.exact, row.exact) << row.model << row.members;
  }
}

TEST(PromptCounter, SaysWhereItIsNotExact) {
  struct Row {
    const char* name;
    const char* model;
    std::string members;
    bool exact;
  };
  const std::string small = "data:image/png;base64," + base64(png(64, 64));
  const Row rows[] = {
      {"plain", "gpt-4o", user(R"("hi")"), true},
      {"a part", "gpt-4o", user(R"([{"type":"text","text":"hi"}])"), true},
      {"two parts", "gpt-4o", user(R"([{"type":"text","text":"hi"},{"type":"text","text":"ho"}])"), false},
      {"an answer in between", "gpt-4o",
       R"("messages":[{"role":"assistant","content":"x","refusal":null,"tool_calls":null},{"role":"user","content":"y"}])", true},
      {"a call", "gpt-4o", R"("messages":[{"role":"assistant","content":null,"tool_calls":[]}])", false},
      {"a tool's result", "gpt-4o", R"("messages":[{"role":"tool","content":"7"}])", false},
      {"another tokenizer", "qwen-max", user(R"("hi")"), false},
      {"a template nobody documents", "gpt-oss-20b", user(R"("hi")"), false},
      {"a number", "gpt-4o", user("7"), false},
      {"an image", "gpt-4o", user(R"([{"type":"image_url","image_url":{"url":")" + small + R"("}}])"), true},
      {"an image in patches", "gpt-4.1-mini", user(R"([{"type":"image_url","image_url":{"url":")" + small + R"("}}])"), false},
      {"an image elsewhere", "gpt-4o", user(R"([{"type":"image_url","image_url":{"url":"https://x/y.png"}}])"), false},
      {"an image elsewhere, low", "gpt-4o", user(R"([{"type":"image_url","image_url":{"url":"https://x/y.png","detail":"low"}}])"), true},
      {"text format", "gpt-4o", user(R"("hi")") + R"(,"response_format":{"type":"text"})", true},
      {"schema", "gpt-4o", user(R"("hi")") + R"(,"response_format":{"type":"json_schema","json_schema":{"name":"x"}})", false},
      {"no tools", "gpt-4o", user(R"("hi")") + R"(,"tools":[])", true},
  };
  for (const Row& row : rows) EXPECT_EQ(count_of(row.model, row.members).exact, row.exact) << row.name;
}

// What the content takes: the count less that of an empty message.
std::uint64_t content_tokens(const std::string& content, std::string_view model = "gpt-4o") {
  return count_of(model, user(content)).tokens - count_of(model, user(R"("")")).tokens;
}

TEST(PromptCounter, ReadsContentOfEveryForm) {
  const std::uint64_t hi = count(Encoding::O200kBase, "Good morning");
  const std::string small = base64(png(1'024, 1'024));
  std::string escaped;  // as some encoders write it
  for (const char c : "data:image/png;base64," + small) escaped += c == '/' ? std::string("\\/") : std::string(1, c);
  struct Row {
    const char* name;
    std::string content;
    std::uint64_t tokens;
  };
  const Row rows[] = {
      {"text", R"("Good morning")", hi},
      {"escapes", R"("\u0047ood\u0020morning")", hi},
      {"null", "null", 0},
      {"no parts", "[]", 0},
      {"a part", R"([{"type":"text","text":"Good morning"}])", hi},
      {"text before type", R"([{"text":"Good morning","type":"text"}])", hi},
      {"escaped names", R"([{"t\u0065xt":"Good morning","typ\u0065":"text"}])", hi},
      {"without a type", R"([{"text":"Good morning"}])", hi},
      {"of Responses", R"([{"type":"input_text","text":"Good morning"}])", hi},
      {"two parts", R"([{"type":"text","text":"Good morning"},{"type":"text","text":"Good morning"}])", 2 * hi},
      {"a string in a list", R"(["Good morning"])", hi},
      {"refusal", R"([{"type":"refusal","refusal":"Good morning"}])", hi},
      {"image", R"([{"type":"image_url","image_url":{"url":"data:image/png;base64,)" + small + R"("}}])", 765},
      {"image, bare URL", R"([{"type":"input_image","image_url":"data:image/png;base64,)" + small + R"("}])", 765},
      {"image, escaped", R"([{"type":"image_url","image_url":{"url":")" + escaped + R"("}}])", 765},
      {"image, low", R"([{"type":"image_url","image_url":{"url":"data:image/png;base64,)" + small + R"(","detail":"low"}}])", 85},
      {"image, Anthropic's", R"([{"type":"image","source":{"type":"base64","media_type":"image/png","data":")" + small + R"("}}])", 765},
      {"image elsewhere", R"([{"type":"image_url","image_url":{"url":"https://x/y.png"}}])", 765},
      {"image of nothing", R"([{"type":"image_url"}])", 765},
      {"image and text", R"([{"type":"image_url","image_url":{"url":"x","detail":"low"}},{"type":"text","text":"Good morning"}])", 85 + hi},
      {"tool result", R"([{"type":"tool_result","tool_use_id":"t","content":"Good morning"}])", hi},
      {"tool result of parts", R"([{"type":"tool_result","content":[{"type":"text","text":"Good morning"}]}])", hi},
      {"a number", "12", 1},
      {"an object", R"({"a":1})", count(Encoding::O200kBase, R"({"a":1})")},
      {"an unknown part", R"([{"type":"x"}])", count(Encoding::O200kBase, R"({"type":"x"})")},
  };
  for (const Row& row : rows) EXPECT_EQ(content_tokens(row.content), row.tokens) << row.name;
  EXPECT_GT(content_tokens(R"([{"type":"input_audio","input_audio":{"data":")" + std::string(40'000, 'A') + R"(","format":"wav"}}])"), 10u);
  EXPECT_GT(content_tokens(R"([{"type":"file","file":{"file_id":"f"}}])"), 1'000u);
  EXPECT_GT(content_tokens(R"([{"type":"video_url","video_url":{"url":"x"}}])"), 1'000u);
}

TEST(PromptCounter, CountsCallsResultsAndFormats) {
  const auto sum = [](const std::string& members) { return count_of("gpt-4o", members).tokens; };
  const std::uint64_t base = sum(R"("messages":[{"role":"assistant","content":null}])");
  const std::uint64_t call =
      sum(R"("messages":[{"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"get","arguments":"{\"a\":1}"}}]}])");
  EXPECT_EQ(call - base, 3 + count(Encoding::O200kBase, "get") + count(Encoding::O200kBase, R"({"a":1})"));
  EXPECT_EQ(sum(R"("messages":[{"role":"assistant","content":null,"function_call":{"name":"get","arguments":"{\"a\":1}"}}])"), call);
  EXPECT_EQ(sum(R"("messages":[{"role":"assistant","content":null,"tool_call_id":"call_1234567890"}])"), base) << "models do not see ids";
  EXPECT_GT(sum(R"("messages":[{"role":"assistant","content":null,"reasoning_content":"because of this and that"}])"), base + 3);
  EXPECT_GT(sum(R"("messages":[{"role":"assistant","content":null}],"response_format":{"type":"json_schema","json_schema":{"schema":{"a":1}}})"),
            base + 10);
}

TEST(PromptCounter, CountsNestedToolsOfEveryForm) {
  const auto sum = [](std::string_view model, const std::string& tools) { return count_of(model, user(R"("x")") + ",\"tools\":" + tools).tokens; };
  const std::uint64_t none = count_of("gpt-4o", user(R"("x")")).tokens;
  const auto text = [](const char* line) { return count(Encoding::O200kBase, line); };
  EXPECT_EQ(sum("gpt-4o", "[]"), none);
  const std::uint64_t bare = sum("gpt-4o", R"([{"type":"function","function":{"name":"go","description":"Go."}}])");
  EXPECT_EQ(bare - none, 7 + 12 + text("go:Go"));
  EXPECT_EQ(sum("gpt-4o", R"([{"name":"go","description":"Go"}])"), bare) << "older, and Anthropic's";
  EXPECT_EQ(count_of("gpt-4o", user(R"("x")") + R"(,"functions":[{"description":"Go.","name":"go"}])").tokens, bare);
  const std::uint64_t nested = sum(
      "gpt-4o",
      R"([{"name":"go","description":"Go","parameters":{"type":"object","properties":{"to":{"type":"object","properties":{"x":{"type":"number"}}},
      "via":{"type":"array","items":{"enum":["a","b"]}}}}}])");
  EXPECT_EQ(nested - bare, 3 + 3 + text("to:object") + 3 + 3 + text("x:number") + 3 + text("via:array") + -3 + 2 * (3 + 1));
  EXPECT_EQ(sum("gpt-4", R"([{"name":"go"}])") - count_of("gpt-4", user(R"("x")")).tokens, 10 + 12 + count(Encoding::Cl100kBase, "go"));
}

TEST(PromptCounter, DividesWhatIsFixedByTheFactorOfAnEstimate) {
  const std::string image = user(R"([{"type":"image","source":{"data":")" + base64(png(1'000, 750)) + R"("}}])");
  const TokenizerChoice choice = tokenizer_of("claude-sonnet-4");
  const std::uint64_t with = count_of("claude-sonnet-4", image).tokens, without = count_of("claude-sonnet-4", user("[]")).tokens;
  EXPECT_NEAR(static_cast<double>(with - without) * choice.factor, 1'000, 2);
}

TEST(PromptCounter, RemembersWhatItHasCounted) {
  std::string text;
  while (text.size() < 20'000) text += "The same long beginning. 一样的开头。";
  const std::string system = R"({"role":"system","content":")" + text + "\"}";
  const std::string tools = std::string(kWeather).substr(std::string(kWeather).find("\"tools\""));
  PromptCounter counter(7, 64);
  std::uint64_t turns = 0;
  for (const char* model : {"gpt-4o", "gpt-4", "gpt-4o", "claude-3", "gpt-4o"}) {
    const std::string members = R"("messages":[)" + system + R"(,{"role":"user","content":"turn )" + std::to_string(turns++) + "\"}]," + tools;
    const PromptCount warm = Request(model, members).count(counter), cold = count_of(model, members);
    EXPECT_EQ(warm.tokens, cold.tokens) << model;
    EXPECT_EQ(warm.exact, cold.exact) << model;
  }
  EXPECT_EQ(counter.totals().misses, 6u) << "the message and the tools, by three rules";
  EXPECT_EQ(counter.totals().hits, 4u);
}

TEST(PromptCounter, StaysRightInASmallCache) {
  PromptCounter counter(7, 1);
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 40; ++i) {
      const std::string members = user("\"" + std::string(100 + static_cast<std::size_t>(i), 'a') + std::to_string(i) + "\"");
      EXPECT_EQ(Request("gpt-4o", members).count(counter).tokens, count_of("gpt-4o", members).tokens);
    }
  }
  EXPECT_GT(counter.totals().misses, 100u);
}

TEST(PromptCounter, TakesBodiesOfAnyForm) {
  openai::RandomJson random(29);
  PromptCounter counter(3, 16);
  for (int i = 0; i < 1'500; ++i) {
    const std::string value = random.value(4);
    for (const std::string& content : {value, "[" + value + "]", R"([{"type":"text","text":)" + value + "}]",
                                       R"([{"type":"image_url","image_url":)" + value + "}]", R"([{"type":"tool_result","content":)" + value + "}]"})
      (void)Request("gpt-4o", user(content)).count(counter);
    (void)Request("gpt-4o", R"("messages":[{"role":"assistant","tool_calls":)" + value + R"(,"name":)" + value + "}]").count(counter);
    (void)Request("gpt-4o", user("1") + ",\"tools\":[" + value + R"(,{"function":)" + value + R"(},{"name":"x","parameters":)" + value + "}]" +
                                R"(,"response_format":)" + value)
        .count(counter);
  }
}

std::string nested(const std::string& open, const std::string& core, const std::string& close, int depth) {
  std::string out = core;
  for (int i = 0; i < depth; ++i) out = open + out + close;
  return out;
}

TEST(PromptCounter, TakesDeepNestingInItsStride) {
  EXPECT_GT(count_of("gpt-4o", user(nested("[", "1", "]", 100))).tokens, 0u);
  EXPECT_GT(count_of("gpt-4o", user(nested(R"([{"type":"tool_result","content":)", "\"x\"", "}]", 60))).tokens, 0u);
  for (const char* open : {R"({"properties":{"a":)", R"({"items":{"x":)", R"({"$defs":{"a":)"})
    EXPECT_GT(count_of("gpt-4o", user("1") + R"(,"tools":[{"name":"x","parameters":)" + nested(open, "{}", "}}", 55) + "}]").tokens, 0u);
  EXPECT_GT(count_of("gpt-4o", user("1") + R"(,"tools":[{"name":"x","parameters":)" + nested(R"({"anyOf":[)", "{}", "]}", 55) + "}]").tokens, 0u);
}

// The reader alone, on text that no parser has passed.
TEST(PromptReader, EndsOnTextThatBreaksOff) {
  const std::string json = R"({"role":"user","content":[{"type":"text","text":"a\u0062"},{"type":"image_url","image_url":{"url":"data:x;base64,AA"}},)"
                           R"({"type":"tool_result","content":[{"text":"x"}]}],"tool_calls":[{"function":{"name":"n","arguments":"{}"}}]})";
  ReaderMemory memory;
  const PromptRules rules;
  const PromptReader reader{Encoding::O200kBase, rules, memory};
  for (std::size_t cut = 0; cut <= json.size(); ++cut) {
    const std::string front(json, 0, cut);  // its own bytes, so that a read beyond is seen
    (void)reader.message(front);
    (void)reader.tools(front);
    (void)reader.tools("[" + front);
    (void)reader.response_format(front);
  }
}

}  // namespace
}  // namespace smartroute::tokens

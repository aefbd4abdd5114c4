#include "dataplane/core/classify/ask_reader.hpp"

#include <gtest/gtest.h>

#include <string>

#include "dataplane/core/classify/ask_ends.hpp"

namespace smartroute::classify {
namespace {

// A parsed body that stays where it is.
class Request {
 public:
  explicit Request(const std::string& messages, const std::string& more = "") {
    text_ = R"({"model":"auto","messages":[)" + messages + "]" + more + "}";
    size_ = text_.size();
    text_.append(openai::ChatParser::kPadding, ' ');
    auto parsed = parser_.parse(body(), openai::ParseLimits{});
    EXPECT_TRUE(parsed.has_value()) << (parsed ? "" : parsed.error().text());
    if (parsed) chat_ = std::move(*parsed);
  }
  std::string_view body() const { return std::string_view(text_).substr(0, size_); }
  const openai::ChatRequest& chat() const { return chat_; }
  Subject subject() { return read_subject(body(), chat_, memory_); }
  std::string history(int turns, std::size_t max) const {
    std::string out;
    append_history(body(), chat_, turns, max, out);
    return out;
  }
  std::uint64_t conversation(std::string_view session = {}, std::string_view other = {}, std::string_view owner = {}) const {
    return conversation_of(body(), chat_, session, other, owner).id;
  }

 private:
  openai::ChatParser parser_;
  std::string text_;
  std::size_t size_ = 0;
  openai::ChatRequest chat_;
  AskMemory memory_;
};

std::string user(const std::string& text) { return R"({"role":"user","content":")" + text + R"("})"; }
std::string assistant(const std::string& text) { return R"({"role":"assistant","content":")" + text + R"("})"; }
std::string system(const std::string& text) { return R"({"role":"system","content":")" + text + R"("})"; }

TEST(AskReader, TheLatestHumanAskIsTheSubject) {
  struct Row {
    const char* name;
    std::string messages;
    const char* ask;
    bool answers_tool;
  };
  const std::string tool = R"({"role":"tool","tool_call_id":"c","content":"42 prove"})";
  const std::string part_result = R"({"role":"user","content":[{"type":"tool_result","content":"prove"}]})";
  const Row rows[] = {
      {"one", user("hi"), "hi", false},
      {"of two the later", user("first") + "," + assistant("a") + "," + user("second"), "second", false},
      {"nobody asked", system("be nice"), "", false},
      {"reminder turn: the one before", user("write a poem") + "," + user("<system-reminder>x</system-reminder>"), "write a poem", false},
      {"only reminders: as it is", user("<system-reminder>x</system-reminder>"), "<system-reminder>x</system-reminder>", false},
      {"a tool's result", user("sum it") + "," + assistant("") + "," + tool, "sum it", true},
      {"a tool's result as a part", user("sum it") + "," + part_result, "sum it", true},
      {"parts", R"({"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]})", "a\nb", false},
  };
  for (const Row& row : rows) {
    Request request(row.messages);
    const Subject subject = request.subject();
    EXPECT_EQ(subject.ask, row.ask) << row.name;
    EXPECT_EQ(subject.answers_tool, row.answers_tool) << row.name;
  }
}

TEST(AskReader, FactsAroundTheAsk) {
  Request request(system("You are a bot") + "," + user("a") + "," + assistant("b") +
                      R"(,{"role":"user","content":[{"type":"text","text":"see"},{"type":"image_url","image_url":{"url":"x"}}]})",
                  R"(,"tools":[{"type":"function"},{"type":"function"}],"max_tokens":9,"max_completion_tokens":77)");
  const Subject subject = request.subject();
  EXPECT_EQ(subject.system, "You are a bot");
  EXPECT_EQ(subject.tools, 2u);
  EXPECT_EQ(subject.images, 1u);
  EXPECT_EQ(subject.human_turns, 2u);
  EXPECT_EQ(request.chat().max_output_tokens, 77u);
}

TEST(AskReader, ALongAskIsReadAtItsEnds) {
  Request request(user(std::string(50'000, 'a') + std::string(50'000, 'z')));
  const Subject subject = request.subject();
  EXPECT_EQ(subject.ask.size(), 2 * kEndBytes + 1);
  EXPECT_EQ(subject.ask.front(), 'a');
  EXPECT_EQ(subject.ask.back(), 'z');
}

TEST(AskReader, HistoryHoldsTheLastTurnsEachCutInTheMiddle) {
  std::string messages;
  for (int i = 0; i < 40; ++i) messages += user("turn " + std::to_string(i)) + "," + assistant("x") + ",";
  messages += user(std::string(100, 'a') + std::string(100, 'b'));
  const Request request(messages);
  EXPECT_EQ(request.history(2, 20), "User: turn 39\n\nUser: aaaaaaaaaa\n...\nbbbbbbbbbb");
  EXPECT_EQ(request.history(0, 20), "");
  EXPECT_EQ(request.history(100, 20).substr(0, 13), "User: turn 9\n");  // 32 are kept
  const Request chinese(user("证明证明证明"));
  EXPECT_EQ(chinese.history(1, 10), "User: 证\n...\n明");
}

TEST(AskReader, TokensAreEstimatedWithinAFactorOfTwo) {
  const Request english(user("The quick brown fox jumps over the lazy dog near the river bank today."));
  const auto tokens = estimate_tokens(english.body(), english.chat());
  EXPECT_GE(tokens, 15u);  // about 16 of text and 8 of roles
  EXPECT_LE(tokens, 48u);
  const Request chinese(user("请证明根号二是无理数"));
  EXPECT_GE(estimate_tokens(chinese.body(), chinese.chat()), 10u);
  EXPECT_LE(estimate_tokens(chinese.body(), chinese.chat()), 30u);
  // Exact for long ones, too: 9,000 characters of 3 bytes, beside 60 bytes or so of JSON.
  std::string long_text;
  for (int i = 0; i < 9'000; ++i) long_text += "证";
  const Request lengthy(user(long_text));
  EXPECT_GE(estimate_tokens(lengthy.body(), lengthy.chat()), 9'000u);
  EXPECT_LE(estimate_tokens(lengthy.body(), lengthy.chat()), 9'020u);
  // A picture counts by itself, not by its bytes.
  const Request image(R"({"role":"user","content":[{"type":"image_url","image_url":{"url":"data:)" + std::string(400'000, 'A') + R"("}}]})");
  EXPECT_LE(estimate_tokens(image.body(), image.chat()), 900u);
  // Neither does a recording or a document: by its bytes it would fit no window.
  const Request audio(R"({"role":"user","content":[{"type":"text","text":"what is said?"},{"type":"input_audio","input_audio":{"format":"wav","data":")" +
                      std::string(400'000, 'A') + R"("}}]})");
  EXPECT_LE(estimate_tokens(audio.body(), audio.chat()), 100u);
  EXPECT_EQ(audio.chat().image_count, 0u);
}

TEST(AskReader, AConversationIsKnownByItsNameElseByHowItBegan) {
  const Request first(system("s") + "," + user("hello"));
  const Request later(system("s") + "," + user("hello") + "," + assistant("hi") + "," + user("more"));
  const Request other(system("s") + "," + user("bye"));
  const Request alice(user("x"), R"(,"user":"alice")");
  const Request alice_again(user("y"), R"(,"user":"alice")");
  EXPECT_EQ(first.conversation(), later.conversation());
  EXPECT_NE(first.conversation(), other.conversation());
  EXPECT_EQ(alice.conversation(), alice_again.conversation());
  EXPECT_NE(alice.conversation(), first.conversation());
  EXPECT_EQ(first.conversation("s1"), other.conversation("s1"));
  EXPECT_EQ(first.conversation({}, "s1"), other.conversation("s1")) << "either header names it";
  EXPECT_NE(first.conversation("s1"), first.conversation("s2"));
  EXPECT_NE(first.conversation("s1", {}, "key-a"), first.conversation("s1", {}, "key-b")) << "callers are kept apart";
  EXPECT_EQ(alice.conversation("s1"), first.conversation("s1")) << "a header wins over user";
  EXPECT_EQ(Request(assistant("x")).conversation(), 0u);
  EXPECT_NE(first.conversation(), 0u);
}

TEST(AskReader, AFirstMessageIsNotBoundByAnEarlierOneOfTheSameWords) {
  Request first(user("hello"));
  Request second(user("hello") + "," + assistant("hi") + "," + user("more"));
  const auto begun = conversation_of(first.body(), first.chat(), {}, {}, {});
  EXPECT_FALSE(continues(begun, first.subject()));
  EXPECT_TRUE(continues(begun, second.subject()));
  Request tool(user("sum") + "," + assistant("") + R"(,{"role":"tool","tool_call_id":"c","content":"1"})");
  EXPECT_TRUE(continues(begun, tool.subject()));
  EXPECT_TRUE(continues(conversation_of(first.body(), first.chat(), "s", {}, {}), first.subject()));
}

TEST(AskReader, WhatAHarnessSaysToEveryoneMakesNobodysConversation) {
  const std::string rules = user("# AGENTS.md instructions for /a\\n\\n<INSTRUCTIONS>\\nbe brief\\n</INSTRUCTIONS>") + ",";
  const std::string context = rules + user("<environment_context><cwd>/a</cwd></environment_context>") + ",";
  Request first(context + user("hello"));
  Request second(context + user("hello") + "," + assistant("hi") + "," + user("more"));
  Request other(context + user("bye"));
  EXPECT_EQ(first.conversation(), second.conversation());
  EXPECT_NE(first.conversation(), other.conversation());
  const auto begun = conversation_of(first.body(), first.chat(), {}, {}, {});
  EXPECT_EQ(begun.opening, 3u);
  EXPECT_FALSE(continues(begun, first.subject()));
  EXPECT_TRUE(continues(begun, second.subject()));
  const std::string reminder = "<system-reminder>" + std::string(8000, 'x') + "</system-reminder>";
  EXPECT_NE(Request(user(reminder + "hello")).conversation(), Request(user(reminder + "bye")).conversation()) << "in one message";
  Request asks(user("<b>hello</b>") + "," + user("more"));
  EXPECT_EQ(conversation_of(asks.body(), asks.chat(), {}, {}, {}).opening, 1u) << "what only looks like it is an ask";
  Request longest(context + rules + user("hello") + "," + user("more"));
  EXPECT_EQ(conversation_of(longest.body(), longest.chat(), {}, {}, {}).opening, openai::ChatRequest::kFirstTurns);
  EXPECT_EQ(Request(context + rules + rules + user("hello")).conversation(), 0u) << "the ask is beyond what is kept, and all would be one";
  EXPECT_NE(Request(context + rules + rules + user("hello")).conversation("s"), 0u) << "unless it is named";
}

}  // namespace
}  // namespace smartroute::classify

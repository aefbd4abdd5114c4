#include "dataplane/core/accounting/answer_assembler.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

#include "dataplane/core/sse/event_gate.hpp"
#include "dataplane/core/tokens/counter.hpp"

namespace smartroute::accounting {
namespace {

using nlohmann::json;

constexpr std::size_t kRoom = 1'000'000;

// Through the gate, as in life: most events then come as text() alone.
json assembled(const std::vector<std::string>& chunks, AnswerAssembler& assembler, std::size_t room = kRoom) {
  assembler.begin(room, tokens::Encoding::O200kBase);
  sse::EventGate gate;
  gate.read_along(&assembler);
  for (const auto& chunk : chunks) {
    const std::string event = "data: " + chunk + "\n\n";
    gate.push(event);
    gate.settle();
  }
  EXPECT_FALSE(gate.facts().malformed);
  return json::parse(assembler.build());
}

json assembled(const std::vector<std::string>& chunks) {
  AnswerAssembler assembler;
  return assembled(chunks, assembler);
}

std::string chunk(const std::string& delta, const std::string& rest = "") {
  return R"({"id":"c1","object":"chat.completion.chunk","created":7,"model":"m-1","choices":[{"index":0,"delta":)" + delta +
         R"(,"finish_reason":null}])" + rest + "}";
}

TEST(AnswerAssembler, SpellsTheMessageOfAStream) {
  const json answer = assembled({chunk(R"({"role":"assistant","content":""})"), chunk(R"({"content":"Hel"})"), chunk(R"({"content":"lo"})"),
                                 chunk(R"({"content":" \"you\"\n"})"), chunk(R"({"content":"!"})"),
                                 R"({"id":"c1","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})",
                                 R"({"id":"c1","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4}})"});
  EXPECT_EQ(answer["object"], "chat.completion");
  EXPECT_EQ(answer["id"], "c1");
  EXPECT_EQ(answer["created"], 7);
  EXPECT_EQ(answer["model"], "m-1");
  EXPECT_EQ(answer["choices"].size(), 1u);
  EXPECT_EQ(answer["choices"][0]["message"]["content"], "Hello \"you\"\n!");
  EXPECT_EQ(answer["choices"][0]["finish_reason"], "stop");
  EXPECT_EQ(answer["usage"]["completion_tokens"], 4);
}

TEST(AnswerAssembler, KeepsReasoningRefusalAndContentApart) {
  const json answer = assembled({chunk(R"({"reasoning_content":"Let"})"), chunk(R"({"reasoning_content":" me"})"), chunk(R"({"reasoning_content":" see"})"),
                                 chunk(R"({"content":"4"})"), chunk(R"({"content":"2"})"), chunk(R"({"refusal":"no"})"), chunk(R"({"content":"."})")});
  const json& message = answer["choices"][0]["message"];
  EXPECT_EQ(message["reasoning_content"], "Let me see");
  EXPECT_EQ(message["content"], "42.");
  EXPECT_EQ(message["refusal"], "no");
}

TEST(AnswerAssembler, JoinsToolCallsByTheirIndexEvenWhenTheyTakeTurns) {
  const json answer = assembled({chunk(R"({"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":""}}]})"),
                                 chunk(R"({"tool_calls":[{"index":1,"id":"b","type":"function","function":{"name":"g","arguments":""}}]})"),
                                 chunk(R"({"tool_calls":[{"index":0,"function":{"arguments":"{\"x\""}}]})"),
                                 chunk(R"({"tool_calls":[{"index":1,"function":{"arguments":"{\"y\""}}]})"),
                                 chunk(R"({"tool_calls":[{"index":0,"function":{"arguments":":1}"}}]})"),
                                 chunk(R"({"tool_calls":[{"index":1,"function":{"arguments":":2}"}}]})")});
  const json& calls = answer["choices"][0]["message"]["tool_calls"];
  ASSERT_EQ(calls.size(), 2u);
  EXPECT_EQ(calls[0], json::parse(R"({"id":"a","type":"function","function":{"name":"f","arguments":"{\"x\":1}"}})"));
  EXPECT_EQ(calls[1], json::parse(R"({"id":"b","type":"function","function":{"name":"g","arguments":"{\"y\":2}"}})"));
  EXPECT_EQ(answer["choices"][0]["message"]["content"], nullptr);
}

TEST(AnswerAssembler, KeepsChoicesApartWhateverTheOrderOfTheirMembers) {
  const json answer = assembled({R"({"choices":[{"delta":{"content":"b"},"index":1},{"delta":{"content":"a"},"index":0}]})",
                                 R"({"choices":[{"delta":{"content":"B"},"index":1}]})", R"({"choices":[{"delta":{"content":"A"},"index":0}]})",
                                 R"({"choices":[{"delta":{"content":"A"},"index":0}]})"});
  ASSERT_EQ(answer["choices"].size(), 2u);
  EXPECT_EQ(answer["choices"][0]["message"]["content"], "aAA");
  EXPECT_EQ(answer["choices"][1]["message"]["content"], "bB");
}

TEST(AnswerAssembler, AnEventThatRepeatsAnEarlierOneGoesWhereThatOneWent) {
  const json answer = assembled({chunk(R"({"content":"a"})"), chunk(R"({"reasoning":"r"})"), chunk(R"({"reasoning":"s"})"), chunk(R"({"content":"b"})"),
                                 R"({"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})", chunk(R"({"content":"c"})")});
  EXPECT_EQ(answer["choices"][0]["message"]["content"], "abc");
  EXPECT_EQ(answer["choices"][0]["message"]["reasoning"], "rs");
}

TEST(AnswerAssembler, ASurrogatePairMayComeInTwoChunks) {
  const json answer = assembled({chunk(R"({"content":"\ud83d"})"), chunk(R"({"content":"\ude00"})")});
  EXPECT_EQ(answer["choices"][0]["message"]["content"], "\xF0\x9F\x98\x80");
}

TEST(AnswerAssembler, CountsTheTokensOfWhatItCannotKeep) {
  AnswerAssembler assembler;
  std::vector<std::string> chunks;
  std::string whole;
  for (int i = 0; i < 200; ++i) {
    const std::string word = "word" + std::to_string(i) + " ";
    whole += word;
    chunks.push_back(chunk("{\"content\":\"" + word + "\"}"));
  }
  const json answer = assembled(chunks, assembler, 100);
  const std::string kept = answer["choices"][0]["message"]["content"];
  EXPECT_LE(kept.size(), 100u);
  EXPECT_EQ(whole.substr(0, kept.size()), kept);
  EXPECT_FALSE(assembler.whole());
  EXPECT_EQ(assembler.streamed_tokens(), tokens::count(tokens::Encoding::O200kBase, whole));
  assembler.begin(kRoom, tokens::Encoding::O200kBase);
  EXPECT_TRUE(assembler.whole());
  EXPECT_FALSE(assembler.begun());
}

TEST(AnswerAssembler, CountsAllOnWhenItIsToKeepNoMore) {
  AnswerAssembler assembler;
  assembler.begin(kRoom, tokens::Encoding::O200kBase);
  sse::EventGate gate;
  gate.read_along(&assembler);
  std::string all;
  for (int i = 0; i < 40; ++i) {
    if (i == 20) assembler.stop_keeping();
    const std::string word = " word" + std::to_string(i % 10);
    all += word;
    const std::string event = "data: " + chunk("{\"content\":\"" + word + "\"}") + "\n\n";
    gate.push(event);
    gate.settle();
  }
  EXPECT_FALSE(assembler.whole());
  EXPECT_EQ(assembler.kept_bytes(), all.size() / 2);
  EXPECT_EQ(assembler.streamed_tokens(), tokens::count(tokens::Encoding::O200kBase, all));
  assembler.begin(kRoom, tokens::Encoding::O200kBase);
  EXPECT_TRUE(assembler.whole());
  EXPECT_EQ(assembler.kept_bytes(), 0u);
}

TEST(AnswerAssembler, WeighsWhatItIsNotToCount) {
  AnswerAssembler assembler;
  assembler.begin(100, tokens::Encoding::O200kBase, AnswerAssembler::Beyond::Weighed);
  assembler.event(R"({"choices":[{"index":0,"delta":{"content":"one two three four"}}]})", true);
  const std::uint64_t kept = assembler.count_now();
  EXPECT_FALSE(assembler.weighed());
  for (int i = 0; i < 99; ++i) assembler.text("one two three four");
  EXPECT_TRUE(assembler.weighed());
  EXPECT_FALSE(assembler.whole());
  EXPECT_EQ(assembler.streamed_tokens(), std::nullopt);
  EXPECT_NEAR(static_cast<double>(assembler.count_now()), static_cast<double>(100 * kept), static_cast<double>(20 * kept));
}

TEST(AnswerAssembler, NeverHasMorePartsThanItsBound) {
  AnswerAssembler assembler;
  std::vector<std::string> chunks;
  for (int i = 0; i < 3'000; ++i)
    chunks.push_back(R"({"choices":[{"index":)" + std::to_string(i) + R"(,"delta":{"content":"x"}}]})");
  const json answer = assembled(chunks, assembler);
  EXPECT_EQ(answer["choices"].size(), AnswerAssembler::kMaxParts);
  EXPECT_FALSE(assembler.whole());
}

TEST(AnswerAssembler, OddShapesAreNoTrouble) {
  for (const char* odd : {R"({"choices":{}})", R"({"choices":[1,null,"x",[]]})", R"({"choices":[{"delta":7,"index":-1}]})",
                          R"({"choices":[{"index":99999999999,"delta":{"content":{"a":1}}}]})", R"({"choices":[{"delta":{"tool_calls":[5,{"function":3}]}}]})",
                          R"({"id":5,"created":"x","usage":[],"choices":[{"delta":{"content":[{"type":"text","text":"t"},4]}}]})"}) {
    AnswerAssembler assembler;
    assembler.begin(kRoom, tokens::Encoding::O200kBase);
    assembler.event(odd, true);
    assembler.text("x");
    EXPECT_TRUE(json::accept(assembler.build())) << odd;
  }
}

}  // namespace
}  // namespace smartroute::accounting

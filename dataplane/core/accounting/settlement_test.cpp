#include "dataplane/core/accounting/settlement.hpp"

#include <gtest/gtest.h>

#include "dataplane/core/accounting/answer_tokens.hpp"
#include "dataplane/core/tokens/counter.hpp"

namespace smartroute::accounting {
namespace {

constexpr auto kO200k = tokens::Encoding::O200kBase;
constexpr std::string_view kRequest = R"({"model":"auto","messages":[{"role":"user","content":"hello world"}]})";
constexpr std::string_view kAnswer = R"({"choices":[{"index":0,"message":{"role":"assistant","content":"Hello, you there!"}}]})";

std::uint64_t count(std::string_view text) { return tokens::count(kO200k, text); }

prices::Price price_of(std::int64_t input, std::int64_t output) {
  prices::Price price;
  price.input = input;
  price.output = output;
  price.cached_input = input / 10;
  return price;
}
const prices::Price& cheap() {
  static const prices::Price price = price_of(1'000'000'000, 2'000'000'000);
  return price;
}
const prices::Price& dear() {
  static const prices::Price price = price_of(10'000'000'000, 20'000'000'000);
  return price;
}
constexpr std::nullopt_t kNone = std::nullopt;

openai::Usage said(std::optional<std::uint64_t> prompt, std::optional<std::uint64_t> completion,
                   std::optional<std::uint64_t> total = std::nullopt) {
  openai::Usage usage;
  usage.prompt = prompt;
  usage.completion = completion;
  usage.total = total;
  return usage;
}

Claim answered_claim() {
  Claim claim;
  claim.answered = true;
  claim.model = "p/m";
  claim.tokenizer = tokens::tokenizer_of("gpt-4o");
  claim.request_body = kRequest;
  claim.answer = kAnswer;
  claim.price = &cheap();
  claim.t3_price = &dear();
  return claim;
}

Account settle(const Claim& claim) { return Settler(1).settle(claim); }
TokenAmount by(TokenSource source, std::uint64_t tokens) { return {tokens, source}; }
using Amount = std::optional<TokenAmount>;

TEST(Settler, TheProvidersNumberWins) {
  struct Row {
    const char* name;
    openai::Usage usage;
    Amount prompt, completion;
  };
  const auto up = [](std::uint64_t n) { return by(TokenSource::Upstream, n); };
  const std::uint64_t here = count("Hello, you there!");
  const Row rows[] = {{"both", said(100, 20), up(100), up(20)},
                      {"zero is zero", said(0, 0), up(0), up(0)},
                      {"prompt by the total", said(kNone, 20, 120), up(100), up(20)},
                      {"completion by the total", said(100, kNone, 120), up(100), up(20)},
                      {"a total of nothing more", said(100, kNone, 100), up(100), up(0)},
                      {"a total alone", said(kNone, kNone, 100), by(TokenSource::Local, 100 - here), by(TokenSource::Local, here)},
                      {"a total that is too small", said(kNone, 20, 5), std::nullopt, up(20)}};
  for (const Row& row : rows) {
    Claim claim = answered_claim();
    claim.usage = row.usage;
    const Account account = settle(claim);
    EXPECT_EQ(account.completion, row.completion) << row.name;
    if (row.prompt) EXPECT_EQ(account.prompt, row.prompt) << row.name;
    else EXPECT_EQ(account.prompt->source, TokenSource::Local) << row.name;
  }
}

TEST(Settler, CountsWhatTheProviderDoesNotSay) {
  Claim claim = answered_claim();
  Account account = settle(claim);
  // 3 for each message, 3 for the answer's beginning: the formula of the provider.
  EXPECT_EQ(account.prompt, by(TokenSource::Local, count("hello world") + count("user") + 3 + 3));
  EXPECT_EQ(account.completion, by(TokenSource::Local, count("Hello, you there!")));
  claim.usage.prompt = 50;
  account = settle(claim);
  EXPECT_EQ(account.prompt, by(TokenSource::Upstream, 50));
  EXPECT_EQ(account.completion->source, TokenSource::Local);
}

TEST(Settler, AnotherTokenizerIsAnEstimate) {
  Claim claim = answered_claim();
  claim.tokenizer = tokens::tokenizer_of("claude-sonnet-4");
  ASSERT_FALSE(claim.tokenizer.exact);
  const Account account = settle(claim);
  EXPECT_EQ(account.prompt->source, TokenSource::Estimate);
  EXPECT_EQ(account.completion->source, TokenSource::Estimate);
}

TEST(Settler, LearnsTheFactorOfAModelFromWhatItsProviderSays) {
  Settler settler(1);
  Claim claim = answered_claim();
  claim.tokenizer = tokens::tokenizer_of("somebodys-own-model");
  std::string body = R"({"model":"m","messages":[{"role":"user","content":")";
  for (int i = 0; i < 500; ++i) body += "a sentence of some words ";
  body += R"("}]})";
  claim.request_body = body;
  const auto first = settler.settle(claim).prompt->count;
  Claim lesson = claim;
  lesson.learn = true;
  lesson.usage.prompt = first * 2;
  lesson.usage.completion = 10;
  for (int i = 0; i < 20; ++i) (void)settler.settle(lesson);
  EXPECT_NEAR(static_cast<double>(settler.settle(claim).prompt->count), static_cast<double>(first * 2), static_cast<double>(first) * 0.1);
  claim.model = "another/m";
  EXPECT_EQ(settler.settle(claim).prompt->count, first);
}

TEST(Settler, WithoutTheBodyThePromptIsEstimatedByItsLength) {
  Claim claim = answered_claim();
  claim.request_body = {};
  EXPECT_EQ(settle(claim).prompt, std::nullopt);
  claim.estimated_prompt = 123;
  EXPECT_EQ(settle(claim).prompt, by(TokenSource::Estimate, 123));
  claim.request_body = "not a request";
  EXPECT_EQ(settle(claim).prompt, by(TokenSource::Estimate, 123));
}

TEST(Settler, WithoutTheAnswerNothingIsKnownOfIt) {
  Claim claim = answered_claim();
  claim.answer = {};
  const Account account = settle(claim);
  EXPECT_EQ(account.completion, std::nullopt);
  EXPECT_EQ(account.cost_nano, std::nullopt);
  claim.streamed_tokens = 77;
  claim.answer_whole = false;
  EXPECT_EQ(settle(claim).completion, by(TokenSource::Local, 77));
}

TEST(Settler, AStreamTheClientLeftTookWhatWasStreamed) {
  Claim claim = answered_claim();
  claim.interrupted = true;
  claim.usage = said(100, 1);   // a running total of the first event
  EXPECT_EQ(settle(claim).completion, by(TokenSource::Local, count("Hello, you there!")));
  claim.usage.completion = 1'000;
  EXPECT_EQ(settle(claim).completion, by(TokenSource::Upstream, 1'000));
  claim.interrupted = false;
  claim.usage.completion = 1;
  EXPECT_EQ(settle(claim).completion, by(TokenSource::Upstream, 1));
}

TEST(Settler, WhatNobodyAnsweredUsedNothingAnybodyKnowsOf) {
  Claim claim = answered_claim();
  claim.answered = false;
  claim.estimated_prompt = 100;
  Account account = settle(claim);
  EXPECT_FALSE(account.prompt || account.completion || account.cost_nano || account.t3_cost_nano);
  claim.thrown_away_nano = 55;
  account = settle(claim);
  EXPECT_EQ(account.cost_nano, 55);
  EXPECT_FALSE(account.prompt || account.t3_cost_nano);
}

TEST(Settler, PricesWhatWasUsed) {
  struct Row {
    const char* name;
    const prices::Price* price;
    const prices::Price* t3;
    std::int64_t thrown_away;
    bool thrown_away_unknown;
    std::optional<std::int64_t> cost, t3_cost;
  };
  const prices::Price unknown;
  const Row rows[] = {{"both", &cheap(), &dear(), 0, false, 1'000'000 + 40'000, 10'000'000 + 400'000},
                      {"no price", nullptr, &dear(), 0, false, std::nullopt, 10'400'000},
                      {"an unknown price", &unknown, &unknown, 0, false, std::nullopt, std::nullopt},
                      {"no reference", &cheap(), nullptr, 0, false, 1'040'000, std::nullopt},
                      {"thrown away", &cheap(), &dear(), 500, false, 1'040'500, 10'400'000},
                      {"thrown away, unknown", &cheap(), &dear(), 500, true, std::nullopt, 10'400'000},
                      {"beyond all numbers", &cheap(), nullptr, std::numeric_limits<std::int64_t>::max(), false,
                       std::numeric_limits<std::int64_t>::max(), std::nullopt}};
  for (const Row& row : rows) {
    Claim claim = answered_claim();
    claim.usage = said(1'000, 20);
    claim.price = row.price;
    claim.t3_price = row.t3;
    claim.thrown_away_nano = row.thrown_away;
    claim.thrown_away_unknown = row.thrown_away_unknown;
    const Account account = settle(claim);
    EXPECT_EQ(account.cost_nano, row.cost) << row.name;
    EXPECT_EQ(account.t3_cost_nano, row.t3_cost) << row.name;
  }
  Claim cached = answered_claim();
  cached.usage = said(1'000, 0);
  cached.usage.cached = 1'000;
  EXPECT_EQ(settle(cached).cost_nano, 100'000);
}

TEST(AnswerReader, CountsAllTextsOfAllChoices) {
  struct Row {
    const char* name;
    std::string answer;
    std::uint64_t tokens;
    bool only_content, whole;
  };
  const auto message = [](const std::string& inside) { return R"({"choices":[{"message":{)" + inside + "}}]}"; };
  const Row rows[] = {
      {"content", message(R"("content":"one two")"), count("one two"), true, true},
      {"two choices", R"({"choices":[{"message":{"content":"one"}},{"message":{"content":"two"}}],"usage":{}})", count("one") + count("two"), true, true},
      {"parts", message(R"("content":[{"type":"text","text":"one"},{"type":"refusal","refusal":"two"}])"), count("one") + count("two"), true, true},
      {"escapes", message(R"("content":"\u4f60\n\"x\"")"), count("\xe4\xbd\xa0\n\"x\""), true, true},
      {"reasoning", message(R"("content":"a","reasoning_content":"because of it")"), count("a") + count("because of it"), false, true},
      {"reasoning twice", message(R"("content":"a","reasoning":"because","reasoning_content":"because")"), count("a") + count("because"), false, true},
      {"refusal", message(R"("content":null,"refusal":"I will not")"), count("I will not"), false, true},
      {"tool call", message(R"("tool_calls":[{"id":"c","type":"function","function":{"name":"look","arguments":"{\"a\":1}"}}])"), count("look") + count("{\"a\":1}"), false, true},
      {"function call", message(R"("function_call":{"name":"look","arguments":"{}"})"), count("look") + count("{}"), false, true},
      {"legacy text", R"({"choices":[{"text":"one"}]})", count("one"), true, true},
      {"nothing", message(R"("content":null)"), 0, true, true},
      {"an error", R"({"error":{"message":"no"}})", 0, true, true},
      {"no JSON", "<html>", 0, true, false},
      {"cut in a text", R"({"choices":[{"message":{"content":"one two thr)", count("one two thr"), true, false},
      {"cut in an escape", R"({"choices":[{"message":{"content":"one\u4f)", count("one"), true, false},
      {"cut behind it", R"({"choices":[{"message":{"content":"one")", count("one"), true, false},
      {"empty", "", 0, true, false}};
  AnswerReader reader;
  for (const Row& row : rows) {
    const AnswerTokens found = reader.count(kO200k, row.answer);
    EXPECT_EQ(found.tokens, row.tokens) << row.name;
    EXPECT_EQ(found.only_content, row.only_content) << row.name;
    EXPECT_EQ(found.whole, row.whole) << row.name;
  }
}

}  // namespace
}  // namespace smartroute::accounting

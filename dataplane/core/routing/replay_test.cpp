#include "dataplane/core/routing/replay.hpp"

#include <gtest/gtest.h>

#include "dataplane/core/openai/chat_request.hpp"
#include "dataplane/core/routing/config_fixture.hpp"
#include "dataplane/core/routing/view.hpp"

namespace smartroute::routing {
namespace {

using Response = admin::v1::ReplayRoutesResponse;

std::shared_ptr<const View> view_of(config::Config config) { return *View::build(std::move(config), Revision{1}, "f00d"); }

config::Config priced_config() {
  config::Config config = sample_config();
  config.models[0].price.input = 1.0;
  config.models[0].price.output = 2.0;  // openai/gpt-4o-mini
  config.models[1].price.input = 10.0;
  config.models[1].price.output = 20.0;  // deepseek/chat
  return config;
}

// A request as it was decided under sample_config().
PastRequest past(std::string_view id, std::string_view ask, std::string_view tier, std::string_view model) {
  PastRequest out;
  out.id = id;
  out.subject.ask = ask;
  out.prompt_tokens = 10;
  out.tier = tier;
  out.model_planned = out.model_answered = model;
  return out;
}

const admin::v1::ReplayShare* share(const google::protobuf::RepeatedPtrField<admin::v1::ReplayShare>& shares, std::string_view name) {
  for (const auto& row : shares)
    if (row.name() == name) return &row;
  return nullptr;
}

TEST(Replay, TheSameConfigurationMovesNothing) {
  const auto view = view_of(sample_config());
  Replay replay(*view, 10);
  replay.add(past("1", "hello", "t1", "openai/gpt-4o-mini"));
  replay.add(past("2", "what now", "t2", "deepseek/chat"));
  replay.add(past("3", "prove it", "t3", "openrouter/meta-llama/llama-3"));
  PastRequest named = past("4", "", "", "openai/gpt-4o-mini");
  named.model = "openai/gpt-4o-mini";
  replay.add(named);
  const Response said = replay.result();
  EXPECT_EQ(said.decided(), 4u);
  EXPECT_EQ(said.moved_tier(), 0u);
  EXPECT_EQ(said.moved_model(), 0u);
  EXPECT_EQ(said.moves_size(), 0);
  for (const char* name : {"t1", "t2", "t3", "named"}) {
    ASSERT_NE(share(said.tiers(), name), nullptr) << name;
    EXPECT_EQ(share(said.tiers(), name)->before(), 1u) << name;
    EXPECT_EQ(share(said.tiers(), name)->after(), 1u) << name;
  }
}

TEST(Replay, AChangedRuleMovesItsRequestsAndTheirCost) {
  config::Config config = priced_config();
  config.router.keywords.tiers[0] = {};
  config.router.keywords.tiers[1] = {"hello"};
  const auto view = view_of(config);
  Replay replay(*view, 10);
  PastRequest hello = past("1", "hello", "t1", "openai/gpt-4o-mini");
  hello.tokens = prices::Quantities{1'000'000, 500'000};
  replay.add(hello);
  replay.add(past("2", "prove it", "t3", "openrouter/meta-llama/llama-3"));
  const Response said = replay.result();
  EXPECT_EQ(said.moved_tier(), 1u);
  EXPECT_EQ(said.moved_model(), 1u);
  ASSERT_EQ(said.moves_size(), 1);
  EXPECT_EQ(said.moves(0).request_id(), "1");
  EXPECT_EQ(said.moves(0).ask(), "hello");
  EXPECT_EQ(said.moves(0).tier_before(), "t1");
  EXPECT_EQ(said.moves(0).tier_after(), "t2");
  EXPECT_EQ(said.moves(0).model_after(), "deepseek/chat");
  EXPECT_EQ(said.moves(0).reason(), "keyword:hello");
  EXPECT_EQ(said.priced(), 1u);
  EXPECT_DOUBLE_EQ(said.cost_before(), 2.0);
  EXPECT_DOUBLE_EQ(said.cost_after(), 20.0);
}

TEST(Replay, CachedTokensOfARecordKeepTheirPrice) {
  config::Config config = priced_config();
  config.models[0].price.cached_input = 0.25;
  const auto view = view_of(config);
  v1::RequestRecord record;
  record.mutable_route()->mutable_input()->set_ask("hello");
  record.mutable_route()->mutable_input()->set_human_turns(1);
  record.set_tier("t1");
  record.set_model("openai/gpt-4o-mini");
  record.mutable_prompt_tokens()->set_count(2'000'000);
  record.mutable_completion_tokens()->set_count(500'000);
  record.mutable_token_details()->set_cached(1'000'000);
  Replay replay(*view, 10);
  replay.add(*past_request(record));
  EXPECT_DOUBLE_EQ(replay.result().cost_before(), 1.0 + 0.25 + 1.0);
}

TEST(Replay, WhereAModelIsDrawnAllThatCouldBeDrawnAreNoMove) {
  config::Config config = sample_config();
  config.tiers[0].strategy = config::Strategy::Random;
  const auto view = view_of(config);
  Replay replay(*view, 10);
  for (int i = 0; i < 100; ++i) replay.add(past("a", "hello", "t1", i % 2 ? "openai/gpt-4o-mini" : "deepseek/chat"));
  replay.add(past("b", "hello", "t1", "openai/gone"));
  const Response said = replay.result();
  EXPECT_EQ(said.moved_model(), 1u);
  ASSERT_EQ(said.moves_size(), 1);
  EXPECT_EQ(said.moves(0).request_id(), "b");
}

TEST(Replay, TheSameRequestsGiveTheSameAnswer) {
  config::Config config = sample_config();
  config.router.mode = config::RouterMode::Random;
  const auto view = view_of(config);
  std::string first;
  for (int run = 0; run < 2; ++run) {
    Replay replay(*view, 5);
    for (int i = 0; i < 200; ++i) replay.add(past("x", "hello", "t1", "deepseek/chat"));
    const std::string bytes = replay.result().SerializeAsString();
    if (run == 0) first = bytes;
    EXPECT_EQ(bytes, first);
  }
}

TEST(Replay, AConversationMovesUpAndStays) {
  const auto view = view_of(sample_config());
  Replay replay(*view, 10);
  const auto turn = [&](std::string_view ask, std::uint64_t conversation, std::chrono::seconds at) {
    PastRequest request = past("x", ask, "t1", "openai/gpt-4o-mini");
    request.conversation = {conversation, true};
    request.at = at;
    replay.add(request);
  };
  using std::chrono::seconds;
  turn("hello", 7, seconds(1'000));
  turn("prove it", 7, seconds(1'001));
  turn("hello", 7, seconds(1'002));
  turn("hello", 8, seconds(1'003));
  turn("hello", 7, seconds(1'002 + 3'600 + 10));  // the time to live has passed
  const Response said = replay.result();
  EXPECT_EQ(share(said.tiers(), "t3")->after(), 2u);
  EXPECT_EQ(share(said.tiers(), "t1")->after(), 3u);
}

// Two people whose harness says the same first: both begin, neither continues what the other began.
TEST(Replay, ARecordedConversationContinuesWhereItDidInTheProxy) {
  const auto view = view_of(sample_config());
  const auto tier_after_a_proof = [&](std::uint32_t opening, std::uint32_t human_turns) {
    Replay replay(*view, 10);
    for (const char* ask : {"prove it", "hello"}) {
      v1::RequestRecord record;
      v1::RouteInput& input = *record.mutable_route()->mutable_input();
      record.set_requested_model("auto");
      input.set_ask(ask);
      input.set_human_turns(human_turns);
      input.set_conversation(7);
      input.set_conversation_opening(opening);
      replay.add(*past_request(record));
    }
    return share(replay.result().tiers(), "t1") != nullptr ? "t1" : "t3";
  };
  EXPECT_EQ(tier_after_a_proof(0, 1), std::string("t1"));
  EXPECT_EQ(tier_after_a_proof(0, 2), std::string("t3"));
  EXPECT_EQ(tier_after_a_proof(2, 2), std::string("t1"));
  EXPECT_EQ(tier_after_a_proof(2, 3), std::string("t3"));
}

TEST(Replay, AMomentBeyondAllClocksIsTheLastOne) {
  v1::RequestRecord record;
  record.mutable_route()->mutable_input()->set_prompt_tokens(1);
  record.set_received_us(INT64_MAX);
  EXPECT_GT(SteadyTime(past_request(record)->at), SteadyTime(std::chrono::hours(24 * 365 * 200)));
  record.set_received_us(-1);
  EXPECT_EQ(past_request(record)->at.count(), 0);
}

TEST(Replay, WithoutTextOnlyModesThatReadNoneDecide) {
  PastRequest silent = past("1", "", "t1", "openai/gpt-4o-mini");
  silent.has_text = false;
  config::Config config = sample_config();
  const auto keyword = view_of(config);
  Replay reads(*keyword, 10);
  reads.add(silent);
  EXPECT_EQ(reads.result().decided(), 0u);
  EXPECT_EQ(reads.result().skipped(), 1u);
  config.router.mode = config::RouterMode::Random;
  const auto spread = view_of(config);
  Replay draws(*spread, 10);
  draws.add(silent);
  EXPECT_EQ(draws.result().decided(), 1u);
}

TEST(Replay, WhatTheCandidateWouldRefuseIsSaid) {
  config::Config config = sample_config();
  config.gateway.unknown_model = config::UnknownModel::Reject;
  const auto view = view_of(config);
  Replay replay(*view, 10);
  PastRequest request = past("1", "hello", "t1", "openai/gpt-4o-mini");
  request.model = "gpt-9";
  replay.add(request);
  const Response said = replay.result();
  ASSERT_EQ(said.moves_size(), 1);
  EXPECT_EQ(said.moves(0).tier_after(), "refused");
  EXPECT_EQ(said.moves(0).reason(), "the model 'gpt-9' does not exist");
}

TEST(Replay, ListsMovesOfTiersFirstAndNoMoreThanAsked) {
  config::Config config = sample_config();
  config.tiers[0].models = ids({"deepseek/chat"});
  const auto view = view_of(config);
  Replay replay(*view, 3);
  for (int i = 0; i < 5; ++i) replay.add(past("model", "hello", "t1", "openai/gpt-4o-mini"));
  for (int i = 0; i < 2; ++i) replay.add(past("tier", "hello", "t3", "openrouter/meta-llama/llama-3"));
  const Response said = replay.result();
  EXPECT_EQ(said.moved_model(), 7u);
  EXPECT_EQ(said.moved_tier(), 2u);
  ASSERT_EQ(said.moves_size(), 3);
  EXPECT_EQ(said.moves(0).request_id(), "tier");
  EXPECT_EQ(said.moves(1).request_id(), "tier");
  EXPECT_EQ(said.moves(2).request_id(), "model");
}

TEST(Replay, TheTableOfModelsIsBounded) {
  const auto view = view_of(sample_config());
  Replay replay(*view, 0);
  for (int i = 0; i < 1'000; ++i) {
    PastRequest request = past("x", "", "", "");
    const std::string name = "openai/invented-" + std::to_string(i);
    request.model = name;
    replay.add(request);
  }
  const Response said = replay.result();
  EXPECT_LE(said.models_size(), static_cast<int>(kMaxShares) + 1);
  EXPECT_EQ(share(said.models(), "other")->after(), 1'000u - kMaxShares);
}

TEST(PastRequestReader, ReadsPromptsAndBodies) {
  PastRequestReader reader;
  const auto prompt = reader.read(R"({"id":"a00001","text":"integral of x\nplease","lang":"en","tier":"T3"})");
  ASSERT_TRUE(prompt) << prompt.error().text();
  EXPECT_EQ(prompt->id, "a00001");
  EXPECT_EQ(prompt->model, "auto");
  EXPECT_EQ(prompt->subject.ask, "integral of x\nplease");
  EXPECT_EQ(prompt->tier, "t3");
  const auto body = reader.read(R"({"model":"t1","max_tokens":9,"messages":[{"role":"system","content":"s"},{"role":"user","content":"hi"}]})");
  ASSERT_TRUE(body) << body.error().text();
  EXPECT_EQ(body->model, "t1");
  EXPECT_EQ(body->subject.ask, "hi");
  EXPECT_EQ(body->subject.system, "s");
  EXPECT_EQ(body->max_output_tokens, 9u);
  EXPECT_EQ(body->tier, "");
  const auto bare = reader.read(R"({"messages":[{"role":"user","content":"hi"}]})");
  ASSERT_TRUE(bare) << bare.error().text();
  EXPECT_EQ(bare->model, "auto");
}

TEST(PastRequestReader, SaysWhatIsWrongWithALine) {
  struct Row {
    const char *line, *text;
  };
  const Row rows[] = {{"", ""},
                      {"[]", ""},
                      {"{}", "needs either 'text' or 'messages'"},
                      {R"({"text":7})", "'text' must be a string"},
                      {R"({"text":"x","tier":"T4"})", "'tier' must be T1, T2 or T3"},
                      {R"({"messages":"none"})", "messages"}};
  PastRequestReader reader;
  for (const Row& row : rows) {
    const auto read = reader.read(row.line);
    ASSERT_FALSE(read) << row.line;
    EXPECT_NE(read.error().text().find(row.text), std::string::npos) << row.line << ": " << read.error().text();
  }
}

}  // namespace
}  // namespace smartroute::routing

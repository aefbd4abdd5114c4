#include "dataplane/core/routing/trace.hpp"

#include <gtest/gtest.h>

#include "dataplane/core/routing/config_fixture.hpp"
#include "dataplane/core/routing/request_reader.hpp"

namespace smartroute::routing {
namespace {

struct Traced {
  accounting::Record record;
  Plan plan;
  std::shared_ptr<const View> view;
};

Traced traced(config::Config config, std::string_view body) {
  Traced out;
  auto view = View::build(std::move(config), Revision{1}, "f00d");
  EXPECT_TRUE(view) << view.error().text();
  out.view = *view;
  RequestReader reader;
  auto request = reader.read(body);
  EXPECT_TRUE(request) << request.error().text();
  SeededRandom random(1);
  std::string fold;
  const Name name = read_name(*out.view, request->chat.model);
  TierDecision decision;
  if (goes_through_router(*out.view, name)) {
    decision = first_opinion(*out.view, request->subject, std::nullopt, random, fold);
    settle(*out.view, request->prompt_tokens, std::nullopt, decision);
  }
  auto planned = plan(*out.view, name, std::move(decision), facts_of(request->chat, request->chat.model, request->prompt_tokens), SteadyTime(), random);
  EXPECT_TRUE(planned) << planned.error().text();
  out.plan = std::move(*planned);
  trace_input(request->chat, request->prompt_tokens, {42, true, 2}, out.record.route);
  trace_decision(*out.view, name, out.plan, out.record);
  return out;
}

TEST(Trace, TellsTheRuleTheTierAndTheCandidatesWithWhatForbidsThem) {
  config::Config config = sample_config();
  config.providers[0].api_key_missing = true;
  const Traced t = traced(std::move(config), R"({"model":"auto","max_tokens":70,"messages":[{"role":"user","content":"hello"}]})");
  EXPECT_EQ(t.record.tier, "t1");
  EXPECT_EQ(t.record.mode, "keyword");
  EXPECT_EQ(t.record.reason, "keyword:hello");
  EXPECT_EQ(t.record.strategy, "sequential");
  EXPECT_TRUE(t.record.configured_model);
  const accounting::RouteTrace& route = t.record.route;
  EXPECT_EQ(route.configured_mode, "keyword");
  ASSERT_EQ(route.rules.size(), 1u);
  EXPECT_EQ(route.rules[0], "hello");
  ASSERT_EQ(route.candidates.size(), 2u);
  EXPECT_EQ(route.candidates[0].model, "openai/gpt-4o-mini");
  EXPECT_EQ(route.candidates[0].skip, "no_credentials");
  EXPECT_EQ(route.candidates[1].model, "deepseek/chat");
  EXPECT_EQ(route.candidates[1].skip, "");
  EXPECT_EQ(route.human_turns, 1u);
  EXPECT_EQ(route.max_output_tokens, 70u);
  EXPECT_EQ(route.conversation, 42u);
  EXPECT_TRUE(route.conversation_named);
  EXPECT_EQ(route.conversation_opening, 2u);
  EXPECT_GT(route.prompt_tokens, 0u);
}

TEST(Trace, LeavesLaterRoundsAndLongListsOut) {
  config::Config config = sample_config();
  config.tiers[0].rounds = 3;
  const Traced rounds = traced(config, R"({"model":"t1","messages":[{"role":"user","content":"x"}]})");
  EXPECT_GT(rounds.plan.candidates.size(), 2u);
  EXPECT_EQ(rounds.record.route.candidates.size(), 2u);
  config.tiers[0].models.clear();
  for (int i = 0; i < 200; ++i) config.tiers[0].models.emplace_back("openai/m" + std::to_string(i));
  const Traced many = traced(config, R"({"model":"t1","messages":[{"role":"user","content":"x"}]})");
  EXPECT_EQ(many.record.route.candidates.size(), kMaxTracedCandidates);
}

TEST(Trace, ANamedModelHasCandidatesAndNoMode) {
  const Traced t = traced(sample_config(), R"({"model":"openai/gpt-4o-mini","messages":[{"role":"user","content":"x"}]})");
  EXPECT_EQ(t.record.mode, "named");
  EXPECT_EQ(t.record.tier, "");
  EXPECT_EQ(t.record.route.configured_mode, "");
  EXPECT_FALSE(t.record.route.candidates.empty());
}

TEST(Trace, TextsChangeHands) {
  classify::AskMemory memory{"what I asked", "the system"};
  accounting::RouteTrace route;
  trace_texts(memory, route);
  EXPECT_EQ(route.ask, "what I asked");
  EXPECT_EQ(route.system, "the system");
  EXPECT_EQ(memory.ask + memory.system, "");
}

}  // namespace
}  // namespace smartroute::routing

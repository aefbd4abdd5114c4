#include "dataplane/core/routing/explain.hpp"

#include <gtest/gtest.h>

#include <numeric>

#include "dataplane/core/routing/config_fixture.hpp"

namespace smartroute::routing {
namespace {

using Response = admin::v1::ExplainRouteResponse;

Result<Response> ask(const config::Config& config, std::string_view body, std::string_view model = {}) {
  const auto view = View::build(config, Revision{1}, "f00d");
  if (!view) return fail(view.error());
  const FakeClock clock;
  SeededRandom random(1);
  return explain(**view, Question{body, model}, clock, random);
}

TEST(Explain, AMissingModelIsAuto) {
  for (const char* body : {R"({"messages":[{"role":"user","content":"prove it"}]})", R"({"model":"auto","messages":[{"role":"user","content":"prove it"}]})"}) {
    const auto said = ask(sample_config(), body);
    ASSERT_TRUE(said) << said.error().text();
    EXPECT_EQ(said->tier(), "t3");
    EXPECT_EQ(said->mode(), "keyword");
    EXPECT_EQ(said->reason(), "keyword:prove");
    EXPECT_EQ(said->route().configured_mode(), "keyword");
    EXPECT_EQ(said->route().input().ask(), "prove it");
    ASSERT_EQ(said->route().candidates_size(), 1);
    EXPECT_EQ(said->route().candidates(0).model(), "openrouter/meta-llama/llama-3");
  }
}

TEST(Explain, AModelInsteadOfTheBodysDecides) {
  const char* body = R"({"model":"t1","messages":[{"role":"user","content":"prove it"}]})";
  EXPECT_EQ(ask(sample_config(), body)->tier(), "t1");
  EXPECT_EQ(ask(sample_config(), body, "t2")->tier(), "t2");
  EXPECT_EQ(ask(sample_config(), body, "auto")->tier(), "t3");
  EXPECT_EQ(ask(sample_config(), body, "openai/gpt-4o-mini")->mode(), "named");
}

TEST(Explain, RefusesWhatTheProxyRefusesInItsWords) {
  config::Config config = sample_config();
  config.gateway.unknown_model = config::UnknownModel::Reject;
  config.limits.max_json_depth = 4;
  struct Row {
    const char *name, *body, *text;
    ErrorKind kind;
  };
  const Row rows[] = {
      {"no JSON", "hello", "", ErrorKind::InvalidRequest},
      {"empty", "", "", ErrorKind::InvalidRequest},
      {"no messages", R"({"model":"auto"})", "'messages' is required", ErrorKind::InvalidRequest},
      {"neither", "{}", "'messages' is required", ErrorKind::InvalidRequest},
      {"a model of another type", R"({"model":7,"messages":[{"role":"user","content":"x"}]})", "'model' must be a non-empty string", ErrorKind::InvalidRequest},
      {"too deep for this configuration", R"({"model":"auto","messages":[{"role":"user","content":"x"}],"metadata":[[[[1]]]]})", "", ErrorKind::InvalidRequest},
      {"an unknown model", R"({"model":"nobody","messages":[{"role":"user","content":"x"}]})", "the model 'nobody' does not exist", ErrorKind::ModelNotFound},
  };
  for (const Row& row : rows) {
    const auto said = ask(config, row.body);
    ASSERT_FALSE(said) << row.name;
    EXPECT_EQ(said.error().kind(), row.kind) << row.name;
    EXPECT_NE(said.error().text().find(row.text), std::string::npos) << row.name << ": " << said.error().text();
  }
}

TEST(Explain, TheClassifierSaysHowProbableEachTierIsAndWhatMovedIt) {
  config::Config config = sample_config();
  config.router.mode = config::RouterMode::Embedded;
  const auto said = ask(config, R"({"messages":[{"role":"user","content":"Prove that there are infinitely many primes congruent to 3 modulo 4."}]})");
  ASSERT_TRUE(said) << said.error().text();
  EXPECT_EQ(said->mode(), "embedded");
  const auto& p = said->route().probabilities();
  ASSERT_EQ(p.size(), 3);
  EXPECT_NEAR(std::accumulate(p.begin(), p.end(), 0.0), 1.0, 1e-3);
  EXPECT_FALSE(said->route().weights().empty());
  EXPECT_GT(said->route().signals_size(), 0);
  EXPECT_LE(said->route().signals_size(), static_cast<int>(kShownSignals));
}

TEST(Explain, SignalsOfAStoredDecisionAreThoseOfTheLiveOne) {
  config::Config config = sample_config();
  config.router.mode = config::RouterMode::Embedded;
  const auto view = *View::build(config, Revision{1}, "f00d");
  const FakeClock clock;
  SeededRandom random(1);
  const auto said = explain(*view, Question{R"({"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Write a haiku about rain"}]})", {}}, clock, random);
  ASSERT_TRUE(said) << said.error().text();
  v1::RouteDecision stored = said->route();
  stored.clear_signals();
  const v1::RouteDecision bare = stored;
  add_signals(*view->embedded, stored);
  EXPECT_EQ(stored.SerializeAsString(), said->route().SerializeAsString());
  for (int row = 0; row < 3; ++row) {
    v1::RouteDecision foreign = bare;
    if (row == 0) foreign.set_weights("0-00000000");
    if (row == 1) foreign.mutable_input()->clear_ask();
    if (row == 2) foreign.clear_probabilities();
    add_signals(*view->embedded, foreign);
    EXPECT_EQ(foreign.signals_size(), 0) << row;
  }
}

TEST(Explain, SaysThatTheJudgeWouldBeAskedAndDecidesWithoutIt) {
  config::Config config = sample_config();
  config.router.mode = config::RouterMode::Llm;
  config.router.llm.emplace();
  config.router.llm->model = ModelId("openai/gpt-4o-mini");
  const auto said = ask(config, R"({"messages":[{"role":"user","content":"Summarise this"}]})");
  ASSERT_TRUE(said) << said.error().text();
  EXPECT_TRUE(said->would_call_judge());
  EXPECT_EQ(said->mode(), "embedded");
  EXPECT_EQ(said->route().judge(), "");
}

}  // namespace
}  // namespace smartroute::routing

#include "dataplane/core/routing/plan.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "dataplane/core/routing/config_fixture.hpp"

namespace smartroute::routing {
namespace {

using config::TierName;

std::shared_ptr<const View> build(config::Config config) {
  auto view = View::build(std::move(config), Revision{1}, "f");
  EXPECT_TRUE(view) << view.error().text();
  return view ? *view : nullptr;
}

Result<Plan> plan_of(const View& view, std::string_view model, std::string_view text = {},
                     bool has_images = false, std::uint64_t seed = 1) {
  SeededRandom random(seed);
  std::string scratch;
  return plan(view, {model, text, has_images}, random, scratch);
}

// "openai/gpt-4o deepseek/chat(no_credentials)"
std::string shown(const Plan& plan) {
  std::string out;
  for (const Candidate& candidate : plan.candidates) {
    if (!out.empty()) out += ' ';
    out += candidate.model->id;
    if (!candidate.skip.empty()) out += "(" + std::string(candidate.skip) + ")";
  }
  return out;
}

std::string decided(const Plan& plan) {
  return (plan.decision.tier ? std::string(config::name_of(*plan.decision.tier)) : "-") + " " +
         std::string(plan.decision.mode) + " " + plan.decision.reason;
}

TEST(Plan, UnderstandsEveryFormOfAName) {
  const auto view = build(sample_config());
  struct Row {
    const char *model, *text, *decision, *candidates;
  };
  const Row rows[] = {
      {"auto", "prove it", "t3 keyword keyword:prove", "openrouter/meta-llama/llama-3"},
      {"auto", "hello", "t1 keyword keyword:hello", "openai/gpt-4o-mini deepseek/chat"},
      {"auto", "what now", "t2 default default_tier", "deepseek/chat openai/gpt-4o"},
      {"auto", "", "t2 default default_tier", "deepseek/chat openai/gpt-4o"},
      {"auto", "证明", "t3 keyword keyword:\\u8bc1\\u660e", "openrouter/meta-llama/llama-3"},
      {"t1", "prove it", "t1 tier asked", "openai/gpt-4o-mini deepseek/chat"},
      {"t3", "", "t3 tier asked", "openrouter/meta-llama/llama-3"},
      {"openai/gpt-4o-mini", "prove it", "- named asked",
       "openai/gpt-4o-mini deepseek/chat openrouter/meta-llama/llama-3"},
      {"gpt-4o-mini", "", "- named asked",
       "openai/gpt-4o-mini deepseek/chat openrouter/meta-llama/llama-3"},
      {"deepseek/chat", "", "- named asked", "deepseek/chat"},
      {"gpt-4o", "", "- named asked", "openai/gpt-4o"},
      {"mapped-model", "", "- named asked", "deepseek/mapped-model"},
      {"deepseek/other", "", "- named asked", "deepseek/other"},
      {"openrouter/a/b", "", "- named asked", "openrouter/a/b"},
      {"gpt-9", "prove it", "t3 keyword keyword:prove; unknown model",
       "openrouter/meta-llama/llama-3"},
      {"nobody/gpt-9", "", "t2 default default_tier; unknown model", "deepseek/chat openai/gpt-4o"},
      {"AUTO", "", "t2 default default_tier; unknown model", "deepseek/chat openai/gpt-4o"},
      {"T1", "", "t2 default default_tier; unknown model", "deepseek/chat openai/gpt-4o"},
      {"openai/", "", "t2 default default_tier; unknown model", "deepseek/chat openai/gpt-4o"},
  };
  for (const Row& row : rows) {
    const auto made = plan_of(*view, row.model, row.text);
    ASSERT_TRUE(made) << row.model << ": " << made.error().text();
    EXPECT_EQ(decided(*made), row.decision) << row.model;
    EXPECT_EQ(shown(*made), row.candidates) << row.model;
  }
}

TEST(Plan, ConfidenceIsFullForNamesAndRulesAndNoneForDefaults) {
  const auto view = build(sample_config());
  EXPECT_EQ(plan_of(*view, "t1")->decision.confidence, 1);
  EXPECT_EQ(plan_of(*view, "gpt-4o")->decision.confidence, 1);
  EXPECT_EQ(plan_of(*view, "auto", "prove")->decision.confidence, 1);
  EXPECT_EQ(plan_of(*view, "auto", "x")->decision.confidence, 0);
}

TEST(Plan, AModelOutsideTheConfigIsThePlansOwn) {
  config::Config config = sample_config();
  config.params.models["other"] = R"({"top_p":0.9})";
  const auto view = build(std::move(config));
  auto made = plan_of(*view, "deepseek/other");
  ASSERT_TRUE(made);
  const Plan moved = std::move(*made);
  ASSERT_NE(moved.own, nullptr);
  EXPECT_EQ(moved.candidates[0].model, moved.own.get());
  EXPECT_EQ(moved.own->upstream_model, "other");
  EXPECT_EQ(moved.own->model_json, "\"other\"");
  ASSERT_EQ(moved.own->forced.size(), 1u);
  EXPECT_EQ(moved.own->forced[0].key, "top_p");
  EXPECT_EQ(plan_of(*view, "gpt-4o")->own, nullptr);
  const auto foreign = plan_of(*view, "deepseek/模型\"");
  EXPECT_EQ(foreign->own->id, "deepseek/\\u6a21\\u578b\"");
  EXPECT_EQ(foreign->own->model_json, "\"模型\\\"\"");
}

TEST(Plan, UnknownNamesFollowTheRule) {
  config::Config config = sample_config();
  config.gateway.unknown_model = config::UnknownModel::Reject;
  auto view = build(config);
  const auto rejected = plan_of(*view, "gpt-9");
  ASSERT_FALSE(rejected);
  EXPECT_EQ(rejected.error().kind(), ErrorKind::ModelNotFound);
  EXPECT_EQ(rejected.error().param(), "model");
  EXPECT_TRUE(plan_of(*view, "auto"));
  EXPECT_TRUE(plan_of(*view, "deepseek/other"));
  EXPECT_FALSE(wants_text(*view, "gpt-9"));

  config.gateway.unknown_model = config::UnknownModel::Pass;
  view = build(config);
  const auto passed = plan_of(*view, "meta/gpt-9", "prove");
  ASSERT_TRUE(passed);
  EXPECT_EQ(decided(*passed), "- named unknown model, passed on");
  EXPECT_EQ(shown(*passed), "openai/meta/gpt-9");
  EXPECT_EQ(passed->own->upstream_model, "meta/gpt-9");
  EXPECT_FALSE(wants_text(*view, "gpt-9"));
}

TEST(Plan, WithoutAnyModelThereIsNoRoute) {
  config::Config config = sample_config();
  for (config::Tier& tier : config.tiers) tier.models.clear();
  for (const config::RouterMode mode : {config::RouterMode::Keyword, config::RouterMode::Random}) {
    config.router.mode = mode;
    const auto view = build(config);
    for (const char* model : {"auto", "t1", "gpt-9"}) {
      const auto made = plan_of(*view, model);
      ASSERT_FALSE(made) << model;
      EXPECT_EQ(made.error().kind(), ErrorKind::NoRoute) << model;
    }
    EXPECT_TRUE(plan_of(*view, "openai/gpt-4o-mini"));
  }
  config::Config nothing;
  nothing.gateway.unknown_model = config::UnknownModel::Pass;
  const auto passed = plan_of(*build(nothing), "gpt-4");
  ASSERT_FALSE(passed);
  EXPECT_EQ(passed.error().kind(), ErrorKind::NoRoute);
}

TEST(Plan, AnEmptyTierIsServedByTheNextOneUpThenDown) {
  using config::NoCandidate;
  struct Row {
    const char* name;
    NoCandidate rule;
    const char* asked;
    std::vector<int> empty;
    const char* decision;
  };
  const Row rows[] = {
      {"up", NoCandidate::UpThenDown, "t1", {0}, "t2 tier asked; t1 empty, t2 serves"},
      {"two up", NoCandidate::UpThenDown, "t1", {0, 1}, "t3 tier asked; t1 empty, t3 serves"},
      {"up before down", NoCandidate::UpThenDown, "t2", {1}, "t3 tier asked; t2 empty, t3 serves"},
      {"down at last", NoCandidate::UpThenDown, "t2", {1, 2}, "t1 tier asked; t2 empty, t1 serves"},
      {"down from the nearest",
       NoCandidate::UpThenDown,
       "t3",
       {2},
       "t2 tier asked; t3 empty, t2 serves"},
      {"only up", NoCandidate::Up, "t2", {1}, "t3 tier asked; t2 empty, t3 serves"},
      {"only up, at the top", NoCandidate::Up, "t3", {2}, ""},
      {"fail", NoCandidate::Fail, "t1", {0}, ""},
      {"not empty", NoCandidate::Fail, "t1", {1, 2}, "t1 tier asked"},
  };
  for (const Row& row : rows) {
    config::Config config = sample_config();
    config.router.no_candidate = row.rule;
    for (const int tier : row.empty) config.tiers[static_cast<std::size_t>(tier)].models.clear();
    const auto made = plan_of(*build(std::move(config)), row.asked);
    EXPECT_EQ(made ? decided(*made) : "", row.decision) << row.name;
    if (made) continue;
    EXPECT_EQ(made.error().kind(), ErrorKind::NoRoute) << row.name;
  }
}

TEST(Plan, ProvidersWithoutCredentialsAreSkipped) {
  config::Config config = sample_config();
  config.providers[0].api_key_missing = true;
  const auto view = build(config);
  EXPECT_EQ(shown(*plan_of(*view, "t1")), "openai/gpt-4o-mini(no_credentials) deepseek/chat");
  EXPECT_EQ(shown(*plan_of(*view, "openai/gpt-4o-mini")),
            "openai/gpt-4o-mini(no_credentials) deepseek/chat openrouter/meta-llama/llama-3");
  // A tier in which nothing can be tried is served by the next.
  config.providers[1].api_key_missing = true;
  const auto two_view = build(config);
  const auto two = plan_of(*two_view, "t1");
  EXPECT_EQ(decided(*two), "t3 tier asked; t1 unusable, t3 serves");
  EXPECT_EQ(shown(*two), "openrouter/meta-llama/llama-3");
  // With nothing anywhere the plan says why, and has nothing to try.
  config.providers[2].api_key_missing = true;
  const auto none_view = build(config);
  const auto none = plan_of(*none_view, "t1");
  ASSERT_TRUE(none);
  EXPECT_EQ(decided(*none), "t1 tier asked");
  EXPECT_EQ(shown(*none), "openai/gpt-4o-mini(no_credentials) deepseek/chat(no_credentials)");
}

TEST(Plan, ImagesGoToModelsThatCanSee) {
  config::Config config = sample_config();
  const auto view = build(config);
  EXPECT_EQ(shown(*plan_of(*view, "t1", "", true)),
            "openai/gpt-4o-mini deepseek/chat(not_multimodal)");
  EXPECT_EQ(shown(*plan_of(*view, "t2", "", true)), "deepseek/chat(not_multimodal) openai/gpt-4o");
  // Asked by name: used as it is. Its fallbacks are judged.
  EXPECT_EQ(shown(*plan_of(*view, "deepseek/chat", "", true)), "deepseek/chat");
  EXPECT_EQ(shown(*plan_of(*view, "gpt-4o-mini", "", true)),
            "openai/gpt-4o-mini deepseek/chat(not_multimodal) openrouter/meta-llama/llama-3");
  // A tier of blind models is passed over for one that can see.
  config.tiers[1].models = ids({"deepseek/chat"});
  const auto up_view = build(config);
  const auto up = plan_of(*up_view, "t2", "", true);
  EXPECT_EQ(decided(*up), "t3 tier asked; t2 unusable, t3 serves");
  // When none can, the blind ones are tried after all.
  config.tiers[0].models = ids({"deepseek/chat"});
  config.tiers[2].models = ids({"deepseek/chat"});
  const auto blind_view = build(config);
  const auto blind = plan_of(*blind_view, "t2", "", true);
  EXPECT_EQ(decided(*blind), "t2 tier asked");
  EXPECT_EQ(shown(*blind), "deepseek/chat");
}

TEST(Plan, RoundsRepeatWhatMayBeTried) {
  config::Config config = sample_config();
  config.tiers[0].rounds = 3;
  EXPECT_EQ(shown(*plan_of(*build(config), "t1")),
            "openai/gpt-4o-mini deepseek/chat openai/gpt-4o-mini deepseek/chat openai/gpt-4o-mini "
            "deepseek/chat");
  config.tiers[0].models = ids({"openai/gpt-4o-mini", "gpt-4o", "deepseek/chat"});
  config.tiers[0].rounds = 2;
  config.providers[1].api_key_missing = true;
  EXPECT_EQ(shown(*plan_of(*build(config), "t1")),
            "openai/gpt-4o-mini openai/gpt-4o deepseek/chat(no_credentials) openai/gpt-4o-mini "
            "openai/gpt-4o");
  config.tiers[2].rounds = 5;
  EXPECT_EQ(shown(*plan_of(*build(config), "t3")), "openrouter/meta-llama/llama-3");
}

TEST(Plan, LimitsComeFromTheServingTierOrTheModel) {
  config::Config config = sample_config();
  auto view = build(config);
  EXPECT_EQ(plan_of(*view, "t1")->max_attempts, 4);
  EXPECT_EQ(plan_of(*view, "t2")->max_attempts, 3);
  EXPECT_EQ(plan_of(*view, "t2")->timeouts.total, config::Millis(60'000));
  EXPECT_EQ(plan_of(*view, "gpt-4o-mini")->max_attempts, 2);
  EXPECT_EQ(plan_of(*view, "gpt-4o-mini")->timeouts.first_byte, config::Millis(10'000));
  EXPECT_EQ(plan_of(*view, "deepseek/other")->max_attempts, config::Model{}.max_attempts);
  config.tiers[0].models.clear();
  view = build(config);
  EXPECT_EQ(plan_of(*view, "t1")->timeouts.total, config::Millis(60'000));
}

TEST(Plan, RandomIsUniformOverTiersThatHaveModels) {
  config::Config config = sample_config();
  config.router.mode = config::RouterMode::Random;
  config.tiers[1].models.clear();
  const auto view = build(config);
  SeededRandom random(99);
  std::string scratch;
  std::map<std::string, int> counts;
  for (int i = 0; i < 4'000; ++i) {
    const auto made = plan(*view, {"auto", "prove hello", false}, random, scratch);
    ASSERT_TRUE(made);
    EXPECT_EQ(made->decision.mode, "random");
    ++counts[decided(*made)];
  }
  ASSERT_EQ(counts.size(), 2u);
  EXPECT_NEAR(counts["t1 random random"], 2'000, 200);
  EXPECT_NEAR(counts["t3 random random"], 2'000, 200);
}

TEST(Plan, ModesThatAreNotThereYetUseTheKeywords) {
  for (const config::RouterMode mode :
       {config::RouterMode::Embedded, config::RouterMode::Llm, config::RouterMode::Cascade}) {
    config::Config config = sample_config();
    config.router.mode = mode;
    const auto view = build(config);
    EXPECT_EQ(decided(*plan_of(*view, "auto", "prove")), "t3 keyword keyword:prove");
    EXPECT_EQ(decided(*plan_of(*view, "auto", "other")), "t2 default default_tier");
    EXPECT_TRUE(wants_text(*view, "auto"));
  }
}

TEST(Plan, ReasonsAreHeaderSafeAndShort) {
  config::Config config = sample_config();
  config.router.keywords.tiers[2] = {"a\tb\x7f😀", std::string(300, 'x')};
  const auto view = build(config);
  EXPECT_EQ(plan_of(*view, "auto", "a\tb\x7f😀")->decision.reason,
            "keyword:a\\u0009b\\u007f\\U0001f600");
  const std::string longest = plan_of(*view, "auto", std::string(300, 'x'))->decision.reason;
  EXPECT_EQ(longest, "keyword:" + std::string(64, 'x'));
}

TEST(WantsText, IsFalseWhereverTheTextCannotMatter) {
  config::Config config = sample_config();
  auto view = build(config);
  for (const char* model : {"auto", "gpt-9", "nobody/x"})
    EXPECT_TRUE(wants_text(*view, model)) << model;
  for (const char* model :
       {"t1", "t2", "t3", "gpt-4o", "openai/gpt-4o-mini", "deepseek/other", "mapped-model"})
    EXPECT_FALSE(wants_text(*view, model)) << model;
  config.router.mode = config::RouterMode::Random;
  view = build(config);
  EXPECT_FALSE(wants_text(*view, "auto"));
  config.router.mode = config::RouterMode::Keyword;
  config.router.keywords = {};
  view = build(config);
  EXPECT_FALSE(wants_text(*view, "auto"));
}

// Random configurations and questions: what must hold for every plan.
TEST(Plan, KeepsItsPromisesForAnyConfiguration) {
  SeededRandom random(2026);
  const auto below = [&](std::uint64_t n) { return static_cast<std::size_t>(random.below(n)); };
  const std::vector<std::string> names{
      "openai/gpt-4o-mini", "deepseek/chat", "gpt-4o", "openrouter/meta-llama/llama-3",
      "mapped-model",       "openai/a",      "b"};
  const std::vector<std::string> asked{
      "auto", "t1", "t2", "t3", "gpt-4o", "openai/gpt-4o-mini", "deepseek/own", "unknown"};
  int planned = 0;
  for (int round = 0; round < 1'500; ++round) {
    config::Config config = sample_config();
    for (config::Provider& p : config.providers) p.api_key_missing = below(4) == 0;
    for (config::Tier& tier : config.tiers) {
      tier.models.clear();
      for (std::size_t n = below(5); n > 0; --n)
        tier.models.emplace_back(names[below(names.size())]);
      tier.rounds = static_cast<std::int32_t>(1 + below(3));
    }
    config.router.mode = static_cast<config::RouterMode>(below(5));
    config.router.no_candidate = static_cast<config::NoCandidate>(below(3));
    config.gateway.unknown_model = static_cast<config::UnknownModel>(below(3));
    const auto view = build(config);
    const std::string& model = asked[below(asked.size())];
    const bool images = below(2) == 0;
    const auto seed = random.next();
    const auto made = plan_of(*view, model, "prove", images, seed);
    const auto other = plan_of(*view, model, "hello", images, seed);
    if (!wants_text(*view, model)) {
      ASSERT_EQ(made.has_value(), other.has_value()) << model;
      if (made) {
        ASSERT_EQ(decided(*made) + shown(*made), decided(*other) + shown(*other)) << model;
      }
    }
    if (!made) continue;
    ++planned;

    ASSERT_FALSE(made->candidates.empty());
    ASSERT_GE(made->max_attempts, 1);
    std::vector<const ModelEntry*> usable;
    for (std::size_t i = 0; i < made->candidates.size(); ++i) {
      const Candidate& candidate = made->candidates[i];
      ASSERT_NE(candidate.model, nullptr);
      ASSERT_NE(candidate.model->upstream, nullptr);
      ASSERT_TRUE(i == 0 || candidate.model != made->candidates[i - 1].model);
      ASSERT_EQ(candidate.skip == "no_credentials", candidate.model->upstream->credentials_missing);
      if (candidate.skip.empty()) usable.push_back(candidate.model);
    }
    for (std::size_t i = 1; i < usable.size(); ++i) ASSERT_NE(usable[i], usable[i - 1]);
    // Every round repeats the first one's order without a model twice.
    const std::set<const ModelEntry*> distinct(usable.begin(), usable.end());
    for (std::size_t i = distinct.size(); i < usable.size(); ++i)
      ASSERT_EQ(usable[i], usable[i - distinct.size()]);
    // The first round is the serving tier's own order.
    if (made->decision.tier) {
      const auto& tier = view->tiers[static_cast<std::size_t>(*made->decision.tier)].models;
      for (std::size_t i = 0; i < tier.size(); ++i) ASSERT_EQ(made->candidates[i].model, tier[i]);
    }
    for (const char c : made->decision.reason) ASSERT_TRUE(c >= 0x20 && c < 0x7f);
  }
  EXPECT_GT(planned, 1'000);
}

}  // namespace
}  // namespace smartroute::routing

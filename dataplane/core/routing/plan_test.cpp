#include "dataplane/core/routing/plan.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "dataplane/core/routing/config_fixture.hpp"
#include "dataplane/core/routing/scoreboard.hpp"

namespace smartroute::routing {
namespace {

using config::TierName;

std::shared_ptr<const View> build(config::Config config) {
  auto view = View::build(std::move(config), Revision{1}, "f");
  EXPECT_TRUE(view) << view.error().text();
  return view ? *view : nullptr;
}

// What row 4 decided, where the choice is the router's.
TierDecision routed(TierName tier) {
  TierDecision decision;
  decision.tier = tier;
  decision.mode = "embedded";
  decision.reason = "embedded:0.93";
  decision.confidence = 0.93;
  return decision;
}

constexpr SteadyTime kNow{std::chrono::hours(1)};

struct Question {
  std::string_view model;
  bool has_images = false;
  std::uint64_t prompt_tokens = 0;
  std::uint64_t max_output_tokens = 0;
  TierName tier = TierName::T2;  // as decided, where the choice is the router's
};

Result<Plan> plan_of(const View& view, const Question& question, Random& random, SteadyTime now = kNow) {
  Facts facts;
  facts.model = question.model;
  facts.has_images = question.has_images;
  facts.prompt_tokens = question.prompt_tokens;
  facts.max_output_tokens = question.max_output_tokens;
  const Name name = read_name(view, question.model);
  return plan(view, name, routed(question.tier), facts, now, random);
}

Result<Plan> plan_of(const View& view, const Question& question) {
  SeededRandom random(1);
  return plan_of(view, question, random);
}
Result<Plan> plan_of(const View& view, const char* model) {
  Question question;
  question.model = model;
  return plan_of(view, question);
}

Result<Plan> plan_at(const View& view, const char* model, SteadyTime now) {
  SeededRandom random(1);
  Question question;
  question.model = model;
  return plan_of(view, question, random, now);
}

Question with_images(const char* model) {
  Question question;
  question.model = model;
  question.has_images = true;
  return question;
}
Question with_tokens(const char* model, std::uint64_t prompt, std::uint64_t output = 0) {
  Question question;
  question.model = model;
  question.prompt_tokens = prompt;
  question.max_output_tokens = output;
  return question;
}

ModelStats& stats_of(const View& view, const char* model) { return *view.by_name.find(model)->second->stats; }

void fail_once(const View& view, const char* model, resilience::AttemptOutcome outcome) {
  AttemptEnd end;
  end.outcome = outcome;
  RunningAttempt(stats_of(view, model), kNow).end(end, kNow, view.config.health);
}
void answer_in(ModelStats& stats, std::chrono::nanoseconds took) {
  RunningAttempt(stats, kNow).first_byte(kNow + took, true);
}
void cool(const View& view, const char* model) { fail_once(view, model, resilience::AttemptOutcome::RateLimited); }

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
    const char *model, *decision, *candidates;
  };
  const Row rows[] = {
      {"auto", "t2 embedded embedded:0.93", "deepseek/chat openai/gpt-4o"},
      {"t1", "t1 tier asked", "openai/gpt-4o-mini deepseek/chat"},
      {"t3", "t3 tier asked", "openrouter/meta-llama/llama-3"},
      {"openai/gpt-4o-mini", "- named asked",
       "openai/gpt-4o-mini deepseek/chat openrouter/meta-llama/llama-3"},
      {"gpt-4o-mini", "- named asked",
       "openai/gpt-4o-mini deepseek/chat openrouter/meta-llama/llama-3"},
      {"deepseek/chat", "- named asked", "deepseek/chat"},
      {"gpt-4o", "- named asked", "openai/gpt-4o"},
      {"mapped-model", "- named asked", "deepseek/mapped-model"},
      {"deepseek/other", "- named asked", "deepseek/other"},
      {"openrouter/a/b", "- named asked", "openrouter/a/b"},
      {"gpt-9", "t2 embedded embedded:0.93; unknown model", "deepseek/chat openai/gpt-4o"},
      {"nobody/gpt-9", "t2 embedded embedded:0.93; unknown model", "deepseek/chat openai/gpt-4o"},
      {"AUTO", "t2 embedded embedded:0.93; unknown model", "deepseek/chat openai/gpt-4o"},
      {"T1", "t2 embedded embedded:0.93; unknown model", "deepseek/chat openai/gpt-4o"},
      {"openai/", "t2 embedded embedded:0.93; unknown model", "deepseek/chat openai/gpt-4o"},
  };
  for (const Row& row : rows) {
    const auto made = plan_of(*view, row.model);
    ASSERT_TRUE(made) << row.model << ": " << made.error().text();
    EXPECT_EQ(decided(*made), row.decision) << row.model;
    EXPECT_EQ(shown(*made), row.candidates) << row.model;
  }
}

TEST(Plan, NamesAreSureAndTheRoutersDecisionIsKept) {
  const auto view = build(sample_config());
  EXPECT_EQ(plan_of(*view, "t1")->decision.confidence, 1);
  EXPECT_EQ(plan_of(*view, "gpt-4o")->decision.confidence, 1);
  EXPECT_EQ(plan_of(*view, "auto")->decision.confidence, 0.93);
  EXPECT_EQ(plan_of(*view, "auto")->strategy, "sequential");
  EXPECT_EQ(plan_of(*view, "gpt-4o")->strategy, "");
  // Without any decision it is the default tier.
  SeededRandom random(1);
  Facts facts;
  facts.model = "auto";
  const auto undecided = plan(*view, read_name(*view, "auto"), {}, facts, kNow, random);
  EXPECT_EQ(undecided->decision.tier, TierName::T2);
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

  config.gateway.unknown_model = config::UnknownModel::Pass;
  view = build(config);
  const auto passed = plan_of(*view, "meta/gpt-9");
  ASSERT_TRUE(passed);
  EXPECT_EQ(decided(*passed), "- named unknown model, passed on");
  EXPECT_EQ(shown(*passed), "openai/meta/gpt-9");
  EXPECT_EQ(passed->own->upstream_model, "meta/gpt-9");
}

TEST(Plan, WithoutAnyModelThereIsNoRoute) {
  config::Config config = sample_config();
  for (config::Tier& tier : config.tiers) tier.models.clear();
  const auto view = build(config);
  for (const char* model : {"auto", "t1", "gpt-9"}) {
    const auto made = plan_of(*view, model);
    ASSERT_FALSE(made) << model;
    EXPECT_EQ(made.error().kind(), ErrorKind::NoRoute) << model;
  }
  EXPECT_TRUE(plan_of(*view, "openai/gpt-4o-mini"));
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
  EXPECT_EQ(shown(*plan_of(*view, with_images("t1"))),
            "openai/gpt-4o-mini deepseek/chat(not_multimodal)");
  EXPECT_EQ(shown(*plan_of(*view, with_images("t2"))), "deepseek/chat(not_multimodal) openai/gpt-4o");
  // Asked by name: used as it is. Its fallbacks are judged.
  EXPECT_EQ(shown(*plan_of(*view, with_images("deepseek/chat"))), "deepseek/chat");
  EXPECT_EQ(shown(*plan_of(*view, with_images("gpt-4o-mini"))),
            "openai/gpt-4o-mini deepseek/chat(not_multimodal) openrouter/meta-llama/llama-3");
  // A tier of blind models is passed over for one that can see.
  config.tiers[1].models = ids({"deepseek/chat"});
  const auto up_view = build(config);
  const auto up = plan_of(*up_view, with_images("t2"));
  EXPECT_EQ(decided(*up), "t3 tier asked; t2 unusable, t3 serves");
  // When none can, the blind ones are tried after all.
  config.tiers[0].models = ids({"deepseek/chat"});
  config.tiers[2].models = ids({"deepseek/chat"});
  const auto blind_view = build(config);
  const auto blind = plan_of(*blind_view, with_images("t2"));
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

TEST(Plan, PromptsGoWhereTheyFit) {
  config::Config config = sample_config();  // gpt-4o-mini holds 128,000 tokens
  config.models[1].context_window = 8'000;  // deepseek/chat
  config.tiers[1].models = ids({"deepseek/chat", "openai/unlisted"});
  const auto view = build(config);
  struct Row {
    const char* name;
    Question question;
    const char *decision, *candidates;
  };
  const Row rows[] = {
      {"fits", with_tokens("t1", 7'000, 1'000), "t1 tier asked", "openai/gpt-4o-mini deepseek/chat"},
      {"prompt too long", with_tokens("t1", 8'001), "t1 tier asked", "openai/gpt-4o-mini deepseek/chat(context_window)"},
      {"with the answer", with_tokens("t1", 7'000, 1'001), "t1 tier asked",
       "openai/gpt-4o-mini deepseek/chat(context_window)"},
      {"unknown windows fit", with_tokens("t2", 1'000'000), "t2 tier asked", "deepseek/chat(context_window) openai/unlisted"},
      {"another tier", with_tokens("t1", 200'000), "t2 tier asked; t1 too small, t2 serves",
       "deepseek/chat(context_window) openai/unlisted"},
      {"asked by name", with_tokens("deepseek/chat", 9'000), "- named asked", "deepseek/chat"},
      {"fallbacks are judged", with_tokens("gpt-4o-mini", 200'000), "- named asked",
       "openai/gpt-4o-mini deepseek/chat(context_window) openrouter/meta-llama/llama-3"},
      {"no overflow", with_tokens("t1", 5, UINT64_MAX), "t2 tier asked; t1 too small, t2 serves",
       "deepseek/chat(context_window) openai/unlisted"},
  };
  for (const Row& row : rows) {
    const auto made = plan_of(*view, row.question);
    ASSERT_TRUE(made) << row.name;
    EXPECT_EQ(decided(*made), row.decision) << row.name;
    EXPECT_EQ(shown(*made), row.candidates) << row.name;
  }
}

TEST(Plan, WhenNoWindowFitsTheLargestIsTried) {
  config::Config config = sample_config();
  config.models[1].context_window = 8'000;
  config.tiers[1].models = ids({"deepseek/chat"});
  config.tiers[2].models.clear();
  auto view = build(config);
  auto made = plan_of(*view, with_tokens("t2", 500'000));
  ASSERT_TRUE(made);
  EXPECT_EQ(decided(*made), "t1 tier asked; t2 too small, t1 serves; no context window fits");
  EXPECT_EQ(shown(*made), "openai/gpt-4o-mini deepseek/chat(context_window)");
  config.router.no_candidate = config::NoCandidate::Fail;
  view = build(config);
  made = plan_of(*view, with_tokens("t2", 500'000));
  EXPECT_EQ(decided(*made), "t2 tier asked; no context window fits");
  EXPECT_EQ(shown(*made), "deepseek/chat");
  // Eyes matter more than an estimate of length.
  config = sample_config();
  config.models[0].context_window = 4'000;
  config.models[1].context_window = 8'000;
  config.tiers[1].models.clear();
  config.tiers[2].models.clear();
  view = build(config);
  Question question = with_tokens("t1", 6'000);
  question.has_images = true;
  made = plan_of(*view, question);
  EXPECT_EQ(shown(*made), "openai/gpt-4o-mini deepseek/chat(not_multimodal)");
}

TEST(Plan, CoolingModelsComeLastAndAreNamed) {
  config::Config config = sample_config();
  config.tiers[0].rounds = 2;
  const auto view = build(config);
  cool(*view, "openai/gpt-4o-mini");
  const auto made = plan_of(*view, "t1");
  EXPECT_EQ(shown(*made), "deepseek/chat openai/gpt-4o-mini deepseek/chat openai/gpt-4o-mini");
  EXPECT_EQ(made->candidates[0].note, "");
  EXPECT_EQ(made->candidates[1].note, "cooling");
  // A tier in which all cool still serves: a cooldown is a reason to wait, not to fail.
  cool(*view, "openrouter/meta-llama/llama-3");
  EXPECT_EQ(shown(*plan_of(*view, "t3")), "openrouter/meta-llama/llama-3");
  // Failures without a cooldown change nothing in a sequence.
  fail_once(*view, "deepseek/chat", resilience::AttemptOutcome::ServerError);
  EXPECT_EQ(shown(*plan_of(*view, "t2")), "deepseek/chat openai/gpt-4o");
}

TEST(Plan, ANamedModelIsTriedFirstUnlessItCools) {
  const auto view = build(sample_config());
  cool(*view, "deepseek/chat");
  EXPECT_EQ(shown(*plan_of(*view, "gpt-4o-mini")), "openai/gpt-4o-mini openrouter/meta-llama/llama-3 deepseek/chat");
  cool(*view, "openai/gpt-4o-mini");
  const auto made = plan_of(*view, "gpt-4o-mini");
  EXPECT_EQ(shown(*made), "openrouter/meta-llama/llama-3 openai/gpt-4o-mini deepseek/chat");
  EXPECT_EQ(made->candidates[0].note, "");
  EXPECT_EQ(made->candidates[1].note, "cooling");
  EXPECT_EQ(made->candidates[2].note, "cooling");
}

// Leaves five requests waiting for a model.
std::vector<RunningAttempt> crowd_at(ModelStats& stats, SteadyTime now) {
  std::vector<RunningAttempt> out;
  for (std::uint32_t i = 0; i < ModelStats::kStallCrowd; ++i) out.emplace_back(stats, now);
  return out;
}

TEST(Plan, AModelThatIsDueForAProbeStandsWhereItWouldIfItWereFit) {
  config::Config config = sample_config();
  config.tiers[0].rounds = 2;
  const auto view = build(config);
  cool(*view, "openai/gpt-4o-mini");
  const SteadyTime later = kNow + view->config.health.cooldowns.rate_limited;
  for (const char* name : {"t1", "gpt-4o-mini"}) {
    EXPECT_FALSE(plan_at(*view, name, kNow)->candidates[0].probe);
    const auto made = plan_at(*view, name, later);
    EXPECT_EQ(made->candidates[0].model->id, "openai/gpt-4o-mini") << name;
    EXPECT_TRUE(made->candidates[0].probe) << name;
    EXPECT_EQ(made->candidates[0].note, "probe") << name;
    EXPECT_FALSE(made->candidates[1].probe) << name;
  }
  EXPECT_TRUE(plan_at(*view, "t1", later)->candidates[2].probe);  // whoever comes to it first
  // While one request probes, it cools for the others.
  ASSERT_TRUE(stats_of(*view, "openai/gpt-4o-mini").claim_probe(later));
  const auto made = plan_at(*view, "t1", later);
  EXPECT_EQ(made->candidates[1].note, "cooling");
  EXPECT_FALSE(made->candidates[1].probe);
}

TEST(Plan, ModelsThatStallComeBehindThoseThatAnswerAndBeforeThoseThatCool) {
  config::Config config = sample_config();
  config.tiers[0].models = ids({"openai/gpt-4o-mini", "deepseek/chat", "openrouter/meta-llama/llama-3"});
  const auto view = build(config);
  const auto crowd = crowd_at(stats_of(*view, "deepseek/chat"), kNow);
  const SteadyTime later = kNow + ModelStats::kStallUnknown + std::chrono::milliseconds(1);
  EXPECT_EQ(shown(*plan_at(*view, "t1", kNow)), "openai/gpt-4o-mini deepseek/chat openrouter/meta-llama/llama-3");
  cool(*view, "openai/gpt-4o-mini");
  const auto made = plan_at(*view, "t1", later);
  EXPECT_EQ(shown(*made), "openrouter/meta-llama/llama-3 deepseek/chat openai/gpt-4o-mini");
  EXPECT_EQ(made->candidates[1].note, "stalled");
  const auto named = plan_at(*view, "gpt-4o-mini", later);
  EXPECT_EQ(shown(*named), "openrouter/meta-llama/llama-3 deepseek/chat openai/gpt-4o-mini");
  EXPECT_EQ(named->candidates[1].note, "stalled");
}

TEST(Plan, OfFallbacksThatCoolTheOneThatIsBackSoonerComesFirst) {
  const auto view = build(sample_config());
  fail_once(*view, "deepseek/chat", resilience::AttemptOutcome::CredentialsRefused);
  cool(*view, "openrouter/meta-llama/llama-3");
  EXPECT_EQ(shown(*plan_of(*view, "gpt-4o-mini")), "openai/gpt-4o-mini openrouter/meta-llama/llama-3 deepseek/chat");
}

TEST(Plan, TellsHowTheAnswerIsToBeGiven) {
  config::Config config = sample_config();
  config.tiers[0].guarantee = config::Guarantee::Buffered;
  config.tiers[0].on_break = config::OnBreak::Restart;
  config.tiers[0].hold_back.bytes = 77;
  const auto view = build(config);
  const auto tier = plan_of(*view, "t1");
  EXPECT_EQ(tier->guarantee, config::Guarantee::Buffered);
  EXPECT_EQ(tier->on_break, config::OnBreak::Restart);
  EXPECT_EQ(tier->hold_back.bytes, 77);
  for (const char* plain : {"t2", "gpt-4o-mini"}) {
    const auto made = plan_of(*view, plain);
    EXPECT_EQ(made->guarantee, config::Guarantee::Live) << plain;
    EXPECT_EQ(made->on_break, config::OnBreak::Error) << plain;
    EXPECT_EQ(made->hold_back.bytes, config::HoldBack().bytes) << plain;
  }
}

TEST(Plan, CheapestReckonsWithThisPromptAndItsAnswer) {
  config::Config config = sample_config();
  config.tiers[0].strategy = config::Strategy::Cheapest;
  config.tiers[0].models = ids({"openrouter/free", "openai/gpt-4o-mini", "deepseek/chat"});
  config.models[0].price.input = 0.1;  // dear answers
  config.models[0].price.output = 10;
  config.models[1].price.input = 1;  // dear prompts
  config.models[1].price.output = 1;
  const auto view = build(config);
  const auto made = plan_of(*view, with_tokens("t1", 1'000));
  EXPECT_EQ(made->strategy, "cheapest");
  EXPECT_EQ(shown(*made), "deepseek/chat openai/gpt-4o-mini openrouter/free");
  EXPECT_EQ(made->candidates[0].note, "$0.001500");  // an answer of 500 tokens is assumed
  EXPECT_EQ(made->candidates[1].note, "$0.005100");
  EXPECT_EQ(made->candidates[2].note, "price unknown");
  EXPECT_EQ(shown(*plan_of(*view, with_tokens("t1", 1'000, 50))), "openai/gpt-4o-mini deepseek/chat openrouter/free");
}

TEST(Plan, NotesSayWhatTheStrategyLookedAt) {
  config::Config config = sample_config();
  config.tiers[1].models = ids({"gpt-4o"});
  struct Row {
    config::Strategy strategy;
    const char* note;
  };
  for (const Row& row : {Row{config::Strategy::Sequential, ""}, Row{config::Strategy::Random, "weight 1"},
                         Row{config::Strategy::Fastest, "first byte 412 ms, 1 in flight"},
                         Row{config::Strategy::Adaptive, "health 83, first byte 412 ms, 1 in flight"}}) {
    config.tiers[1].strategy = row.strategy;
    const auto view = build(config);
    fail_once(*view, "gpt-4o", resilience::AttemptOutcome::ServerError);
    answer_in(stats_of(*view, "gpt-4o"), std::chrono::microseconds(412'300));
    stats_of(*view, "gpt-4o").attempt_began(kNow);
    EXPECT_EQ(plan_of(*view, "t2")->candidates[0].note, row.note);
  }
  config.tiers[1].strategy = config::Strategy::Fastest;
  EXPECT_EQ(plan_of(*build(config), "t2")->candidates[0].note, "speed unknown, 0 in flight");
}

TEST(Plan, AStrategyOrdersOnlyWhatMayBeTried) {
  config::Config config = sample_config();
  config.tiers[0].models = ids({"openai/gpt-4o-mini", "deepseek/chat", "gpt-4o"});
  config.tiers[0].strategy = config::Strategy::Fastest;
  config.providers[1].api_key_missing = true;
  const auto view = build(config);
  answer_in(stats_of(*view, "openai/gpt-4o-mini"), std::chrono::seconds(3));
  answer_in(stats_of(*view, "gpt-4o"), std::chrono::seconds(1));
  EXPECT_EQ(shown(*plan_of(*view, "t1")), "openai/gpt-4o deepseek/chat(no_credentials) openai/gpt-4o-mini");
}

constexpr int kQuestionsAView = 20;

config::Config random_config(Random& random) {
  const auto below = [&](std::uint64_t n) { return static_cast<std::size_t>(random.below(n)); };
  const std::vector<std::string> names{
      "openai/gpt-4o-mini", "deepseek/chat", "gpt-4o", "openrouter/meta-llama/llama-3",
      "mapped-model",       "openai/a",      "b"};
  config::Config config = sample_config();
  for (config::Provider& p : config.providers) p.api_key_missing = below(4) == 0;
  for (config::Tier& tier : config.tiers) {
    tier.models.clear();
    for (std::size_t n = below(5); n > 0; --n)
      tier.models.emplace_back(names[below(names.size())]);
    tier.rounds = static_cast<std::int32_t>(1 + below(3));
    tier.strategy = static_cast<config::Strategy>(below(5));
  }
  config.router.no_candidate = static_cast<config::NoCandidate>(below(3));
  config.gateway.unknown_model = static_cast<config::UnknownModel>(below(3));
  for (config::Model& model : config.models) model.context_window = 1'000 * (1 + static_cast<std::int64_t>(below(3)));
  return config;
}

// Random configurations, states and questions: what must hold for every plan.
TEST(Plan, KeepsItsPromisesForAnyConfiguration) {
  SeededRandom random(2026);
  const auto below = [&](std::uint64_t n) { return static_cast<std::size_t>(random.below(n)); };
  const std::vector<std::string> asked{
      "auto", "t1", "t2", "t3", "gpt-4o", "openai/gpt-4o-mini", "deepseek/own", "unknown"};
  int planned = 0;
  std::shared_ptr<const View> view;
  for (int round = 0; round < 3'000; ++round) {
    if (round % kQuestionsAView == 0) view = build(random_config(random));
    for (const auto& model : view->models) {
      if (below(12) == 0) cool(*view, model->id.c_str());
      if (below(2) == 0) answer_in(*model->stats, std::chrono::milliseconds(1 + below(5'000)));
    }
    Question question;
    question.model = asked[below(asked.size())];
    question.has_images = below(2) == 0;
    question.prompt_tokens = below(4'000);
    question.tier = static_cast<TierName>(below(3));
    const auto made = plan_of(*view, question, random);
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
      if (candidate.note == "cooling") {
        ASSERT_TRUE(candidate.skip.empty() && candidate.model->stats->cooling(kNow));
      }
      if (candidate.skip.empty()) usable.push_back(candidate.model);
    }
    for (std::size_t i = 1; i < usable.size(); ++i) ASSERT_NE(usable[i], usable[i - 1]);
    // Every round holds each model once; in a tier, and among fallbacks, those that cool at the end.
    const std::set<const ModelEntry*> distinct(usable.begin(), usable.end());
    ASSERT_TRUE(distinct.empty() || usable.size() % distinct.size() == 0);
    const bool is_named = !made->decision.tier.has_value();
    for (std::size_t begin = 0; begin < usable.size(); begin += distinct.size()) {
      const std::set<const ModelEntry*> in_round(usable.begin() + static_cast<std::ptrdiff_t>(begin),
                                                 usable.begin() + static_cast<std::ptrdiff_t>(begin + distinct.size()));
      ASSERT_EQ(in_round, distinct);
      for (std::size_t i = begin + (is_named ? 2 : 1); i < begin + distinct.size(); ++i)
        ASSERT_LE(usable[i - 1]->stats->cooling(kNow), usable[i]->stats->cooling(kNow));
    }
    // The first round is the serving tier, all of it.
    if (made->decision.tier) {
      const TierEntry& tier = view->tiers[static_cast<std::size_t>(*made->decision.tier)];
      ASSERT_GE(made->candidates.size(), tier.models.size());
      std::set<const ModelEntry*> first;
      for (std::size_t i = 0; i < tier.models.size(); ++i) first.insert(made->candidates[i].model);
      ASSERT_EQ(first, std::set<const ModelEntry*>(tier.models.begin(), tier.models.end()));
      const bool any_cools = std::any_of(usable.begin(), usable.end(), [](auto* m) { return m->stats->cooling(kNow); });
      const bool as_written = tier.settings.strategy == config::Strategy::Sequential && !any_cools;
      for (std::size_t i = 0; as_written && i < tier.models.size(); ++i) ASSERT_EQ(made->candidates[i].model, tier.models[i]);
    }
    for (const char c : made->decision.reason) ASSERT_TRUE(c >= 0x20 && c < 0x7f);
  }
  EXPECT_GT(planned, 2'000);
}

}  // namespace
}  // namespace smartroute::routing

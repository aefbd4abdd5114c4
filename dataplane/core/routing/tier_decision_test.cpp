#include "dataplane/core/routing/tier_decision.hpp"

#include <gtest/gtest.h>

#include <array>

#include "dataplane/core/routing/config_fixture.hpp"

namespace smartroute::routing {
namespace {

using classify::Subject;
using config::RouterMode;
using config::TierName;

std::shared_ptr<const View> build(config::Config config) {
  auto view = View::build(std::move(config), Revision{1}, "f");
  EXPECT_TRUE(view) << view.error().text();
  return view ? *view : nullptr;
}

config::Config with_mode(RouterMode mode, bool has_judge = false) {
  config::Config out = sample_config();
  out.router.mode = mode;
  if (has_judge) {
    out.router.llm.emplace();
    out.router.llm->model = ModelId("openai/gpt-4o-mini");
  }
  return out;
}

Subject asking(std::string_view text) {
  Subject subject;
  subject.ask = text;
  return subject;
}

TierDecision opinion(const View& view, const Subject& subject, std::optional<TierName> pinned = {}, std::uint64_t seed = 1) {
  SeededRandom random(seed);
  std::string scratch;
  return first_opinion(view, subject, pinned, random, scratch);
}

constexpr std::string_view kProof = "Let f be continuous on [0,1] with f(0)=f(1). Show that for every n there is x with f(x)=f(x+1/n), and that 1/n cannot be replaced by another number.";
constexpr std::string_view kHello = "hey, how are you today?";

TEST(TierDecision, RandomModeSpreadsEvenlyOverTiersThatHaveModels) {
  // Chi-square with 2 degrees of freedom: 13.8 is passed by chance once in a thousand seeds; the seed is fixed.
  const auto view = build(with_mode(RouterMode::Random));
  SeededRandom random(5);
  std::string scratch;
  std::array<double, 3> counts{};
  constexpr int kDraws = 30'000;
  for (int i = 0; i < kDraws; ++i) ++counts[static_cast<std::size_t>(*first_opinion(*view, asking(kProof), {}, random, scratch).tier)];
  double chi_square = 0;
  for (const double count : counts) chi_square += (count - kDraws / 3.0) * (count - kDraws / 3.0) / (kDraws / 3.0);
  EXPECT_LT(chi_square, 13.8);

  config::Config two = with_mode(RouterMode::Random);
  two.tiers[1].models.clear();
  const auto fewer = build(std::move(two));
  for (std::uint64_t seed = 0; seed < 200; ++seed) EXPECT_NE(opinion(*fewer, asking(kProof), {}, seed).tier, TierName::T2);
}

TEST(TierDecision, EachModeHeedsItsOwnSources) {
  struct Row {
    const char* name;
    RouterMode mode;
    std::string_view ask;
    TierName tier;
    std::string_view decided_by;
  };
  const Row rows[] = {
      {"a rule in keyword mode", RouterMode::Keyword, "hello, prove it", TierName::T3, "keyword"},
      {"no rule in keyword mode", RouterMode::Keyword, kProof, TierName::T2, "default"},
      {"embedded judges the work", RouterMode::Embedded, kProof, TierName::T3, "embedded"},
      {"embedded does not heed rules that decide", RouterMode::Embedded, "say hello to my mother in Spanish, prove", TierName::T1, ""},
      {"cascade: a rule first", RouterMode::Cascade, "hello there", TierName::T1, "keyword"},
      {"cascade: then the classifier", RouterMode::Cascade, kHello, TierName::T1, "embedded"},
      {"nothing to judge", RouterMode::Cascade, "", TierName::T2, "default"},
      {"nothing to judge for embedded", RouterMode::Embedded, "", TierName::T2, "default"},
      {"llm without a judge", RouterMode::Llm, kProof, TierName::T3, "embedded"},
  };
  for (const Row& row : rows) {
    const auto view = build(with_mode(row.mode));
    const TierDecision decision = opinion(*view, asking(row.ask));
    if (!row.decided_by.empty()) {
      EXPECT_EQ(decision.tier, row.tier) << row.name << ": " << decision.reason;
      EXPECT_EQ(decision.mode, row.decided_by) << row.name;
    } else {
      EXPECT_EQ(decision.mode, "embedded") << row.name;
    }
    EXPECT_FALSE(decision.wants_judge) << row.name;
  }
}

TEST(TierDecision, TheJudgeIsAskedWhenTheModeAndTheDoubtSaySo) {
  config::Config cascade = with_mode(RouterMode::Cascade, true);
  cascade.router.min_confidence = 1;
  EXPECT_TRUE(opinion(*build(cascade), asking("so what do you make of the plan")).wants_judge);
  EXPECT_FALSE(opinion(*build(cascade), asking("prove it")).wants_judge) << "a rule decided";
  cascade.router.min_confidence = 0;
  EXPECT_FALSE(opinion(*build(cascade), asking("so what do you make of the plan")).wants_judge);
  const auto llm = build(with_mode(RouterMode::Llm, true));
  EXPECT_TRUE(opinion(*llm, asking(kHello)).wants_judge) << "however sure the classifier is";
  EXPECT_FALSE(opinion(*llm, asking("")).wants_judge) << "nothing to judge";
  EXPECT_FALSE(opinion(*llm, asking(kHello), TierName::T3).wants_judge) << "nothing can raise it";
  const auto embedded = build(with_mode(RouterMode::Embedded, true));
  EXPECT_FALSE(opinion(*embedded, asking(kHello)).wants_judge);
}

TEST(TierDecision, AVerdictReplacesTheOpinionAndAFailureLeavesIt) {
  const auto view = build(with_mode(RouterMode::Llm, true));
  TierDecision decision = opinion(*view, asking(kHello));
  const auto guess = decision.tier;
  TierDecision failed = decision;
  hear_judge({JudgeOutcome::Answered, TierName::T3, 400'000}, decision);
  EXPECT_EQ(decision.tier, TierName::T3);
  EXPECT_EQ(decision.mode, "llm");
  EXPECT_EQ(decision.judge, "ok");
  EXPECT_FALSE(decision.wants_judge);
  for (const JudgeOutcome outcome : {JudgeOutcome::Timeout, JudgeOutcome::Unreachable, JudgeOutcome::Refused, JudgeOutcome::Babble, JudgeOutcome::Open,
                                     JudgeOutcome::NoCredentials}) {
    TierDecision left = failed;
    hear_judge({outcome, TierName::T3, 1}, left);
    EXPECT_EQ(left.tier, guess);
    EXPECT_EQ(left.mode, "embedded");
    EXPECT_NE(left.reason.find("; judge " + std::string(name_of(outcome))), std::string::npos) << left.reason;
  }
}

TEST(TierDecision, OnlyRaises) {
  config::Config config = with_mode(RouterMode::Keyword);
  config.router.keywords.at_least[1] = {"invoice"};
  config.router.long_context_tokens = 1000;
  config.router.long_context_tier = TierName::T3;
  const auto view = build(config);
  struct Row {
    const char* name;
    std::string_view ask;
    std::uint64_t tokens;
    std::optional<TierName> pinned;
    TierName tier;
    std::string_view raised_by;
  };
  const Row rows[] = {
      {"nothing to raise", "hello", 10, {}, TierName::T1, ""},
      {"minimum rule", "hello, my invoice", 10, {}, TierName::T2, "keyword"},
      {"minimum rule under a higher decision", "prove my invoice", 10, {}, TierName::T3, ""},
      {"long context", "hello", 1000, {}, TierName::T3, "long_context"},
      {"short enough", "hello", 999, {}, TierName::T1, ""},
      {"conversation", "hello", 10, TierName::T2, TierName::T2, "session"},
      {"conversation below", "prove it", 10, TierName::T1, TierName::T3, ""},
      {"minimum, then conversation", "hello invoice", 10, TierName::T3, TierName::T3, "session"},
  };
  for (const Row& row : rows) {
    // T3 conversations are settled by the first opinion already; the table asks what settle() does.
    TierDecision decision = opinion(*view, asking(row.ask));
    settle(*view, row.tokens, row.pinned, decision);
    EXPECT_EQ(decision.tier, row.tier) << row.name << ": " << decision.reason;
    EXPECT_EQ(decision.raised_by, row.raised_by) << row.name;
    EXPECT_EQ(decision.first_tier.has_value(), !row.raised_by.empty()) << row.name;
  }
}

TEST(TierDecision, ATurnThatAnswersAToolKeepsItsConversationsTier) {
  const auto view = build(with_mode(RouterMode::Cascade));
  Subject subject = asking("prove it");
  subject.answers_tool = true;
  const TierDecision kept = opinion(*view, subject, TierName::T1);
  EXPECT_EQ(kept.tier, TierName::T1);
  EXPECT_EQ(kept.mode, "session");
  EXPECT_EQ(opinion(*view, subject).tier, TierName::T3) << "without a pin the ask is judged";
}

TEST(TierDecision, NothingSticksInRandomModeOrWithoutATimeToLive) {
  EXPECT_TRUE(sticks(*build(with_mode(RouterMode::Cascade))));
  EXPECT_FALSE(sticks(*build(with_mode(RouterMode::Random))));
  config::Config off = with_mode(RouterMode::Cascade);
  off.router.session_ttl = config::Millis(0);
  EXPECT_FALSE(sticks(*build(off)));
}

}  // namespace
}  // namespace smartroute::routing

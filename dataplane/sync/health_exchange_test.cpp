#include "dataplane/sync/health_exchange.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "contract/base/clock.hpp"
#include "dataplane/core/routing/config_fixture.hpp"
#include "dataplane/core/routing/scoreboard.hpp"
#include "dataplane/core/routing/view.hpp"
#include "dataplane/sync/view_holder.hpp"
#include "smartroute/v1/sync.pb.h"

namespace smartroute::sync {
namespace {

using namespace std::chrono_literals;
using resilience::AttemptOutcome;

constexpr const char* kMini = "openai/gpt-4o-mini";
constexpr const char* kChat = "deepseek/chat";

class HealthExchangeTest : public testing::Test {
 protected:
  HealthExchangeTest() { publish(routing::sample_config()); }

  void publish(config::Config config) {
    auto view = routing::View::build(std::move(config), Revision{++revision_}, "content", &scores_);
    ASSERT_TRUE(view.has_value()) << view.error().text();
    views_.publish(std::move(*view));
    scores_.forget_unused();
  }
  routing::ModelStats& stats(const std::string& model) {
    return *views_.current()->by_name.at(model)->stats;
  }
  routing::Standing standing(const std::string& model) {
    return stats(model).standing(clock_.steady(), rules());
  }
  const config::Health& rules() const { return rules_; }
  void attempt(routing::ModelStats& stats, AttemptOutcome outcome) {
    routing::AttemptEnd end;
    end.outcome = outcome;
    stats.attempt_began(clock_.steady());
    stats.attempt_ended(end, false, true, clock_.steady(), rules());
  }
  void attempt(const std::string& model, AttemptOutcome outcome) { attempt(stats(model), outcome); }
  // The next report; number 0: there is none.
  v1::HealthReport next() {
    exchange_.collect(clock_.steady());
    v1::HealthReport report;
    if (!exchange_.next_report(clock_.steady(), report)) report.Clear();
    return report;
  }
  void take(std::uint64_t acknowledged, const std::string& model, double score,
            std::int64_t cooling_ms = 0, std::uint32_t ejections = 0) {
    v1::ScorePush push;
    push.set_acknowledged(acknowledged);
    auto& message = *push.add_models();
    message.set_model(model);
    message.set_score(score);
    message.set_cooling_ms(cooling_ms);
    message.set_ejections(ejections);
    exchange_.take(push, clock_.steady());
  }

  const config::Health rules_ = routing::sample_config().health;
  FakeClock clock_;
  routing::Scoreboard scores_;
  ViewHolder views_;
  HealthExchange exchange_{views_};
  std::uint64_t revision_ = 0;
};

TEST_F(HealthExchangeTest, ReportsHowTheModelsDidAndEachOutcomeOnce) {
  attempt(kMini, AttemptOutcome::Answered);
  attempt(kMini, AttemptOutcome::Answered);
  attempt(kChat, AttemptOutcome::RateLimited);
  attempt(kChat, AttemptOutcome::ClientGone);
  const auto report = next();
  ASSERT_EQ(report.models_size(), 2);
  const auto& chat = report.models(0);
  EXPECT_EQ(chat.model(), kChat);
  EXPECT_EQ(chat.successes(), 0u);
  ASSERT_EQ(chat.failures_size(), 1);
  EXPECT_EQ(chat.failures(0).kind(), resilience::name_of(resilience::HealthKind::RateLimited));
  EXPECT_EQ(chat.failures(0).count(), 1u);
  EXPECT_EQ(chat.cooling_ms(), rules().cooldowns.rate_limited.count());
  EXPECT_EQ(chat.cooling_reason(), resilience::name_of(AttemptOutcome::RateLimited));
  EXPECT_EQ(report.models(1).model(), kMini);
  EXPECT_EQ(report.models(1).successes(), 2u);
  EXPECT_EQ(report.models(1).cooling_ms(), 0);
  EXPECT_EQ(next().sequence(), 0u);
}

TEST_F(HealthExchangeTest, LeavesAJudgeOfItsOwnOut) {
  auto config = routing::sample_config();
  config.router.llm.emplace();
  config.router.llm->model = ModelId("judge");
  config.router.llm->base_url = "http://127.0.0.1:9/v1";
  publish(std::move(config));
  const auto view = views_.current();
  ASSERT_NE(view->judge, nullptr);
  attempt(*view->judge->stats, AttemptOutcome::RateLimited);
  EXPECT_EQ(next().sequence(), 0u);
  attempt(kMini, AttemptOutcome::Answered);
  ASSERT_EQ(next().models_size(), 1);
  const auto before = view->judge->stats->standing(clock_.steady(), rules());
  take(1, view->judge->id, 0);
  EXPECT_EQ(view->judge->stats->standing(clock_.steady(), rules()).health, before.health);
}

TEST_F(HealthExchangeTest, SetsTheStandingOfAModelToTheFleets) {
  take(0, kChat, 10, 30'000);
  EXPECT_NEAR(standing(kChat).health, 1 / (1 + 0.2 * 10), 0.001);
  EXPECT_TRUE(standing(kChat).cooling);
  EXPECT_NEAR(static_cast<double>(stats(kChat).cooling_for(clock_.steady()).count()), 30'000, 1);
  EXPECT_EQ(standing(kMini).health, 1) << "nothing was said of it";
  EXPECT_FALSE(standing(kMini).cooling);
  clock_.advance(1s);
  take(0, kChat, 0);
  EXPECT_EQ(standing(kChat).health, 1);
  EXPECT_FALSE(standing(kChat).cooling);
  EXPECT_EQ(next().sequence(), 0u) << "what the fleet said is no news for the fleet";
}

TEST_F(HealthExchangeTest, KnowsACooldownThatAProviderAskedFor) {
  v1::ScorePush push;
  auto& score = *push.add_models();
  score.set_model(kChat);
  score.set_cooling_ms(30'000);
  score.set_cooling_reason(std::string(resilience::name_of(AttemptOutcome::RateLimited)));
  exchange_.take(push, clock_.steady());
  EXPECT_TRUE(stats(kChat).asked_to_wait());
  score.set_cooling_reason("a word of another version");
  score.set_cooling_ms(60'000);
  exchange_.take(push, clock_.steady());
  EXPECT_TRUE(standing(kChat).cooling);
  EXPECT_FALSE(stats(kChat).asked_to_wait());
}

TEST_F(HealthExchangeTest, KeepsItsOwnOutcomesOnTopUntilTheFleetHasThem) {
  attempt(kChat, AttemptOutcome::RateLimited);
  const double sick = standing(kChat).health;
  take(0, kChat, 0);  // of a moment before anybody looked
  EXPECT_TRUE(standing(kChat).cooling);
  EXPECT_NEAR(standing(kChat).health, sick, 0.001);
  const auto report = next();
  EXPECT_EQ(report.sequence(), 1u);
  EXPECT_EQ(report.models(0).failures(0).count(), 1u);
  take(0, kChat, 0);  // crossed the report
  EXPECT_TRUE(standing(kChat).cooling);
  attempt(kChat, AttemptOutcome::ServerError);
  take(1, kChat, 10, 60'000);  // the fleet knows the first
  EXPECT_TRUE(standing(kChat).cooling);
  EXPECT_LT(standing(kChat).health, 1 / (1 + 0.2 * 10) - 0.001) << "the second is on top";
  EXPECT_EQ(next().sequence(), 2u);
  take(2, kChat, 0);
  EXPECT_EQ(standing(kChat).health, 1);
  EXPECT_FALSE(standing(kChat).cooling);
}

TEST_F(HealthExchangeTest, IgnoresNamesOfNoModel) {
  for (const char* name : {"", "nobody/nothing", "gpt-4o-mini", "auto", "\xff"})
    take(0, name, 500, 60'000);
  for (const auto& model : views_.current()->models) {
    EXPECT_EQ(model->stats->standing(clock_.steady(), rules()).health, 1) << model->id;
    EXPECT_FALSE(model->stats->cooling(clock_.steady())) << model->id;
  }
}

TEST_F(HealthExchangeTest, AbsurdScoresDoNoHarm) {
  using Double = std::numeric_limits<double>;
  using Int = std::numeric_limits<std::int64_t>;
  constexpr auto kMostEjections = std::numeric_limits<std::uint32_t>::max();
  constexpr auto kNewest = std::numeric_limits<std::uint64_t>::max();
  const struct {
    const char* name;
    double score;
    std::int64_t cooling_ms;
    std::uint32_t ejections;
  } rows[] = {{"not a number", Double::quiet_NaN(), 0, 0},
              {"endless", Double::infinity(), 0, 0},
              {"endless below", -Double::infinity(), 0, 0},
              {"huge", 1e300, 0, 0},
              {"negative", -1e9, -1, 0},
              {"longest cooldown", 1, Int::max(), 0},
              {"cooldown before the beginning", 1, Int::min(), 0},
              {"ejected for ever", 1, 1, kMostEjections},
              {"all at once", Double::quiet_NaN(), Int::max(), kMostEjections}};
  for (const auto& row : rows) {
    take(kNewest, kChat, row.score, row.cooling_ms, row.ejections);
    const double health = standing(kChat).health;
    EXPECT_TRUE(health > 0 && health <= 1) << row.name << ": " << health;
    EXPECT_LE(stats(kChat).cooling_for(clock_.steady()), rules().cooldowns.longest) << row.name;
    clock_.advance(rules().cooldowns.longest + 1s);
    EXPECT_EQ(stats(kChat).cooling_for(clock_.steady()), 0ms) << row.name;
    attempt(kChat, AttemptOutcome::Answered);
    attempt(kChat, AttemptOutcome::RateLimited);
    EXPECT_LE(stats(kChat).cooling_for(clock_.steady()), rules().cooldowns.longest) << row.name;
    EXPECT_TRUE(standing(kChat).cooling) << row.name;
    EXPECT_GT(next().sequence(), 0u) << row.name;
  }
  take(kNewest, kChat, 0);
  EXPECT_EQ(standing(kChat).health, 1) << "a sound word heals what a mad one did";
}

TEST_F(HealthExchangeTest, ForgetsModelsThatLeaveTheConfiguration) {
  attempt(kChat, AttemptOutcome::RateLimited);
  EXPECT_EQ(next().sequence(), 1u);
  attempt(kChat, AttemptOutcome::RateLimited);
  EXPECT_EQ(next().sequence(), 0u) << "pending";
  config::Config config;
  config.providers.push_back(routing::provider("openai", "https://api.openai.com/v1", "sk-openai"));
  config.tiers[0].models = routing::ids({kMini});
  publish(std::move(config));
  EXPECT_EQ(next().sequence(), 0u) << "nothing is pending any more";
  exchange_.send_again();
  const auto again = next();
  EXPECT_EQ(again.sequence(), 1u);
  EXPECT_EQ(again.models_size(), 0);
  publish(routing::sample_config());
  EXPECT_TRUE(standing(kChat).health == 1 && !standing(kChat).cooling);
  take(0, kChat, 0);
  EXPECT_EQ(standing(kChat).health, 1) << "what it did before it left is nothing of it now";
}

TEST_F(HealthExchangeTest, HasNothingToSayOrToSetBeforeThereIsAView) {
  ViewHolder none;
  HealthExchange exchange(none);
  exchange.collect(clock_.steady());
  v1::HealthReport report;
  EXPECT_FALSE(exchange.next_report(clock_.steady(), report));
  v1::ScorePush push;
  push.add_models()->set_model(kChat);
  exchange.take(push, clock_.steady());
  EXPECT_EQ(exchange.score_pushes_taken(), 1u);
}

TEST_F(HealthExchangeTest, CountsWhatItDoes) {
  attempt(kMini, AttemptOutcome::Answered);
  next();
  attempt(kMini, AttemptOutcome::Answered);
  EXPECT_EQ(next().sequence(), 0u);
  EXPECT_EQ(exchange_.reports_sent(), 1u);
  EXPECT_EQ(exchange_.reports_merged(), 0u) << "it waits, but was added to nothing";
  next();
  EXPECT_EQ(exchange_.reports_merged(), 0u) << "nothing was added";
  attempt(kMini, AttemptOutcome::Answered);
  next();
  EXPECT_EQ(exchange_.reports_merged(), 1u);
  take(1, kMini, 0);
  EXPECT_EQ(next().sequence(), 2u);
  exchange_.send_again();
  EXPECT_EQ(next().sequence(), 2u);
  EXPECT_EQ(exchange_.reports_sent(), 3u);
  EXPECT_EQ(exchange_.score_pushes_taken(), 1u);
}

}  // namespace
}  // namespace smartroute::sync

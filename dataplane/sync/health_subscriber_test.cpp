// Health over the stream: reports out, scores in.
#include <gtest/gtest.h>

#include <limits>
#include <thread>

#include "dataplane/sync/subscriber_fixture.hpp"

namespace smartroute::sync {
namespace {

using resilience::AttemptOutcome;

constexpr const char* kModel = "mock/fast";

// So many that their report does not fit into what gRPC sends to a peer that does not read.
v1::ConfigPush push_of_many_models() {
  auto push = push_of(2);
  for (int i = 0; i < 5'000; ++i) {
    auto& model = *push.mutable_config()->add_models();
    model.set_id("mock/" + std::string(200, 'm') + std::to_string(i));
  }
  push.set_fingerprint("many");
  return push;
}

class HealthSubscriberTest : public SubscriberFixture {
 protected:
  void connect() {
    control_->start();
    start();
    control_->next_hello();
    apply(push_of(1));
  }
  void apply(const v1::ConfigPush& push) {
    ASSERT_TRUE(control_->push(push));
    expect_ack(push.revision());
  }
  routing::ModelStats& stats() { return *views_.current()->by_name.at(kModel)->stats; }
  routing::Standing standing() {
    return stats().standing(clock_.steady(), views_.current()->config.health);
  }
  void fail(routing::ModelStats& stats, AttemptOutcome outcome = AttemptOutcome::RateLimited) {
    routing::AttemptEnd end;
    end.outcome = outcome;
    stats.attempt_began(clock_.steady());
    stats.attempt_ended(end, false, true, clock_.steady(), views_.current()->config.health);
  }
  v1::ScorePush scores(std::uint64_t acknowledged, double score, std::int64_t cooling_ms = 0) {
    v1::ScorePush push;
    push.set_acknowledged(acknowledged);
    auto& model = *push.add_models();
    model.set_model(kModel);
    model.set_score(score);
    model.set_cooling_ms(cooling_ms);
    return push;
  }
  // Scores that are in place when this returns: the subscriber takes messages in their order.
  void apply(const v1::ScorePush& push, std::uint64_t next_revision) {
    ASSERT_TRUE(control_->push_scores(push));
    apply(push_of(next_revision));
  }
  template <class Condition>
  static void await(Condition condition) {
    const auto until = std::chrono::steady_clock::now() + kPatience;
    while (!condition() && std::chrono::steady_clock::now() < until) std::this_thread::yield();
    EXPECT_TRUE(condition());
  }
  // A first report, about many models, is on its way to a peer that does not read.
  void report_to_a_deaf_peer() {
    options_.report_every = std::chrono::hours(1);  // not before everything has failed
    connect();
    apply(push_of_many_models());
    subscriber_->stop();
    options_.report_every = std::chrono::milliseconds(2);
    control_->be_deaf();
    for (const auto& model : views_.current()->models) fail(*model->stats);
    start();
    control_->next_hello();
    await([this] { return health_.reports_sent() == 1; });
  }
};

TEST_F(HealthSubscriberTest, ReportsAFailureAndGoesOnWhenItIsAcknowledged) {
  connect();
  fail(stats());
  const auto first = control_->next_health();
  EXPECT_EQ(first.sequence(), 1u);
  ASSERT_EQ(first.models_size(), 1);
  EXPECT_EQ(first.models(0).model(), kModel);
  ASSERT_EQ(first.models(0).failures_size(), 1);
  EXPECT_EQ(resilience::health_kind_named(first.models(0).failures(0).kind()),
            resilience::HealthKind::RateLimited);
  EXPECT_GT(first.models(0).cooling_ms(), 0);
  ASSERT_TRUE(control_->push_scores(scores(1, 10, 60'000)));
  fail(stats(), AttemptOutcome::ServerError);
  const auto second = control_->next_health();
  EXPECT_EQ(second.sequence(), 2u);
  ASSERT_EQ(second.models(0).failures_size(), 1);
  EXPECT_EQ(resilience::health_kind_named(second.models(0).failures(0).kind()),
            resilience::HealthKind::ServerError);
  EXPECT_EQ(health_.reports_sent(), 2u);
}

TEST_F(HealthSubscriberTest, SendsTheSameReportAgainWhenTheStreamWasCut) {
  connect();
  fail(stats());
  const auto first = control_->next_health();
  control_->cut_stream();
  control_->next_hello();
  const auto again = control_->next_health();
  EXPECT_EQ(again.sequence(), first.sequence());
  EXPECT_EQ(again.models(0).failures(0).count(), 1u);
  EXPECT_LE(again.models(0).cooling_ms(), first.models(0).cooling_ms());
  ASSERT_TRUE(control_->push_scores(scores(1, 10, 60'000)));
  control_->cut_stream();
  control_->next_hello();
  fail(stats());
  EXPECT_EQ(control_->next_health().sequence(), 2u) << "what is acknowledged does not come again";
}

TEST_F(HealthSubscriberTest, ReportsWhatHappenedWhileTheControlPlaneWasAway) {
  connect();
  control_->stop();
  await([this] { return !subscriber_->connected(); });
  for (int i = 0; i < 5; ++i) {
    fail(stats());
    health_.collect(clock_.steady());
  }
  EXPECT_EQ(health_.reports_sent(), 0u);
  EXPECT_GT(health_.reports_merged(), 0u);
  control_->start();
  control_->next_hello();
  const auto report = control_->next_health();
  EXPECT_EQ(report.sequence(), 1u);
  EXPECT_EQ(report.models(0).failures(0).count(), 5u);
}

TEST_F(HealthSubscriberTest, SetsAModelToTheFleetsScore) {
  connect();
  apply(scores(0, 10, 30'000), 2);
  EXPECT_TRUE(standing().cooling);
  EXPECT_LT(standing().health, 0.5);
  apply(scores(0, 0), 3);
  EXPECT_FALSE(standing().cooling);
  EXPECT_EQ(standing().health, 1);
  EXPECT_EQ(health_.score_pushes_taken(), 2u);
}

TEST_F(HealthSubscriberTest, AbsurdScoresBreakNeitherTheModelNorTheStream) {
  connect();
  using Double = std::numeric_limits<double>;
  constexpr auto kNewest = std::numeric_limits<std::uint64_t>::max();
  constexpr auto kForever = std::numeric_limits<std::int64_t>::max();
  std::uint64_t revision = 1;
  for (const double score : {Double::quiet_NaN(), Double::infinity(), -1e300, 1e300}) {
    apply(scores(kNewest, score, kForever), ++revision);
    EXPECT_TRUE(standing().health > 0 && standing().health <= 1) << score;
    EXPECT_LE(stats().cooling_for(clock_.steady()),
              views_.current()->config.health.cooldowns.longest)
        << score;
  }
  auto nobody = scores(0, 5);
  nobody.mutable_models(0)->set_model("nobody/nothing");
  apply(nobody, ++revision);
  fail(stats());
  EXPECT_EQ(control_->next_health().sequence(), 1u);
  EXPECT_TRUE(subscriber_->connected());
}

TEST_F(HealthSubscriberTest, IgnoresMessagesItDoesNotKnowAndFieldsBesides) {
  connect();
  v1::ControlMessage unknown;
  unknown.GetReflection()->MutableUnknownFields(&unknown)->AddLengthDelimited(777, "of tomorrow");
  ASSERT_TRUE(control_->send(unknown));
  auto push = scores(0, 10);
  push.GetReflection()->MutableUnknownFields(&push)->AddVarint(777, 1);
  apply(push, 2);
  EXPECT_LT(standing().health, 0.5);
  EXPECT_FALSE(control_->has_answer());
}

TEST_F(HealthSubscriberTest, StopsPromptlyWhileAReportAndAnAnswerWaitForAPeerThatDoesNotRead) {
  report_to_a_deaf_peer();
  ASSERT_TRUE(control_->push(push_of(3)));  // read and applied, though the answer must wait
  await([this] { return applier_.applied_revision() == 3; });
  EXPECT_TRUE(subscriber_->connected());
  expect_stop_returns();
}

TEST_F(HealthSubscriberTest, EndsAStreamThatDiesUnderAReportAndOpensTheNext) {
  report_to_a_deaf_peer();
  control_->stop();  // hears again
  control_->start();
  control_->next_hello();
  const auto report = control_->next_health();
  EXPECT_EQ(report.sequence(), 1u);
  EXPECT_EQ(static_cast<std::size_t>(report.models_size()), views_.current()->models.size());
}

}  // namespace
}  // namespace smartroute::sync

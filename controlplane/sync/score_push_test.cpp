// Reports in, scores out: the push stream over a real gRPC server and channels. No test waits for a time to pass: it reads the next message.
#include <gtest/gtest.h>
#include <grpcpp/grpcpp.h>

#include <optional>

#include "controlplane/sync/grpc_server.hpp"
#include "controlplane/sync/sync_service.hpp"
#include "smartroute/v1/sync.grpc.pb.h"

namespace smartroute::control::sync {
namespace {

constexpr std::chrono::seconds kPatience{60};

class FakeDataPlane {
 public:
  FakeDataPlane(const std::string& address, const std::string& id, std::uint64_t applied = 0, const std::string& fingerprint = "") {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    channel_ = grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
    context_.set_deadline(std::chrono::system_clock::now() + kPatience);
    stream_ = v1::Sync::NewStub(channel_)->Subscribe(&context_);
    if (id.empty()) return;
    v1::DataPlaneMessage message;
    auto& hello = *message.mutable_hello();
    hello.set_instance_id(id);
    hello.set_started_at_ms(1);
    hello.set_applied_revision(applied);
    hello.set_applied_fingerprint(fingerprint);
    stream_->Write(message);
  }
  ~FakeDataPlane() {
    context_.TryCancel();
    stream_->Finish();
  }

  v1::ControlMessage next() {
    v1::ControlMessage message;
    EXPECT_TRUE(stream_->Read(&message)) << "the stream ended";
    return message;
  }
  // The next message, which must be scores.
  v1::ScorePush scores() {
    const auto message = next();
    EXPECT_TRUE(message.has_scores()) << message.ShortDebugString();
    return message.scores();
  }
  v1::ConfigPush config() {
    const auto message = next();
    EXPECT_TRUE(message.has_config()) << message.ShortDebugString();
    return message.config();
  }
  void ack(const v1::ConfigPush& push) {
    v1::DataPlaneMessage message;
    message.mutable_ack()->set_nonce(push.nonce());
    message.mutable_ack()->set_revision(push.revision());
    stream_->Write(message);
  }
  // `failures` of kind rate_limited.
  void report(std::uint64_t sequence, const std::string& model, std::uint64_t failures, std::int64_t cooling_ms = 0) {
    v1::DataPlaneMessage message;
    auto& report = *message.mutable_health();
    report.set_sequence(sequence);
    auto& tally = *report.add_models();
    tally.set_model(model);
    if (failures > 0) {
      auto& row = *tally.add_failures();
      row.set_kind("rate_limited");
      row.set_count(failures);
    }
    tally.set_cooling_ms(cooling_ms);
    tally.set_cooling_reason(cooling_ms > 0 ? "rate_limited" : "");
    stream_->Write(message);
  }

 private:
  std::shared_ptr<grpc::Channel> channel_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::DataPlaneMessage, v1::ControlMessage>> stream_;
};

class ScorePushTest : public testing::Test {
 protected:
  ScorePushTest() {
    scores.configure(Revision{1}, {{"p/x", "p"}, {"p/y", "p"}}, rules);
    auto started = GrpcServer::start("127.0.0.1:0", Exposure::LoopbackOnly, {service.service()});
    EXPECT_TRUE(started) << started.error().text();
    server = std::move(*started);
  }
  ~ScorePushTest() override { service.shut_down(); }

  std::string address() const { return server->address(); }
  v1::Config config_named(const std::string& provider) const {
    v1::Config config;
    config.set_default_provider(provider);
    return config;
  }
  // Scores that a data plane which just came is sent, when there are some.
  v1::ScorePush told(const std::string& id) {
    FakeDataPlane late(address(), id);
    return late.scores();
  }

  FakeClock clock;
  config::Health rules;
  base::Log log{base::Level::Debug, base::Form::Json, [](const std::string&) {}};
  SharedFleet fleet{clock};
  SharedScores scores{clock};
  SyncService service{fleet, scores, clock, log};
  std::unique_ptr<GrpcServer> server;
};

TEST_F(ScorePushTest, WhatOneDataPlaneReportsTheOthersAreTold) {
  FakeDataPlane a(address(), "a"), b(address(), "b");
  b.report(1, "p/unheard-of", 1);
  EXPECT_EQ(b.scores().acknowledged(), 1u) << "b is connected";
  a.report(1, "p/x", 2, 30'000);
  for (auto* plane : {&a, &b}) {
    const auto push = plane->scores();
    ASSERT_EQ(push.models_size(), 1);
    EXPECT_EQ(push.models(0).model(), "p/x");
    EXPECT_EQ(push.models(0).score(), 2 * rules.penalties.rate_limited);
    EXPECT_EQ(push.models(0).cooling_ms(), 30'000);
    EXPECT_EQ(push.models(0).cooling_reason(), "rate_limited");
    EXPECT_EQ(push.models(0).ejections(), 1u);
    EXPECT_EQ(push.acknowledged(), 1u);
  }
}

TEST_F(ScorePushTest, AReportThatMovesNoScoreIsAcknowledgedAllTheSameAndToNobodyElse) {
  FakeDataPlane a(address(), "a"), b(address(), "b");
  b.report(7, "p/unheard-of", 1);
  const auto push = b.scores();
  EXPECT_EQ(push.acknowledged(), 7u);
  EXPECT_EQ(push.models_size(), 0);
  a.report(1, "p/x", 1);
  const auto first = a.scores();
  EXPECT_EQ(first.acknowledged(), 1u) << "and not b's number";
  EXPECT_EQ(first.models_size(), 1);
}

TEST_F(ScorePushTest, ARepeatedReportIsAcknowledgedAgainAndCountsOnce) {
  FakeDataPlane a(address(), "a");
  a.report(1, "p/x", 1);
  const double once = a.scores().models(0).score();
  a.report(1, "p/x", 1);
  const auto again = a.scores();
  EXPECT_EQ(again.acknowledged(), 1u);
  EXPECT_EQ(again.models_size(), 0);
  EXPECT_EQ(scores.list()[0].score, once);
}

TEST_F(ScorePushTest, ANewStreamIsToldEverythingAndWhatOfItsOwnIsInThere) {
  {
    FakeDataPlane a(address(), "a");
    a.report(3, "p/y", 1, 5'000);
    a.report(4, "p/x", 1);
    std::uint64_t acknowledged = 0;
    for (int push = 0; push < 2 && acknowledged < 4; ++push) acknowledged = a.scores().acknowledged();
    ASSERT_EQ(acknowledged, 4u);
  }
  clock.advance(rules.half_life);
  FakeDataPlane again(address(), "a");
  const auto push = again.scores();
  EXPECT_EQ(push.acknowledged(), 4u);
  ASSERT_EQ(push.models_size(), 2);
  EXPECT_EQ(push.models(0).model(), "p/y");
  EXPECT_NEAR(push.models(0).score(), rules.penalties.rate_limited / 2, 1e-9) << "scores are as of now";
  EXPECT_EQ(push.models(0).cooling_ms(), 0);
  EXPECT_EQ(told("b").acknowledged(), 0u);
}

TEST_F(ScorePushTest, SendsTheLatestAndNothingInBetween) {
  FakeDataPlane a(address(), "a");
  constexpr std::uint64_t kReports = 2'000;
  for (std::uint64_t i = 1; i <= kReports; ++i) a.report(i, "p/x", 1);
  std::uint64_t pushes = 0, acknowledged = 0;
  double score = 0;
  for (; acknowledged < kReports; ++pushes) {
    const auto push = a.scores();
    ASSERT_GT(push.acknowledged(), acknowledged) << "never back, never twice";
    ASSERT_EQ(push.models_size(), 1);
    acknowledged = push.acknowledged();
    score = push.models(0).score();
  }
  EXPECT_EQ(score, scores.list()[0].score);
  EXPECT_LT(pushes, kReports / 2);
}

TEST_F(ScorePushTest, AConfigurationGoesFirstAndScoresAgainOnceItIsTaken) {
  {
    FakeDataPlane a(address(), "a");
    a.report(1, "p/x", 1);
    a.scores();
  }
  ASSERT_TRUE(service.publish(Revision{1}, config_named("p")));
  FakeDataPlane b(address(), "b");
  const auto config = b.config();
  EXPECT_EQ(b.scores().models_size(), 1) << "it may serve another configuration with that model already";
  b.ack(config);
  EXPECT_EQ(b.scores().models_size(), 1) << "before, it may have had no place for it";
  // Nothing was sent since the last configuration was taken: nothing is repeated.
  ASSERT_TRUE(service.publish(Revision{2}, config_named("q")));
  b.ack(b.config());
  b.report(1, "p/unheard-of", 1);
  const auto push = b.scores();
  EXPECT_EQ(push.acknowledged(), 1u);
  EXPECT_EQ(push.models_size(), 0);
}

TEST_F(ScorePushTest, AFleetWithoutNewsIsLeftAlone) {
  FakeDataPlane a(address(), "a");
  a.report(1, "p/x", 1, 1'000);
  a.scores();
  clock.advance(std::chrono::hours(10));  // the score fades and the cooldown ends: everybody knows
  const auto before = service.counts().score_pushes;
  ASSERT_TRUE(service.publish(Revision{1}, config_named("p")));
  const auto config = a.config();
  a.ack(config);
  a.report(2, "p/unheard-of", 1);
  EXPECT_EQ(a.scores().acknowledged(), 2u);
  EXPECT_EQ(service.counts().score_pushes, before + 1);
}

TEST_F(ScorePushTest, AResetIsPushed) {
  FakeDataPlane a(address(), "a");
  a.report(1, "p/x", 5, 60'000);
  a.scores();
  ASSERT_EQ(scores.reset("p/x"), 1u);
  const auto push = a.scores();
  ASSERT_EQ(push.models_size(), 1);
  EXPECT_EQ(push.models(0).score(), 0);
  EXPECT_EQ(push.models(0).cooling_ms(), 0);
  EXPECT_EQ(push.models(0).ejections(), 0u);
}

TEST_F(ScorePushTest, AReportWithoutAHelloCountsForNobody) {
  FakeDataPlane nameless(address(), "");
  nameless.report(1, "p/x", 5);
  FakeDataPlane a(address(), "a");
  a.report(1, "p/y", 1);
  ASSERT_EQ(a.scores().models_size(), 1);
  EXPECT_EQ(scores.counts().reports_taken, 1u);
}

TEST_F(ScorePushTest, MoreModelsThanFitInAPushFollowInTheNext) {
  std::vector<ModelName> many;
  for (std::size_t i = 0; i <= SharedScores::kMaxModelsPerPush; ++i) many.push_back({"p/" + std::to_string(i), "p"});
  scores.configure(Revision{2}, many, rules);
  scores.reset("");
  FakeDataPlane a(address(), "a");
  EXPECT_EQ(static_cast<std::size_t>(a.scores().models_size()), SharedScores::kMaxModelsPerPush);
  EXPECT_EQ(a.scores().models_size(), 1);
}

}  // namespace
}  // namespace smartroute::control::sync

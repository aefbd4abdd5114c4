// For tests: a subscriber with everything it needs, and a fake control plane for it to talk to.
#pragma once
#include <gtest/gtest.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/null_sink.h>

#include <future>
#include <memory>
#include <string>

#include "contract/config/decode.hpp"
#include "dataplane/core/routing/scoreboard.hpp"
#include "dataplane/sync/config_subscriber.hpp"
#include "dataplane/sync/fake_control_plane.hpp"
#include "dataplane/sync/health_exchange.hpp"
#include "dataplane/sync/temporary_directory.hpp"

namespace smartroute::sync {

// A configuration with one model in every tier; `key` is the provider's.
inline v1::ConfigPush push_of(std::uint64_t revision, const std::string& model = "fast",
                              const std::string& key = "sk-test-000000000001") {
  const auto text =
      "gateway: {api_keys: [\"sk-gateway-00000001\"]}\n"
      "providers: [{id: mock, protocol: openai, base_url: \"http://127.0.0.1:9/v1\", api_key: \"" +
      key +
      "\"}]\n"
      "tiers: {t1: {models: [mock/" +
      model + "]}, t2: {models: [mock/" + model + "]}, t3: {models: [mock/" + model +
      "]}}\n"
      "router: {mode: random, default_tier: t1}\n";
  const auto document = config::decode_document(text, "test.yaml");
  EXPECT_FALSE(config::has_errors(document.problems))
      << config::to_string(document.problems.front());
  v1::ConfigPush push;
  push.set_nonce(1'000 + revision);
  push.set_revision(revision);
  push.set_fingerprint("content-" + model);
  *push.mutable_config() = *document.message;
  return push;
}

class SubscriberFixture : public testing::Test {
 protected:
  SubscriberFixture() {
    options_.target = "unix:" + (directory_.path() / "control.sock").string();
    options_.instance = InstanceId("proxy-1");
    options_.version = "1.2.3";
    options_.hostname = "host-a";
    options_.listen = "127.0.0.1:8080";
    options_.report_every = std::chrono::milliseconds(2);
    options_.backoff.first = options_.backoff.most = std::chrono::milliseconds(2);
    control_ = std::make_unique<FakeControlPlane>(options_.target);
  }
  ~SubscriberFixture() override {
    subscriber_.reset();  // before what it calls
  }

  void start() {
    subscriber_ = std::make_unique<ConfigSubscriber>(options_, applier_, health_, clock_,
                                                     std::make_unique<SeededRandom>(1), log_);
    subscriber_->start();
  }
  void expect_ack(std::uint64_t revision) {
    const auto answer = control_->next_answer();
    ASSERT_TRUE(answer.has_ack()) << answer.ShortDebugString();
    EXPECT_EQ(answer.ack().revision(), revision);
    EXPECT_EQ(answer.ack().nonce(), 1'000 + revision);
  }
  // Ends as a test failure when stop() hangs, instead of hanging the test.
  void expect_stop_returns() {
    auto stopped = std::async(std::launch::async, [this] { subscriber_->stop(); });
    ASSERT_EQ(stopped.wait_for(std::chrono::seconds(4)), std::future_status::ready);
    EXPECT_FALSE(subscriber_->connected());
  }

  TemporaryDirectory directory_;
  SubscriberOptions options_;
  SystemClock clock_;
  spdlog::logger log_{"test", std::make_shared<spdlog::sinks::null_sink_mt>()};
  ViewHolder views_;
  LastKnownGood file_{directory_.path() / "state", Secret()};
  routing::Scoreboard scores_;
  ConfigApplier applier_{views_, scores_, file_, log_};
  HealthExchange health_{views_};
  std::unique_ptr<FakeControlPlane> control_;
  std::unique_ptr<ConfigSubscriber> subscriber_;
};

}  // namespace smartroute::sync

#include "dataplane/sync/config_subscriber.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dataplane/sync/subscriber_fixture.hpp"

namespace smartroute::sync {
namespace {

using ConfigSubscriberTest = SubscriberFixture;

v1::ConfigPush broken_push(std::uint64_t revision) {
  auto push = push_of(revision);
  push.set_fingerprint("broken");
  push.mutable_config()->mutable_providers(0)->set_base_url("no url at all");
  return push;
}

class HighestRandom final : public Random {
 public:
  std::uint64_t next() noexcept override { return ~std::uint64_t{0}; }
};

TEST_F(ConfigSubscriberTest, GreetsWithWhoItIsAndWhatItRuns) {
  control_->start();
  start();
  const auto hello = control_->next_hello();
  EXPECT_EQ(hello.instance_id(), "proxy-1");
  EXPECT_EQ(hello.version(), "1.2.3");
  EXPECT_EQ(hello.hostname(), "host-a");
  EXPECT_EQ(hello.listen(), "127.0.0.1:8080");
  EXPECT_EQ(hello.applied_revision(), 0u);
  EXPECT_GT(hello.started_at_ms(), 0);
}

TEST_F(ConfigSubscriberTest, AppliesAPushAndAcknowledgesIt) {
  control_->start();
  start();
  control_->next_hello();
  EXPECT_EQ(views_.current(), nullptr);
  ASSERT_TRUE(control_->push(push_of(5)));
  expect_ack(5);
  ASSERT_NE(views_.current(), nullptr);
  EXPECT_EQ(views_.current()->revision.number, 5u);
  EXPECT_EQ(views_.current()->fingerprint, "content-fast");
  EXPECT_EQ(applier_.applied_revision(), 5u);
  EXPECT_TRUE(subscriber_->connected());
  EXPECT_EQ(subscriber_->last_error(), "");
}

TEST_F(ConfigSubscriberTest, KeepsTheOldViewAndSaysWhyWhenAPushIsWrong) {
  control_->start();
  start();
  control_->next_hello();
  ASSERT_TRUE(control_->push(push_of(1)));
  expect_ack(1);
  const auto before = views_.current();
  ASSERT_TRUE(control_->push(broken_push(2)));
  const auto answer = control_->next_answer();
  ASSERT_TRUE(answer.has_nack());
  EXPECT_EQ(answer.nack().revision(), 2u);
  EXPECT_EQ(answer.nack().nonce(), 1'002u);
  ASSERT_GT(answer.nack().problems_size(), 0);
  EXPECT_NE(answer.nack().problems(0).path().find("providers[0]"), std::string::npos)
      << answer.ShortDebugString();
  EXPECT_EQ(views_.current(), before);
  EXPECT_EQ(applier_.failures(), 1u);
  EXPECT_NE(applier_.last_error().find("revision 2"), std::string::npos) << applier_.last_error();
  ASSERT_TRUE(control_->push(push_of(3)));
  expect_ack(3);
  EXPECT_EQ(applier_.last_error(), "");
  EXPECT_EQ(applier_.failures(), 1u);
}

TEST_F(ConfigSubscriberTest, NeverGoesBackToAnOlderRevision) {
  control_->start();
  start();
  control_->next_hello();
  ASSERT_TRUE(control_->push(push_of(7)));
  expect_ack(7);
  const auto before = views_.current();
  ASSERT_TRUE(control_->push(push_of(6, "other")));
  const auto answer = control_->next_answer();
  ASSERT_TRUE(answer.has_nack());
  ASSERT_EQ(answer.nack().problems_size(), 1);
  EXPECT_NE(answer.nack().problems(0).what().find("older than what runs here"), std::string::npos);
  EXPECT_EQ(views_.current(), before);
}

TEST_F(ConfigSubscriberTest, AcknowledgesWhatAlreadyRunsWithoutWork) {
  control_->start();
  start();
  control_->next_hello();
  ASSERT_TRUE(control_->push(push_of(7)));
  expect_ack(7);
  const auto generation = views_.generation();
  ASSERT_TRUE(control_->push(push_of(7)));
  expect_ack(7);
  ASSERT_TRUE(control_->push(push_of(4)));  // an older number of the same content
  expect_ack(4);
  EXPECT_EQ(views_.generation(), generation);
  EXPECT_EQ(applier_.applied_revision(), 7u);
}

TEST_F(ConfigSubscriberTest, AppliesTheSameRevisionAgainWhenOnlyASecretChanged) {
  control_->start();
  start();
  control_->next_hello();
  ASSERT_TRUE(control_->push(push_of(7, "fast", "sk-test-000000000001")));
  expect_ack(7);
  ASSERT_TRUE(control_->push(push_of(7, "fast", "sk-test-000000000002")));
  expect_ack(7);
  EXPECT_NE(views_.current()->upstreams.at(0)->head_block.reveal().find("sk-test-000000000002"),
            std::string_view::npos);
  auto third = push_of(7, "fast", "sk-test-000000000003");
  third.set_fingerprint("content-with-another-secret");
  ASSERT_TRUE(control_->push(third));
  expect_ack(7);
  EXPECT_NE(views_.current()->upstreams.at(0)->head_block.reveal().find("sk-test-000000000003"),
            std::string_view::npos);
}

TEST_F(ConfigSubscriberTest, IgnoresMessagesItDoesNotKnow) {
  control_->start();
  start();
  control_->next_hello();
  ASSERT_TRUE(control_->send(v1::ControlMessage()));
  ASSERT_TRUE(control_->push(push_of(2)));
  expect_ack(2);
  EXPECT_FALSE(control_->has_answer());
}

TEST_F(ConfigSubscriberTest, TakesAMessageLargerThanTheUsualLimitOfGrpc) {
  control_->start();
  start();
  control_->next_hello();
  auto push = push_of(2);
  (*push.mutable_config()->mutable_providers(0)->mutable_headers())["x-large"] =
      std::string(6 * 1024 * 1024, 'a');
  ASSERT_TRUE(control_->push(push));
  const auto answer =
      control_->next_answer();  // whatever it thinks of the header, the stream holds
  EXPECT_TRUE(answer.has_ack() || answer.has_nack());
}

TEST_F(ConfigSubscriberTest, ComesBackAfterTheControlPlaneWasRestartedAndServesOnMeanwhile) {
  control_->start();
  start();
  control_->next_hello();
  ASSERT_TRUE(control_->push(push_of(3)));
  expect_ack(3);
  control_->stop();
  ASSERT_NE(views_.current(), nullptr);
  EXPECT_EQ(views_.current()->revision.number, 3u);
  control_->start();
  const auto hello = control_->next_hello();
  EXPECT_EQ(hello.applied_revision(), 3u);
  EXPECT_EQ(hello.applied_fingerprint(), "content-fast");
  ASSERT_TRUE(control_->push(push_of(4)));
  expect_ack(4);
}

TEST_F(ConfigSubscriberTest, ConvergesThoughTheStreamIsCutAfterEveryMessage) {
  control_->start();
  start();
  for (std::uint64_t revision = 1; revision <= 10; ++revision) {
    EXPECT_EQ(control_->next_hello().applied_revision(), revision - 1);
    ASSERT_TRUE(control_->push(push_of(revision, "m" + std::to_string(revision))));
    expect_ack(revision);
    control_->cut_stream();
  }
  EXPECT_EQ(views_.current()->revision.number, 10u);
}

TEST_F(ConfigSubscriberTest, StopsPromptlyWhileStreaming) {
  control_->start();
  start();
  control_->next_hello();
  expect_stop_returns();
  expect_stop_returns();  // again
}

TEST_F(ConfigSubscriberTest, StopsPromptlyWhileItWaitsToTryAgain) {
  options_.backoff.first = options_.backoff.most = std::chrono::hours(1);
  subscriber_ = std::make_unique<ConfigSubscriber>(options_, applier_, health_, clock_,
                                                   std::make_unique<HighestRandom>(), log_);
  subscriber_->start();  // nobody listens
  expect_stop_returns();
}

TEST_F(ConfigSubscriberTest, StopsPromptlyWhileThePeerAcceptsAndSaysNothing) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(::listen(listener, 8), 0);
  ASSERT_EQ(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size), 0);
  options_.target = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  start();
  const int peer = ::accept(listener, nullptr, nullptr);
  ASSERT_GE(peer, 0);
  EXPECT_FALSE(subscriber_->connected());
  expect_stop_returns();
  ::close(peer);
  ::close(listener);
}

TEST_F(ConfigSubscriberTest, NeedsNoStartToBeStopped) {
  subscriber_ = std::make_unique<ConfigSubscriber>(options_, applier_, health_, clock_,
                                                   std::make_unique<SeededRandom>(1), log_);
  expect_stop_returns();
}

TEST_F(ConfigSubscriberTest, LeavesAFileFromWhichTheNextProcessServes) {
  control_->start();
  start();
  control_->next_hello();
  ASSERT_TRUE(control_->push(push_of(9)));
  expect_ack(9);
  subscriber_->stop();

  ViewHolder views;
  ConfigApplier next(views, scores_, file_, log_);
  const auto restored = next.restore();
  ASSERT_TRUE(restored.has_value()) << restored.error().text();
  EXPECT_TRUE(*restored);
  ASSERT_NE(views.current(), nullptr);
  EXPECT_EQ(views.current()->revision.number, 9u);
  EXPECT_EQ(next.applied().fingerprint, "content-fast");
}

TEST_F(ConfigSubscriberTest, ServesNothingFromADamagedFileAndSaysSo) {
  ASSERT_TRUE(applier_.restore().has_value());
  EXPECT_FALSE(*applier_.restore()) << "there is no file yet";
  ASSERT_TRUE(file_.save(push_of(9)).has_value());
  std::filesystem::resize_file(file_.file(), 50);
  const auto restored = applier_.restore();
  ASSERT_FALSE(restored.has_value());
  EXPECT_EQ(views_.current(), nullptr);
  EXPECT_EQ(applier_.failures(), 1u);
  EXPECT_EQ(applier_.last_error(), restored.error().text());
}

TEST_F(ConfigSubscriberTest, ServesNothingFromAFileWhoseContentIsRefused) {
  ASSERT_TRUE(file_.save(broken_push(9)).has_value());
  const auto restored = applier_.restore();
  ASSERT_FALSE(restored.has_value());
  EXPECT_EQ(restored.error().kind(), ErrorKind::Invalid);
  EXPECT_EQ(views_.current(), nullptr);
}

TEST_F(ConfigSubscriberTest, RunsAConfigurationThatCannotBeKeptOnDisk) {
  std::filesystem::create_directories(file_.file());  // a directory where the file should be
  EXPECT_EQ(applier_.apply(push_of(1)).verdict, ConfigApplier::Verdict::Applied);
  EXPECT_EQ(views_.current()->revision.number, 1u);
}

}  // namespace
}  // namespace smartroute::sync

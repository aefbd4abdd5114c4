#include "dataplane/sync/telemetry_shipper.hpp"

#include <gtest/gtest.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/null_sink.h>

#include <future>

#include "dataplane/sync/fake_control_plane.hpp"
#include "dataplane/sync/temporary_directory.hpp"

namespace smartroute::sync {
namespace {

using Reply = FakeControlPlane::Reply;

class TelemetryShipperTest : public testing::Test {
 protected:
  TelemetryShipperTest() {
    options_.target = "unix:" + (directory_.path() / "control.sock").string();
    options_.instance = InstanceId("proxy-1");
    options_.batch_wait = std::chrono::milliseconds(0);
    options_.flush = std::chrono::seconds(30);
    options_.backoff.first = options_.backoff.most = std::chrono::milliseconds(1);
  }

  void make() {
    control_ = std::make_unique<FakeControlPlane>(options_.target);
    shipper_ = std::make_unique<TelemetryShipper>(options_, clock_,
                                                  std::make_unique<SeededRandom>(1), log_);
  }
  bool offer(int number, std::size_t worker = 0) {
    accounting::Record record;
    record.request_id = "request-" + std::to_string(number);
    record.endpoint = "chat_completions";
    return shipper_->offer(worker, std::move(record));
  }
  void offer_many(int count) {
    for (int i = 0; i < count; ++i) ASSERT_TRUE(offer(i));
  }
  void expect_stored_in_order(std::size_t count) {
    const auto stored = control_->stored();
    ASSERT_EQ(stored.size(), count);
    for (std::size_t i = 0; i < count; ++i)
      ASSERT_EQ(stored[i].request_id(), "request-" + std::to_string(i));
  }

  TemporaryDirectory directory_;
  ShipperOptions options_;
  SystemClock clock_;
  spdlog::logger log_{"test", std::make_shared<spdlog::sinks::null_sink_mt>()};
  std::unique_ptr<FakeControlPlane> control_;
  std::unique_ptr<TelemetryShipper> shipper_;
};

TEST_F(TelemetryShipperTest, ShipsEverythingInBoundedBatchesWithNumbersWithoutGaps) {
  make();
  control_->start();
  offer_many(2'400);
  shipper_->start();
  shipper_->stop();
  expect_stored_in_order(2'400);
  EXPECT_EQ(shipper_->delivered_total(), 2'400u);
  EXPECT_EQ(shipper_->dropped_total(), 0u);
  for (const auto& report : control_->reports()) {
    EXPECT_LE(report.records_size(), 1'000);
    EXPECT_EQ(report.instance_id(), "proxy-1");
    EXPECT_EQ(report.boot_id().size(), 32u);
  }
}

TEST_F(TelemetryShipperTest, ClosesABatchAtItsByteLimit) {
  options_.batch_bytes = 1'000;
  make();
  control_->start();
  offer_many(200);
  shipper_->start();
  shipper_->stop();
  expect_stored_in_order(200);
  for (const auto& report : control_->reports()) EXPECT_LE(report.ByteSizeLong(), 1'000u + 200u);
}

TEST_F(TelemetryShipperTest, SendsAnUnacknowledgedBatchAgainWithTheSameNumbers) {
  make();
  control_->start();
  control_->script({Reply::Fail, Reply::StoreAndFail, Reply::Fail});
  offer_many(10);
  shipper_->start();
  control_->await_reports(4);
  ASSERT_TRUE(offer(10));
  shipper_->stop();
  expect_stored_in_order(11);
  const auto reports = control_->reports();
  ASSERT_EQ(reports.size(), 5u);
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(reports[i].first_sequence(), 1u);
    EXPECT_EQ(reports[i].records_size(), 10);
  }
  EXPECT_EQ(reports[4].first_sequence(), 11u);
  EXPECT_EQ(shipper_->delivered_total(), 11u);
}

TEST_F(TelemetryShipperTest, DropsTheNewestAtTheBoundAndCountsThem) {
  options_.queue_records = 10;
  make();
  for (int i = 0; i < 15; ++i) EXPECT_EQ(offer(i), i < 10) << i;
  EXPECT_EQ(shipper_->dropped_total(), 5u);
  control_->start();
  shipper_->start();
  shipper_->stop();
  expect_stored_in_order(10);
  EXPECT_EQ(control_->reports().front().dropped_total(), 5u);
  EXPECT_EQ(shipper_->delivered_total() + shipper_->dropped_total(), 15u);
}

TEST_F(TelemetryShipperTest, DropsTheNewestAtTheBoundInBytes) {
  options_.queue_bytes = 8 * 1024;
  make();
  control_->start();
  std::size_t kept = 0;
  for (int i = 0; i < 20; ++i) {
    accounting::Record record;
    record.request_id = "request-" + std::to_string(i);
    record.error = std::string(1'000, 'e');
    if (!shipper_->offer(0, std::move(record))) break;
    ++kept;
  }
  EXPECT_EQ(kept, 7u);
  EXPECT_EQ(shipper_->dropped_total(), 1u);
  shipper_->start();
  shipper_->stop();
  expect_stored_in_order(kept);
}

TEST_F(TelemetryShipperTest, DeliversAfterTheControlPlaneComesBack) {
  make();
  shipper_->start();  // nobody listens yet
  offer_many(100);
  control_->start();
  control_->await_stored(100);
  control_->stop();
  for (int i = 100; i < 150; ++i) ASSERT_TRUE(offer(i));
  control_->start();
  control_->await_stored(150);
  shipper_->stop();
  expect_stored_in_order(150);
  EXPECT_EQ(shipper_->dropped_total(), 0u);
}

TEST_F(TelemetryShipperTest, GivesUpTheFlushInTimeAndCountsWhatIsLeft) {
  options_.flush = std::chrono::milliseconds(1);
  make();
  shipper_->start();
  offer_many(1'500);  // a batch and more, with nobody to take them
  shipper_->stop();
  EXPECT_EQ(shipper_->delivered_total(), 0u);
  EXPECT_EQ(shipper_->dropped_total(), 1'500u);
}

TEST_F(TelemetryShipperTest, StopsWhileAReportHangs) {
  options_.flush = std::chrono::milliseconds(1);
  options_.report_deadline = std::chrono::hours(1);
  make();
  control_->start();
  control_->script({Reply::Hold});
  shipper_->start();
  offer_many(3);
  control_->await_reports(1);
  auto stopped = std::async(std::launch::async, [this] { shipper_->stop(); });
  ASSERT_EQ(stopped.wait_for(kPatience / 2), std::future_status::ready);
  EXPECT_EQ(shipper_->dropped_total(), 3u);
}

TEST_F(TelemetryShipperTest, GivesUpAnAnswerThatDoesNotComeAndAsksAgain) {
  options_.report_deadline = std::chrono::milliseconds(20);
  make();
  control_->start();
  control_->script({Reply::Hold});
  offer_many(3);
  shipper_->start();
  control_->await_reports(2);  // the deadline ended the first
  control_->stop();            // lets go of the ones that hang
  control_->start();
  control_->await_stored(3);
  shipper_->stop();
  expect_stored_in_order(3);
}

TEST_F(TelemetryShipperTest, DropsABatchThatWillNeverBeTakenAndGoesOn) {
  options_.batch_records = 5;
  make();
  control_->start();
  control_->script({Reply::Refuse});
  offer_many(5);
  shipper_->start();
  control_->await_reports(1);
  ASSERT_TRUE(offer(5));
  control_->await_reports(2);
  shipper_->stop();
  EXPECT_EQ(shipper_->dropped_total(), 5u);
  EXPECT_EQ(shipper_->delivered_total(), 1u);
  EXPECT_EQ(control_->reports().back().first_sequence(), 1u)
      << "what was never stored leaves no gap";
  EXPECT_EQ(control_->stored().size(), 1u);
}

TEST_F(TelemetryShipperTest, SendsTextThatIsNotUtf8InAFormTheOtherSideCanRead) {
  make();
  control_->start();
  accounting::Record record;
  record.request_id = "r";
  record.requested_model = "gpt\xff\xfe";
  record.error = std::string(100'000, 'e');
  accounting::Attempt attempt;
  attempt.reason = "\x80oops";
  record.attempts.push_back(attempt);
  ASSERT_TRUE(shipper_->offer(0, std::move(record)));
  shipper_->start();
  shipper_->stop();
  const auto stored = control_->stored();
  ASSERT_EQ(stored.size(), 1u);
  EXPECT_EQ(stored[0].requested_model(), "gpt??");
  EXPECT_EQ(stored[0].attempts(0).reason(), "?oops");
  EXPECT_EQ(stored[0].error().size(), 4'096u);
}

TEST_F(TelemetryShipperTest, LosesNoCountWhenWorkersAreFasterThanTheControlPlane) {
  constexpr int kEach = 20'000;
  options_.workers = 2;
  options_.queue_records = 64;
  make();
  control_->start();
  shipper_->start();
  const auto work = [this](std::size_t worker) {
    for (int i = 0; i < kEach; ++i) offer(i, worker);
  };
  std::thread first(work, 0), second(work, 1);
  first.join();
  second.join();
  shipper_->stop();
  EXPECT_EQ(shipper_->delivered_total() + shipper_->dropped_total(), 2u * kEach);
  EXPECT_EQ(control_->stored().size(), shipper_->delivered_total());
  EXPECT_GT(shipper_->delivered_total(), 0u);
}

}  // namespace
}  // namespace smartroute::sync

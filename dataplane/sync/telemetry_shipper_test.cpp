#include "dataplane/sync/telemetry_shipper.hpp"

#include <gtest/gtest.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/null_sink.h>

#include <future>

#include "dataplane/sync/accountant.hpp"
#include "dataplane/sync/fake_control_plane.hpp"
#include "dataplane/sync/log_lines.hpp"
#include "dataplane/sync/spool.hpp"
#include "dataplane/sync/temporary_directory.hpp"

namespace smartroute::sync {
namespace {

using Reply = FakeControlPlane::Reply;

// All of the way: what workers offer, and what a control plane has in the end.
class TelemetryShipperTest : public testing::Test {
 protected:
  TelemetryShipperTest() {
    ship_.target = "unix:" + (directory_.path() / "control.sock").string();
    ship_.instance = keep_.instance = InstanceId("proxy-1");
    ship_.flush = std::chrono::seconds(30);
    ship_.backoff.first = ship_.backoff.most = std::chrono::milliseconds(1);
    account_.batch_wait = std::chrono::milliseconds(0);
  }

  void make() {
    if (!control_) control_ = std::make_unique<FakeControlPlane>(ship_.target);
    spool_ = std::make_unique<Spool>(keep_, clock_, log_);
    accountant_ = std::make_unique<Accountant>(account_, *spool_, clock_);
    ship_.dropped_total = [this] { return accountant_->dropped_total(); };
    shipper_ = std::make_unique<TelemetryShipper>(ship_, *spool_, std::make_unique<SeededRandom>(1), clock_, log_);
  }
  void start() {
    accountant_->start();
    shipper_->start();
  }
  void stop() {
    accountant_->stop();
    shipper_->stop();
    spool_->close();
  }
  bool offer(int number, std::size_t worker = 0) {
    accounting::Record record;
    record.request_id = "request-" + std::to_string(number);
    record.endpoint = "chat_completions";
    return accountant_->offer(worker, std::move(record));
  }
  void offer_many(int count, int first = 0) {
    for (int i = first; i < first + count; ++i) ASSERT_TRUE(offer(i));
  }
  void expect_stored_in_order(std::size_t count) {
    const auto stored = control_->stored();
    ASSERT_EQ(stored.size(), count);
    for (std::size_t i = 0; i < count; ++i)
      ASSERT_EQ(stored[i].request_id(), "request-" + std::to_string(i));
  }
  std::uint64_t dropped() const { return accountant_->dropped_total(); }

  TemporaryDirectory directory_;
  AccountantOptions account_;
  SpoolOptions keep_;
  ShipperOptions ship_;
  SystemClock clock_;
  spdlog::logger log_{"test", std::make_shared<spdlog::sinks::null_sink_mt>()};
  std::unique_ptr<FakeControlPlane> control_;
  std::unique_ptr<Spool> spool_;
  std::unique_ptr<Accountant> accountant_;
  std::unique_ptr<TelemetryShipper> shipper_;
};

TEST_F(TelemetryShipperTest, ShipsEverythingInBoundedBatchesWithNumbersWithoutGaps) {
  make();
  control_->start();
  offer_many(2'400);
  start();
  stop();
  expect_stored_in_order(2'400);
  EXPECT_EQ(shipper_->delivered_total(), 2'400u);
  EXPECT_EQ(dropped(), 0u);
  for (const auto& report : control_->reports()) {
    EXPECT_LE(report.records_size(), 1'000);
    EXPECT_EQ(report.instance_id(), "proxy-1");
    EXPECT_EQ(report.boot_id().size(), 32u);
  }
}

TEST_F(TelemetryShipperTest, ClosesABatchBeforeItsByteLimit) {
  account_.batch_bytes = 1'000;
  make();
  control_->start();
  offer_many(200);
  start();
  stop();
  expect_stored_in_order(200);
  for (const auto& report : control_->reports()) EXPECT_LE(report.ByteSizeLong(), 1'000u + 100u);
}

TEST_F(TelemetryShipperTest, SendsAnUnacknowledgedBatchAgainWithTheSameNumbers) {
  make();
  control_->start();
  control_->script({Reply::Fail, Reply::StoreAndFail, Reply::Fail});
  offer_many(10);
  start();
  control_->await_reports(4);
  ASSERT_TRUE(offer(10));
  stop();
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
  account_.queue_records = 10;
  make();
  for (int i = 0; i < 15; ++i) EXPECT_EQ(offer(i), i < 10) << i;
  EXPECT_EQ(dropped(), 5u);
  control_->start();
  start();
  stop();
  expect_stored_in_order(10);
  EXPECT_EQ(control_->reports().front().dropped_total(), 5u);
  EXPECT_EQ(shipper_->delivered_total() + dropped(), 15u);
}

TEST_F(TelemetryShipperTest, DeliversAfterTheControlPlaneComesBack) {
  make();
  start();  // nobody listens yet
  offer_many(100);
  control_->start();
  control_->await_stored(100);
  control_->stop();
  offer_many(50, 100);
  control_->start();
  control_->await_stored(150);
  stop();
  expect_stored_in_order(150);
  EXPECT_EQ(dropped(), 0u);
}

TEST_F(TelemetryShipperTest, GivesUpTheFlushInTimeAndCountsWhatIsLeft) {
  ship_.flush = std::chrono::milliseconds(1);
  make();
  start();
  offer_many(1'500);  // a batch and more, with nobody to take them
  stop();
  EXPECT_EQ(shipper_->delivered_total(), 0u);
  EXPECT_EQ(dropped(), 1'500u);
}

TEST_F(TelemetryShipperTest, StopsWhileAReportHangs) {
  ship_.flush = std::chrono::milliseconds(1);
  ship_.report_deadline = std::chrono::hours(1);
  make();
  control_->start();
  control_->script({Reply::Hold});
  start();
  offer_many(3);
  control_->await_reports(1);
  auto stopped = std::async(std::launch::async, [this] { stop(); });
  ASSERT_EQ(stopped.wait_for(kPatience / 2), std::future_status::ready);
  EXPECT_EQ(dropped(), 3u);
}

TEST_F(TelemetryShipperTest, GivesUpAnAnswerThatDoesNotComeAndAsksAgain) {
  ship_.report_deadline = std::chrono::milliseconds(20);
  make();
  control_->start();
  control_->script({Reply::Hold});
  offer_many(3);
  start();
  control_->await_reports(2);  // the deadline ended the first
  control_->stop();            // lets go of the ones that hang
  control_->start();
  control_->await_stored(3);
  stop();
  expect_stored_in_order(3);
}

TEST_F(TelemetryShipperTest, DropsABatchThatWillNeverBeTakenAndGoesOn) {
  account_.batch_records = 5;
  make();
  control_->allow_gaps();
  control_->start();
  control_->script({Reply::Refuse});
  offer_many(5);
  start();
  control_->await_reports(1);
  ASSERT_TRUE(offer(5));
  control_->await_reports(2);
  stop();
  EXPECT_EQ(dropped(), 5u);
  EXPECT_EQ(shipper_->delivered_total(), 1u);
  EXPECT_EQ(control_->stored().size(), 1u);
}

TEST_F(TelemetryShipperTest, LosesNoCountWhenWorkersAreFasterThanTheControlPlane) {
  constexpr int kEach = 20'000;
  account_.workers = 2;
  account_.queue_records = 64;
  make();
  control_->start();
  start();
  const auto work = [this](std::size_t worker) {
    for (int i = 0; i < kEach; ++i) offer(i, worker);
  };
  std::thread first(work, 0), second(work, 1);
  first.join();
  second.join();
  stop();
  EXPECT_EQ(shipper_->delivered_total() + dropped(), 2u * kEach);
  EXPECT_EQ(control_->stored().size(), shipper_->delivered_total());
  EXPECT_GT(shipper_->delivered_total(), 0u);
}

TEST_F(TelemetryShipperTest, WhatWaitsGoesToDiskAndArrivesOnceInOrder) {
  keep_.directory = directory_.path() / "spool";
  keep_.memory_bytes = 10'000;
  keep_.segment_bytes = 50'000;
  account_.batch_records = 10;
  make();
  start();
  control_->start();
  offer_many(100);
  control_->await_stored(100);
  control_->stop();
  offer_many(5'000, 100);
  accountant_->stop();  // everything is in the spool now
  EXPECT_GT(spool_->spooled_records(), 4'000u);
  control_->start();
  control_->await_stored(5'100);
  stop();
  expect_stored_in_order(5'100);
  EXPECT_EQ(dropped(), 0u);
  EXPECT_EQ(spool_->spooled_records(), 0u);
}

TEST_F(TelemetryShipperTest, TheNextStartSendsWhatThisOneCouldNot) {
  keep_.directory = directory_.path() / "spool";
  ship_.flush = std::chrono::milliseconds(1);
  account_.batch_records = 10;
  make();
  start();
  offer_many(55);
  stop();
  EXPECT_EQ(dropped(), 0u) << "it is on disk";
  const std::string old_boot = spool_->boot_id();
  shipper_.reset();
  ship_.flush = std::chrono::seconds(30);
  make();
  control_->start();
  control_->script({Reply::StoreAndFail});
  start();
  control_->await_stored(55);
  offer_many(5, 55);
  control_->await_stored(60);
  stop();
  expect_stored_in_order(60);
  for (const auto& report : control_->reports())
    EXPECT_EQ(report.boot_id() == old_boot, report.records(0).request_id() < "request-55" || report.records(0).request_id().size() < 10);
  EXPECT_EQ(shipper_->delivered_total(), 60u);
}

TEST_F(TelemetryShipperTest, SaysHowMuchIsInFlightWhenItChangesAndZeroOnce) {
  std::atomic<std::uint32_t> in_flight{7};
  ship_.in_flight = [&in_flight] { return in_flight.load(); };
  make();
  control_->start();
  start();
  control_->await_reports(1);
  EXPECT_EQ(control_->reports()[0].in_flight(), 7u);
  EXPECT_EQ(control_->reports()[0].records_size(), 0);
  EXPECT_FALSE(control_->reports()[0].boot_id().empty());
  ASSERT_TRUE(offer(0));
  control_->await_stored(1);
  EXPECT_EQ(control_->reports()[1].in_flight(), 7u) << "with records, too";
  in_flight = 0;
  control_->await_reports(3);
  EXPECT_EQ(control_->reports()[2].in_flight(), 0u);
  stop();
  EXPECT_EQ(control_->reports().size(), 3u);
}

TEST_F(TelemetryShipperTest, CarriesWhatWasLoggedOnceAndCountsWhatDidNotArrive) {
  LogLines lines;
  ship_.log_lines = &lines;
  make();
  control_->start();
  control_->script({Reply::Fail});
  lines.add(5, "warn", "first");
  ASSERT_TRUE(offer(0));
  start();
  control_->await_stored(1);
  lines.add(6, "info", "second");
  control_->await_reports(3);  // without records, because there is a line
  stop();
  const auto reports = control_->reports();
  ASSERT_GE(reports.size(), 3u);
  ASSERT_EQ(reports[0].log_lines_size(), 1);
  EXPECT_EQ(reports[0].log_lines(0).text(), "first");
  EXPECT_EQ(reports[0].log_lines(0).level(), "warn");
  EXPECT_EQ(reports[0].log_lines(0).at_us(), 5);
  EXPECT_EQ(reports[1].log_lines_size(), 0) << "the one before did not arrive";
  EXPECT_EQ(reports[2].records_size(), 0);
  EXPECT_EQ(reports[2].log_lines_dropped(), 1u);
  ASSERT_EQ(reports[2].log_lines_size(), 1);
  EXPECT_EQ(reports[2].log_lines(0).text(), "second");
}

}  // namespace
}  // namespace smartroute::sync

#include "controlplane/ingest/intake.hpp"

#include <gtest/gtest.h>

#include "controlplane/store/memory_store.hpp"

namespace smartroute::control::ingest {
namespace {

v1::ReportRequest batch(const std::string& boot, std::uint64_t first, int records) {
  v1::ReportRequest request;
  request.set_instance_id("proxy-1");
  request.set_boot_id(boot);
  request.set_first_sequence(first);
  for (int i = 0; i < records; ++i) {
    auto* record = request.add_records();
    record->set_request_id("r" + std::to_string(first + static_cast<std::uint64_t>(i)));
    record->set_received_us(1'700'000'000'000'000 + static_cast<std::int64_t>(first) + i);
  }
  return request;
}

class Listener final : public FreshRecords {
 public:
  bool wanted() const override { return listening; }
  void on_stored(std::span<const v1::RequestRecord> records) override { heard.insert(heard.end(), records.begin(), records.end()); }
  bool listening = true;
  std::vector<v1::RequestRecord> heard;
};

class IntakeTest : public testing::Test {
 protected:
  std::unique_ptr<store::Store> store = store::make_memory_store();
  FakeClock clock;
  Listener listener;
  Intake intake{*store, clock, &listener};
};

TEST_F(IntakeTest, StoresARepeatedBatchOnceAndAcknowledgesItAgain) {
  EXPECT_EQ(intake.take(batch("b1", 0, 10)).value(), 10u);
  EXPECT_EQ(intake.take(batch("b1", 0, 10)).value(), 10u);
  EXPECT_EQ(store->record_count(), 10u);
  EXPECT_EQ(intake.counts().stored, 10u);
  EXPECT_EQ(intake.counts().duplicates, 10u);
}

TEST_F(IntakeTest, CountsOnlyTheOverlapAsDuplicate) {
  ASSERT_TRUE(intake.take(batch("b1", 0, 10)));
  ASSERT_TRUE(intake.take(batch("b1", 6, 10)));
  EXPECT_EQ(intake.counts().stored, 16u);
  EXPECT_EQ(intake.counts().duplicates, 4u);
}

TEST_F(IntakeTest, KeepsStartsOfADataPlaneApart) {
  ASSERT_TRUE(intake.take(batch("b1", 0, 3)));
  ASSERT_TRUE(intake.take(batch("b2", 0, 3)));
  EXPECT_EQ(intake.counts().stored, 6u);
  EXPECT_EQ(store->record_count(), 6u);
}

TEST_F(IntakeTest, RefusesWhatIsBeyondItsBounds) {
  auto large = batch("b1", 0, 1);
  large.mutable_records(0)->set_error(std::string(Intake::kMaxRecordBytes, 'x'));
  auto bulky = batch("b1", 0, 2);
  for (auto& record : *bulky.mutable_records()) record.set_request_body(std::string(Intake::kMaxBatchBytes / 2, 'x'));
  const struct {
    const char* name;
    v1::ReportRequest request;
  } rows[] = {
      {"too many records", batch("b1", 0, Intake::kMaxRecords + 1)},
      {"too many bytes", large},
      {"too many bytes of bodies", bulky},
      {"no boot id", batch("", 0, 1)},
      {"boot id too long", batch(std::string(65, 'b'), 0, 1)},
      {"sequence overflows", batch("b1", ~0ull, 3)},
  };
  for (const auto& row : rows) {
    const auto taken = intake.take(row.request);
    ASSERT_FALSE(taken) << row.name;
    EXPECT_EQ(taken.error().kind(), ErrorKind::Invalid) << row.name;
  }
  EXPECT_EQ(intake.counts().refused_batches, 6u);
  EXPECT_EQ(store->record_count(), 0u);
  EXPECT_TRUE(intake.take(batch("b1", 0, Intake::kMaxRecords)));
  auto fits = batch("b2", 0, 1);
  fits.mutable_records(0)->set_request_body(std::string(Intake::kMaxRecordBytes + 1, 'x'));
  EXPECT_TRUE(intake.take(fits)) << "bodies have a bound of their own";
}

TEST_F(IntakeTest, TellsListenersOfWhatIsNewAndNoMore) {
  auto first = batch("b1", 0, 3);
  first.mutable_records(0)->set_request_body("a body");
  ASSERT_TRUE(intake.take(first));
  ASSERT_TRUE(intake.take(batch("b1", 1, 4)));
  std::vector<std::string> heard;
  for (const auto& record : listener.heard) {
    heard.push_back(record.request_id());
    EXPECT_EQ(record.instance_id(), "proxy-1");
    EXPECT_EQ(store->record(record.record_id())->request_id(), record.request_id());
    EXPECT_TRUE(record.request_body().empty());
  }
  EXPECT_EQ(heard, (std::vector<std::string>{"r0", "r1", "r2", "r3", "r4"}));
  listener.listening = false;
  ASSERT_TRUE(intake.take(batch("b1", 5, 1)));
  EXPECT_EQ(listener.heard.size(), 5u);
}

TEST_F(IntakeTest, KnowsWhatIsInFlightAsLongAsDataPlanesSaySo) {
  auto first = batch("b1", 0, 0);
  first.set_in_flight(7);
  ASSERT_TRUE(intake.take(first));
  auto other = batch("b2", 0, 0);
  other.set_in_flight(5);
  ASSERT_TRUE(intake.take(other));
  EXPECT_EQ(intake.live().in_flight, 12u);
  clock.advance(std::chrono::seconds(3));
  first.set_in_flight(1);
  ASSERT_TRUE(intake.take(first));
  EXPECT_EQ(intake.live().in_flight, 6u);
  clock.advance(std::chrono::seconds(3));
  EXPECT_EQ(intake.live().in_flight, 1u) << "b2 has not been heard of for six seconds";
  clock.advance(std::chrono::seconds(3));
  EXPECT_EQ(intake.live().in_flight, 0u);
  EXPECT_EQ(store->record_count(), 0u);
}

TEST_F(IntakeTest, CountsTheRequestsOfTheLastTenSeconds) {
  const auto take = [this](const std::string& boot, std::uint64_t first, int records, std::chrono::seconds ago) {
    auto report = batch(boot, first, records);
    for (auto& record : *report.mutable_records()) record.set_completed_us(micros_since_epoch(clock.wall() - ago));
    ASSERT_TRUE(intake.take(report));
  };
  EXPECT_EQ(intake.live().qps, 0);
  take("b1", 0, 20, std::chrono::seconds(0));
  take("b1", 0, 20, std::chrono::seconds(0));  // again
  clock.advance(std::chrono::seconds(1));
  take("b2", 0, 30, std::chrono::seconds(1));
  take("b2", 30, 500, std::chrono::minutes(5));  // out of a spool
  clock.advance(std::chrono::seconds(1));
  EXPECT_DOUBLE_EQ(intake.live().qps, 5);
  clock.advance(std::chrono::seconds(9));
  EXPECT_DOUBLE_EQ(intake.live().qps, 3);
  clock.advance(std::chrono::seconds(30));
  EXPECT_EQ(intake.live().qps, 0);
}

TEST_F(IntakeTest, AddsUpWhatDataPlanesDropped) {
  auto first = batch("b1", 0, 1);
  first.set_dropped_total(5);
  ASSERT_TRUE(intake.take(first));
  ASSERT_TRUE(intake.take(first));
  auto other = batch("b2", 0, 1);
  other.set_dropped_total(2);
  ASSERT_TRUE(intake.take(other));
  EXPECT_EQ(intake.counts().dropped_at_source, 7u);
}

}  // namespace
}  // namespace smartroute::control::ingest

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

class IntakeTest : public testing::Test {
 protected:
  std::unique_ptr<store::Store> store = store::make_memory_store();
  Intake intake{*store};
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
  large.mutable_records(0)->set_error(std::string(Intake::kMaxBatchBytes, 'x'));
  const struct {
    const char* name;
    v1::ReportRequest request;
  } rows[] = {
      {"too many records", batch("b1", 0, Intake::kMaxRecords + 1)},
      {"too many bytes", large},
      {"no boot id", batch("", 0, 1)},
      {"boot id too long", batch(std::string(65, 'b'), 0, 1)},
      {"sequence overflows", batch("b1", ~0ull, 3)},
  };
  for (const auto& row : rows) {
    const auto taken = intake.take(row.request);
    ASSERT_FALSE(taken) << row.name;
    EXPECT_EQ(taken.error().kind(), ErrorKind::Invalid) << row.name;
  }
  EXPECT_EQ(intake.counts().refused_batches, 5u);
  EXPECT_EQ(store->record_count(), 0u);
  EXPECT_TRUE(intake.take(batch("b1", 0, Intake::kMaxRecords)));
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

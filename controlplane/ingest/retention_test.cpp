#include "controlplane/ingest/retention.hpp"

#include <gtest/gtest.h>

#include <future>
#include <mutex>

#include "controlplane/store/memory_store.hpp"

namespace smartroute::control::ingest {
namespace {

using std::chrono::hours;

class RetentionSweepTest : public testing::Test {
 protected:
  // One sweep, begun and ended: it asks what to keep when it begins, and goes only when it has ended.
  void sweep(RetentionSweep::Keep keep) {
    std::promise<void> begun;
    std::once_flag once;
    RetentionSweep running(
        *store, clock,
        [&] {
          std::call_once(once, [&] { begun.set_value(); });
          return keep;
        },
        log);
    begun.get_future().wait();
  }

  void append(hours age, std::size_t body) {
    v1::ReportRequest batch;
    batch.set_boot_id("b");
    batch.set_first_sequence(next++);
    auto& record = *batch.add_records();
    record.set_request_id("r" + std::to_string(age.count()));
    record.set_received_us(micros_since_epoch(clock.wall() - age));
    record.set_request_body(std::string(body, 'x'));
    ASSERT_TRUE(store->append_records(batch));
  }

  std::vector<std::string> left() const {
    std::vector<std::string> ids;
    store::RecordQuery query;
    query.bodies = true;
    const auto page = store->query(query);
    for (const auto& record : page->records) ids.push_back(record.request_id() + (record.request_body().empty() ? " without body" : ""));
    return ids;
  }

  FakeClock clock;
  base::Log log{base::Level::Off, base::Form::Json, [](const std::string&) {}};
  std::unique_ptr<store::Store> store = store::make_memory_store();
  std::uint64_t next = 0;
};

TEST_F(RetentionSweepTest, RemovesWhatIsOlderThanTheDaysToKeep) {
  for (const int days : {1, 6, 8, 30}) append(hours(24 * days), 10);
  sweep({7, 1 << 30});
  EXPECT_EQ(left(), (std::vector<std::string>{"r24", "r144"}));
}

TEST_F(RetentionSweepTest, RemovesTheOldestBodiesBeyondTheBytesToKeep) {
  for (const int days : {1, 2, 3, 4}) append(hours(24 * days), 10'000);
  sweep({7, 25'000});
  EXPECT_EQ(left(), (std::vector<std::string>{"r24", "r48", "r72 without body", "r96 without body"}));
  sweep({7, 150});
  EXPECT_LT(left().size(), 4u) << "when there are no bodies, records go";
}

TEST_F(RetentionSweepTest, LetsRollupsAge) {
  append(hours(24 * 20), 10);
  append(hours(1), 10);
  sweep({30, 1 << 30});
  int minutes = 0;
  ASSERT_TRUE(store->rollups({Resolution::Minute, Dimension::All, {}, 0, micros_since_epoch(clock.wall())}, [&](auto, auto, const auto&) {
    ++minutes;
    return true;
  }));
  EXPECT_EQ(minutes, 1);
  EXPECT_EQ(left().size(), 2u);
}

}  // namespace
}  // namespace smartroute::control::ingest

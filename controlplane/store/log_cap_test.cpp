// The cap holds while records come as fast as they can, whoever sweeps and how often.
#include <gtest/gtest.h>

#include "controlplane/store/log_load.hpp"
#include "controlplane/store/rocks_store.hpp"
#include "controlplane/store/test_dir.hpp"

namespace smartroute::store {
namespace {

std::uint64_t bytes_in(const std::filesystem::path& directory) {
  std::uint64_t bytes = 0;
  std::error_code gone;  // files come and go
  for (const auto& entry : std::filesystem::directory_iterator(directory, gone)) {
    const auto size = entry.file_size(gone);
    if (!gone) bytes += size;
  }
  return bytes;
}

struct Row {
  const char* name;
  LogLoad::Shape shape;
  int batches;
  bool records_go;  // not only bodies
};

class LogCap : public testing::TestWithParam<Row> {};

TEST_P(LogCap, HoldsUnderLoadAndKeepsTheNewest) {
  constexpr std::uint64_t kCap = 48 << 20;
  const TestDir dir;
  auto opened = open_rocks_store({dir.path() / "state", nullptr});
  ASSERT_TRUE(opened);
  Store& store = *opened->store;
  Retention retention;
  retention.max_bytes = kCap;
  ASSERT_TRUE(store.retain_records(retention));
  LogLoad load(GetParam().shape, 3);
  std::uint64_t peak = 0;
  for (int i = 0; i < GetParam().batches; ++i) {
    ASSERT_TRUE(store.append_records(load.batch(1'000)));
    peak = std::max(peak, bytes_in(dir.path() / "state" / "logs.db"));
  }
  EXPECT_LE(peak, kCap + kCap / 10);
  EXPECT_GE(peak, kCap / 2) << "too little was written to say anything";
  for (int i = 0; i < 100; ++i) {
    const auto removed = store.retain_records(retention);
    ASSERT_TRUE(removed);
    if (!removed->more) break;
  }
  EXPECT_LE(bytes_in(dir.path() / "state" / "logs.db"), kCap);
  EXPECT_EQ(store.record_count() < load.made(), GetParam().records_go);
  RecordQuery query;
  query.bodies = true;
  query.limit = 10;
  const auto page = store.query(query);
  ASSERT_EQ(page->records.size(), 10u);
  for (const auto& record : page->records) EXPECT_EQ(record.request_body().empty(), !GetParam().shape.bodies);
  std::uint64_t rows = 0;
  query.bodies = query.texts = false;
  query.limit = kMaxPage;
  query.patience = std::chrono::minutes(1);
  do {
    const auto all = store.query(query);
    ASSERT_TRUE(all);
    rows += all->records.size();
    query.cursor = all->next_cursor;
  } while (!query.cursor.empty());
  EXPECT_EQ(rows, store.record_count());
  const auto storage = store.log_storage();
  EXPECT_GT(storage->oldest_us(), 0);
  if (GetParam().shape.bodies) {
    EXPECT_GT(storage->oldest_body_us(), storage->oldest_us());
  }
}

INSTANTIATE_TEST_SUITE_P(Loads, LogCap,
                         testing::Values(Row{"Bodies", {.step_us = 500}, 60, false}, Row{"NoBodies", {.step_us = 500, .bodies = false}, 250, true}),
                         [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace smartroute::store

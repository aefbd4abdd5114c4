// Filters and pages against the plain truth: every record matched by core/record_match.cpp, one after the other.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "contract/base/random.hpp"
#include "controlplane/core/record_match.hpp"
#include "controlplane/store/memory_store.hpp"
#include "controlplane/store/rocks_store.hpp"
#include "controlplane/store/test_dir.hpp"

namespace smartroute::store {
namespace {

using admin::v1::RecordFilter;

constexpr std::int64_t kBeginUs = 1'700'000'000'000'000;

template <std::size_t N>
const char* any(SeededRandom& random, const char* const (&values)[N]) {
  return values[random.below(N)];
}

const char* const kTiers[] = {"", "t1", "t2", "t3"};
const char* const kModels[] = {"", "p/a", "p/b", "q/a", "q/c"};
const char* const kProviders[] = {"", "p", "q"};
const char* const kKeys[] = {"", "k1", "k2", "k3"};
const char* const kEndings[] = {"completed", "completed", "completed", "client_gone", "upstream_error"};
const char* const kErrors[] = {"", "", "", "rate_limited", "timeout", "client_gone"};
const char* const kCategories[] = {"", "chat", "chat", "tool"};
const char* const kWords[] = {"hello", "Hello world", "prove", "THE END", "caf\xc3\xa9", ""};
const int kStatuses[] = {200, 200, 200, 0, 400, 429, 500, 503};

// `spread_us`: between one record and the next, on average half of it. Some come late, some in the same microsecond.
v1::ReportRequest random_batch(SeededRandom& random, const std::string& boot, std::uint64_t first, int records, std::int64_t& clock,
                               std::uint64_t spread_us) {
  v1::ReportRequest batch;
  batch.set_boot_id(boot);
  batch.set_instance_id("proxy-" + boot.substr(0, 1));
  batch.set_first_sequence(first);
  for (int i = 0; i < records; ++i) {
    clock += static_cast<std::int64_t>(random.below(spread_us));
    auto& record = *batch.add_records();
    record.set_request_id("r" + std::to_string(random.below(400)));
    record.set_received_us(random.below(20) == 0 ? clock - static_cast<std::int64_t>(random.below(spread_us * 50)) : clock);
    if (random.below(8) != 0) record.set_completed_us(record.received_us() + static_cast<std::int64_t>(1ULL << random.below(24)));
    record.set_endpoint(random.below(6) == 0 ? "models" : "chat_completions");
    record.set_streaming(random.below(2) == 0);
    record.set_tier(any(random, kTiers));
    record.set_model(any(random, kModels));
    record.set_provider(any(random, kProviders));
    record.set_key_id(any(random, kKeys));
    record.set_ending(any(random, kEndings));
    record.set_error_kind(any(random, kErrors));
    record.set_category(any(random, kCategories));
    record.set_preview(any(random, kWords));
    if (random.below(4) == 0) record.set_error(any(random, kWords));
    record.set_status(kStatuses[random.below(std::size(kStatuses))]);
    for (auto attempts = random.below(4); attempts > 0; --attempts) record.add_attempts()->set_model("m");
  }
  return batch;
}

RecordFilter random_filter(SeededRandom& random) {
  RecordFilter filter;
  const auto rarely = [&] { return random.below(5) == 0; };
  const auto some = [&](auto* list, const auto& values) {
    for (auto count = 1 + random.below(2); count > 0; --count) list->Add(any(random, values));
  };
  const char* const statuses[] = {"200", "2xx", "4xx", "5xx", "429", "0", "503", "301"};
  const char* const tiers[] = {"t1", "t2", "t3", "none"};
  const char* const errors[] = {"any", "rate_limited", "timeout", "never"};
  const char* const instances[] = {"proxy-a", "proxy-b", "proxy-z"};
  const char* const texts[] = {"hello", "WORLD", "r1", "end", "\xc3\xa9", "nowhere"};
  if (rarely()) some(filter.mutable_tiers(), tiers);
  if (rarely()) some(filter.mutable_models(), kModels);
  if (rarely()) some(filter.mutable_providers(), kProviders);
  if (rarely()) some(filter.mutable_key_ids(), kKeys);
  if (rarely()) some(filter.mutable_endings(), kEndings);
  if (rarely()) some(filter.mutable_statuses(), statuses);
  if (rarely()) some(filter.mutable_error_kinds(), errors);
  if (rarely()) some(filter.mutable_categories(), kCategories);
  if (rarely()) some(filter.mutable_instance_ids(), instances);
  if (rarely()) filter.set_text(any(random, texts));
  if (rarely()) filter.set_min_duration_ms(static_cast<std::uint32_t>(random.below(9'000)));
  if (rarely()) filter.set_min_retries(static_cast<std::uint32_t>(random.below(4)));
  if (rarely()) filter.set_streaming(random.below(2) == 0);
  if (random.below(12) == 0) filter.set_request_id("r" + std::to_string(random.below(500)));
  if (rarely()) filter.set_since_us(kBeginUs + static_cast<std::int64_t>(random.below(60'000'000)));
  if (rarely()) filter.set_until_us(kBeginUs + static_cast<std::int64_t>(random.below(60'000'000)));
  return filter;
}

struct Walked {
  std::vector<std::string> ids;
  int pages = 0, cut_short = 0;
};

// All pages of a query. `patience` 0: each page gives up at the first look at the clock.
Walked walk(const Store& store, const RecordFilter& filter, std::size_t limit, std::chrono::milliseconds patience = std::chrono::seconds(60)) {
  Walked walked;
  RecordQuery query;
  query.filter = filter;
  query.limit = limit;
  query.patience = patience;
  do {
    const auto page = store.query(query);
    if (!page) {
      ADD_FAILURE() << page.error().text();
      break;
    }
    for (const auto& record : page->records) walked.ids.push_back(record.record_id());
    if (page->searched_to_us) ++walked.cut_short;
    query.cursor = page->next_cursor;
  } while (++walked.pages < 100'000 && !query.cursor.empty());
  return walked;
}

class LogQuery : public testing::Test {
 protected:
  LogQuery() {
    auto opened = open_rocks_store({dir_.path() / "state", nullptr});
    EXPECT_TRUE(opened);
    rocks_ = std::move(opened->store);
  }
  void append(const v1::ReportRequest& batch) {
    ASSERT_TRUE(rocks_->append_records(batch));
    ASSERT_TRUE(memory_->append_records(batch));
  }
  TestDir dir_;
  std::unique_ptr<Store> rocks_;
  std::unique_ptr<Store> memory_ = make_memory_store();
};

class LogQuerySpread : public LogQuery, public testing::WithParamInterface<std::uint64_t> {};

TEST_P(LogQuerySpread, EveryFilterFindsWhatALookAtEachRecordFinds) {
  SeededRandom random(31 + GetParam());
  std::int64_t clock = kBeginUs;
  for (int batch = 0; batch < 10; ++batch)
    append(random_batch(random, batch % 2 == 0 ? "a-boot" : "b-boot", static_cast<std::uint64_t>(batch) * 150, 150, clock, GetParam()));
  int found = 0;
  for (int i = 0; i < 700; ++i) {
    const RecordFilter filter = random_filter(random);
    const std::size_t limit = 1 + random.below(400);
    const Walked expected = walk(*memory_, filter, 1'000);
    const Walked seen = walk(*rocks_, filter, limit);
    ASSERT_EQ(seen.ids, expected.ids) << filter.DebugString();
    EXPECT_EQ(seen.cut_short, 0);
    found += !seen.ids.empty();
  }
  EXPECT_GT(found, 100);
}

TEST_P(LogQuerySpread, AnImpatientSearchGoesOnWhereItEnded) {
  SeededRandom random(77);
  std::int64_t clock = kBeginUs;
  append(random_batch(random, "a-boot", 0, 2'000, clock, GetParam()));
  int cut_short = 0;
  for (int i = 0; i < 100; ++i) {
    RecordFilter filter = random_filter(random);
    if (i % 3 == 0) filter.set_text("nowhere");
    const Walked seen = walk(*rocks_, filter, 1 + random.below(400), std::chrono::milliseconds(0));
    ASSERT_EQ(seen.ids, walk(*memory_, filter, 1'000).ids) << filter.DebugString();
    cut_short += seen.cut_short;
  }
  EXPECT_GT(cut_short, 50);
}

// Many in one slot of the facets, some, and far apart.
INSTANTIATE_TEST_SUITE_P(Spreads, LogQuerySpread, testing::Values(100u, 20'000u, 2'000'000u),
                         [](const auto& spread) { return "UpTo" + std::to_string(spread.param) + "us"; });

TEST_F(LogQuery, StaysRightWhileRecordsAreRemoved) {
  SeededRandom random(5);
  std::int64_t clock = kBeginUs;
  for (std::uint64_t batch = 0; batch < 10; ++batch) append(random_batch(random, "a-boot", batch * 200, 200, clock, 20'000));
  for (int step = 1; step <= 4; ++step) {
    Retention retention;
    retention.oldest_us = kBeginUs + step * 4'000'000;
    ASSERT_EQ(rocks_->retain_records(retention)->records, memory_->retain_records(retention)->records);
    ASSERT_EQ(rocks_->record_count(), memory_->record_count());
    for (int i = 0; i < 100; ++i) {
      const RecordFilter filter = random_filter(random);
      ASSERT_EQ(walk(*rocks_, filter, 50).ids, walk(*memory_, filter, 1'000).ids) << filter.DebugString();
    }
  }
}

TEST_F(LogQuery, PagesHoldStillWhileOthersAppend) {
  SeededRandom random(9);
  std::int64_t clock = kBeginUs;
  append(random_batch(random, "a-boot", 0, 3'000, clock, 5'000));
  RecordFilter filter;
  filter.add_tiers("t1");
  filter.set_until_us(clock + 1);
  const Walked before = walk(*memory_, filter, 1'000);
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    SeededRandom own(10);
    std::int64_t later = clock + 10'000'000;
    for (std::uint64_t first = 0; !stop; first += 50) (void)rocks_->append_records(random_batch(own, "b-boot", first, 50, later, 10));
  });
  for (int i = 0; i < 20; ++i) EXPECT_EQ(walk(*rocks_, filter, 37).ids, before.ids);
  stop = true;
  writer.join();
}

}  // namespace
}  // namespace smartroute::store

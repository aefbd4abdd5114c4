// What every Store must do, run against both.
#include <gtest/gtest.h>

#include <functional>
#include <thread>

#include "controlplane/store/memory_store.hpp"
#include "controlplane/store/rocks_store.hpp"
#include "controlplane/store/test_dir.hpp"

namespace smartroute::store {
namespace {

struct Kind {
  const char* name;
  std::function<std::unique_ptr<Store>(const std::filesystem::path&)> make;
};

void PrintTo(const Kind& kind, std::ostream* out) { *out << kind.name; }

class StoreConformance : public testing::TestWithParam<Kind> {
 protected:
  void SetUp() override {
    store_ = GetParam().make(dir_.path());
    ASSERT_TRUE(store_);
  }

  StoredRevision next(const std::string& content = "content") const {
    StoredRevision revision;
    revision.head.base = store_->newest();
    revision.head.number = store_->next_number();
    revision.head.author = "ann";
    revision.head.fingerprint = "f" + content;
    revision.config = content;
    return revision;
  }

  void append(int count) {
    for (int i = 0; i < count; ++i) ASSERT_TRUE(store_->append_revision(next(std::to_string(i))));
  }

  static v1::ReportRequest batch(const std::string& boot, std::uint64_t first,
                                 const std::vector<std::int64_t>& received) {
    v1::ReportRequest request;
    request.set_boot_id(boot);
    request.set_first_sequence(first);
    for (std::size_t i = 0; i < received.size(); ++i) {
      auto& record = *request.add_records();
      record.set_received_us(received[i]);
      record.set_request_id(boot + std::to_string(first + i));
    }
    return request;
  }

  std::vector<std::string> ids(std::size_t page_size = 3) const {
    std::vector<std::string> all;
    std::string cursor;
    do {
      const auto page = store_->records(cursor, page_size);
      if (!page) {
        ADD_FAILURE() << page.error().text();
        break;
      }
      for (const auto& record : page->records) all.push_back(record.request_id());
      cursor = page->next_cursor;
    } while (!cursor.empty());
    return all;
  }

  TestDir dir_;
  std::unique_ptr<Store> store_;
};

TEST_P(StoreConformance, BeginsWithNothing) {
  EXPECT_EQ(store_->newest(), Revision{});
  EXPECT_EQ(store_->next_number(), Revision{1});
  EXPECT_EQ(store_->revision(Revision{1}).error().kind(), ErrorKind::NotFound);
  EXPECT_EQ(store_->revision(Revision{0}).error().kind(), ErrorKind::NotFound);
  EXPECT_TRUE(store_->revisions({}, 10)->heads.empty());
  EXPECT_TRUE(store_->records({}, 10)->records.empty());
  EXPECT_EQ(store_->record_count(), 0u);
  EXPECT_FALSE(store_->meta("name")->has_value());
  EXPECT_FALSE(store_->read_only_reason());
}

TEST_P(StoreConformance, KeepsEveryRevisionAsGiven) {
  StoredRevision first = next("one");
  first.head.note = "a note";
  first.head.created_at_ms = 5;
  ASSERT_TRUE(store_->append_revision(first));
  StoredRevision second = next("two");
  second.head.rollback_of = Revision{1};
  ASSERT_TRUE(store_->append_revision(second));
  EXPECT_EQ(store_->newest(), Revision{2});
  EXPECT_EQ(*store_->revision(Revision{1}), first);
  EXPECT_EQ(*store_->revision(Revision{2}), second);
}

TEST_P(StoreConformance, RefusesARevisionWrittenAgainstAnotherThanTheNewest) {
  append(2);
  StoredRevision stale = next();
  stale.head.base = Revision{1};
  EXPECT_EQ(store_->append_revision(stale).error().kind(), ErrorKind::Conflict);
  StoredRevision skipping = next();
  skipping.head.number = Revision{4};
  EXPECT_EQ(store_->append_revision(skipping).error().kind(), ErrorKind::Conflict);
  EXPECT_EQ(store_->newest(), Revision{2});
}

TEST_P(StoreConformance, RefusesAFingerprintThatIsNoWord) {
  StoredRevision revision = next();
  revision.head.fingerprint = "two words";
  EXPECT_EQ(store_->append_revision(revision).error().kind(), ErrorKind::Invalid);
}

TEST_P(StoreConformance, PagesRevisionsNewestFirst) {
  append(5);
  const auto first = store_->revisions({}, 2);
  ASSERT_EQ(first->heads.size(), 2u);
  EXPECT_EQ(first->heads[0].number, Revision{5});
  EXPECT_EQ(first->next_before, Revision{4});
  const auto second = store_->revisions(first->next_before, 2);
  EXPECT_EQ(second->heads[0].number, Revision{3});
  EXPECT_EQ(second->next_before, Revision{2});
  const auto last = store_->revisions(second->next_before, 2);
  ASSERT_EQ(last->heads.size(), 1u);
  EXPECT_EQ(last->next_before, Revision{});
  EXPECT_TRUE(store_->revisions(Revision{1}, 2)->heads.empty());
  EXPECT_EQ(store_->revisions(Revision{100}, 0)->heads.size(), 1u);
}

TEST_P(StoreConformance, EndsThePagesExactlyAtTheOldest) {
  append(4);
  EXPECT_EQ(store_->revisions(Revision{3}, 2)->next_before, Revision{});
}

TEST_P(StoreConformance, LetsOneOfManyWritersWinEachNumber) {
  constexpr int kWriters = 8, kEach = 25;
  std::atomic<int> won{0};
  std::vector<std::thread> writers;
  for (int w = 0; w < kWriters; ++w)
    writers.emplace_back([&, w] {
      for (int i = 0; i < kEach;) {
        StoredRevision revision;
        revision.head.base = store_->newest();
        revision.head.number = Revision{revision.head.base.number + 1};
        revision.head.author = "w" + std::to_string(w);
        const auto done = store_->append_revision(revision);
        if (done)
          ++won, ++i;
        else if (done.error().kind() != ErrorKind::Conflict)
          return;
      }
    });
  for (auto& writer : writers) writer.join();
  EXPECT_EQ(won, kWriters * kEach);
  EXPECT_EQ(store_->newest(), Revision{kWriters * kEach});
}

TEST_P(StoreConformance, KeepsMetadata) {
  ASSERT_TRUE(store_->put_meta("a", "1"));
  ASSERT_TRUE(store_->put_meta("b", ""));
  ASSERT_TRUE(store_->put_meta("a", "2"));
  EXPECT_EQ(**store_->meta("a"), "2");
  EXPECT_EQ(**store_->meta("b"), "");
  EXPECT_FALSE(store_->meta("c")->has_value());
  EXPECT_EQ(store_->put_meta("", "x").error().kind(), ErrorKind::Invalid);
  EXPECT_EQ(store_->put_meta(std::string(65, 'n'), "x").error().kind(), ErrorKind::Invalid);
  EXPECT_EQ(store_->put_meta("big", std::string(kMaxMetaBytes + 1, 'x')).error().kind(),
            ErrorKind::Invalid);
}

TEST_P(StoreConformance, ListsRecordsNewestFirstOverPages) {
  ASSERT_EQ(*store_->append_records(batch("a", 0, {10, 30, 50})), 3u);
  ASSERT_EQ(*store_->append_records(batch("b", 0, {20, 40})), 2u);
  for (const std::size_t page : {1, 2, 3, 5, 100})
    EXPECT_EQ(ids(page), (std::vector<std::string>{"a2", "b1", "a1", "b0", "a0"})) << page;
  EXPECT_EQ(store_->record_count(), 5u);
}

TEST_P(StoreConformance, StoresARepeatedOrOverlappingBatchOnce) {
  ASSERT_TRUE(store_->append_records(batch("a", 0, {10, 20})));
  EXPECT_EQ(*store_->append_records(batch("a", 0, {10, 20})), 2u);
  EXPECT_EQ(*store_->append_records(batch("a", 1, {20, 30})), 2u);
  EXPECT_EQ(*store_->append_records(batch("a", 3, {30})), 1u);  // same time, another record
  EXPECT_EQ(*store_->append_records(batch("b", 0, {10})), 1u);  // same sequence, another boot
  EXPECT_EQ(store_->record_count(), 5u);
  EXPECT_EQ(ids().size(), 5u);
}

TEST_P(StoreConformance, KeepsPagesSteadyWhileRecordsArrive) {
  ASSERT_TRUE(store_->append_records(batch("a", 0, {10, 20, 30, 40})));
  const auto first = store_->records({}, 2);
  ASSERT_TRUE(store_->append_records(batch("a", 4, {50, 60})));
  const auto second = store_->records(first->next_cursor, 2);
  EXPECT_EQ(second->records[0].request_id(), "a1");
  EXPECT_EQ(second->next_cursor, "");
}

TEST_P(StoreConformance, RefusesBatchesAndCursorsThatCannotBe) {
  EXPECT_EQ(store_->append_records(batch("", 0, {1})).error().kind(), ErrorKind::Invalid);
  EXPECT_EQ(store_->append_records(batch(std::string(65, 'b'), 0, {1})).error().kind(),
            ErrorKind::Invalid);
  EXPECT_EQ(store_->append_records(batch("a", ~0ull, {1})).error().kind(), ErrorKind::Invalid);
  EXPECT_EQ(store_->records("nonsense", 1).error().kind(), ErrorKind::Invalid);
  EXPECT_EQ(*store_->append_records(batch("a", 0, {})), 0u);
  EXPECT_EQ(*store_->append_records(batch("a", 0, {-5})), 1u);
  EXPECT_EQ(ids(), std::vector<std::string>{"a0"});
}

TEST_P(StoreConformance, RetainsByAgeAndThenByCount) {
  ASSERT_TRUE(store_->append_records(batch("a", 0, {10, 20, 30, 40, 50})));
  EXPECT_EQ(*store_->retain_records({.oldest_us = 20, .max_records = 100}), 1u);
  EXPECT_EQ(store_->record_count(), 4u);
  EXPECT_EQ(*store_->retain_records({.oldest_us = 0, .max_records = 2}), 2u);
  EXPECT_EQ(ids(), (std::vector<std::string>{"a4", "a3"}));
  EXPECT_EQ(*store_->retain_records({.oldest_us = 0, .max_records = 2}), 0u);
  ASSERT_TRUE(store_->append_records(batch("a", 5, {60})));
  EXPECT_EQ(ids(), (std::vector<std::string>{"a5", "a4", "a3"}));
  EXPECT_EQ(*store_->retain_records({.oldest_us = 1'000, .max_records = 2}), 3u);
  EXPECT_EQ(store_->record_count(), 0u);
}

TEST_P(StoreConformance, SweepsABoundedNumberAtOnce) {
  const std::size_t many = kMaxSweep + 10;
  std::vector<std::int64_t> received(many);
  for (std::size_t i = 0; i < many; ++i) received[i] = static_cast<std::int64_t>(i);
  ASSERT_TRUE(store_->append_records(batch("a", 0, received)));
  EXPECT_EQ(*store_->retain_records({.oldest_us = 0, .max_records = 0}), kMaxSweep);
  EXPECT_EQ(*store_->retain_records({.oldest_us = 0, .max_records = 0}), 10u);
}

control::SavedModel standing(const std::string& model, double score) {
  control::SavedModel saved;
  saved.standing.name.id = model;
  saved.standing.score = score;
  saved.standing.cooling_reason = "rate_limited";
  saved.standing.failures[static_cast<std::size_t>(resilience::HealthKind::Timeout)] = 4;
  saved.saved_at_ms = 1'700'000'000'000;
  return saved;
}

TEST_P(StoreConformance, KeepsTheNewestHealthOfEachModelAndReporter) {
  EXPECT_TRUE(store_->health()->models.empty());
  ASSERT_TRUE(store_->append_records(batch("a", 0, {10, 20})));
  control::HealthChanges changes;
  changes.models = {standing("p/x", 1), standing("p/y", 2)};
  changes.reporters = {{{"proxy", 1}, 7, 70}, {{"proxy", 2}, 1, 71}};
  ASSERT_TRUE(store_->save_health(changes));
  changes = {};
  changes.models = {standing("p/x", 3)};
  changes.reporters = {{{"proxy", 2}, 2, 72}};
  ASSERT_TRUE(store_->save_health(changes));
  auto saved = *store_->health();
  EXPECT_EQ(saved.models, (std::vector{standing("p/x", 3), standing("p/y", 2)}));
  EXPECT_EQ(saved.reporters,
            (std::vector<control::SavedReporter>{{{"proxy", 1}, 7, 70}, {{"proxy", 2}, 2, 72}}));
  EXPECT_EQ(saved.unreadable, 0u);
  EXPECT_EQ(ids(), (std::vector<std::string>{"a1", "a0"})) << "records and health do not mix";

  changes = {};
  changes.gone_models = {"p/y", "p/x", "p/never"};
  changes.gone_reporters = {{"proxy", 1}};
  changes.models = {standing("p/x", 0)};
  ASSERT_TRUE(store_->save_health(changes));
  saved = *store_->health();
  EXPECT_EQ(saved.models, std::vector{standing("p/x", 0)}) << "gone and back: what goes goes first";
  EXPECT_EQ(saved.reporters, (std::vector<control::SavedReporter>{{{"proxy", 2}, 2, 72}}));
  EXPECT_EQ(*store_->retain_records({.oldest_us = 1'000, .max_records = 2}), 2u);
  EXPECT_EQ(store_->health()->models.size(), 1u) << "a sweep of records leaves it alone";
}

INSTANTIATE_TEST_SUITE_P(
    Both, StoreConformance,
    testing::Values(Kind{"Memory", [](const auto&) { return make_memory_store(); }},
                    Kind{"Rocks",
                         [](const std::filesystem::path& dir) -> std::unique_ptr<Store> {
                           auto opened = open_rocks_store({dir / "state", nullptr});
                           if (!opened) {
                             ADD_FAILURE() << opened.error().text();
                             return nullptr;
                           }
                           return std::move(opened->store);
                         }}),
    [](const auto& kind) { return kind.param.name; });

}  // namespace
}  // namespace smartroute::store

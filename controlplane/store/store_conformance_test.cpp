// What every Store must do, run against both.
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <thread>
#include <tuple>

#include "controlplane/store/memory_store.hpp"
#include "controlplane/store/record_row.hpp"
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

  Result<RecordPage> page(const std::string& cursor, std::size_t limit) const {
    RecordQuery query;
    query.cursor = cursor;
    query.limit = limit;
    return store_->query(query);
  }

  std::vector<std::string> ids(std::size_t page_size = 3) const {
    std::vector<std::string> all;
    std::string cursor;
    do {
      const auto page = this->page(cursor, page_size);
      if (!page) {
        ADD_FAILURE() << page.error().text();
        break;
      }
      for (const auto& record : page->records) all.push_back(record.request_id());
      cursor = page->next_cursor;
    } while (!cursor.empty());
    return all;
  }

  // By the rollups of days.
  std::uint64_t requests_counted() const {
    std::uint64_t requests = 0;
    const RollupQuery query{control::Resolution::Day, control::Dimension::All, {}, 0, 1'000 * kDayUs};
    EXPECT_TRUE(store_->rollups(query, [&](std::string_view, std::int64_t, const control::RollupRow& row) {
      requests += row.requests;
      return true;
    }));
    return requests;
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
  EXPECT_TRUE(page("", 10)->records.empty());
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

TEST_P(StoreConformance, KeepsAccountsByTableAndWritesThemTogether) {
  const std::string digest("\x00\xff binary", 9);
  ASSERT_TRUE(store_->write_accounts({{AccountTable::Users, "u1", "ann"},
                                      {AccountTable::Users, "u2", ""},
                                      {AccountTable::Sessions, digest, "session"},
                                      {AccountTable::ApiTokens, digest, "token"}}));
  EXPECT_EQ(*store_->accounts(AccountTable::Users), (std::vector<AccountRow>{{"u1", "ann"}, {"u2", ""}}));
  EXPECT_EQ(*store_->accounts(AccountTable::Sessions), (std::vector<AccountRow>{{digest, "session"}}));
  ASSERT_TRUE(store_->write_accounts({{AccountTable::Users, "u1", "anna"},
                                      {AccountTable::Users, "u2", std::nullopt},
                                      {AccountTable::Users, "u3", std::nullopt},
                                      {AccountTable::Sessions, digest, std::nullopt}}));
  EXPECT_EQ(*store_->accounts(AccountTable::Users), (std::vector<AccountRow>{{"u1", "anna"}}));
  EXPECT_TRUE(store_->accounts(AccountTable::Sessions)->empty());
  EXPECT_EQ(*store_->accounts(AccountTable::ApiTokens), (std::vector<AccountRow>{{digest, "token"}}));
  append(2);
  EXPECT_EQ(store_->newest().number, 2u) << "accounts and revisions lie side by side";
  EXPECT_EQ(store_->revisions(Revision{}, 10)->heads.size(), 2u);
}

TEST_P(StoreConformance, RefusesAccountsBeyondItsBoundsWhole) {
  for (const AccountWrite& bad : {AccountWrite{AccountTable::Users, "", "x"}, AccountWrite{AccountTable::Users, std::string(65, 'k'), "x"},
                                  AccountWrite{AccountTable::Users, "k", std::string(kMaxAccountBytes + 1, 'x')}}) {
    EXPECT_EQ(store_->write_accounts({{AccountTable::Users, "good", "x"}, bad}).error().kind(), ErrorKind::Invalid);
  }
  EXPECT_TRUE(store_->accounts(AccountTable::Users)->empty());
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
  ASSERT_EQ(store_->append_records(batch("a", 0, {10, 30, 50}))->size(), 3u);
  ASSERT_EQ(store_->append_records(batch("b", 0, {20, 40}))->size(), 2u);
  for (const std::size_t page : {1, 2, 3, 5, 100})
    EXPECT_EQ(ids(page), (std::vector<std::string>{"a2", "b1", "a1", "b0", "a0"})) << page;
  EXPECT_EQ(store_->record_count(), 5u);
}

TEST_P(StoreConformance, StoresARepeatedOrOverlappingBatchOnceAndSaysWhatWasNew) {
  const auto fresh = [this](const v1::ReportRequest& batch) { return *store_->append_records(batch); };
  EXPECT_EQ(fresh(batch("a", 0, {10, 20})), (std::vector{0, 1}));
  EXPECT_EQ(fresh(batch("a", 0, {10, 20})), std::vector<int>());
  EXPECT_EQ(fresh(batch("a", 1, {20, 30})), std::vector{1});
  EXPECT_EQ(fresh(batch("a", 3, {30})), std::vector{0}) << "same time, another record";
  EXPECT_EQ(fresh(batch("b", 0, {10})), std::vector{0}) << "same sequence, another start";
  EXPECT_EQ(fresh(batch("a", 8, {80})), std::vector{0});
  EXPECT_EQ(fresh(batch("a", 5, {50, 60, 70, 80})), (std::vector{0, 1, 2})) << "late, out of order";
  EXPECT_EQ(store_->record_count(), 9u);
  EXPECT_EQ(ids().size(), 9u);
  EXPECT_EQ(requests_counted(), 9u);
}

TEST_P(StoreConformance, KeepsPagesSteadyWhileRecordsArrive) {
  ASSERT_TRUE(store_->append_records(batch("a", 0, {10, 20, 30, 40})));
  const auto first = page({}, 2);
  ASSERT_TRUE(store_->append_records(batch("a", 4, {50, 60})));
  const auto second = page(first->next_cursor, 2);
  EXPECT_EQ(second->records[0].request_id(), "a1");
  EXPECT_EQ(second->next_cursor, "");
}

TEST_P(StoreConformance, RefusesBatchesAndCursorsThatCannotBe) {
  EXPECT_EQ(store_->append_records(batch("", 0, {1})).error().kind(), ErrorKind::Invalid);
  EXPECT_EQ(store_->append_records(batch(std::string(65, 'b'), 0, {1})).error().kind(),
            ErrorKind::Invalid);
  EXPECT_EQ(store_->append_records(batch("a", ~0ull, {1})).error().kind(), ErrorKind::Invalid);
  EXPECT_EQ(page("nonsense", 1).error().kind(), ErrorKind::Invalid);
  EXPECT_TRUE(store_->append_records(batch("a", 0, {}))->empty());
  EXPECT_EQ(store_->append_records(batch("a", 0, {-5}))->size(), 1u);
  EXPECT_EQ(ids(), std::vector<std::string>{"a0"});
}

TEST_P(StoreConformance, GivesRecordsWholeOrAsListed) {
  auto sent = batch("a", 3, {10});
  sent.set_instance_id("proxy-1");
  auto& record = *sent.mutable_records(0);
  record.set_request_body("what was asked");
  record.set_response_body(std::string("answered \0 with bytes", 21));
  record.set_preview("what was");
  record.mutable_route()->set_configured_mode("embedded");
  record.mutable_route()->add_rules("a rule");
  record.mutable_route()->mutable_input()->set_ask("the ask");
  record.mutable_route()->mutable_input()->set_system("the system prompt");
  record.mutable_route()->mutable_input()->set_tools(3);
  record.add_attempts()->set_model("m");
  ASSERT_TRUE(store_->append_records(sent));

  RecordQuery query;
  auto listed = store_->query(query)->records.at(0);
  const std::string id = listed.record_id();
  const auto whole = store_->record(id);
  ASSERT_TRUE(whole) << whole.error().text();
  v1::RequestRecord expected = record;
  expected.set_record_id(id);
  expected.set_instance_id("proxy-1");
  EXPECT_EQ(whole->SerializeAsString(), expected.SerializeAsString());
  query.bodies = true;
  EXPECT_EQ(store_->query(query)->records.at(0).SerializeAsString(), expected.SerializeAsString());
  expected.clear_request_body();
  expected.clear_response_body();
  EXPECT_EQ(listed.SerializeAsString(), expected.SerializeAsString());
  query.bodies = query.texts = false;
  expected.mutable_route()->mutable_input()->clear_ask();
  expected.mutable_route()->mutable_input()->clear_system();
  listed = store_->query(query)->records.at(0);
  EXPECT_EQ(listed.SerializeAsString(), expected.SerializeAsString());
  EXPECT_EQ(listed_record(sent, 0).SerializeAsString(), expected.SerializeAsString()) << "what a tail shows is what a list shows";

  EXPECT_EQ(store_->record("zz").error().kind(), ErrorKind::Invalid);
  std::string other = id;
  other.back() = other.back() == '0' ? '1' : '0';
  EXPECT_EQ(store_->record(other).error().kind(), ErrorKind::NotFound);
}

TEST_P(StoreConformance, EndsAPageByItsBytesButNeverEmpty) {
  auto sent = batch("a", 0, {10, 20, 30});
  for (auto& record : *sent.mutable_records()) record.set_request_body(std::string(1'000, 'x'));
  ASSERT_TRUE(store_->append_records(sent));
  RecordQuery query;
  query.bodies = true;
  query.max_bytes = 2'500;
  auto page = *store_->query(query);
  ASSERT_EQ(page.records.size(), 2u);
  query.cursor = page.next_cursor;
  page = *store_->query(query);
  ASSERT_EQ(page.records.size(), 1u);
  EXPECT_EQ(page.records[0].request_id(), "a0");
  EXPECT_EQ(page.next_cursor, "");
  query.cursor = "";
  query.max_bytes = 1;
  EXPECT_EQ(store_->query(query)->records.size(), 1u);
}

TEST_P(StoreConformance, RetainsByAgeAndRemembersWhatItRemoved) {
  const auto sent = batch("a", 0, {10, 20, 30, 40, 50});
  ASSERT_TRUE(store_->append_records(sent));
  const auto removed = store_->retain_records({.oldest_us = 30});
  EXPECT_EQ(removed->records, 2u);
  EXPECT_EQ(removed->aged, 2u) << "none for the size of the log";
  EXPECT_EQ(store_->record_count(), 3u);
  EXPECT_EQ(ids(), (std::vector<std::string>{"a4", "a3", "a2"}));
  EXPECT_EQ(store_->retain_records({.oldest_us = 30})->records, 0u);
  EXPECT_TRUE(store_->append_records(sent)->empty()) << "removed is not unheard of";
  EXPECT_EQ(ids(), (std::vector<std::string>{"a4", "a3", "a2"}));
  EXPECT_EQ(store_->append_records(batch("b", 0, {15}))->size(), 1u) << "too late to be kept, in time to be counted";
  EXPECT_EQ(store_->record_count(), 3u);
  EXPECT_EQ(requests_counted(), 6u);
  EXPECT_EQ(store_->retain_records({.oldest_us = 1'000'000})->records, 3u);
  EXPECT_EQ(store_->record_count(), 0u);
  EXPECT_TRUE(ids().empty());
  ASSERT_TRUE(store_->append_records(batch("a", 5, {60})));
  EXPECT_EQ(ids(), std::vector<std::string>{"a5"}) << "a clock that leapt ahead keeps nothing out";
  EXPECT_EQ(requests_counted(), 7u) << "rollups stay";
}

TEST_P(StoreConformance, SweepsABoundedNumberAtOnce) {
  const std::size_t many = kMaxSweep + 10;
  std::vector<std::int64_t> received(many);
  for (std::size_t i = 0; i < many; ++i) received[i] = static_cast<std::int64_t>(i);
  ASSERT_TRUE(store_->append_records(batch("a", 0, received)));
  auto removed = store_->retain_records({.oldest_us = 1'000'000});
  EXPECT_EQ(removed->records, kMaxSweep);
  EXPECT_TRUE(removed->more);
  removed = store_->retain_records({.oldest_us = 1'000'000});
  EXPECT_EQ(removed->records, 10u);
  EXPECT_FALSE(removed->more);
}

TEST_P(StoreConformance, PrunesBodiesOrRecordsBeforeAMoment) {
  auto sent = batch("a", 0, {10, 20, 30, 40});
  for (auto& record : *sent.mutable_records()) {
    record.set_request_body("body");
    record.mutable_route()->mutable_input()->set_ask("ask");
  }
  ASSERT_TRUE(store_->append_records(sent));
  const auto with_bodies = [this] {
    RecordQuery query;
    query.bodies = true;
    std::vector<std::string> ids;
    const auto page = store_->query(query);
    for (const auto& record : page->records) {
      EXPECT_EQ(record.request_body().empty(), record.route().input().ask().empty());
      if (!record.request_body().empty()) ids.push_back(record.request_id());
    }
    return ids;
  };
  ASSERT_TRUE(store_->prune_records(30, true));
  EXPECT_EQ(ids().size(), 4u);
  EXPECT_EQ(with_bodies(), (std::vector<std::string>{"a3", "a2"}));
  EXPECT_EQ(store_->log_storage()->oldest_body_us(), 30);
  EXPECT_EQ(store_->log_storage()->oldest_us(), 10);
  const auto pruned = store_->prune_records(20, false);
  EXPECT_EQ(pruned->records, 1u);
  EXPECT_FALSE(pruned->more);
  EXPECT_EQ(ids(), (std::vector<std::string>{"a3", "a2", "a1"}));
  EXPECT_EQ(store_->log_storage()->oldest_us(), 20);
  ASSERT_TRUE(store_->prune_records(0, true));
  EXPECT_TRUE(with_bodies().empty());
  EXPECT_EQ(store_->prune_records(0, false)->records, 3u);
  EXPECT_TRUE(ids().empty());
  EXPECT_EQ(store_->record_count(), 0u);
  EXPECT_EQ(store_->log_storage()->newest_us(), 0);
  EXPECT_EQ(requests_counted(), 4u);
}

// A data plane's clock may be wrong; what it dated into the future goes too, and keeps nobody else's records out.
TEST_P(StoreConformance, PrunesWhatIsDatedLaterThanNow) {
  constexpr std::int64_t kYear2200 = 7'258'118'400'000'000;
  auto sent = batch("a", 0, {10, kYear2200});
  for (auto& record : *sent.mutable_records()) record.set_request_body("body");
  ASSERT_TRUE(store_->append_records(sent));
  ASSERT_TRUE(store_->prune_records(0, true));
  RecordQuery query;
  query.bodies = true;
  const auto page = store_->query(query);
  for (const auto& record : page->records) EXPECT_EQ(record.request_body(), "");
  EXPECT_EQ(store_->prune_records(0, false)->records, 2u);
  EXPECT_TRUE(ids().empty());
  EXPECT_EQ(store_->record_count(), 0u);
  if (std::string(GetParam().name) == "Memory") return;  // has no clock, and only tests to serve
  ASSERT_TRUE(store_->append_records(batch("b", 0, {20})));
  EXPECT_EQ(ids(), std::vector<std::string>{"b0"});
}

TEST_P(StoreConformance, RollsUpByMinuteHourAndDay) {
  constexpr std::int64_t kMinuteUs = 60'000'000;
  auto sent = batch("a", 0, {0, kMinuteUs - 1, kMinuteUs, 60 * kMinuteUs, kDayUs});
  for (auto& record : *sent.mutable_records()) {
    record.set_endpoint("chat_completions");
    record.set_model(record.received_us() == 0 ? "p/z" : "p/a");
  }
  ASSERT_TRUE(store_->append_records(sent));
  using control::Dimension;
  using control::Resolution;
  using Row = std::tuple<std::string, std::int64_t, std::uint64_t>;
  const auto read = [this](const RollupQuery& query) {
    std::vector<Row> rows;
    EXPECT_TRUE(store_->rollups(query, [&](std::string_view value, std::int64_t begin, const control::RollupRow& row) {
      rows.emplace_back(value, begin, row.requests);
      return rows.size() < 100;
    }));
    return rows;
  };
  EXPECT_EQ(read({Resolution::Minute, Dimension::All, {}, 0, 2 * kDayUs}),
            (std::vector<Row>{{"", 0, 2}, {"", kMinuteUs, 1}, {"", 60 * kMinuteUs, 1}, {"", kDayUs, 1}}));
  EXPECT_EQ(read({Resolution::Hour, Dimension::All, {}, 0, 2 * kDayUs}), (std::vector<Row>{{"", 0, 3}, {"", 60 * kMinuteUs, 1}, {"", kDayUs, 1}}));
  EXPECT_EQ(read({Resolution::Day, Dimension::All, {}, 0, 2 * kDayUs}), (std::vector<Row>{{"", 0, 4}, {"", kDayUs, 1}}));
  EXPECT_EQ(read({Resolution::Day, Dimension::Model, {}, 0, 2 * kDayUs}), (std::vector<Row>{{"p/a", 0, 3}, {"p/a", kDayUs, 1}, {"p/z", 0, 1}}));
  EXPECT_EQ(read({Resolution::Day, Dimension::Model, {"p/z", "p/none"}, 0, 2 * kDayUs}), (std::vector<Row>{{"p/z", 0, 1}}));
  EXPECT_EQ(read({Resolution::Minute, Dimension::All, {}, 1, 60 * kMinuteUs}), (std::vector<Row>{{"", kMinuteUs, 1}}));
  EXPECT_TRUE(read({Resolution::Minute, Dimension::All, {}, 5, 5}).empty());
}

TEST_P(StoreConformance, GivesManyValuesOneRowTogetherOnceADayHasEnough) {
  v1::ReportRequest sent = batch("a", 0, std::vector<std::int64_t>(control::kMaxValues + 7, 5));
  int i = 0;
  for (auto& record : *sent.mutable_records()) {
    record.set_endpoint("chat_completions");
    record.set_key_id("key-" + std::to_string(i++));
  }
  ASSERT_TRUE(store_->append_records(sent));
  sent.set_first_sequence(10'000);
  ASSERT_TRUE(store_->append_records(sent));
  std::map<std::string, std::uint64_t> rows;
  ASSERT_TRUE(store_->rollups({control::Resolution::Day, control::Dimension::Key, {}, 0, kDayUs},
                              [&](std::string_view value, std::int64_t, const control::RollupRow& row) {
                                rows[std::string(value)] = row.requests;
                                return true;
                              }));
  EXPECT_EQ(rows.size(), control::kMaxValues + 1);
  EXPECT_EQ(rows[std::string(control::kOtherValue)], 14u);
  EXPECT_EQ(rows["key-0"], 2u);
}

TEST_P(StoreConformance, ForgetsRollupsWhenTheirTimeHasCome) {
  ASSERT_TRUE(store_->append_records(batch("a", 0, {5, 20 * kDayUs, 95 * kDayUs})));
  const auto rows = [this](control::Resolution resolution) {
    int count = 0;
    EXPECT_TRUE(store_->rollups({resolution, control::Dimension::All, {}, 0, 1'000 * kDayUs}, [&](auto, auto, const auto&) {
      ++count;
      return true;
    }));
    return count;
  };
  Retention retention;
  retention.now_us = 10 * kDayUs;
  ASSERT_TRUE(store_->retain_records(retention));
  EXPECT_EQ(rows(control::Resolution::Minute), 3);
  retention.now_us = 96 * kDayUs;
  ASSERT_TRUE(store_->retain_records(retention));
  EXPECT_EQ(rows(control::Resolution::Minute), 1);
  EXPECT_EQ(rows(control::Resolution::Hour), 2);
  EXPECT_EQ(rows(control::Resolution::Day), 3);
  retention.now_us = 800 * kDayUs;
  ASSERT_TRUE(store_->retain_records(retention));
  EXPECT_EQ(rows(control::Resolution::Day), 1);
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
  EXPECT_EQ(store_->retain_records({.oldest_us = 1'000})->records, 2u);
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

// What RocksDB alone would let pass: damaged, deleted and emptied files of a store with
// acknowledged writes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <rocksdb/db.h>

#include "controlplane/store/high_water.hpp"
#include "controlplane/store/key_layout.hpp"
#include "controlplane/store/own_key.hpp"
#include "controlplane/store/rocks_store.hpp"
#include "controlplane/store/test_dir.hpp"

namespace smartroute::store {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr std::uint64_t kRevisions = 60;

class RocksRecovery : public testing::Test {
 protected:
  RocksRecovery() { write(kRevisions); }

  void write(std::uint64_t count) {
    auto opened = open_rocks_store({state(), nullptr});
    ASSERT_TRUE(opened) << opened.error().text();
    for (std::uint64_t i = 0; i < count; ++i) {
      StoredRevision revision;
      revision.head.base = opened->store->newest();
      revision.head.number = opened->store->next_number();
      revision.head.fingerprint = "f" + std::to_string(revision.head.number.number);
      revision.config = std::string(200, 'c');
      ASSERT_TRUE(opened->store->append_revision(revision));
    }
  }

  fs::path state() const { return dir_.path() / "state"; }
  fs::path db() const { return state() / "config.db"; }
  fs::path mark() const { return state() / "config.high-water"; }
  fs::path accept() const { return state() / "config.accept-loss"; }

  // The log that holds the writes above.
  fs::path wal() const {
    fs::path best;
    for (const auto& entry : fs::directory_iterator(db()))
      if (entry.path().extension() == ".log" &&
          (best.empty() || fs::file_size(entry) > fs::file_size(best)))
        best = entry.path();
    return best;
  }

  std::string refusal() const {
    const auto opened = open_rocks_store({state(), nullptr});
    return opened ? "" : opened.error().text();
  }

  static void flip(const fs::path& path, std::size_t at) {
    std::string bytes = contents(path);
    bytes.at(at) = static_cast<char>(bytes.at(at) ^ 0x5a);
    overwrite(path, bytes);
  }

  TestDir dir_;
};

// What older versions wrote: revisions, and nobody's account.
TEST_F(RocksRecovery, AStoreFromBeforeThereWereAccountsOpensAndTakesThem) {
  for (const bool before : {true, false}) {
    auto opened = open_rocks_store({state(), nullptr});
    ASSERT_TRUE(opened) << opened.error().text();
    EXPECT_THAT(opened->notices, IsEmpty());
    EXPECT_EQ(opened->store->newest().number, kRevisions);
    for (const auto table : {AccountTable::Users, AccountTable::Sessions, AccountTable::ApiTokens}) {
      const auto rows = opened->store->accounts(table);
      ASSERT_TRUE(rows);
      EXPECT_EQ(rows->size(), before ? 0u : 1u);
      if (!before) continue;
      EXPECT_TRUE(opened->store->write_accounts({{table, "key", "message"}}));
    }
    EXPECT_TRUE(load_or_create_own_key(*opened->store, *Sealer::from_master(Secret("a master key of more than 32 characters"))));
  }
}

TEST_F(RocksRecovery, OpensWhatWasClosed) {
  const auto opened = open_rocks_store({state(), nullptr});
  ASSERT_TRUE(opened) << opened.error().text();
  EXPECT_EQ(opened->store->newest(), Revision{kRevisions});
  EXPECT_EQ(opened->store->revision(Revision{1})->config, std::string(200, 'c'));
  EXPECT_THAT(opened->notices, IsEmpty());
}

TEST_F(RocksRecovery, RefusesAByteFlippedInTheMiddleOfTheLog) {
  const fs::path log = wal();
  flip(log, fs::file_size(log) / 2);
  EXPECT_THAT(refusal(), AllOf(HasSubstr("config.db"), HasSubstr("backup")));
}

// No position may open with fewer revisions than were acknowledged.
TEST_F(RocksRecovery, RefusesOrKeepsEverythingWhereverAByteOfTheLogIsFlipped) {
  const std::string good = contents(wal());
  const fs::path log = wal();
  const fs::path copy = dir_.path() / "copy";
  fs::copy(state(), copy, fs::copy_options::recursive);
  int refused = 0, kept = 0;
  for (std::size_t at = 3; at < good.size(); at += good.size() / 40) {
    fs::remove_all(state());
    fs::copy(copy, state(), fs::copy_options::recursive);
    flip(log, at);
    const auto opened = open_rocks_store({state(), nullptr});
    if (!opened) {
      ++refused;
      continue;
    }
    ++kept;
    EXPECT_EQ(opened->store->newest(), Revision{kRevisions}) << "byte " << at;
    for (std::uint64_t n = 1; n <= kRevisions; ++n)
      EXPECT_TRUE(opened->store->revision(Revision{n})) << "byte " << at << ", revision " << n;
  }
  EXPECT_GT(refused, 30) << kept;
}

TEST_F(RocksRecovery, RefusesADeletedLog) {
  fs::remove(wal());
  EXPECT_THAT(refusal(), AllOf(HasSubstr("has lost acknowledged writes"), HasSubstr("revision 60"),
                               HasSubstr("config.accept-loss")));
}

TEST_F(RocksRecovery, RefusesAnEmptiedDirectory) {
  for (const auto& entry : fs::directory_iterator(db())) fs::remove_all(entry);
  EXPECT_THAT(refusal(), AllOf(HasSubstr("emptied"), HasSubstr("revision 60")));
  fs::remove_all(db());
  EXPECT_THAT(refusal(), HasSubstr("is gone"));
}

TEST_F(RocksRecovery, RefusesALogCutWithinAcknowledgedWrites) {
  const fs::path log = wal();
  fs::resize_file(log, fs::file_size(log) - 37);
  EXPECT_THAT(refusal(), HasSubstr("has lost acknowledged writes"));
}

TEST_F(RocksRecovery, RefusesAnOlderCopyOfTheDatabase) {
  const fs::path copy = dir_.path() / "copy";
  fs::copy(db(), copy, fs::copy_options::recursive);
  write(1);
  fs::remove_all(db());
  fs::rename(copy, db());
  EXPECT_THAT(refusal(), HasSubstr("has lost acknowledged writes"));
}

TEST_F(RocksRecovery, RefusesAnotherStoresMark) {
  const TestDir other;
  auto opened = open_rocks_store({other.path(), nullptr});
  ASSERT_TRUE(opened);
  fs::copy_file(other.path() / "config.high-water", mark(), fs::copy_options::overwrite_existing);
  EXPECT_THAT(refusal(), HasSubstr("do not belong together"));
}

TEST_F(RocksRecovery, RefusesAMissingOrDamagedMark) {
  const std::string good = contents(mark());
  flip(mark(), good.size() / 2);
  EXPECT_THAT(refusal(), HasSubstr("cannot be read"));
  fs::remove(mark());
  EXPECT_THAT(refusal(), HasSubstr("is missing"));
  overwrite(mark(), good);
  EXPECT_EQ(refusal(), "");
}

TEST_F(RocksRecovery, RefusesDamagedFilesOfTheDatabaseItself) {
  {
    const auto reopened = open_rocks_store({state(), nullptr});
  }  // moves the log's content into a table file
  const fs::path copy = dir_.path() / "copy";
  fs::copy(state(), copy, fs::copy_options::recursive);
  int tried = 0;
  for (const auto& entry : fs::directory_iterator(copy / "config.db")) {
    const fs::path name = entry.path().filename();
    const bool table = name.extension() == ".sst";
    if (!table && name.string().rfind("MANIFEST", 0) != 0 && name != "CURRENT") continue;
    fs::remove_all(state());
    fs::copy(copy, state(), fs::copy_options::recursive);
    flip(db() / name, fs::file_size(db() / name) / 2);
    EXPECT_NE(refusal(), "") << name;
    ++tried;
  }
  EXPECT_GE(tried, 3);
}

// The state a crash leaves between the two steps of a write: the database is one whole write ahead
// of the mark.
TEST_F(RocksRecovery, KeepsAWriteThatWasWholeButNotAcknowledged) {
  const std::string before = contents(mark());
  write(1);
  overwrite(mark(), before);
  const auto opened = open_rocks_store({state(), nullptr});
  ASSERT_TRUE(opened) << opened.error().text();
  EXPECT_EQ(opened->store->newest(), Revision{kRevisions + 1});
  EXPECT_EQ(opened->notices.size(), 1u);
  EXPECT_NE(contents(mark()), before);
}

// And within the first step: the log ends in part of a record.
TEST_F(RocksRecovery, CutsATornTailThatWasNotAcknowledged) {
  const std::string before = contents(mark());
  write(1);
  overwrite(mark(), before);
  const fs::path log = wal();
  const auto size = fs::file_size(log);
  fs::resize_file(log, size - 37);
  const auto opened = open_rocks_store({state(), nullptr});
  ASSERT_TRUE(opened) << opened.error().text();
  EXPECT_EQ(opened->store->newest(), Revision{kRevisions});
  EXPECT_THAT(opened->notices, IsEmpty());
}

TEST_F(RocksRecovery, RefusesAMarkThatIsSeveralWritesBehind) {
  const std::string before = contents(mark());
  write(2);
  overwrite(mark(), before);
  EXPECT_THAT(refusal(), HasSubstr("do not belong together"));
}

TEST_F(RocksRecovery, FinishesACreationThatWasCutShort) {
  const TestDir fresh;
  { ASSERT_TRUE(open_rocks_store({fresh.path(), nullptr})); }
  fs::remove(fresh.path() / "config.high-water");
  const auto opened = open_rocks_store({fresh.path(), nullptr});
  ASSERT_TRUE(opened) << opened.error().text();
  EXPECT_TRUE(fs::exists(fresh.path() / "config.high-water"));
}

TEST_F(RocksRecovery, GoesOnAfterLossOnlyWhenAskedAndOnceAndWithNewNumbers) {
  fs::remove_all(db());
  EXPECT_NE(refusal(), "");
  overwrite(accept(), "");
  {
    auto opened = open_rocks_store({state(), nullptr});
    ASSERT_TRUE(opened) << opened.error().text();
    EXPECT_EQ(opened->notices.size(), 1u);
    EXPECT_EQ(opened->store->newest(), Revision{});
    EXPECT_EQ(opened->store->next_number(), Revision{kRevisions + 1});
    EXPECT_FALSE(fs::exists(accept()));
  }
  write(1);
  {
    auto opened = open_rocks_store({state(), nullptr});
    ASSERT_TRUE(opened) << opened.error().text();
    EXPECT_EQ(opened->store->newest(), Revision{kRevisions + 1});
    EXPECT_THAT(opened->notices, IsEmpty());
  }
  fs::remove_all(db());
  EXPECT_NE(refusal(), "");
}

TEST_F(RocksRecovery, TellsASecondOpenerThatTheStoreIsInUse) {
  const auto first = open_rocks_store({state(), nullptr});
  ASSERT_TRUE(first);
  EXPECT_THAT(refusal(), HasSubstr("another process uses"));
}

TEST_F(RocksRecovery, SetsUnreadableLogsAsideAndGoesOn) {
  {
    auto opened = open_rocks_store({state(), nullptr});
    ASSERT_TRUE(opened);
    v1::ReportRequest batch;
    batch.set_boot_id("b");
    batch.add_records()->set_request_id("r");
    ASSERT_TRUE(opened->store->append_records(batch));
  }
  overwrite(state() / "logs.db" / "CURRENT", "MANIF");
  const auto opened = open_rocks_store({state(), nullptr});
  ASSERT_TRUE(opened) << opened.error().text();
  EXPECT_EQ(opened->store->newest(), Revision{kRevisions});
  EXPECT_EQ(opened->store->record_count(), 0u);
  ASSERT_EQ(opened->notices.size(), 1u);
  EXPECT_THAT(opened->notices[0], HasSubstr("logs.db.damaged-1"));
}

TEST_F(RocksRecovery, KeepsRecordsAndTheirCountOverARestart) {
  v1::ReportRequest batch;
  batch.set_boot_id("b");
  for (int i = 0; i < 5; ++i) batch.add_records()->set_received_us(i);
  {
    auto opened = open_rocks_store({state(), nullptr});
    ASSERT_TRUE(opened->store->append_records(batch));
  }
  auto opened = open_rocks_store({state(), nullptr});
  EXPECT_TRUE(opened->store->append_records(batch)->empty());
  EXPECT_EQ(opened->store->record_count(), 5u);
}

TEST_F(RocksRecovery, RemembersWhatWasRemovedOverARestart) {
  v1::ReportRequest batch;
  batch.set_boot_id("b");
  for (int i = 0; i < 5; ++i) batch.add_records()->set_received_us(i);
  {
    auto opened = open_rocks_store({state(), nullptr});
    ASSERT_TRUE(opened->store->append_records(batch));
    ASSERT_EQ(opened->store->retain_records({.oldest_us = 3})->records, 3u);
  }
  auto opened = open_rocks_store({state(), nullptr});
  EXPECT_EQ(opened->store->record_count(), 2u);
  EXPECT_TRUE(opened->store->append_records(batch)->empty());
  EXPECT_EQ(opened->store->query({})->records.size(), 2u);
}

// What the first version wrote: everything in the default family, oldest first.
TEST_F(RocksRecovery, MovesRecordsOfTheFirstLayoutOnce) {
  fs::remove_all(state() / "logs.db");
  constexpr int kRecords = 4'500;  // more than two steps
  {
    rocksdb::DB* raw = nullptr;
    rocksdb::Options options;
    options.create_if_missing = true;
    ASSERT_TRUE(rocksdb::DB::Open(options, (state() / "logs.db").string(), &raw).ok());
    const std::unique_ptr<rocksdb::DB> db(raw);
    const rocksdb::WriteOptions write;
    for (int i = 0; i < kRecords; ++i) {
      v1::RequestRecord record;
      record.set_request_id("r" + std::to_string(i));
      record.set_received_us(1'000 + i);
      record.mutable_route()->mutable_input()->set_ask("ask");
      const RecordKey key{1'000u + static_cast<std::uint64_t>(i), static_cast<std::uint64_t>(i), "boot"};
      ASSERT_TRUE(db->Put(write, record_key(key), encode_record(record)).ok());
    }
    ASSERT_TRUE(db->Put(write, state_key("count"), encode_u64(kRecords)).ok());
  }
  for (const bool first : {true, false}) {
    auto opened = open_rocks_store({state(), nullptr});
    ASSERT_TRUE(opened) << opened.error().text();
    if (first)
      EXPECT_THAT(opened->notices, testing::ElementsAre(HasSubstr("4500 request records")));
    else
      EXPECT_THAT(opened->notices, IsEmpty());
    EXPECT_EQ(opened->store->record_count(), static_cast<std::uint64_t>(kRecords));
    RecordQuery query;
    query.filter.set_request_id("r17");
    const auto page = opened->store->query(query);
    ASSERT_EQ(page->records.size(), 1u);
    EXPECT_EQ(page->records[0].route().input().ask(), "ask");
    v1::ReportRequest again;
    again.set_boot_id("boot");
    again.set_first_sequence(kRecords - 1);
    again.add_records()->set_received_us(1'000 + kRecords - 1);
    EXPECT_TRUE(opened->store->append_records(again)->empty());
    std::uint64_t counted = 0;
    ASSERT_TRUE(opened->store->rollups({control::Resolution::Day, control::Dimension::All, {}, 0, kDayUs}, [&](auto, auto, const auto& row) {
      counted += row.requests;
      return true;
    }));
    EXPECT_EQ(counted, static_cast<std::uint64_t>(kRecords));
  }
}

TEST_F(RocksRecovery, KeepsTheHealthOfModelsOverARestartAndLeavesOutWhatItCannotRead) {
  control::SavedModel model;
  model.standing.name.id = "p/x";
  model.standing.score = 4;
  model.saved_at_ms = 17;
  {
    auto opened = open_rocks_store({state(), nullptr});
    ASSERT_TRUE(opened);
    control::HealthChanges changes;
    changes.models = {model};
    changes.reporters = {{{"proxy", 1}, 2, 3}};
    ASSERT_TRUE(opened->store->save_health(changes));
  }
  {
    rocksdb::DB* raw = nullptr;
    std::vector<std::string> names;
    ASSERT_TRUE(rocksdb::DB::ListColumnFamilies(rocksdb::DBOptions(), (state() / "logs.db").string(), &names).ok());
    std::vector<rocksdb::ColumnFamilyDescriptor> families;
    for (const auto& name : names) families.emplace_back(name, rocksdb::ColumnFamilyOptions());
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    ASSERT_TRUE(rocksdb::DB::Open(rocksdb::DBOptions(), (state() / "logs.db").string(), families, &handles, &raw).ok());
    const std::unique_ptr<rocksdb::DB> db(raw);
    for (auto* handle : handles) ASSERT_TRUE(db->DestroyColumnFamilyHandle(handle).ok());
    const rocksdb::WriteOptions write;
    ASSERT_TRUE(db->Put(write, health_key("p/later"), "\x02 of a later version").ok());
    ASSERT_TRUE(db->Put(write, health_key("p/torn"), "\x01").ok());
    ASSERT_TRUE(db->Put(write, report_key({"torn", 1}), "").ok());
  }
  const auto opened = open_rocks_store({state(), nullptr});
  ASSERT_TRUE(opened);
  const auto saved = opened->store->health();
  ASSERT_TRUE(saved);
  EXPECT_EQ(saved->models, std::vector{model});
  EXPECT_EQ(saved->reporters, (std::vector<control::SavedReporter>{{{"proxy", 1}, 2, 3}}));
  EXPECT_EQ(saved->unreadable, 3u);
}

TEST_F(RocksRecovery, MakesAStateDirectoryThatOthersCannotEnter) {
  EXPECT_EQ(fs::status(state()).permissions() & fs::perms::mask, fs::perms::owner_all);
}

}  // namespace
}  // namespace smartroute::store

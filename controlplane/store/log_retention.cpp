// LogDb's bounds: what goes, in which order, and how the disk gets smaller at once.
#include <rocksdb/convenience.h>
#include <rocksdb/db.h>
#include <rocksdb/metadata.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "contract/base/clock.hpp"
#include "controlplane/store/durable_file.hpp"
#include "controlplane/store/key_layout.hpp"
#include "controlplane/store/log_db.hpp"
#include "controlplane/store/store_rules.hpp"

namespace smartroute::store {
namespace {

// Sixteenths of the cap: where removing begins, and where it ends. The rest is for what is being written and compacted meanwhile.
constexpr std::uint64_t kFull = 15, kShrunk = 14, kParts = 16;
// Appended bytes, as a part of the cap, after which an append looks at the disk itself.
constexpr std::uint64_t kLookPart = 64;
// Facets are compacted when this part of what they were made for is gone.
constexpr std::uint64_t kStalePart = 4;
constexpr std::int64_t kRollupSweepUs = kDayUs;

std::uint64_t part_of(std::uint64_t bytes, std::uint64_t parts) { return bytes / kParts * parts; }

}  // namespace

Result<Removed> LogDb::retain(const Retention& retention) {
  const std::lock_guard sweeping(sweeping_);
  max_bytes_ = retention.max_bytes;
  if (retention.now_us > 0) families_.floors().now_us = retention.now_us;
  families_.fit(retention.max_bytes);
  const std::uint64_t before = families_.bytes_on_disk();
  Removed removed;
  const auto aged = remove_rows(static_cast<std::uint64_t>(std::max<std::int64_t>(retention.oldest_us, 0)), kMaxSweep, removed);
  if (!aged) return fail(aged.error());
  removed.aged = removed.records;
  if (*aged > 0)
    for (const Family family : {Family::Records, Family::Texts, Family::Bodies}) unlink(family);
  if (removed.records < kMaxSweep)
    if (auto shrunk = shrink(kMaxSweep - removed.records, removed); !shrunk) return fail(shrunk.error());
  sweep_facets();
  if (retention.now_us >= rollups_swept_us_ + kRollupSweepUs) {
    if (rollups_swept_us_ > 0) compact(Family::Rollups);
    rollups_swept_us_ = retention.now_us;
  }
  removed.records += std::exchange(made_room_, {}).records;
  const std::uint64_t after = families_.bytes_on_disk();
  removed.bytes = before > after ? before - after : 0;
  return removed;
}

// Oldest first, at most `most` and those of the same microsecond as the last. Returns how many.
Result<std::uint64_t> LogDb::remove_rows(std::uint64_t before_us, std::uint64_t most, Removed& removed) {
  LogFloors& floors = families_.floors();
  if (before_us <= floors.records_us) return 0;
  const std::lock_guard lock(mutex_);
  rocksdb::ReadOptions options;
  options.fill_cache = false;
  const std::unique_ptr<rocksdb::Iterator> it(families_.db().NewIterator(options, families_[Family::Records]));
  std::uint64_t rows = 0, last = 0;
  for (it->SeekForPrev(floors.records_us == 0 ? rows_end() : rows_from(floors.records_us - 1)); it->Valid(); it->Prev()) {
    const auto received = row_time(it->key().ToStringView());
    if (!received || *received >= before_us) break;
    if (rows >= most && *received != last) {
      removed.more = true;
      break;
    }
    last = *received;
    ++rows;
  }
  if (!it->status().ok()) return fail(storage_error("cannot read", families_.path(), it->status()));
  if (rows == 0) return 0;
  // Not before_us: were the clock wrong, nothing could be stored until that time has come.
  const std::uint64_t floor = last + 1;
  rocksdb::WriteBatch writes;
  writes.Put(state_key(kFloorRecords), encode_u64(floor));
  // Synced, because the files that go next are gone for good.
  if (auto written = write(writes, count_ - std::min(rows, count_), Sync::Yes); !written) return fail(written.error());
  floors.records_us = floor;
  removed.records += rows;
  stale_facets_ += rows;
  return rows;
}

Result<void> LogDb::raise_bodies_floor(std::uint64_t to_us) {
  if (to_us <= families_.floors().of_bodies()) return {};
  const std::lock_guard lock(mutex_);
  rocksdb::WriteBatch writes;
  writes.Put(state_key(kFloorBodies), encode_u64(to_us));
  if (auto written = write(writes, count_, Sync::Yes); !written) return written;
  families_.floors().bodies_us = to_us;
  return {};
}

Result<void> LogDb::shrink(std::uint64_t most, Removed& removed) {
  const std::uint64_t cap = max_bytes_;
  std::uint64_t bytes = families_.bytes_on_disk();
  appended_ = 0;
  if (bytes <= part_of(cap, kFull)) return {};
  const LogFloors& floors = families_.floors();
  const std::uint64_t wanted = bytes - part_of(cap, kShrunk);
  const Cut bodies = cut_for({Family::Texts, Family::Bodies}, floors.of_bodies(), wanted);
  if (bodies.freed > 0) {
    if (auto raised = raise_bodies_floor(bodies.floor_us); !raised) return raised;
    for (const Family family : {Family::Texts, Family::Bodies}) unlink(family);
    if (families_.bytes_on_disk() > part_of(cap, kFull))
      for (const Family family : {Family::Texts, Family::Bodies}) compact_below_floor(family);
    bytes = families_.bytes_on_disk();
    removed.more = bytes > part_of(cap, kFull);
  }
  if (bodies.freed >= wanted || bytes <= part_of(cap, kFull)) return {};
  const Cut rows = cut_for({Family::Records}, floors.records_us, wanted - bodies.freed);
  if (rows.freed == 0) return {};
  const auto gone = remove_rows(rows.floor_us, most, removed);
  if (!gone) return fail(gone.error());
  unlink(Family::Records);
  if (families_.bytes_on_disk() > part_of(cap, kFull)) compact_below_floor(Family::Records);
  sweep_facets();
  removed.more = *gone > 0 && families_.bytes_on_disk() > part_of(cap, kFull);
  return {};
}

void LogDb::sweep_facets() {
  if (stale_facets_ == 0 || stale_facets_ < count() / kStalePart) return;
  compact(Family::Facets);
  stale_facets_ = 0;
}

// Up to when everything must go so that table files of `bytes`, if there are so many above the floor, fall out of use.
LogDb::Cut LogDb::cut_for(const std::vector<Family>& families, std::uint64_t floor_us, std::uint64_t bytes) const {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> files;  // newest record, size
  for (const Family family : families) {
    rocksdb::ColumnFamilyMetaData meta;
    families_.db().GetColumnFamilyMetaData(families_[family], &meta);
    for (const auto& level : meta.levels)
      for (const auto& file : level.files)
        if (const auto newest = row_time(file.smallestkey); newest && *newest >= floor_us) files.emplace_back(*newest, file.size);
  }
  std::sort(files.begin(), files.end());
  // A record that a data plane dated later than now must not take along what is stored next.
  const std::int64_t now = families_.floors().now_us;
  const std::uint64_t latest = now > 0 ? static_cast<std::uint64_t>(now) : std::numeric_limits<std::uint64_t>::max();
  Cut cut;
  for (const auto& [newest, size] : files) {
    if (cut.freed >= bytes || newest >= latest) break;
    cut.freed += size;
    cut.floor_us = newest + 1;
  }
  return cut;
}

// Deletes the files that lie wholly below their floor.
void LogDb::unlink(Family family) const {
  const std::uint64_t floor = family == Family::Records ? families_.floors().records_us.load() : families_.floors().of_bodies();
  if (floor == 0) return;
  const std::string begin = rows_from(floor - 1);
  const rocksdb::Slice from(begin);
  (void)rocksdb::DeleteFilesInRange(&families_.db(), families_[family], &from, nullptr);
}

// Rewrites the few files that lie partly below their floor, or in the first level.
void LogDb::compact_below_floor(Family family) const {
  const std::uint64_t floor = family == Family::Records ? families_.floors().records_us.load() : families_.floors().of_bodies();
  if (floor == 0) return;
  const std::string begin = rows_from(floor - 1);
  const rocksdb::Slice from(begin);
  rocksdb::CompactRangeOptions options;
  options.exclusive_manual_compaction = false;
  (void)families_.db().CompactRange(options, families_[family], &from, nullptr);
}

// The whole family, a few files at a time.
void LogDb::compact(Family family) const {
  rocksdb::CompactRangeOptions options;
  options.exclusive_manual_compaction = false;
  (void)families_.db().CompactRange(options, families_[family], nullptr, nullptr);
}

void LogDb::make_room(std::uint64_t appended) {
  const std::uint64_t cap = max_bytes_;
  if ((appended_ += appended) < cap / kLookPart) return;
  const std::unique_lock sweeping(sweeping_, std::try_to_lock);
  if (!sweeping) return;
  if (auto shrunk = shrink(kMaxSweep, made_room_); !shrunk) appended_ = 0;  // the next write will say what is wrong
}

// Records a data plane dated later than now are removed one by one: a floor above them would keep out what is stored next.
Result<std::uint64_t> LogDb::remove_each(std::uint64_t from_us, std::uint64_t before_us, bool bodies_only) {
  constexpr std::uint64_t kStep = 1'000;
  std::uint64_t removed = 0;
  if (before_us <= from_us) return removed;
  const std::string upper = from_us == 0 ? rows_end() : rows_from(from_us - 1);
  for (std::string begin = rows_from(before_us - 1);;) {
    const std::lock_guard lock(mutex_);
    const std::unique_ptr<rocksdb::Iterator> it(families_.db().NewIterator(rocksdb::ReadOptions(), families_[Family::Records]));
    rocksdb::WriteBatch writes;
    std::uint64_t step = 0;
    for (it->Seek(begin); it->Valid() && it->key().ToStringView() < upper && step < kStep; it->Next(), ++step) {
      if (!bodies_only) writes.Delete(families_[Family::Records], it->key());
      writes.Delete(families_[Family::Texts], it->key());
      writes.Delete(families_[Family::Bodies], it->key());
      begin = it->key().ToString() + '\0';
    }
    if (!it->status().ok()) return fail(storage_error("cannot read", families_.path(), it->status()));
    if (step == 0) return removed;
    const std::uint64_t gone = bodies_only ? 0 : std::min(step, count_);
    if (auto written = write(writes, count_ - gone, Sync::No); !written) return fail(written.error());
    removed += gone;
  }
}

// The moment behind the newest record received before `before_us`; 0: there is none.
std::uint64_t LogDb::behind_newest(std::uint64_t before_us) const {
  if (before_us == 0) return 0;
  const std::unique_ptr<rocksdb::Iterator> it(families_.db().NewIterator(rocksdb::ReadOptions(), families_[Family::Records]));
  it->Seek(rows_from(before_us - 1));
  const auto newest = it->Valid() ? row_time(it->key().ToStringView()) : std::nullopt;
  return newest ? *newest + 1 : 0;
}

Result<Removed> LogDb::prune(std::int64_t before_us, bool bodies_only) {
  const std::lock_guard sweeping(sweeping_);
  const std::uint64_t before = before_us <= 0 ? std::numeric_limits<std::int64_t>::max() : static_cast<std::uint64_t>(before_us);
  const std::uint64_t passed = std::min(before, static_cast<std::uint64_t>(micros_since_epoch(SystemClock().wall())));
  const std::uint64_t bytes = families_.bytes_on_disk();
  Removed removed;
  if (bodies_only) {
    if (auto raised = raise_bodies_floor(behind_newest(passed)); !raised) return fail(raised.error());
  } else {
    for (;;) {
      const auto rows = remove_rows(passed, kMaxSweep, removed);
      if (!rows) return fail(rows.error());
      if (*rows == 0) break;
    }
  }
  const auto later = remove_each(passed, before, bodies_only);
  if (!later) return fail(later.error());
  removed.records += *later;
  removed.more = false;
  // Who prunes wants it gone: from the write-ahead logs too, and from files that hold other records.
  (void)families_.db().Flush(rocksdb::FlushOptions(), families_.all());
  for (const Family family : {Family::Records, Family::Texts, Family::Bodies}) {
    unlink(family);
    compact_below_floor(family);
  }
  if (!bodies_only) {
    compact(Family::Facets);
    stale_facets_ = 0;
  }
  const std::uint64_t left = families_.bytes_on_disk();
  removed.bytes = bytes > left ? bytes - left : 0;
  return removed;
}

Result<admin::v1::LogStorage> LogDb::storage() const {
  admin::v1::LogStorage storage;
  storage.set_records(count());
  storage.set_bytes(families_.bytes_on_disk());
  storage.set_max_bytes(max_bytes_);
  storage.set_body_bytes(families_.table_bytes(Family::Texts) + families_.table_bytes(Family::Bodies));
  storage.set_rollup_bytes(families_.table_bytes(Family::Rollups));
  const auto oldest = [this](Family family, std::uint64_t floor) -> std::int64_t {
    const std::unique_ptr<rocksdb::Iterator> it(families_.db().NewIterator(rocksdb::ReadOptions(), families_[family]));
    it->SeekForPrev(floor == 0 ? rows_end() : rows_from(floor - 1));
    return it->Valid() ? static_cast<std::int64_t>(row_time(it->key().ToStringView()).value_or(0)) : 0;
  };
  const std::uint64_t floor = families_.floors().records_us;
  storage.set_oldest_us(oldest(Family::Records, floor));
  storage.set_oldest_body_us(oldest(Family::Bodies, families_.floors().of_bodies()));
  const std::unique_ptr<rocksdb::Iterator> it(families_.db().NewIterator(rocksdb::ReadOptions(), families_[Family::Records]));
  it->SeekToFirst();
  const auto newest = it->Valid() ? row_time(it->key().ToStringView()).value_or(0) : 0;
  storage.set_newest_us(newest >= floor ? static_cast<std::int64_t>(newest) : 0);
  if (!it->status().ok()) return fail(storage_error("cannot read", families_.path(), it->status()));
  return storage;
}

}  // namespace smartroute::store

// The column families of logs.db: how each is written, compressed and compacted, and what compaction may throw away. Internal to store/.
//
// Nothing is ever deleted by a range tombstone: one that spans old keys makes every compaction of new files rewrite the old ones. Instead a floor says
// what has been removed; readers stop there, files that lie wholly below it are unlinked, and compaction drops the rest as it comes by.
//
// Thread rule: any thread.
#pragma once
#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "contract/base/result.hpp"

namespace rocksdb {
class ColumnFamilyHandle;
class DB;
class Env;
class FileSystem;
class Status;
}  // namespace rocksdb

namespace smartroute::store {

enum class Family : std::uint8_t { Default, Records, Texts, Bodies, Facets, Rollups, kCount };

// Below these nothing is there any more. They only rise, and only once they are on disk.
struct LogFloors {
  std::atomic<std::uint64_t> records_us{0};  // received before: removed
  std::atomic<std::uint64_t> bodies_us{0};   // their texts and bodies
  std::atomic<std::int64_t> now_us{0};       // by which rollups age; 0: they do not
  std::uint64_t of_bodies() const noexcept { return std::max(bodies_us.load(), records_us.load()); }
};

class LogFamilies {
 public:
  LogFamilies(std::string path, std::shared_ptr<rocksdb::FileSystem> files);
  ~LogFamilies();
  LogFamilies(const LogFamilies&) = delete;
  LogFamilies& operator=(const LogFamilies&) = delete;

  // Makes what is missing; families of a later version are left as they are.
  rocksdb::Status open();
  rocksdb::DB& db() const noexcept { return *db_; }
  rocksdb::ColumnFamilyHandle* operator[](Family family) const noexcept { return handles_[static_cast<std::size_t>(family)]; }
  const std::vector<rocksdb::ColumnFamilyHandle*>& all() const noexcept { return all_; }
  const std::string& path() const noexcept { return path_; }
  LogFloors& floors() const noexcept { return *floors_; }

  // Sizes buffers, logs and files so that what is on its way stays a small part of `max_bytes`. Cheap if nothing changes.
  void fit(std::uint64_t max_bytes);
  // Of all files in the directory: tables, write-ahead logs, files that wait to be deleted.
  std::uint64_t bytes_on_disk() const;
  std::uint64_t table_bytes(Family family) const;

 private:
  const std::string path_;
  const std::shared_ptr<rocksdb::FileSystem> files_;
  const std::shared_ptr<LogFloors> floors_;
  std::unique_ptr<rocksdb::Env> env_;  // outlives db_
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> all_;  // given back before db_ goes
  std::array<rocksdb::ColumnFamilyHandle*, static_cast<std::size_t>(Family::kCount)> handles_{};
  std::atomic<std::uint64_t> fitted_{0};
};

}  // namespace smartroute::store

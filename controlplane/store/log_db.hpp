// logs.db: request records, many and replaceable, and the health of models. Writes are not synced:
// kill -9 loses none, a power cut the last seconds. Internal to store/.
//
// Thread rule: any thread. Appends and sweeps wait for each other; reads see a snapshot.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "contract/base/result.hpp"
#include "controlplane/store/store.hpp"

namespace rocksdb {
class DB;
class Env;
class FileSystem;
class WriteBatch;
}  // namespace rocksdb

namespace smartroute::store {

class LogDb {
 public:
  // A database that cannot be read is set aside as logs.db.damaged-<n> and a new one begins.
  static Result<std::unique_ptr<LogDb>> open(const std::string& state_dir,
                                             std::shared_ptr<rocksdb::FileSystem> files,
                                             std::vector<std::string>& notices);
  ~LogDb();
  LogDb(const LogDb&) = delete;
  LogDb& operator=(const LogDb&) = delete;

  Result<std::uint64_t> append(const v1::ReportRequest& batch);
  Result<RecordPage> page(std::string_view cursor, std::size_t limit) const;
  std::uint64_t count() const;
  Result<std::uint64_t> retain(const Retention& retention);
  Result<void> save_health(const control::HealthChanges& changes);
  Result<control::SavedHealth> health() const;

 private:
  LogDb(std::string path, std::shared_ptr<rocksdb::FileSystem> files);
  Result<void> read_count();
  bool may_be_stored(const v1::ReportRequest& batch);
  Result<void> write(rocksdb::WriteBatch& batch, std::uint64_t count);

  // Boots whose next sequence is remembered, so that a fresh batch needs no look-ups; beyond that
  // the memory begins anew.
  static constexpr std::size_t kMaxBoots = 10'000;

  const std::string path_;
  std::shared_ptr<rocksdb::FileSystem> files_;
  std::unique_ptr<rocksdb::Env> env_;  // outlives db_
  std::unique_ptr<rocksdb::DB> db_;

  mutable std::mutex mutex_;
  std::uint64_t count_ = 0;
  std::map<std::string, std::uint64_t>
      next_sequence_;  // by boot_id: all sequences from here on are new
};

}  // namespace smartroute::store

// config.db and its high-water mark: the durable half of the store. Promises, crash points and
// order: rocks_store.hpp. Internal to store/.
//
// Thread rule: any thread. Writers wait for each other; readers never wait for a writer's disk.
#pragma once
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "contract/base/result.hpp"
#include "controlplane/store/high_water.hpp"
#include "controlplane/store/store.hpp"

namespace rocksdb {
class DB;
class Env;
class FileSystem;
class WriteBatch;
}  // namespace rocksdb

namespace smartroute::store {

class ConfigDb {
 public:
  static Result<std::unique_ptr<ConfigDb>> open(const std::string& state_dir,
                                                std::shared_ptr<rocksdb::FileSystem> files,
                                                std::vector<std::string>& notices);
  ~ConfigDb();
  ConfigDb(const ConfigDb&) = delete;
  ConfigDb& operator=(const ConfigDb&) = delete;

  Revision newest() const;
  Revision next_number() const;
  Result<void> append(const StoredRevision& revision);
  Result<StoredRevision> revision(Revision number) const;
  Result<RevisionPage> revisions(Revision before, std::size_t limit) const;
  Result<void> skip_numbers(Revision last);
  // Into `directory`, which is there: config.db and its mark, as they stand together.
  Result<CheckpointFacts> checkpoint(const std::string& directory);
  Result<void> put_meta(std::string_view name, std::string_view value);
  Result<std::optional<std::string>> meta(std::string_view name) const;
  Result<void> write_accounts(const std::vector<AccountWrite>& writes);
  Result<std::vector<AccountRow>> accounts(AccountTable table) const;
  std::optional<std::string> read_only_reason() const;

 private:
  // What the database itself says.
  struct Facts {
    std::string store_id;  // empty: never finished being made
    std::uint64_t commit = 0;
    std::uint64_t floor = 0;
    control::RevisionHead newest;
  };

  ConfigDb(std::string state_dir, std::shared_ptr<rocksdb::FileSystem> files);
  Result<void> open_database(bool may_create);
  Result<Facts> read_facts() const;
  Result<std::optional<std::string>> get(const std::string& key) const;
  Result<std::uint64_t> number_of(std::string_view state_name) const;
  Result<void> reconcile(const std::optional<HighWater>& mark, bool accept_loss,
                         std::vector<std::string>& notices);
  Result<void> begin(const Facts& facts);
  Result<void> give_up_lost(const std::optional<HighWater>& mark, const Facts& facts);
  Result<void> write_mark(const HighWater& mark);
  // Steps 1 and 2 of a write; on failure the database takes no more. Caller holds write_mutex_.
  Result<void> commit(rocksdb::WriteBatch& batch, HighWater next);

  const std::string state_dir_;
  const std::string path_;
  std::shared_ptr<rocksdb::FileSystem> files_;
  std::unique_ptr<rocksdb::Env> env_;  // outlives db_
  std::unique_ptr<rocksdb::DB> db_;

  std::mutex write_mutex_;          // held for a whole write
  mutable std::mutex state_mutex_;  // held for moments; taken after write_mutex_
  HighWater mark_;                  // of the last acknowledged write
  std::uint64_t floor_ = 0;
  std::string failure_;  // why writes are refused; empty while they are taken
};

}  // namespace smartroute::store

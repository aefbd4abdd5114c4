// logs.db: request records with what finds and sums them up, many and replaceable, and the health of models. Writes are not synced:
// kill -9 loses none, a power cut the last seconds. Internal to store/. Layout: log_layout.hpp.
//
// A batch is one write over all families, so a record, its facets and its part of the rollups are there together or not at all. What makes a repeated
// record harmless: for each start of a data plane the sequence from which on all are new is part of that write; below it the record is looked up, and
// one from before the floor (it was removed, or would be) is taken as stored.
//
// Thread rule: any thread. Appends wait for each other and for the moment in which a floor is raised; reads see a snapshot.
#pragma once
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "contract/base/result.hpp"
#include "controlplane/store/log_families.hpp"
#include "controlplane/store/log_layout.hpp"
#include "controlplane/store/rollup_writer.hpp"
#include "controlplane/store/store.hpp"

namespace rocksdb {
class WriteBatch;
}

namespace smartroute::store {

class LogDb {
 public:
  // A database that cannot be read is set aside as logs.db.damaged-<n> and a new one begins. Records of the first layout are moved to where they belong
  // now; that takes about a minute for a million, once, and goes on where it was if it is cut short.
  static Result<std::unique_ptr<LogDb>> open(const std::string& state_dir,
                                             std::shared_ptr<rocksdb::FileSystem> files,
                                             std::vector<std::string>& notices);
  ~LogDb();
  LogDb(const LogDb&) = delete;
  LogDb& operator=(const LogDb&) = delete;

  // As Store. append also makes room, if the cap is near and nobody swept in time.
  Result<std::vector<int>> append(const v1::ReportRequest& batch);
  Result<RecordPage> query(const RecordQuery& query) const;
  Result<v1::RequestRecord> record(std::string_view record_id) const;
  std::uint64_t count() const;
  Result<Removed> retain(const Retention& retention);
  Result<Removed> prune(std::int64_t before_us, bool bodies_only);
  Result<void> rollups(const RollupQuery& query, const RollupVisit& visit) const;
  Result<admin::v1::LogStorage> storage() const;
  // As a new logs.db in `directory`, which is there.
  Result<void> checkpoint(const std::string& directory);
  Result<void> save_health(const control::HealthChanges& changes);
  Result<control::SavedHealth> health() const;

 private:
  struct Filing;
  enum class Sync : std::uint8_t { No, Yes };
  struct Cut {
    std::uint64_t floor_us = 0, freed = 0;
  };
  LogDb(std::string path, std::shared_ptr<rocksdb::FileSystem> files);
  Result<void> load(std::vector<std::string>& notices);
  Result<void> trim_boots();
  Result<std::uint64_t> move_old_records();

  // log_db.cpp; the caller holds mutex_
  Result<BootState> boot(const std::string& id);
  Result<bool> is_stored(const RecordKey& key) const;
  void file(const v1::RequestRecord& record, const RecordKey& key, std::string_view instance_id, Filing& filing);
  Result<void> write(rocksdb::WriteBatch& batch, std::uint64_t count, Sync sync);

  // log_retention.cpp; the caller holds sweeping_
  Result<std::uint64_t> remove_rows(std::uint64_t before_us, std::uint64_t most, Removed& removed);
  Result<std::uint64_t> remove_each(std::uint64_t from_us, std::uint64_t before_us, bool bodies_only);
  Result<void> raise_bodies_floor(std::uint64_t to_us);
  Result<void> shrink(std::uint64_t most, Removed& removed);
  Cut cut_for(const std::vector<Family>& families, std::uint64_t floor_us, std::uint64_t bytes) const;
  std::uint64_t behind_newest(std::uint64_t before_us) const;
  void unlink(Family family) const;
  void compact_below_floor(Family family) const;
  void compact(Family family) const;
  void sweep_facets();
  void make_room(std::uint64_t appended);

  // Starts of data planes whose next sequence is remembered on disk; at a start of this process the oldest beyond go. Half as many in memory.
  static constexpr std::size_t kMaxBoots = 10'000;

  LogFamilies families_;
  mutable std::mutex mutex_;
  std::uint64_t count_ = 0;
  std::map<std::string, BootState, std::less<>> boots_;
  RollupWriter rollups_;

  std::mutex sweeping_;  // before mutex_
  std::atomic<std::uint64_t> max_bytes_;
  std::atomic<std::uint64_t> appended_{0};  // bytes, since somebody looked at the disk
  std::uint64_t stale_facets_ = 0;          // records removed since the facets were last compacted
  Removed made_room_;                       // by appends, not yet told by retain()
  std::int64_t rollups_swept_us_ = 0;
};

}  // namespace smartroute::store

// What the control plane remembers. The one seam behind which a database stands: nothing outside
// this folder may assume RocksDB. Two implementations, one conformance suite: rocks_store.hpp
// (durable) and memory_store.hpp (tests).
//
// Two kinds of data with two promises:
//
// Configuration (revisions, metadata): a call that returned Ok survives kill -9 and power loss, or
// the store refuses to open. After a write that failed the store takes no further configuration
// writes until it is opened again (fail-stop): whether the failed one is on disk is then unknown.
//
// Request records and the health of models: Ok survives kill -9 of the process; a power cut may cost the last seconds.
//
// Thread rule: every method may be called from any thread. Configuration writes are serialised
// inside. All errors are ErrorKind::Storage unless a method says otherwise.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "contract/base/ids.hpp"
#include "contract/base/result.hpp"
#include "controlplane/core/model_health.hpp"
#include "controlplane/core/revision.hpp"
#include "controlplane/core/rollup.hpp"
#include "smartroute/v1/admin.pb.h"
#include "smartroute/v1/telemetry.pb.h"

namespace smartroute::store {

// A revision and its content: a serialised v1::Config whose literal secrets are sealed. The store
// does not look inside.
struct StoredRevision {
  control::RevisionHead head;
  std::string config;
  friend bool operator==(const StoredRevision&, const StoredRevision&) = default;
};

// Newest first. next_before: pass it as `before` for the next page; 0: no more.
struct RevisionPage {
  std::vector<control::RevisionHead> heads;
  Revision next_before;
};

// Which records, and how long to look for them.
struct RecordQuery {
  admin::v1::RecordFilter filter;
  std::string cursor;                            // empty: from the newest
  std::size_t limit = 100;                       // 1..kMaxPage, clamped
  std::size_t max_bytes = 3 * 1024 * 1024;       // of the records of a page; at least one is returned
  std::chrono::milliseconds patience{150};       // then the page ends where the search has come to
  bool bodies = false;
  bool texts = true;                             // route.input.ask and .system; they lie with the bodies and go with them
};

// Newest (latest received_us) first, with their record_id. next_cursor: opaque, for the next page; empty: no more.
struct RecordPage {
  std::vector<v1::RequestRecord> records;
  std::string next_cursor;
  std::optional<std::int64_t> searched_to_us;    // patience ran out there
};

// Records older than `oldest_us` (received_us) go; then, while the store takes more than max_bytes on disk, the oldest bodies, and when there are none
// left the oldest records. What was removed stays removed: a record that comes (again) from before it is counted if it is new, and not stored.
struct Retention {
  std::int64_t oldest_us = 0;
  std::uint64_t max_bytes = 10ULL * 1024 * 1024 * 1024;
  std::int64_t now_us = 0;                       // by which rollups age; 0: they are left alone
};
// How long rollups are kept. They count towards max_bytes, but are not removed for it.
constexpr std::int64_t kDayUs = 86'400LL * 1'000'000;
constexpr std::int64_t rollups_kept_us(control::Resolution resolution) noexcept {
  using control::Resolution;
  return (resolution == Resolution::Minute ? 14 : resolution == Resolution::Hour ? 90 : 730) * kDayUs;
}

struct Removed {
  std::uint64_t records = 0, bytes = 0;          // bytes: an estimate
  std::uint64_t aged = 0;                        // of the records: for their age alone
  bool more = false;                             // a bound on one sweep was reached: call again
};

// Rows of one series: of every value of `dimension`, or of `values`.
struct RollupQuery {
  control::Resolution resolution = control::Resolution::Minute;
  control::Dimension dimension = control::Dimension::All;
  std::vector<std::string> values;               // none: all there are
  std::int64_t from_us = 0, to_us = 0;           // buckets that begin in [from, to)
};
// value, begin of the bucket, row. Ordered by value, then time. False: stop.
using RollupVisit = std::function<bool(std::string_view, std::int64_t, const control::RollupRow&)>;

// Who may call the control plane. The store does not look inside; messages are those of accounts.proto.
enum class AccountTable : std::uint8_t { Users, Sessions, ApiTokens };
struct AccountRow {
  std::string key;                               // 1..kMaxAccountKeyBytes
  std::string message;                           // up to kMaxAccountBytes
  friend bool operator==(const AccountRow&, const AccountRow&) = default;
};
struct AccountWrite {
  AccountTable table = AccountTable::Users;
  std::string key;
  std::optional<std::string> message;            // nullopt: removed, if it is there
};

// What a checkpoint holds.
enum class CheckpointScope : std::uint8_t { ConfigOnly, Everything };
struct CheckpointFacts {
  std::string store_id;     // who the configuration belongs to: made once, kept by every copy
  Revision newest;
  std::string fingerprint;  // of the newest
};

// Names of metadata. Values are small (kMaxMetaBytes) and secret only in hashed or sealed form.
constexpr std::string_view kMetaAdminTokenHash = "admin_token_hash";
constexpr std::string_view kMetaSealerCheck = "sealer_check";

constexpr std::size_t kMaxMetaNameBytes = 64;
constexpr std::size_t kMaxMetaBytes = 64 * 1024;
constexpr std::size_t kMaxAccountKeyBytes = 64;
constexpr std::size_t kMaxAccountBytes = 16 * 1024;
constexpr std::size_t kMaxBootIdBytes = 64;
constexpr std::size_t kMaxConfigBytes = 16 * 1024 * 1024;
constexpr std::size_t kMaxPage = 1'000;
// A body or a text beyond this is not stored, and the record says bodies_dropped; far above what a data plane may send.
constexpr std::size_t kMaxStoredBodyBytes = 8 * 1024 * 1024;
// Records one call of retain_records removes at most, so that a sweep never holds the database for
// long.
constexpr std::uint64_t kMaxSweep = 50'000;

class Store {
 public:
  virtual ~Store() = default;

  // --- configuration ---
  // Newest revision, 0 for none. Never goes back while the store is open. Cheap, no input or
  // output.
  virtual Revision newest() const = 0;
  // Number the next revision must have: newest + 1, or more after revisions were knowingly given up
  // (rocks_store.hpp).
  virtual Revision next_number() const = 0;
  // Appends revision head.number == next_number() with head.base == newest(); else
  // ErrorKind::Conflict and nothing changes.
  virtual Result<void> append_revision(const StoredRevision& revision) = 0;
  // ErrorKind::NotFound if there is none of that number.
  virtual Result<StoredRevision> revision(Revision number) const = 0;
  // Heads of the `limit` (1..kMaxPage, clamped) newest revisions below `before`; before 0: from the
  // newest.
  virtual Result<RevisionPage> revisions(Revision before, std::size_t limit) const = 0;

  // Numbers up to `last` are never used for a revision; next_number() is beyond it from now on, and after a restart. Lower than what is used already:
  // nothing changes.
  virtual Result<void> skip_numbers(Revision last) = 0;

  // Small named values, as durable as revisions. An empty value is a value.
  virtual Result<void> put_meta(std::string_view name, std::string_view value) = 0;
  virtual Result<std::optional<std::string>> meta(std::string_view name) const = 0;

  // --- accounts ---
  // All of `writes` or none, as durable as revisions. ErrorKind::Invalid beyond the bounds.
  virtual Result<void> write_accounts(const std::vector<AccountWrite>& writes) = 0;
  // All rows of a table, by key. A row of a later version of this program is left out.
  virtual Result<std::vector<AccountRow>> accounts(AccountTable table) const = 0;

  // --- request records ---
  // Stores batch.records under (received_us, first_sequence + i, boot_id), each with its bodies, facets and its part of the rollups, all in one
  // write. A record that is already there under that key is stored and counted once: a repeated or overlapping batch is harmless. Returns the indexes of the
  // records that were new. ErrorKind::Invalid: boot_id empty or above kMaxBootIdBytes, or sequences that overflow.
  virtual Result<std::vector<int>> append_records(const v1::ReportRequest& batch) = 0;
  // ErrorKind::Invalid for a cursor that next_cursor never gave out. Records that arrive meanwhile do not shift the pages.
  virtual Result<RecordPage> query(const RecordQuery& query) const = 0;
  // One record with its bodies, as far as they are still there. ErrorKind::NotFound; Invalid for an id that is none.
  virtual Result<v1::RequestRecord> record(std::string_view record_id) const = 0;
  virtual std::uint64_t record_count() const = 0;
  // Removes what `retention` does not keep. Bounded by kMaxSweep records a call.
  virtual Result<Removed> retain_records(const Retention& retention) = 0;
  // Removes records received before `before_us` (0: all), or only their bodies. Rollups stay.
  virtual Result<Removed> prune_records(std::int64_t before_us, bool bodies_only) = 0;
  virtual Result<void> rollups(const RollupQuery& query, const RollupVisit& visit) const = 0;
  virtual Result<admin::v1::LogStorage> log_storage() const = 0;

  // --- health of models ---
  // Writes `changes` as a whole or not at all; a model or reporter that is saved again replaces what was there.
  virtual Result<void> save_health(const control::HealthChanges& changes) = 0;
  // Everything saved, in any order. What cannot be read is left out and counted: health is not worth a failed start.
  virtual Result<control::SavedHealth> health() const = 0;

  // --- copies ---
  // Makes `directory`, which must not be there and must lie on the same disk, and in it what a new state directory needs to go on from now: the
  // configuration with every write that was acknowledged before the call, the log with a beginning of its writes, none of them in part. Files are
  // shared with the store (hard links) where they no longer change, so it takes little time and space while it is fresh. Configuration writes wait for
  // it. ErrorKind::Storage; what is in `directory` then is of no use, and the store is as it was.
  virtual Result<CheckpointFacts> checkpoint(const std::filesystem::path& directory, CheckpointScope scope) = 0;

  // --- state ---
  // Why configuration writes are refused, as a sentence for people; nullopt while they are taken.
  virtual std::optional<std::string> read_only_reason() const = 0;
};

}  // namespace smartroute::store

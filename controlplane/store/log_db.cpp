#include "controlplane/store/log_db.hpp"

#include <rocksdb/db.h>
#include <rocksdb/file_system.h>
#include <rocksdb/utilities/checkpoint.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <unordered_set>
#include <utility>

#include "controlplane/core/record_match.hpp"
#include "controlplane/store/durable_file.hpp"
#include "controlplane/store/facets.hpp"
#include "controlplane/store/key_layout.hpp"
#include "controlplane/store/log_query.hpp"
#include "controlplane/store/store_rules.hpp"

namespace smartroute::store {
namespace {

constexpr std::string_view kCount = "count";
constexpr int kMaxSetAside = 1'000;
constexpr int kMoveStep = 2'000;  // old records moved in one write

bool is_lock_error(const rocksdb::Status& status) {
  return status.IsIOError() && status.ToString().find("lock") != std::string::npos;
}

}  // namespace

// What one write will hold.
struct LogDb::Filing {
  rocksdb::WriteBatch writes;
  std::unordered_set<std::string> facets;
  std::uint64_t records = 0;
};

LogDb::LogDb(std::string path, std::shared_ptr<rocksdb::FileSystem> files)
    : families_(std::move(path), std::move(files)), rollups_(families_), max_bytes_(Retention().max_bytes) {}

LogDb::~LogDb() = default;

Result<std::unique_ptr<LogDb>> LogDb::open(const std::string& state_dir,
                                           std::shared_ptr<rocksdb::FileSystem> files,
                                           std::vector<std::string>& notices) {
  std::unique_ptr<LogDb> self(new LogDb(state_dir + "/logs.db", files));
  const std::string& path = self->families_.path();
  auto status = self->families_.open();
  if (!status.ok() && is_lock_error(status))
    return fail(ErrorKind::Storage, "another process uses " + path + ".", status.ToString());
  if (!status.ok()) {
    std::string aside;
    for (int n = 1; n <= kMaxSetAside; ++n) {
      aside = path + ".damaged-" + std::to_string(n);
      if (!file_exists(*files, aside)) break;
    }
    const std::string said = status.ToString();
    status = files->RenameFile(path, aside, rocksdb::IOOptions(), nullptr);
    if (!status.ok()) return fail(storage_error("cannot set aside", path, status));
    notices.push_back(path + " could not be read (" + said + "); it was set aside as " + aside +
                      " and a new one begun.");
    status = self->families_.open();
    if (!status.ok()) return fail(storage_error("cannot open", path, status));
  }
  if (auto loaded = self->load(notices); !loaded) return fail(loaded.error());
  return self;
}

Result<void> LogDb::load(std::vector<std::string>& notices) {
  const auto number = [this](std::string_view name) -> Result<std::uint64_t> {
    std::string value;
    const auto status = families_.db().Get(rocksdb::ReadOptions(), state_key(name), &value);
    if (!status.ok() && !status.IsNotFound()) return fail(storage_error("cannot read", families_.path(), status));
    return decode_u64(value).value_or(0);
  };
  const auto count = number(kCount);
  if (!count) return fail(count.error());
  const auto records = number(kFloorRecords);
  if (!records) return fail(records.error());
  const auto bodies = number(kFloorBodies);
  if (!bodies) return fail(bodies.error());
  count_ = *count;
  families_.floors().records_us = *records;
  families_.floors().bodies_us = *bodies;
  const auto moved = move_old_records();
  if (!moved) return fail(moved.error());
  if (*moved > 0)
    notices.push_back(std::to_string(*moved) + " request records of an earlier version were moved to where " + families_.path() + " keeps them now.");
  return trim_boots();
}

Result<void> LogDb::trim_boots() {
  std::vector<std::pair<std::uint64_t, std::string>> boots;
  const std::unique_ptr<rocksdb::Iterator> it(families_.db().NewIterator(rocksdb::ReadOptions()));
  const std::string end = kind_end(kKindBoot);
  for (it->Seek(kind_begin(kKindBoot)); it->Valid() && it->key().ToStringView() < end; it->Next())
    boots.emplace_back(decode_boot(it->value().ToStringView()).value_or(BootState()).newest_us, it->key().ToString());
  if (!it->status().ok()) return fail(storage_error("cannot read", families_.path(), it->status()));
  if (boots.size() <= kMaxBoots) return {};
  std::sort(boots.begin(), boots.end());
  rocksdb::WriteBatch writes;
  for (std::size_t i = 0; i + kMaxBoots < boots.size(); ++i) writes.Delete(boots[i].second);
  return write(writes, count_, Sync::No);
}

// Each step moves some and forgets them where they were, in one write.
Result<std::uint64_t> LogDb::move_old_records() {
  const std::string first = kind_begin(kKindRecord), end = kind_end(kKindRecord);
  std::uint64_t moved = 0;
  for (;;) {
    Filing filing;
    std::map<std::string, BootState> boots;
    int step = 0;
    const std::unique_ptr<rocksdb::Iterator> it(families_.db().NewIterator(rocksdb::ReadOptions()));
    for (it->Seek(first); it->Valid() && it->key().ToStringView() < end && step < kMoveStep; it->Next(), ++step) {
      const auto key = decode_record_key(it->key().ToStringView());
      const auto record = decode_record(it->value().ToStringView());
      filing.writes.Delete(it->key());
      if (!key || !record) continue;
      rollups_.add(*record);
      file(*record, *key, "", filing);
      BootState& state = boots[key->boot_id];
      state = {std::max(state.next_sequence, key->sequence + 1), std::max(state.newest_us, key->received_us)};
    }
    if (!it->status().ok()) return fail(storage_error("cannot read", families_.path(), it->status()));
    if (step == 0) return moved;
    for (const auto& [id, state] : boots) {
      const auto known = boot(id);
      if (!known) return fail(known.error());
      boots_[id] = {std::max(known->next_sequence, state.next_sequence), std::max(known->newest_us, state.newest_us)};
      filing.writes.Put(boot_key(id), encode_boot(boots_[id]));
    }
    if (auto staged = rollups_.stage(filing.writes); !staged) return fail(staged.error());
    if (auto written = write(filing.writes, count_, Sync::No); !written) return fail(written.error());
    moved += filing.records;
  }
}

Result<BootState> LogDb::boot(const std::string& id) {
  if (const auto known = boots_.find(id); known != boots_.end()) return known->second;
  std::string value;
  const auto status = families_.db().Get(rocksdb::ReadOptions(), boot_key(id), &value);
  if (!status.ok() && !status.IsNotFound()) return fail(storage_error("cannot read", families_.path(), status));
  return decode_boot(value).value_or(BootState());
}

Result<bool> LogDb::is_stored(const RecordKey& key) const {
  if (key.received_us < families_.floors().records_us) return true;
  rocksdb::PinnableSlice ignored;
  const auto status = families_.db().Get(rocksdb::ReadOptions(), families_[Family::Records], row_key(key), &ignored);
  if (!status.ok() && !status.IsNotFound()) return fail(storage_error("cannot read", families_.path(), status));
  return status.ok();
}

void LogDb::file(const v1::RequestRecord& record, const RecordKey& key, std::string_view instance_id, Filing& filing) {
  if (key.received_us < families_.floors().records_us) return;
  const std::string at = row_key(key);
  const RecordParts parts = split_record(record, instance_id);
  filing.writes.Put(families_[Family::Records], at, parts.row);
  if (key.received_us >= families_.floors().bodies_us) {
    if (!parts.texts.empty()) filing.writes.Put(families_[Family::Texts], at, parts.texts);
    if (!parts.bodies.empty()) filing.writes.Put(families_[Family::Bodies], at, parts.bodies);
  }
  const auto facts = control::facts_of_wire(row_message(parts.row));
  if (facts)
    each_facet(*facts, [&](std::string prefix) {
      const auto [facet, fresh] = filing.facets.insert(facet_key(prefix, slot_of(key.received_us)));
      if (fresh) filing.writes.Put(families_[Family::Facets], *facet, "");
    });
  ++filing.records;
}

Result<void> LogDb::write(rocksdb::WriteBatch& batch, std::uint64_t count, Sync sync) {
  batch.Put(state_key(kCount), encode_u64(count));
  rocksdb::WriteOptions options;
  options.sync = sync == Sync::Yes;
  if (const auto status = families_.db().Write(options, &batch); !status.ok()) {
    rollups_.forget();
    return fail(storage_error("cannot write", families_.path(), status));
  }
  count_ = count;
  return {};
}

Result<std::vector<int>> LogDb::append(const v1::ReportRequest& batch) {
  if (auto refused = check_batch(batch); !refused) return fail(refused.error());
  if (batch.records_size() == 0) return std::vector<int>();
  make_room(batch.ByteSizeLong());
  std::vector<int> fresh;
  const std::lock_guard lock(mutex_);
  const auto known = boot(batch.boot_id());
  if (!known) return fail(known.error());
  BootState state = *known;
  Filing filing;
  for (int i = 0; i < batch.records_size(); ++i) {
    const auto& record = batch.records(i);
    const RecordKey key{filed_at(record), batch.first_sequence() + static_cast<std::uint64_t>(i), batch.boot_id()};
    if (key.sequence < known->next_sequence) {
      const auto stored = is_stored(key);
      if (!stored) rollups_.forget();
      if (!stored) return fail(stored.error());
      if (*stored) continue;
    }
    fresh.push_back(i);
    rollups_.add(record);
    file(record, key, batch.instance_id(), filing);
    state.newest_us = std::max(state.newest_us, key.received_us);
  }
  if (fresh.empty()) return fresh;
  state.next_sequence = std::max(state.next_sequence, batch.first_sequence() + static_cast<std::uint64_t>(batch.records_size()));
  filing.writes.Put(boot_key(batch.boot_id()), encode_boot(state));
  if (auto staged = rollups_.stage(filing.writes); !staged) {
    rollups_.forget();
    return fail(staged.error());
  }
  if (auto written = write(filing.writes, count_ + filing.records, Sync::No); !written) return fail(written.error());
  if (boots_.size() > kMaxBoots / 2) boots_.clear();
  boots_[batch.boot_id()] = state;
  return fresh;
}

Result<RecordPage> LogDb::query(const RecordQuery& query) const { return query_records(families_, query); }

Result<v1::RequestRecord> LogDb::record(std::string_view record_id) const { return find_record(families_, record_id); }

Result<void> LogDb::rollups(const RollupQuery& query, const RollupVisit& visit) const { return read_rollups(families_, query, visit); }

std::uint64_t LogDb::count() const {
  const std::lock_guard lock(mutex_);
  return count_;
}

Result<void> LogDb::checkpoint(const std::string& directory) {
  rocksdb::Checkpoint* made = nullptr;
  auto status = rocksdb::Checkpoint::Create(&families_.db(), &made);
  const std::unique_ptr<rocksdb::Checkpoint> checkpoint(made);
  if (status.ok()) status = checkpoint->CreateCheckpoint(directory + "/logs.db", std::numeric_limits<std::uint64_t>::max());
  if (!status.ok()) return fail(storage_error("cannot copy", families_.path(), status));
  return {};
}

Result<void> LogDb::save_health(const control::HealthChanges& changes) {
  rocksdb::WriteBatch writes;
  for (const auto& model : changes.gone_models) writes.Delete(health_key(model));
  for (const auto& reporter : changes.gone_reporters) writes.Delete(report_key(reporter));
  for (const auto& model : changes.models)
    writes.Put(health_key(model.standing.name.id), encode_health(model));
  for (const auto& reporter : changes.reporters)
    writes.Put(report_key(reporter.reporter), encode_report(reporter));
  if (const auto status = families_.db().Write(rocksdb::WriteOptions(), &writes); !status.ok())
    return fail(storage_error("cannot write", families_.path(), status));
  return {};
}

Result<control::SavedHealth> LogDb::health() const {
  control::SavedHealth saved;
  const std::unique_ptr<rocksdb::Iterator> it(families_.db().NewIterator(rocksdb::ReadOptions()));
  const auto each = [&](char kind, const auto& keep) {
    const std::string end = kind_end(kind);
    for (it->Seek(kind_begin(kind)); it->Valid() && it->key().ToStringView() < end; it->Next())
      if (!keep(it->key().ToStringView(), it->value().ToStringView())) ++saved.unreadable;
  };
  each(kKindHealth, [&](std::string_view key, std::string_view value) {
    auto model = decode_health(key, value);
    if (model) saved.models.push_back(std::move(*model));
    return model.has_value();
  });
  each(kKindReport, [&](std::string_view key, std::string_view value) {
    auto reporter = decode_report(key, value);
    if (reporter) saved.reporters.push_back(std::move(*reporter));
    return reporter.has_value();
  });
  if (!it->status().ok()) return fail(storage_error("cannot read", families_.path(), it->status()));
  return saved;
}

}  // namespace smartroute::store

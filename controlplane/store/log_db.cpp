#include "controlplane/store/log_db.hpp"

#include <rocksdb/convenience.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <utility>

#include "controlplane/store/durable_file.hpp"
#include "controlplane/store/key_layout.hpp"
#include "controlplane/store/store_rules.hpp"

namespace smartroute::store {
namespace {

constexpr std::string_view kCount = "count";
constexpr int kMaxSetAside = 1'000;
constexpr double kFilterBitsPerKey = 10;

rocksdb::Options log_options(rocksdb::Env* env) {
  rocksdb::Options options;
  options.env = env;
  options.create_if_missing = true;
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  options.write_buffer_size = 16 << 20;
  options.max_write_buffer_number = 3;
  options.max_total_wal_size = 64 << 20;
  options.max_open_files = 256;
  const auto supported = rocksdb::GetSupportedCompressions();
  const bool lz4 = std::count(supported.begin(), supported.end(), rocksdb::kLZ4Compression) > 0;
  options.compression = lz4 ? rocksdb::kLZ4Compression : rocksdb::kNoCompression;
  rocksdb::BlockBasedTableOptions table;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(kFilterBitsPerKey));
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  options.keep_log_file_num = 2;
  options.max_log_file_size = 1 << 20;
  options.info_log_level = rocksdb::WARN_LEVEL;
  return options;
}

bool is_lock_error(const rocksdb::Status& status) {
  return status.IsIOError() && status.ToString().find("lock") != std::string::npos;
}

}  // namespace

LogDb::LogDb(std::string path, std::shared_ptr<rocksdb::FileSystem> files)
    : path_(std::move(path)), files_(std::move(files)), env_(rocksdb::NewCompositeEnv(files_)) {}

LogDb::~LogDb() = default;

Result<std::unique_ptr<LogDb>> LogDb::open(const std::string& state_dir,
                                           std::shared_ptr<rocksdb::FileSystem> files,
                                           std::vector<std::string>& notices) {
  std::unique_ptr<LogDb> self(new LogDb(state_dir + "/logs.db", std::move(files)));
  rocksdb::DB* db = nullptr;
  auto status = rocksdb::DB::Open(log_options(self->env_.get()), self->path_, &db);
  if (!status.ok() && is_lock_error(status))
    return fail(ErrorKind::Storage, "another process uses " + self->path_ + ".", status.ToString());
  if (!status.ok()) {
    std::string aside;
    for (int n = 1; n <= kMaxSetAside; ++n) {
      aside = self->path_ + ".damaged-" + std::to_string(n);
      if (!file_exists(*self->files_, aside)) break;
    }
    const std::string said = status.ToString();
    status = self->files_->RenameFile(self->path_, aside, rocksdb::IOOptions(), nullptr);
    if (!status.ok()) return fail(storage_error("cannot set aside", self->path_, status));
    notices.push_back(self->path_ + " could not be read (" + said + "); it was set aside as " +
                      aside + " and a new one begun.");
    status = rocksdb::DB::Open(log_options(self->env_.get()), self->path_, &db);
    if (!status.ok()) return fail(storage_error("cannot open", self->path_, status));
  }
  self->db_.reset(db);
  if (auto counted = self->read_count(); !counted) return fail(counted.error());
  return self;
}

Result<void> LogDb::read_count() {
  std::string value;
  const auto status = db_->Get(rocksdb::ReadOptions(), state_key(kCount), &value);
  if (status.IsNotFound()) return {};
  if (!status.ok()) return fail(storage_error("cannot read", path_, status));
  count_ = decode_u64(value).value_or(0);
  return {};
}

// False only when the sequences are known to be new. Caller holds mutex_.
bool LogDb::may_be_stored(const v1::ReportRequest& batch) {
  if (next_sequence_.size() > kMaxBoots) next_sequence_.clear();
  const auto known = next_sequence_.find(batch.boot_id());
  return known == next_sequence_.end() || batch.first_sequence() < known->second;
}

Result<void> LogDb::write(rocksdb::WriteBatch& batch, std::uint64_t count) {
  batch.Put(state_key(kCount), encode_u64(count));
  if (const auto status = db_->Write(rocksdb::WriteOptions(), &batch); !status.ok())
    return fail(storage_error("cannot write", path_, status));
  count_ = count;
  return {};
}

Result<std::uint64_t> LogDb::append(const v1::ReportRequest& batch) {
  if (auto refused = check_batch(batch); !refused) return fail(refused.error());
  const auto stored = static_cast<std::uint64_t>(batch.records_size());
  const std::lock_guard lock(mutex_);
  const bool look_up = may_be_stored(batch);
  rocksdb::WriteBatch writes;
  std::uint64_t added = 0;
  std::uint64_t sequence = batch.first_sequence();
  for (const auto& record : batch.records()) {
    const std::string key = record_key({filed_at(record), sequence++, batch.boot_id()});
    std::string ignored;
    if (look_up) {
      const auto status = db_->Get(rocksdb::ReadOptions(), key, &ignored);
      if (status.ok()) continue;
      if (!status.IsNotFound()) return fail(storage_error("cannot read", path_, status));
    }
    writes.Put(key, encode_record(record));
    ++added;
  }
  if (added > 0)
    if (auto written = write(writes, count_ + added); !written) return fail(written.error());
  auto& next = next_sequence_[batch.boot_id()];
  next = std::max(next, sequence);
  return stored;
}

Result<RecordPage> LogDb::page(std::string_view cursor, std::size_t limit) const {
  const auto from = cursor.empty() ? std::nullopt : decode_cursor(cursor);
  if (!cursor.empty() && !from) return bad_cursor();
  const std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator(rocksdb::ReadOptions()));
  const std::string start = from ? record_key(*from) : kind_end(kKindRecord);
  it->SeekForPrev(start);
  if (it->Valid() && it->key() == rocksdb::Slice(start))
    it->Prev();  // the cursor was shown already
  RecordPage page;
  RecordKey last;
  for (limit = clamp_page(limit); it->Valid(); it->Prev()) {
    auto key = decode_record_key(it->key().ToStringView());
    if (!key) break;
    if (page.records.size() == limit) {
      page.next_cursor = encode_cursor(last);
      break;
    }
    if (auto record = decode_record(it->value().ToStringView())) {
      page.records.push_back(std::move(*record));
      last = std::move(*key);
    }
  }
  if (!it->status().ok()) return fail(storage_error("cannot read", path_, it->status()));
  return page;
}

std::uint64_t LogDb::count() const {
  const std::lock_guard lock(mutex_);
  return count_;
}

Result<std::uint64_t> LogDb::retain(const Retention& retention) {
  const std::lock_guard lock(mutex_);
  const std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator(rocksdb::ReadOptions()));
  const std::string first = kind_begin(kKindRecord);
  std::uint64_t removed = 0;
  std::string end;
  for (it->Seek(first); it->Valid() && removed < kMaxSweep; it->Next()) {
    const auto key = decode_record_key(it->key().ToStringView());
    if (!key) break;
    const std::uint64_t left = count_ > removed ? count_ - removed : 0;
    if (keeps(retention, key->received_us, left)) break;
    end = it->key().ToString() + '\0';
    ++removed;
  }
  if (!it->status().ok()) return fail(storage_error("cannot read", path_, it->status()));
  if (removed == 0) return 0;
  rocksdb::WriteBatch writes;
  writes.DeleteRange(first, end);
  const std::uint64_t left = count_ > removed ? count_ - removed : 0;
  if (auto written = write(writes, left); !written) return fail(written.error());
  return removed;
}

Result<void> LogDb::save_health(const control::HealthChanges& changes) {
  rocksdb::WriteBatch writes;
  for (const auto& model : changes.gone_models) writes.Delete(health_key(model));
  for (const auto& reporter : changes.gone_reporters) writes.Delete(report_key(reporter));
  for (const auto& model : changes.models)
    writes.Put(health_key(model.standing.name.id), encode_health(model));
  for (const auto& reporter : changes.reporters)
    writes.Put(report_key(reporter.reporter), encode_report(reporter));
  if (const auto status = db_->Write(rocksdb::WriteOptions(), &writes); !status.ok())
    return fail(storage_error("cannot write", path_, status));
  return {};
}

Result<control::SavedHealth> LogDb::health() const {
  control::SavedHealth saved;
  const std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator(rocksdb::ReadOptions()));
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
  if (!it->status().ok()) return fail(storage_error("cannot read", path_, it->status()));
  return saved;
}

}  // namespace smartroute::store

#include "controlplane/store/config_db.hpp"

#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>
#include <rocksdb/table.h>
#include <rocksdb/utilities/checkpoint.h>
#include <rocksdb/write_batch.h>
#include <sodium.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "controlplane/store/durable_file.hpp"
#include "controlplane/store/key_layout.hpp"
#include "controlplane/store/store_rules.hpp"

namespace smartroute::store {
namespace {

constexpr std::string_view kDirectory = "config.db";
constexpr std::string_view kMarkFile = "config.high-water";
constexpr std::string_view kAcceptFile = "config.accept-loss";
constexpr std::string_view kCommit = "commit";
constexpr std::string_view kFloor = "floor";
constexpr std::string_view kStoreId = "id";
constexpr std::size_t kStoreIdBytes = 16;

rocksdb::Options config_options(rocksdb::Env* env, bool may_create) {
  rocksdb::Options options;
  options.env = env;
  options.create_if_missing = may_create;
  options.paranoid_checks = true;
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  options.track_and_verify_wals_in_manifest = true;
  options.max_bgerror_resume_count =
      0;  // a disk that failed once is not trusted again without a restart
  options.write_buffer_size = 4 << 20;
  options.max_open_files = 64;
  options.compression = rocksdb::kNoCompression;
  options.keep_log_file_num = 2;
  options.max_log_file_size = 1 << 20;
  options.info_log_level = rocksdb::WARN_LEVEL;
  return options;
}

rocksdb::WriteOptions synced() {
  rocksdb::WriteOptions options;
  options.sync = true;
  return options;
}

std::string random_id() {
  unsigned char bytes[kStoreIdBytes];
  randombytes_buf(bytes, sizeof bytes);
  std::string hex(2 * kStoreIdBytes + 1, '\0');
  sodium_bin2hex(hex.data(), hex.size(), bytes, sizeof bytes);
  hex.pop_back();
  return hex;
}

std::string way_out(const std::string& state_dir) {
  return " Restore " + std::string(kDirectory) + " and " + std::string(kMarkFile) +
         " together from one backup of " + state_dir +
         "; or, to go on with what is left, create the empty file " + state_dir + "/" +
         std::string(kAcceptFile) + " and start again.";
}

std::string described(Revision revision) {
  return revision.number == 0 ? "no revision" : "revision " + std::to_string(revision.number);
}

Error open_error(const std::string& path, const std::string& state_dir,
                 const rocksdb::Status& status) {
  const std::string said = status.ToString();
  if (said.find("lock") != std::string::npos && status.IsIOError())
    return Error(
        ErrorKind::Storage,
        "another process uses " + path +
            ": one smartroute-control at a time may run on a state directory. Stop the other "
            "one, or give this one its own --state.",
        said);
  return Error(ErrorKind::Storage, "cannot open " + path + ": " + said + ". Restore " +
                                       std::string(kDirectory) + " and " + std::string(kMarkFile) +
                                       " together from one backup of " + state_dir + ".");
}

}  // namespace

ConfigDb::ConfigDb(std::string state_dir, std::shared_ptr<rocksdb::FileSystem> files)
    : state_dir_(std::move(state_dir)),
      path_(state_dir_ + "/" + std::string(kDirectory)),
      files_(std::move(files)),
      env_(rocksdb::NewCompositeEnv(files_)) {}

ConfigDb::~ConfigDb() = default;

Result<std::unique_ptr<ConfigDb>> ConfigDb::open(const std::string& state_dir,
                                                 std::shared_ptr<rocksdb::FileSystem> files,
                                                 std::vector<std::string>& notices) {
  std::unique_ptr<ConfigDb> self(new ConfigDb(state_dir, std::move(files)));
  rocksdb::FileSystem& fs = *self->files_;
  const bool accept_loss = file_exists(fs, state_dir + "/" + std::string(kAcceptFile));
  const std::string mark_path = state_dir + "/" + std::string(kMarkFile);
  const auto text = read_file(fs, mark_path);
  if (!text) return fail(text.error());
  std::optional<HighWater> mark;
  if (*text) {
    auto decoded = decode_high_water(**text);
    if (!decoded && !accept_loss)
      return fail(ErrorKind::Storage, mark_path + " cannot be read: " + decoded.error().text() +
                                          ". It proves that no acknowledged write was lost." +
                                          way_out(state_dir));
    if (decoded) mark = std::move(*decoded);
  }
  const bool exists = file_exists(fs, self->path_ + "/CURRENT");
  if (mark && !exists && !accept_loss)
    return fail(ErrorKind::Storage, self->path_ + " is gone or was emptied, but " + mark_path +
                                        " says it held " + described(mark->revision) + "." +
                                        way_out(state_dir));
  if (auto opened = self->open_database(!exists); !opened) return fail(opened.error());
  if (auto agreed = self->reconcile(mark, accept_loss, notices); !agreed)
    return fail(agreed.error());
  if (accept_loss)
    if (auto removed = remove_file(fs, state_dir, std::string(kAcceptFile)); !removed)
      return fail(removed.error());
  return self;
}

Result<void> ConfigDb::open_database(bool may_create) {
  rocksdb::DB* db = nullptr;
  const auto status = rocksdb::DB::Open(config_options(env_.get(), may_create), path_, &db);
  if (!status.ok()) return fail(open_error(path_, state_dir_, status));
  db_.reset(db);
  // Blocks are checked when they are read, which for an old revision may be never: read all of this
  // small database now.
  if (const auto whole = db_->VerifyChecksum(); !whole.ok())
    return fail(open_error(path_, state_dir_, whole));
  return {};
}

Result<std::optional<std::string>> ConfigDb::get(const std::string& key) const {
  std::string value;
  const auto status = db_->Get(rocksdb::ReadOptions(), key, &value);
  if (status.IsNotFound()) return std::optional<std::string>();
  if (!status.ok()) return fail(storage_error("cannot read", path_, status));
  return std::optional<std::string>(std::move(value));
}

Result<std::uint64_t> ConfigDb::number_of(std::string_view state_name) const {
  const auto value = get(state_key(state_name));
  if (!value) return fail(value.error());
  if (!*value) return 0;
  const auto number = decode_u64(**value);
  if (!number)
    return fail(ErrorKind::Storage,
                path_ + " is damaged: '" + std::string(state_name) + "' is no number");
  return *number;
}

Result<ConfigDb::Facts> ConfigDb::read_facts() const {
  Facts facts;
  const auto id = get(state_key(kStoreId));
  if (!id) return fail(id.error());
  facts.store_id = id->value_or("");
  const auto commit = number_of(kCommit);
  if (!commit) return fail(commit.error());
  facts.commit = *commit;
  const auto floor = number_of(kFloor);
  if (!floor) return fail(floor.error());
  facts.floor = *floor;
  const std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator(rocksdb::ReadOptions()));
  it->SeekForPrev(kind_end(kKindRevision));
  if (!it->status().ok()) return fail(storage_error("cannot read", path_, it->status()));
  if (!it->Valid() || !decode_revision_key(it->key().ToStringView())) return facts;
  auto head = decode_revision_head(it->value().ToStringView());
  if (!head) return fail(ErrorKind::Storage, path_ + ": " + head.error().text());
  facts.newest = std::move(*head);
  return facts;
}

Result<void> ConfigDb::reconcile(const std::optional<HighWater>& mark, bool accept_loss,
                                 std::vector<std::string>& notices) {
  const auto facts = read_facts();
  if (!facts) return fail(facts.error());
  if (!mark && facts->commit == 0) return begin(*facts);
  floor_ = facts->floor;
  const HighWater held{facts->store_id, facts->commit, facts->newest.number,
                       facts->newest.fingerprint};
  if (mark && *mark == held) {
    mark_ = held;
    return {};
  }
  const bool ours = mark && mark->store_id == held.store_id;
  if (ours && held.commit == mark->commit + 1 && held.revision >= mark->revision) {
    notices.push_back(path_ +
                      " holds one whole write that was not acknowledged before the last stop (" +
                      described(held.revision) + "); it is kept.");
    return write_mark(held);
  }
  if (accept_loss) {
    notices.push_back("As " + std::string(kAcceptFile) + " asked, " + path_ + " goes on with " +
                      described(held.revision) + " although acknowledged writes are missing.");
    return give_up_lost(mark, *facts);
  }
  const std::string mark_path = state_dir_ + "/" + std::string(kMarkFile);
  if (!mark)
    return fail(ErrorKind::Storage, mark_path + " is missing beside " + path_ + ", which holds " +
                                        described(held.revision) +
                                        ": whether acknowledged writes were lost cannot be told." +
                                        way_out(state_dir_));
  if (held.store_id.empty() || (ours && held.commit < mark->commit))
    return fail(
        ErrorKind::Storage,
        path_ + " has lost acknowledged writes: it holds " + described(held.revision) + " after " +
            std::to_string(held.commit) + " writes, but " + mark_path + " proves " +
            described(mark->revision) + " after " + std::to_string(mark->commit) +
            ". Its log was deleted or damaged, or it is an older copy." + way_out(state_dir_));
  return fail(ErrorKind::Storage, path_ + " and " + mark_path + " do not belong together (" +
                                      described(held.revision) + " and " +
                                      described(mark->revision) + ")." + way_out(state_dir_));
}

// A database that has taken no write yet. A crash in here is met again here: commit is still 0 and
// there is no mark.
Result<void> ConfigDb::begin(const Facts& facts) {
  HighWater mark;
  mark.store_id = facts.store_id;
  if (mark.store_id.empty()) {
    mark.store_id = random_id();
    rocksdb::WriteBatch batch;
    batch.Put(state_key(kStoreId), mark.store_id);
    batch.Put(state_key(kCommit), encode_u64(0));
    if (const auto status = db_->Write(synced(), &batch); !status.ok())
      return fail(storage_error("cannot write", path_, status));
  }
  return write_mark(mark);
}

// Numbers up to the lost ones are never used again: data planes may run a revision of that number
// with other content.
Result<void> ConfigDb::give_up_lost(const std::optional<HighWater>& mark, const Facts& facts) {
  HighWater next;
  next.store_id = facts.store_id.empty() ? random_id() : facts.store_id;
  next.commit = std::max(facts.commit, mark ? mark->commit : 0) + 1;
  next.revision = facts.newest.number;
  next.fingerprint = facts.newest.fingerprint;
  floor_ = std::max(facts.floor, mark ? mark->revision.number : 0);
  rocksdb::WriteBatch batch;
  batch.Put(state_key(kStoreId), next.store_id);
  batch.Put(state_key(kFloor), encode_u64(floor_));
  const std::lock_guard writing(write_mutex_);
  return commit(batch, next);
}

Result<void> ConfigDb::write_mark(const HighWater& mark) {
  if (auto written =
          replace_file(*files_, state_dir_, std::string(kMarkFile), encode_high_water(mark));
      !written)
    return written;
  const std::lock_guard lock(state_mutex_);
  mark_ = mark;
  return {};
}

Result<void> ConfigDb::commit(rocksdb::WriteBatch& batch, HighWater next) {
  if (const auto reason = read_only_reason()) return fail(ErrorKind::Storage, *reason);
  batch.Put(state_key(kCommit), encode_u64(next.commit));
  Result<void> done;
  if (const auto status = db_->Write(synced(), &batch); !status.ok()) {
    done = fail(storage_error("cannot write", path_, status));
  } else {
    done = write_mark(next);
  }
  if (done) return done;
  const std::lock_guard lock(state_mutex_);
  failure_ =
      "the configuration is read-only since a write failed (" + done.error().text() +
      "); whether that write is on disk is known after a restart. Free space or repair the disk, "
      "then restart smartroute-control.";
  return fail(ErrorKind::Storage, failure_);
}

Revision ConfigDb::newest() const {
  const std::lock_guard lock(state_mutex_);
  return mark_.revision;
}

Revision ConfigDb::next_number() const {
  const std::lock_guard lock(state_mutex_);
  return Revision{std::max(mark_.revision.number, floor_) + 1};
}

Result<void> ConfigDb::append(const StoredRevision& revision) {
  const std::lock_guard writing(write_mutex_);
  if (auto refused = check_revision(revision, newest(), next_number()); !refused) return refused;
  HighWater next = mark_;
  ++next.commit;
  next.revision = revision.head.number;
  next.fingerprint = revision.head.fingerprint;
  rocksdb::WriteBatch batch;
  batch.Put(revision_key(revision.head.number), encode_revision(revision));
  return commit(batch, std::move(next));
}

Result<StoredRevision> ConfigDb::revision(Revision number) const {
  // What lies above was never acknowledged.
  if (number.number == 0 || number > newest()) return no_such_revision(number);
  const auto value = get(revision_key(number));
  if (!value) return fail(value.error());
  if (!*value) return no_such_revision(number);
  return decode_revision(**value);
}

Result<RevisionPage> ConfigDb::revisions(Revision before, std::size_t limit) const {
  RevisionPage page;
  const Revision newest_one = newest();
  const Revision from =
      before.number == 0 ? newest_one : std::min(newest_one, Revision{before.number - 1});
  const std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator(rocksdb::ReadOptions()));
  limit = clamp_page(limit);
  for (it->SeekForPrev(revision_key(from)); it->Valid(); it->Prev()) {
    if (!decode_revision_key(it->key().ToStringView())) break;
    if (page.heads.size() == limit) {
      page.next_before = page.heads.back().number;
      break;
    }
    auto head = decode_revision_head(it->value().ToStringView());
    if (!head) return fail(head.error());
    page.heads.push_back(std::move(*head));
  }
  if (!it->status().ok()) return fail(storage_error("cannot read", path_, it->status()));
  return page;
}

Result<void> ConfigDb::skip_numbers(Revision last) {
  const std::lock_guard writing(write_mutex_);
  if (last.number <= std::max(mark_.revision.number, floor_)) return {};
  HighWater next = mark_;
  ++next.commit;
  rocksdb::WriteBatch batch;
  batch.Put(state_key(kFloor), encode_u64(last.number));
  if (auto written = commit(batch, std::move(next)); !written) return written;
  const std::lock_guard lock(state_mutex_);
  floor_ = last.number;
  return {};
}

// No write comes between the database and its mark. The log is copied rather than flushed: a flush that fails for want of space would end all writing.
Result<CheckpointFacts> ConfigDb::checkpoint(const std::string& directory) {
  const std::lock_guard writing(write_mutex_);
  if (const auto reason = read_only_reason()) return fail(ErrorKind::Storage, *reason);
  rocksdb::Checkpoint* made = nullptr;
  auto status = rocksdb::Checkpoint::Create(db_.get(), &made);
  const std::unique_ptr<rocksdb::Checkpoint> checkpoint(made);
  if (status.ok()) status = checkpoint->CreateCheckpoint(directory + "/" + std::string(kDirectory), std::numeric_limits<std::uint64_t>::max());
  if (!status.ok()) return fail(storage_error("cannot copy", path_, status));
  HighWater mark;
  {
    const std::lock_guard lock(state_mutex_);
    mark = mark_;
  }
  if (auto written = replace_file(*files_, directory, std::string(kMarkFile), encode_high_water(mark)); !written) return fail(written.error());
  return CheckpointFacts{mark.store_id, mark.revision, mark.fingerprint};
}

Result<void> ConfigDb::put_meta(std::string_view name, std::string_view value) {
  if (auto refused = check_meta(name, value); !refused) return refused;
  const std::lock_guard writing(write_mutex_);
  HighWater next = mark_;
  ++next.commit;
  rocksdb::WriteBatch batch;
  batch.Put(meta_key(name), rocksdb::Slice(value.data(), value.size()));
  return commit(batch, std::move(next));
}

Result<std::optional<std::string>> ConfigDb::meta(std::string_view name) const {
  return get(meta_key(name));
}

Result<void> ConfigDb::write_accounts(const std::vector<AccountWrite>& writes) {
  if (auto refused = check_accounts(writes); !refused) return refused;
  const std::lock_guard writing(write_mutex_);
  HighWater next = mark_;
  ++next.commit;
  rocksdb::WriteBatch batch;
  for (const auto& write : writes) {
    const std::string key = account_key(write.table, write.key);
    if (write.message) {
      batch.Put(key, encode_account(*write.message));
    } else {
      batch.Delete(key);
    }
  }
  return commit(batch, std::move(next));
}

Result<std::vector<AccountRow>> ConfigDb::accounts(AccountTable table) const {
  std::vector<AccountRow> rows;
  const std::string begin = kind_begin(kind_of(table)), end = kind_end(kind_of(table));
  const std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator(rocksdb::ReadOptions()));
  for (it->Seek(begin); it->Valid() && it->key().ToStringView() < end; it->Next()) {
    const auto message = decode_account(it->value().ToStringView());
    if (!message) continue;
    rows.push_back({std::string(it->key().ToStringView().substr(begin.size())), std::string(*message)});
  }
  if (!it->status().ok()) return fail(storage_error("cannot read", path_, it->status()));
  return rows;
}

std::optional<std::string> ConfigDb::read_only_reason() const {
  const std::lock_guard lock(state_mutex_);
  if (failure_.empty()) return std::nullopt;
  return failure_;
}

}  // namespace smartroute::store

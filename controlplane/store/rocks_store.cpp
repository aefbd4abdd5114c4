#include "controlplane/store/rocks_store.hpp"

#include <fcntl.h>
#include <rocksdb/file_system.h>
#include <sodium.h>
#include <unistd.h>

#include <utility>

#include "controlplane/store/config_db.hpp"
#include "controlplane/store/log_db.hpp"

namespace smartroute::store {
namespace {

class RocksStore final : public Store {
 public:
  RocksStore(std::unique_ptr<ConfigDb> config, std::unique_ptr<LogDb> logs)
      : config_(std::move(config)), logs_(std::move(logs)) {}

  Revision newest() const override { return config_->newest(); }
  Revision next_number() const override { return config_->next_number(); }
  Result<void> append_revision(const StoredRevision& revision) override {
    return config_->append(revision);
  }
  Result<StoredRevision> revision(Revision number) const override {
    return config_->revision(number);
  }
  Result<RevisionPage> revisions(Revision before, std::size_t limit) const override {
    return config_->revisions(before, limit);
  }
  Result<void> skip_numbers(Revision last) override { return config_->skip_numbers(last); }
  // The log first: records are more than what the configuration knows of, never the other way about.
  Result<CheckpointFacts> checkpoint(const std::filesystem::path& directory, CheckpointScope scope) override {
    std::error_code error;
    if (!std::filesystem::create_directory(directory, error))
      return fail(ErrorKind::Storage, "cannot make " + directory.string() + ": " + (error ? error.message() : "it is there already"));
    if (scope == CheckpointScope::Everything)
      if (auto copied = logs_->checkpoint(directory.string()); !copied) return fail(copied.error());
    return config_->checkpoint(directory.string());
  }
  Result<void> put_meta(std::string_view name, std::string_view value) override {
    return config_->put_meta(name, value);
  }
  Result<std::optional<std::string>> meta(std::string_view name) const override {
    return config_->meta(name);
  }
  Result<void> write_accounts(const std::vector<AccountWrite>& writes) override {
    return config_->write_accounts(writes);
  }
  Result<std::vector<AccountRow>> accounts(AccountTable table) const override {
    return config_->accounts(table);
  }
  Result<std::vector<int>> append_records(const v1::ReportRequest& batch) override {
    return logs_->append(batch);
  }
  Result<RecordPage> query(const RecordQuery& query) const override { return logs_->query(query); }
  Result<v1::RequestRecord> record(std::string_view record_id) const override { return logs_->record(record_id); }
  std::uint64_t record_count() const override { return logs_->count(); }
  Result<Removed> retain_records(const Retention& retention) override { return logs_->retain(retention); }
  Result<Removed> prune_records(std::int64_t before_us, bool bodies_only) override { return logs_->prune(before_us, bodies_only); }
  Result<void> rollups(const RollupQuery& query, const RollupVisit& visit) const override { return logs_->rollups(query, visit); }
  Result<admin::v1::LogStorage> log_storage() const override { return logs_->storage(); }
  Result<void> save_health(const control::HealthChanges& changes) override {
    return logs_->save_health(changes);
  }
  Result<control::SavedHealth> health() const override { return logs_->health(); }
  std::optional<std::string> read_only_reason() const override {
    return config_->read_only_reason();
  }

 private:
  std::unique_ptr<ConfigDb> config_;
  std::unique_ptr<LogDb> logs_;
};

Error directory_error(const std::filesystem::path& path, const std::error_code& error) {
  return Error(ErrorKind::Storage,
               "cannot make the state directory " + path.string() + ": " + error.message());
}

bool sync_directory(const std::filesystem::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool synced = ::fsync(fd) == 0;
  ::close(fd);
  return synced;
}

// Each new directory's entry is synced in its parent: a power cut after the first acknowledged
// write must not take the whole state directory, mark included, with it.
Result<void> make_state_dir(const std::filesystem::path& wanted) {
  std::error_code error;
  const auto path = std::filesystem::absolute(wanted, error).lexically_normal();
  if (error) return fail(directory_error(wanted, error));
  std::filesystem::path built;
  for (const auto& part : path) {
    const auto parent = built;
    built /= part;
    if (!std::filesystem::create_directory(built, error)) {
      if (error) return fail(directory_error(built, error));
      continue;
    }
    std::filesystem::permissions(built, std::filesystem::perms::owner_all, error);
    if (error) return fail(directory_error(built, error));
    if (!sync_directory(parent))
      return fail(directory_error(built, std::error_code(errno, std::generic_category())));
  }
  return {};
}

}  // namespace

Result<OpenedStore> open_rocks_store(const RocksStoreOptions& options) {
  if (sodium_init() < 0) return fail(ErrorKind::Crypto, "libsodium cannot start");
  if (auto made = make_state_dir(options.state_dir); !made) return fail(made.error());
  const auto files = options.file_system ? options.file_system : rocksdb::FileSystem::Default();
  OpenedStore opened;
  const std::string directory = options.state_dir.string();
  auto config = ConfigDb::open(directory, files, opened.notices);
  if (!config) return fail(config.error());
  auto logs = LogDb::open(directory, files, opened.notices);
  if (!logs) return fail(logs.error());
  opened.store = std::make_unique<RocksStore>(std::move(*config), std::move(*logs));
  return opened;
}

}  // namespace smartroute::store

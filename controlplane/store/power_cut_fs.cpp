#include "controlplane/store/power_cut_fs.hpp"

#include <filesystem>
#include <utility>

#include "controlplane/store/test_dir.hpp"

namespace smartroute::store {
namespace {

namespace fs = std::filesystem;
using rocksdb::IOStatus;

std::string directory_of(const std::string& path) {
  return fs::path(path).lexically_normal().parent_path().string();
}

std::string normal(const std::string& path) {
  std::string result = fs::path(path).lexically_normal().string();
  while (result.size() > 1 && result.back() == '/') result.pop_back();
  return result;
}

}  // namespace

class PowerCutFs::File final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  File(PowerCutFs& owner, std::string path, std::unique_ptr<rocksdb::FSWritableFile> target)
      : FSWritableFileOwnerWrapper(std::move(target)), owner_(owner), path_(std::move(path)) {}

  IOStatus Append(const rocksdb::Slice& bytes, const rocksdb::IOOptions& options,
                  rocksdb::IODebugContext* debug) override {
    if (auto failed = owner_.step(); !failed.ok()) {
      if (owner_.is_last_step())
        (void)append(rocksdb::Slice(bytes.data(), bytes.size() / 2), options, debug);
      return failed;
    }
    return append(bytes, options, debug);
  }
  IOStatus Append(const rocksdb::Slice& bytes, const rocksdb::IOOptions& options,
                  const rocksdb::DataVerificationInfo&, rocksdb::IODebugContext* debug) override {
    return Append(bytes, options, debug);
  }
  IOStatus Sync(const rocksdb::IOOptions&, rocksdb::IODebugContext*) override { return sync(); }
  IOStatus Fsync(const rocksdb::IOOptions&, rocksdb::IODebugContext*) override { return sync(); }
  IOStatus RangeSync(std::uint64_t, std::uint64_t, const rocksdb::IOOptions&,
                     rocksdb::IODebugContext*) override {
    return IOStatus::OK();  // promises nothing about durability
  }

 private:
  IOStatus append(const rocksdb::Slice& bytes, const rocksdb::IOOptions& options,
                  rocksdb::IODebugContext* debug) {
    const auto status = FSWritableFileOwnerWrapper::Append(bytes, options, debug);
    if (status.ok()) owner_.written(path_, bytes.size());
    return status;
  }
  IOStatus sync() {
    auto status = owner_.step();
    if (status.ok()) status = target()->Flush(rocksdb::IOOptions(), nullptr);
    if (status.ok()) owner_.synced(path_);
    return status;
  }

  PowerCutFs& owner_;
  const std::string path_;
};

class PowerCutFs::Directory final : public rocksdb::FSDirectory {
 public:
  Directory(PowerCutFs& owner, std::string path) : owner_(owner), path_(std::move(path)) {}
  IOStatus Fsync(const rocksdb::IOOptions&, rocksdb::IODebugContext*) override {
    const auto status = owner_.step();
    if (status.ok()) owner_.directory_synced(path_);
    return status;
  }
  IOStatus Close(const rocksdb::IOOptions&, rocksdb::IODebugContext*) override {
    return IOStatus::OK();
  }

 private:
  PowerCutFs& owner_;
  const std::string path_;
};

PowerCutFs::PowerCutFs(Fault fault, std::uint64_t at)
    : FileSystemWrapper(rocksdb::FileSystem::Default()), fault_(fault), at_(at) {}

IOStatus PowerCutFs::step() {
  const std::lock_guard lock(mutex_);
  ++steps_;
  const bool fails =
      fault_ == Fault::PowerCut ? steps_ >= at_ : fault_ == Fault::OneError && steps_ == at_;
  return fails ? IOStatus::IOError("simulated disk failure") : IOStatus::OK();
}

bool PowerCutFs::is_last_step() const {
  const std::lock_guard lock(mutex_);
  return fault_ == Fault::PowerCut && steps_ == at_;
}

std::uint64_t PowerCutFs::steps() const {
  const std::lock_guard lock(mutex_);
  return steps_;
}

void PowerCutFs::synced(const std::string& path) {
  const std::lock_guard lock(mutex_);
  files_[path].synced = files_[path].written;
}

void PowerCutFs::written(const std::string& path, std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  files_[path].written += bytes;
}

void PowerCutFs::directory_synced(const std::string& path) {
  const std::lock_guard lock(mutex_);
  changes_.erase(path);
}

IOStatus PowerCutFs::NewWritableFile(const std::string& given, const rocksdb::FileOptions& options,
                                     std::unique_ptr<rocksdb::FSWritableFile>* file,
                                     rocksdb::IODebugContext* debug) {
  if (auto failed = step(); !failed.ok()) return failed;
  const std::string path = normal(given);
  std::unique_ptr<rocksdb::FSWritableFile> made;
  const auto status = target()->NewWritableFile(path, options, &made, debug);
  if (!status.ok()) return status;
  const std::lock_guard lock(mutex_);
  files_[path] = Durable();
  changes_[directory_of(path)].push_back({path, {}, std::nullopt, {}});
  *file = std::make_unique<File>(*this, path, std::move(made));
  return status;
}

// RocksDB as configured here opens no file for writing twice; if it did, the model above would be
// wrong.
IOStatus PowerCutFs::ReopenWritableFile(const std::string&, const rocksdb::FileOptions&,
                                        std::unique_ptr<rocksdb::FSWritableFile>*,
                                        rocksdb::IODebugContext*) {
  return IOStatus::NotSupported("ReopenWritableFile");
}

IOStatus PowerCutFs::ReuseWritableFile(const std::string&, const std::string&,
                                       const rocksdb::FileOptions&,
                                       std::unique_ptr<rocksdb::FSWritableFile>*,
                                       rocksdb::IODebugContext*) {
  return IOStatus::NotSupported("ReuseWritableFile");
}

IOStatus PowerCutFs::NewDirectory(const std::string& path, const rocksdb::IOOptions&,
                                  std::unique_ptr<rocksdb::FSDirectory>* directory,
                                  rocksdb::IODebugContext*) {
  *directory = std::make_unique<Directory>(*this, normal(path));
  return IOStatus::OK();
}

IOStatus PowerCutFs::RenameFile(const std::string& given_from, const std::string& given_to,
                                const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) {
  if (auto failed = step(); !failed.ok()) return failed;
  NameChange change;
  change.from = normal(given_from);
  change.path = normal(given_to);
  const std::lock_guard lock(mutex_);
  if (fs::is_regular_file(change.path)) {
    change.overwritten = contents(change.path);
    const auto known = files_.find(change.path);
    const std::uint64_t size = change.overwritten->size();
    change.overwritten_state = known == files_.end() ? Durable{size, size} : known->second;
  }
  const auto status = target()->RenameFile(change.from, change.path, options, debug);
  if (!status.ok()) return status;
  if (const auto moved = files_.find(change.from); moved != files_.end()) {
    files_[change.path] = moved->second;
    files_.erase(moved);
  } else {
    files_.erase(change.path);
  }
  changes_[directory_of(change.path)].push_back(std::move(change));
  return status;
}

IOStatus PowerCutFs::DeleteFile(const std::string& given, const rocksdb::IOOptions& options,
                                rocksdb::IODebugContext* debug) {
  if (auto failed = step(); !failed.ok()) return failed;
  const std::string path = normal(given);
  const std::lock_guard lock(mutex_);
  files_.erase(path);
  return target()->DeleteFile(path, options, debug);
}

void PowerCutFs::lose_unsynced(SeededRandom& random) {
  const std::lock_guard lock(mutex_);
  // Names first, newest first: the file system's journal keeps a prefix of each directory's
  // changes.
  for (auto& [directory, changes] : changes_) {
    const std::uint64_t kept = random.below(changes.size() + 1);
    while (changes.size() > kept) {
      const NameChange change = std::move(changes.back());
      changes.pop_back();
      if (!fs::exists(change.path)) continue;  // removed since
      if (change.from.empty()) {
        fs::remove(change.path);
        files_.erase(change.path);
        continue;
      }
      fs::rename(change.path, change.from);
      if (const auto moved = files_.find(change.path); moved != files_.end()) {
        files_[change.from] = moved->second;
        files_.erase(moved);
      }
      if (change.overwritten) {
        overwrite(change.path, *change.overwritten);
        files_[change.path] = change.overwritten_state;
      }
    }
  }
  for (const auto& [path, state] : files_) {
    if (!fs::exists(path) || state.written <= state.synced) continue;
    const std::uint64_t torn =
        random.below(3) == 0 ? random.below(state.written - state.synced + 1) : 0;
    fs::resize_file(path, state.synced + torn);
  }
  files_.clear();
  changes_.clear();
}

}  // namespace smartroute::store

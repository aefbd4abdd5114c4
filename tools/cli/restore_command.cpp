#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <optional>
#include <vector>

#include "contract/base/json_quote.hpp"
#include "tools/cli/admin_call.hpp"
#include "tools/cli/backup_command.hpp"
#include "tools/cli/backup_reader.hpp"
#include "tools/cli/disk_file.hpp"
#include "tools/cli/text.hpp"

namespace smartroute::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPiece = 256 * 1024;
// What a control plane keeps in its state folder and a backup replaces, in the order in which the old ones go: without config.db beside its mark a control
// plane does not start, so at no moment can it start on half of each.
constexpr std::array<const char*, 5> kReplaced{"logs.db", "config.db", "config.accept-loss", "restored", "config.high-water"};
// The order in which the new ones come: the mark last, which makes them valid.
constexpr std::array<const char*, 5> kPlaced{"logs.db", "config.db", "master.key", "restored", "config.high-water"};

Error storage(const std::string& doing, const fs::path& path, const std::error_code& error) {
  return Error(ErrorKind::Storage, doing + " " + path.string() + ": " + error.message());
}

// Removed unless it was given away.
class Folder {
 public:
  explicit Folder(fs::path path) : path_(std::move(path)) {}
  ~Folder() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const fs::path& path() const { return path_; }
  void keep() { path_.clear(); }

 private:
  fs::path path_;
};

// The lock that RocksDB holds on a database which is in use.
class DatabaseLock {
 public:
  explicit DatabaseLock(const fs::path& database) : fd_(::open((database / "LOCK").c_str(), O_RDWR | O_CLOEXEC)) {
    struct flock whole {};
    whole.l_type = F_WRLCK;
    whole.l_whence = SEEK_SET;
    taken_ = fd_ < 0 || ::fcntl(fd_, F_SETLK, &whole) == 0;
  }
  ~DatabaseLock() {
    if (fd_ >= 0) ::close(fd_);
  }
  DatabaseLock(const DatabaseLock&) = delete;
  DatabaseLock& operator=(const DatabaseLock&) = delete;
  bool taken() const { return taken_; }

 private:
  int fd_;
  bool taken_ = false;
};

BackupSink sink_into(const fs::path& folder, std::optional<DiskFile>& file) {
  BackupSink sink;
  sink.begin = [&folder, &file](const std::string& name, std::uint64_t) -> Result<void> {
    const fs::path path = folder / name;
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    if (error) return fail(storage("cannot make", path.parent_path(), error));
    auto made = DiskFile::create(path);
    if (!made) return tl::unexpected(made.error());
    file.emplace(std::move(*made));
    return {};
  };
  sink.data = [&file](std::string_view bytes) { return file->append(bytes); };
  sink.end = [&file]() -> Result<void> {
    auto finished = file->finish();
    file.reset();
    return finished;
  };
  return sink;
}

Result<admin::v1::BackupManifest> unpack(const fs::path& archive, const fs::path& folder) {
  std::ifstream in(archive, std::ios::binary);
  if (!in) return fail(ErrorKind::NotFound, "cannot read " + archive.string());
  std::optional<DiskFile> file;
  BackupReader reader(sink_into(folder, file));
  const auto in_archive = [&archive](Error error) {
    return error.kind() == ErrorKind::Invalid ? Error(ErrorKind::Invalid, archive.string() + " " + error.text()) : error;
  };
  std::string piece(kPiece, '\0');
  while (in) {
    in.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    if (auto fed = reader.feed({piece.data(), static_cast<std::size_t>(in.gcount())}); !fed) return fail(in_archive(fed.error()));
  }
  if (in.bad()) return fail(ErrorKind::Storage, "cannot read " + archive.string() + " to its end");
  auto manifest = reader.finish();
  if (!manifest) return fail(in_archive(manifest.error()));
  return manifest;
}

// What the control plane is told at its next start: that an operator did this.
Result<void> leave_word(const fs::path& folder, const admin::v1::BackupManifest& manifest) {
  auto file = DiskFile::create(folder / "restored");
  if (!file) return tl::unexpected(file.error());
  const std::string word = "{\"restored_at_ms\":" + std::to_string(std::time(nullptr) * 1'000LL) + ",\"backup_created_at_ms\":" + std::to_string(manifest.created_at_ms()) +
                           ",\"revision\":" + std::to_string(manifest.revision()) + "}\n";
  if (auto written = file->append(word); !written) return written;
  return file->finish();
}

Result<void> move(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::rename(from, to, error);
  if (error) return fail(storage("cannot move " + from.string() + " to", to, error));
  return {};
}

std::string stamp() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &parts);
  return text;
}

// Into a folder that holds something: the old databases go aside, the new ones come in.
Result<fs::path> replace(const fs::path& state, const fs::path& fresh) {
  std::error_code error;
  fs::path aside = state / ("replaced-" + stamp());
  for (int n = 2; fs::exists(aside, error); ++n) aside = state / ("replaced-" + stamp() + "-" + std::to_string(n));
  if (!fs::create_directory(aside, error)) return fail(storage("cannot make", aside, error));
  fs::permissions(aside, fs::perms::owner_all, error);
  for (const char* name : kReplaced)
    if (fs::exists(state / name, error))
      if (auto moved = move(state / name, aside / name); !moved) return fail(moved.error());
  if (fs::exists(fresh / "master.key", error) && fs::exists(state / "master.key", error))
    if (auto moved = move(state / "master.key", aside / "master.key"); !moved) return fail(moved.error());
  if (auto synced = sync_folder(state); !synced) return fail(synced.error());
  for (const char* name : kPlaced)
    if (fs::exists(fresh / name, error))
      if (auto moved = move(fresh / name, state / name); !moved) return fail(moved.error());
  if (auto synced = sync_folder(state); !synced) return fail(synced.error());
  return aside;
}

constexpr const char* kStaging = ".restore-";

// Where the archive is unpacked: beside a state folder that is not there yet, which it then becomes; else inside, for it may be a disk of its own.
fs::path staging_for(const fs::path& state, std::error_code& error) {
  const std::string name = kStaging + std::to_string(::getpid());
  if (fs::is_directory(state, error)) return state / name;
  error.clear();
  return state.string() + name;
}

// Of restores that were killed.
void sweep_staging(const fs::path& state) {
  std::error_code ignored;
  std::vector<fs::path> stale;
  for (const auto& entry : fs::directory_iterator(state, ignored))
    if (entry.path().filename().string().starts_with(kStaging)) stale.push_back(entry.path());
  for (const auto& path : stale) fs::remove_all(path, ignored);
}

bool holds_configuration(const fs::path& state) {
  std::error_code error;
  return fs::exists(state / "config.high-water", error) || fs::exists(state / "config.db", error) || fs::exists(state / "logs.db", error);
}

void print(const RestoreOptions& options, const fs::path& state, const fs::path& aside, const admin::v1::BackupManifest& manifest) {
  if (options.form == Output::Json) {
    std::printf("{\"state\":%s,\"set_aside\":%s,\"manifest\":%s}\n", json_quote(state.string()).c_str(), json_quote(aside.string()).c_str(), to_json(manifest).c_str());
    return;
  }
  std::printf("%s holds revision %llu again%s\n", state.c_str(), static_cast<unsigned long long>(manifest.revision()), manifest.logs() ? ", with its request records" : "");
  if (!aside.empty()) std::printf("What was there is in %s; remove it when you are sure.\n", aside.c_str());
  std::error_code error;
  if (!fs::exists(state / "master.key", error))
    std::printf("Before you start it: put the master.key of the gateway that was backed up into %s, or set SMARTROUTE_MASTER_KEY.\n", state.c_str());
  std::printf("Next: smartroute-control --state %s\nData planes that ran later revisions are given this one under a number above theirs.\n", state.c_str());
}

}  // namespace

int restore(const RestoreOptions& options) {
  std::error_code error;
  ::umask(S_IRWXG | S_IRWXO);
  fs::path state = fs::absolute(options.state).lexically_normal();
  if (!state.has_filename()) state = state.parent_path();
  const bool there = fs::exists(state, error);
  if (there && !fs::is_directory(state, error)) return complain(Error(ErrorKind::Invalid, state.string() + " is no folder"), kUsage);
  if (holds_configuration(state) && options.force == Force::No)
    return complain(Error(ErrorKind::Conflict, state.string() + " holds a configuration already; with --force it is set aside, not deleted"), kUsage);
  const DatabaseLock lock(state / "config.db");
  if (!lock.taken()) return complain(Error(ErrorKind::Conflict, "a control plane runs on " + state.string() + ": stop it first"), kFailed);
  if (there) sweep_staging(state);
  Folder folder(staging_for(state, error));
  fs::create_directories(folder.path(), error);
  if (error) return complain(storage("cannot make", folder.path(), error), kFailed);
  fs::permissions(folder.path(), fs::perms::owner_all, error);
  const auto manifest = unpack(options.file, folder.path());
  if (!manifest) return complain(manifest.error(), manifest.error().kind() == ErrorKind::Storage ? kFailed : kUsage);
  if (auto left = leave_word(folder.path(), *manifest); !left) return complain(left.error(), kFailed);
  for (const char* name : {".", "config.db", "logs.db"})
    if (fs::is_directory(folder.path() / name, error))
      if (auto synced = sync_folder(folder.path() / name); !synced) return complain(synced.error(), kFailed);
  fs::path aside;
  if (!there) {
    if (auto moved = move(folder.path(), state); !moved) return complain(moved.error(), kFailed);
    folder.keep();
    if (auto synced = sync_folder(state.parent_path()); !synced) return complain(synced.error(), kFailed);
  } else {
    auto replaced = replace(state, folder.path());
    if (!replaced) return complain(replaced.error(), kFailed);
    aside = std::move(*replaced);
    if (!holds_configuration(aside)) fs::remove(aside, error), aside.clear();
  }
  print(options, state, aside, *manifest);
  return kOk;
}

}  // namespace smartroute::cli

#include "tools/cli/state_folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <functional>
#include <utility>

#include "tools/cli/address.hpp"
#include "tools/cli/ready_file.hpp"

namespace smartroute::cli {
namespace {

tl::unexpected<Error> unusable(const std::filesystem::path& path, std::string_view why) {
  return fail(ErrorKind::Storage, "cannot use the state folder " + path.string() + ": " +
                                      std::string(why) + "; choose another with --state");
}

Result<void> make_private(const std::filesystem::path& path) {
  std::error_code error;
  const bool made = std::filesystem::create_directories(path, error);
  if (error) return unusable(path, error.message());
  if (made) std::filesystem::permissions(path, std::filesystem::perms::owner_all, error);
  return {};
}

// A folder under /tmp that is ours alone: strangers may have made it first.
bool is_ours_alone(const std::filesystem::path& path) {
  struct stat info {};
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return false;
  return ::lstat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode) && info.st_uid == ::geteuid() &&
         (info.st_mode & 0077) == 0;
}

}  // namespace

Result<StateFolder> StateFolder::open(const std::filesystem::path& path) {
  std::error_code error;
  const auto absolute = std::filesystem::absolute(path, error).lexically_normal();
  if (error) return unusable(path, error.message());
  if (auto made = make_private(absolute); !made) return tl::unexpected(made.error());
  const auto lock_path = absolute / "up.lock";
  const int lock = ::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock < 0) return unusable(absolute, std::strerror(errno));
  if (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
    ::close(lock);
    const auto holder = read_file(lock_path);
    return fail(ErrorKind::Conflict,
                "another `smartroute up`" +
                    (holder && !holder->empty() ? " (process " + *holder + ")" : std::string()) +
                    " uses the state folder " + absolute.string() +
                    "; stop it, or choose another folder with --state");
  }
  StateFolder folder(absolute, lock);
  const auto id = std::to_string(::getpid());
  if (::ftruncate(lock, 0) != 0 || ::pwrite(lock, id.data(), id.size(), 0) < 0)
    return unusable(absolute, std::strerror(errno));
  if (auto made = folder.make_folders(); !made) return tl::unexpected(made.error());
  return folder;
}

StateFolder::StateFolder(StateFolder&& other) noexcept
    : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}

StateFolder::~StateFolder() {
  if (lock_ >= 0) ::close(lock_);
}

Result<void> StateFolder::make_folders() const {
  for (const char* part : {"logs", "run"})
    if (auto made = make_private(path_ / part); !made) return made;
  return {};
}

bool StateFolder::has_stored_config() const {
  std::error_code error;
  return std::filesystem::exists(path_ / "config.high-water", error);
}

Result<std::string> StateFolder::default_grpc_address() const {
  const auto inside = path_ / "control.sock";
  if (inside.string().size() <= kMaxSocketPath) return "unix:" + inside.string();
  const std::filesystem::path shelter = "/tmp/smartroute-" + std::to_string(::geteuid());
  if (!is_ours_alone(shelter))
    return fail(ErrorKind::Storage,
                "the path " + inside.string() + " is too long for a socket and " +
                    shelter.string() +
                    " is not ours alone; choose a shorter --state, or a socket with --grpc");
  const auto name = std::to_string(std::hash<std::string>{}(path_.string()));
  return "unix:" + (shelter / (name + ".sock")).string();
}

}  // namespace smartroute::cli

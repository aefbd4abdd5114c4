#include "dataplane/sync/state_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace smartroute::sync {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const noexcept { return fd_; }
  bool valid() const noexcept { return fd_ >= 0; }

 private:
  int fd_;
};

auto storage_error(const std::filesystem::path& path, const char* doing) {
  return fail(ErrorKind::Storage, path.string() + ": " + doing + ": " + std::strerror(errno));
}

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

bool sync_directory(const std::filesystem::path& directory) {
  const Descriptor fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return fd.valid() && ::fsync(fd.get()) == 0;
}

}  // namespace

Result<void> write_private_file(const std::filesystem::path& path, std::string_view bytes,
                                IfExists existing) {
  auto fresh = path;
  fresh += ".new";
  ::unlink(fresh.c_str());  // left by a crash
  {
    const Descriptor fd(
        ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!fd.valid()) return storage_error(fresh, "cannot create");
    if (!write_all(fd.get(), bytes) || ::fsync(fd.get()) != 0) {
      auto error = storage_error(fresh, "cannot write");
      ::unlink(fresh.c_str());
      return error;
    }
  }
  // link() refuses to replace, so the first of two writers wins; rename() replaces.
  const bool moved = existing == IfExists::Replace
                         ? ::rename(fresh.c_str(), path.c_str()) == 0
                         : ::link(fresh.c_str(), path.c_str()) == 0 || errno == EEXIST;
  if (!moved) {
    auto error = storage_error(path, "cannot replace");
    ::unlink(fresh.c_str());
    return error;
  }
  if (existing == IfExists::Keep) ::unlink(fresh.c_str());
  if (!sync_directory(path.parent_path())) return storage_error(path.parent_path(), "cannot sync");
  return {};
}

Result<std::optional<std::string>> read_private_file(const std::filesystem::path& path,
                                                     std::size_t limit) {
  const Descriptor fd(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
  if (!fd.valid()) {
    if (errno == ENOENT) return std::nullopt;
    return storage_error(path, "cannot open");
  }
  struct stat facts {};
  if (::fstat(fd.get(), &facts) != 0) return storage_error(path, "cannot stat");
  if (!S_ISREG(facts.st_mode))
    return fail(ErrorKind::Storage, path.string() + " is not a regular file");
  if (static_cast<std::uint64_t>(facts.st_size) > limit)
    return fail(ErrorKind::Storage,
                path.string() + " is larger than " + std::to_string(limit) + " bytes");
  std::string bytes(static_cast<std::size_t>(facts.st_size), '\0');
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    const ssize_t n = ::read(fd.get(), bytes.data() + filled, bytes.size() - filled);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return storage_error(path, "cannot read");
    if (n == 0) break;
    filled += static_cast<std::size_t>(n);
  }
  bytes.resize(filled);
  return bytes;
}

}  // namespace smartroute::sync

#include "controlplane/base/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace smartroute::control::base {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) noexcept : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const noexcept { return fd_; }
  explicit operator bool() const noexcept { return fd_ >= 0; }

 private:
  int fd_;
};

auto failed(std::string_view doing, const std::filesystem::path& file) {
  return fail(errno == ENOENT ? ErrorKind::NotFound : ErrorKind::Storage,
              "cannot " + std::string(doing) + " " + file.string() + ": " + std::strerror(errno));
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

}  // namespace

Result<std::string> read_file(const std::filesystem::path& file, std::size_t max_bytes) {
  // O_NONBLOCK: opening a named pipe must not hang.
  const Descriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd) return failed("read", file);
  struct stat about {};
  if (::fstat(fd.get(), &about) != 0) return failed("read", file);
  if (!S_ISREG(about.st_mode))
    return fail(ErrorKind::Storage, file.string() + " is no regular file");
  std::string bytes;
  char chunk[64 * 1024];
  for (;;) {
    const ssize_t n = ::read(fd.get(), chunk, sizeof chunk);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failed("read", file);
    if (n == 0) return bytes;
    bytes.append(chunk, static_cast<std::size_t>(n));
    if (bytes.size() > max_bytes) {
      return fail(ErrorKind::Storage,
                  file.string() + " is larger than " + std::to_string(max_bytes) + " bytes");
    }
  }
}

Result<void> replace_file(const std::filesystem::path& file, std::string_view bytes, mode_t mode) {
  std::string name = file.string() + ".XXXXXX";
  {
    const Descriptor fd(::mkostemp(name.data(), O_CLOEXEC));
    if (!fd) return failed("write", file);
    if (!write_all(fd.get(), bytes) || ::fchmod(fd.get(), mode) != 0 || ::fsync(fd.get()) != 0) {
      auto error = failed("write", file);
      ::unlink(name.c_str());
      return error;
    }
  }
  if (::rename(name.c_str(), file.c_str()) != 0) {
    auto error = failed("write", file);
    ::unlink(name.c_str());
    return error;
  }
  const auto parent = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
  const Descriptor directory(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory || ::fsync(directory.get()) != 0) return failed("sync the directory of", file);
  return {};
}

}  // namespace smartroute::control::base

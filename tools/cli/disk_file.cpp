#include "tools/cli/disk_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace smartroute::cli {

Error DiskFile::failed(std::string_view doing) const {
  return Error(ErrorKind::Storage, std::string(doing) + " " + path_.string() + ": " + std::strerror(errno));
}

Result<DiskFile> DiskFile::create(const std::filesystem::path& path) {
  ::unlink(path.c_str());
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR);
  DiskFile file(path, fd);
  if (fd < 0) return fail(file.failed("cannot make"));
  return file;
}

DiskFile::DiskFile(DiskFile&& other) noexcept : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)) {}

DiskFile::~DiskFile() {
  if (fd_ >= 0) ::close(fd_);
}

Result<void> DiskFile::append(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return fail(failed("cannot write"));
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<void> DiskFile::finish() {
  if (::fsync(fd_) != 0) return fail(failed("cannot sync"));
  if (::close(std::exchange(fd_, -1)) != 0) return fail(failed("cannot close"));
  return {};
}

Result<void> DiskFile::place_as(const std::filesystem::path& name) {
  if (auto finished = finish(); !finished) return finished;
  // link() refuses a name that is taken, rename() would not.
  if (::link(path_.c_str(), name.c_str()) != 0) {
    if (errno == EEXIST) return fail(ErrorKind::Conflict, name.string() + " is there already");
    if (::rename(path_.c_str(), name.c_str()) != 0) return fail(failed("cannot give its name to"));
  } else {
    ::unlink(path_.c_str());
  }
  const auto parent = std::filesystem::absolute(name).parent_path();
  return sync_folder(parent);
}

void DiskFile::close_and_remove() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  ::unlink(path_.c_str());
}

Result<void> sync_folder(const std::filesystem::path& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = fd >= 0 && ::fsync(fd) == 0;
  const int why = errno;
  if (fd >= 0) ::close(fd);
  if (!synced) return fail(ErrorKind::Storage, "cannot sync " + folder.string() + ": " + std::strerror(why));
  return {};
}

}  // namespace smartroute::cli

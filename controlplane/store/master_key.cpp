// load_master_key of sealer.hpp: where the key comes from, and what is refused.
#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "controlplane/store/sealer.hpp"

namespace smartroute::store {
namespace {

constexpr std::size_t kNewKeyBytes = 32;
constexpr std::size_t kMaxFileBytes = 4096;

class FileDescriptor {
 public:
  explicit FileDescriptor(int fd) : fd_(fd) {}
  ~FileDescriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }

 private:
  int fd_;
};

auto refused(const std::string& path, const std::string& why) {
  return fail(ErrorKind::Crypto, "the master key file " + path + " " + why);
}

auto system_refused(const std::string& path, const std::string& doing) {
  return refused(path, doing + ": " + std::strerror(errno));
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

Secret new_key() {
  unsigned char raw[kNewKeyBytes];
  randombytes_buf(raw, sizeof raw);
  std::string hex(2 * kNewKeyBytes + 1, '\0');
  sodium_bin2hex(hex.data(), hex.size(), raw, sizeof raw);
  sodium_memzero(raw, sizeof raw);
  hex.pop_back();
  return Secret(std::move(hex));
}

// Written under another name, synced, and then linked to its own: link() refuses a name that
// exists, so a key that another process made meanwhile is never replaced, and no crash leaves a
// half-written key behind.
Result<void> create(const std::filesystem::path& directory, const std::string& path,
                    const Secret& key) {
  const std::string temp = path + ".new";
  ::unlink(temp.c_str());
  {
    const FileDescriptor file(
        ::open(temp.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file.valid()) return system_refused(path, "cannot be made");
    if (!write_all(file.get(), key.reveal()) || !write_all(file.get(), "\n") ||
        ::fsync(file.get()) != 0)
      return system_refused(path, "cannot be written");
  }
  if (::link(temp.c_str(), path.c_str()) != 0 && errno != EEXIST)
    return system_refused(path, "cannot be made");
  ::unlink(temp.c_str());
  const FileDescriptor parent(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!parent.valid() || ::fsync(parent.get()) != 0)
    return system_refused(path, "cannot be synced");
  return {};
}

Result<Secret> read(const std::string& path, const FileDescriptor& file) {
  struct stat facts {};
  if (::fstat(file.get(), &facts) != 0) return system_refused(path, "cannot be examined");
  if (!S_ISREG(facts.st_mode)) return refused(path, "is not a regular file");
  if ((facts.st_mode & 077) != 0)
    return refused(path, "may be used by other accounts; make it yours alone: chmod 600 " + path);
  std::string text(kMaxFileBytes, '\0');
  const ssize_t length = ::read(file.get(), text.data(), text.size());
  if (length < 0) return system_refused(path, "cannot be read");
  text.resize(static_cast<std::size_t>(length));
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' '))
    text.pop_back();
  if (text.size() < Sealer::kMinMasterChars)
    return refused(path, "is too short: a key has " + std::to_string(Sealer::kMinMasterChars) +
                             " characters or more");
  return Secret(std::move(text));
}

}  // namespace

Result<Secret> load_master_key(const std::filesystem::path& state_dir,
                               const std::optional<std::string>& environment, MissingKey missing) {
  if (sodium_init() < 0) return fail(ErrorKind::Crypto, "libsodium cannot start");
  if (environment && !environment->empty()) return Secret(*environment);
  const std::string path = (state_dir / "master.key").string();
  constexpr int kFlags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  {
    const FileDescriptor file(::open(path.c_str(), kFlags));
    if (file.valid()) return read(path, file);
    if (errno != ENOENT) return system_refused(path, "cannot be opened");
  }
  if (missing == MissingKey::MustExist)
    return refused(path,
                   "is missing, but the store holds secrets sealed with it; put it back, or set "
                   "SMARTROUTE_MASTER_KEY");
  if (auto created = create(state_dir, path, new_key()); !created) return fail(created.error());
  const FileDescriptor file(::open(path.c_str(), kFlags));
  if (!file.valid()) return system_refused(path, "cannot be opened");
  return read(path, file);
}

}  // namespace smartroute::store

#include "dataplane/net/listen_socket.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <cerrno>
#include <cstring>

#include "dataplane/net/stream.hpp"

namespace smartroute::net {
namespace {

constexpr int kBacklog = 1024;

enum class PortUse : std::uint8_t { Exclusive, SharedByWorkers };

Result<int> listen_on(const ListenAddress& address, PortUse use) {
  const asio::ip::tcp::endpoint endpoint(asio::ip::make_address(address.host), address.port);
  const int fd = ::socket(endpoint.protocol().family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return fail(ErrorKind::Internal, std::string("no socket: ") + std::strerror(errno));
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (use == PortUse::SharedByWorkers) ::setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  ::setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &kClientSendBuffer, sizeof kClientSendBuffer);      // what it accepts inherits it
  if (::bind(fd, static_cast<const sockaddr*>(endpoint.data()), static_cast<socklen_t>(endpoint.size())) != 0 ||
      ::listen(fd, kBacklog) != 0) {
    const int error = errno;
    ::close(fd);
    return fail(ErrorKind::Internal, "cannot listen on " + address.text() + ": " + std::strerror(error));
  }
  return fd;
}

sockaddr_un name_of(const std::string& path) {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  std::memcpy(name.sun_path, path.data(), std::min(path.size(), UnixAddress::kMaxPath));
  return name;
}

Error cannot(const UnixAddress& address, int error) {
  return Error(ErrorKind::Internal, "cannot listen on " + address.text() + ": " + std::strerror(error));
}

// Makes way for a socket of ours, where a process that is gone has left its own.
Result<void> clear_path(const UnixAddress& address) {
  struct stat found {};
  if (::lstat(address.path.c_str(), &found) != 0) {
    if (errno == ENOENT) return {};
    return fail(cannot(address, errno));
  }
  if (!S_ISSOCK(found.st_mode))
    return fail(ErrorKind::Internal, "cannot listen on " + address.text() + ": something that is no socket stands there");
  const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (probe < 0) return fail(ErrorKind::Internal, std::string("no socket: ") + std::strerror(errno));
  const sockaddr_un name = name_of(address.path);
  const int answer = ::connect(probe, reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0 ? 0 : errno;
  ::close(probe);
  if (answer == ECONNREFUSED) {
    if (::unlink(address.path.c_str()) != 0 && errno != ENOENT) return fail(cannot(address, errno));
    return {};
  }
  if (answer == 0 || answer == EAGAIN)
    return fail(ErrorKind::Internal, "cannot listen on " + address.text() + ": another process listens there");
  return fail(cannot(address, answer));
}

}  // namespace

Result<int> open_listener(const ListenAddress& address) { return listen_on(address, PortUse::SharedByWorkers); }

Result<void> require_free_port(const ListenAddress& address) {
  if (address.port == 0) return {};
  auto probe = listen_on(address, PortUse::Exclusive);
  if (!probe) return tl::unexpected<Error>(std::move(probe.error()));
  ::close(*probe);
  return {};
}

Result<std::uint16_t> bound_port(int fd) {
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &length) != 0)
    return fail(ErrorKind::Internal, std::string("getsockname: ") + std::strerror(errno));
  return ntohs(storage.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6*>(&storage)->sin6_port
                                             : reinterpret_cast<sockaddr_in*>(&storage)->sin_port);
}

Result<std::unique_ptr<UnixListener>> UnixListener::open(const UnixAddress& address, unsigned mode) {
  if (auto clear = clear_path(address); !clear) return fail(std::move(clear.error()));
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return fail(ErrorKind::Internal, std::string("no socket: ") + std::strerror(errno));
  const sockaddr_un name = name_of(address.path);
  struct stat made {};
  // The file is born with the mode of the socket less the umask; the rest is added before anybody can connect, which begins with listen().
  const bool bound = ::fchmod(fd, mode & 0600) == 0 && ::bind(fd, reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0;
  if (!bound || ::chmod(address.path.c_str(), static_cast<mode_t>(mode)) != 0 || ::lstat(address.path.c_str(), &made) != 0 || ::listen(fd, kBacklog) != 0) {
    const int error = errno;
    if (bound) ::unlink(address.path.c_str());
    ::close(fd);
    return fail(cannot(address, error));
  }
  return std::unique_ptr<UnixListener>(new UnixListener(address.path, fd, made.st_dev, made.st_ino));
}

UnixListener::~UnixListener() { hide(); }

Result<int> UnixListener::share() const {
  const int fd = ::fcntl(fd_, F_DUPFD_CLOEXEC, 0);
  if (fd < 0) return fail(ErrorKind::Internal, "cannot listen on unix:" + path_ + ": " + std::strerror(errno));
  return fd;
}

void UnixListener::hide() noexcept {
  if (fd_ < 0) return;
  struct stat found {};
  if (::lstat(path_.c_str(), &found) == 0 && found.st_dev == device_ && found.st_ino == inode_) ::unlink(path_.c_str());
  ::close(fd_);
  fd_ = -1;
}

}  // namespace smartroute::net

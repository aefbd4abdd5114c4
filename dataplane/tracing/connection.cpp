#include "dataplane/tracing/connection.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <thread>
#include <vector>

namespace smartroute::tracing {
namespace {

constexpr std::size_t kReadBytes = 16 * 1024;
constexpr std::chrono::milliseconds kResolvePoll{20};  // how soon a lookup notices that it was cancelled

class Socket {
 public:
  explicit Socket(int fd) : fd_(fd) {}
  ~Socket() {
    if (fd_ >= 0) ::close(fd_);
  }
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket& operator=(Socket&&) = delete;
  int fd() const noexcept { return fd_; }

 private:
  int fd_;
};

std::string last_error() { return std::strerror(errno); }

Result<void> wait(int fd, short events, Deadline deadline, const Cancel& cancel) {
  while (true) {
    if (cancel.done()) return fail(ErrorKind::UpstreamTimeout, "cancelled");
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
    if (left <= 0) return fail(ErrorKind::UpstreamTimeout, "no answer in time");
    pollfd both[] = {{fd, events, 0}, {cancel.fd(), POLLIN, 0}};
    const int ready = ::poll(both, 2, static_cast<int>(std::min<std::int64_t>(left + 1, 60'000)));
    if (ready < 0 && errno != EINTR) return fail(ErrorKind::Internal, "poll: " + last_error());
    if (ready > 0 && both[0].revents != 0) return {};
  }
}

// What the thread that is left behind and its caller share.
struct Lookup {
  std::mutex mutex;
  std::condition_variable changed;
  bool done = false;
  int code = 0;
  std::vector<outgoing::SocketAddress> found;
};

void look_up(Lookup& lookup, const std::string& host, const std::string& port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* list = nullptr;
  const int code = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &list);
  const std::lock_guard lock(lookup.mutex);
  for (auto* at = list; code == 0 && at != nullptr; at = at->ai_next) {
    auto& address = lookup.found.emplace_back();
    std::memcpy(&address.storage, at->ai_addr, at->ai_addrlen);
    address.size = at->ai_addrlen;
  }
  if (list != nullptr) ::freeaddrinfo(list);
  lookup.code = code;
  lookup.done = true;
  lookup.changed.notify_all();
}

bool is_address(const std::string& host) {
  in_addr v4;
  in6_addr v6;
  return ::inet_pton(AF_INET, host.c_str(), &v4) == 1 || ::inet_pton(AF_INET6, host.c_str(), &v6) == 1;
}

Result<std::vector<outgoing::SocketAddress>> addresses_of(const Endpoint& endpoint, Deadline deadline, const Cancel& cancel) {
  const auto lookup = std::make_shared<Lookup>();
  const auto port = std::to_string(endpoint.port);
  if (is_address(endpoint.host)) {
    look_up(*lookup, endpoint.host, port);
  } else {
    std::thread([lookup, host = endpoint.host, port] { look_up(*lookup, host, port); }).detach();
  }
  std::unique_lock lock(lookup->mutex);
  while (!lookup->done) {
    if (cancel.done()) return fail(ErrorKind::UpstreamTimeout, "cancelled");
    if (std::chrono::steady_clock::now() >= deadline) return fail(ErrorKind::UpstreamTimeout, "the name was not resolved in time");
    lookup->changed.wait_for(lock, kResolvePoll);
  }
  if (lookup->code != 0) return fail(ErrorKind::UpstreamUnreachable, std::string("the name cannot be resolved: ") + ::gai_strerror(lookup->code));
  return std::move(lookup->found);
}

void send_at_once(int fd) {
  const int on = 1;
  (void)::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

Result<Socket> connect_to(const outgoing::CheckedAddress& address, Deadline deadline, const Cancel& cancel) {
  const outgoing::Dialled dialled = outgoing::dial(address, &send_at_once);
  if (dialled.fd < 0) return fail(ErrorKind::UpstreamUnreachable, std::string("no connection: ") + std::strerror(dialled.error));
  Socket socket(dialled.fd);
  if (dialled.error == EINPROGRESS) {
    if (auto ready = wait(socket.fd(), POLLOUT, deadline, cancel); !ready) return tl::unexpected<Error>(std::move(ready.error()));
    int problem = 0;
    socklen_t size = sizeof problem;
    (void)::getsockopt(socket.fd(), SOL_SOCKET, SO_ERROR, &problem, &size);
    if (problem != 0) return fail(ErrorKind::UpstreamUnreachable, std::string("no connection: ") + std::strerror(problem));
  }
  return socket;
}

class PlainConnection final : public Connection {
 public:
  PlainConnection(Socket socket, const Cancel& cancel) : socket_(std::move(socket)), cancel_(cancel) {}

  Result<void> write(std::string_view bytes, Deadline deadline) override {
    while (!bytes.empty()) {
      const auto n = ::send(socket_.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n > 0) {
        bytes.remove_prefix(static_cast<std::size_t>(n));
        continue;
      }
      if (errno == EINTR) continue;
      if (errno != EAGAIN) return fail(ErrorKind::UpstreamBroke, "the connection broke: " + last_error());
      if (auto ready = wait(socket_.fd(), POLLOUT, deadline, cancel_); !ready) return ready;
    }
    return {};
  }

  Result<std::size_t> read(std::string& to, Deadline deadline) override {
    char bytes[kReadBytes];
    while (true) {
      const auto n = ::recv(socket_.fd(), bytes, sizeof bytes, 0);
      if (n >= 0) {
        to.append(bytes, static_cast<std::size_t>(n));
        return static_cast<std::size_t>(n);
      }
      if (errno == EINTR) continue;
      if (errno != EAGAIN) return fail(ErrorKind::UpstreamBroke, "the connection broke: " + last_error());
      if (auto ready = wait(socket_.fd(), POLLIN, deadline, cancel_); !ready) return tl::unexpected<Error>(std::move(ready.error()));
    }
  }

 private:
  Socket socket_;
  const Cancel& cancel_;
};

struct FreeContext {
  void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
};
struct FreeSession {
  void operator()(SSL* session) const noexcept { SSL_free(session); }
};

std::string tls_error() {
  char text[256] = "closed by the peer";
  if (const auto code = ERR_get_error()) ERR_error_string_n(code, text, sizeof text);
  ERR_clear_error();
  return text;
}

class TlsConnection final : public Connection {
 public:
  TlsConnection(Socket socket, const Cancel& cancel) : socket_(std::move(socket)), cancel_(cancel) {}

  Result<void> handshake(const std::string& host, Deadline deadline) {
    context_.reset(SSL_CTX_new(TLS_client_method()));
    if (!context_ || SSL_CTX_set_default_verify_paths(context_.get()) != 1) return fail(ErrorKind::Internal, "TLS cannot start: " + tls_error());
    SSL_CTX_set_min_proto_version(context_.get(), TLS1_2_VERSION);
    SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_mode(context_.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    session_.reset(SSL_new(context_.get()));
    if (!session_ || SSL_set_fd(session_.get(), socket_.fd()) != 1) return fail(ErrorKind::Internal, "TLS cannot start: " + tls_error());
    if (is_address(host)) {
      X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session_.get()), host.c_str());
    } else {
      SSL_set_tlsext_host_name(session_.get(), host.c_str());
      SSL_set1_host(session_.get(), host.c_str());
    }
    while (true) {
      ERR_clear_error();
      const int done = SSL_connect(session_.get());
      if (done == 1) return {};
      if (auto ready = wait_for(done, deadline); !ready) {
        const long verdict = SSL_get_verify_result(session_.get());
        if (verdict != X509_V_OK) return fail(ErrorKind::UpstreamUnreachable, std::string("the certificate is not trusted: ") + X509_verify_cert_error_string(verdict));
        return ready;
      }
    }
  }

  Result<void> write(std::string_view bytes, Deadline deadline) override {
    while (!bytes.empty()) {
      ERR_clear_error();
      std::size_t n = 0;
      const int done = SSL_write_ex(session_.get(), bytes.data(), bytes.size(), &n);
      if (done == 1)
        bytes.remove_prefix(n);
      else if (auto ready = wait_for(done, deadline); !ready)
        return ready;
    }
    return {};
  }

  Result<std::size_t> read(std::string& to, Deadline deadline) override {
    char bytes[kReadBytes];
    while (true) {
      ERR_clear_error();
      std::size_t n = 0;
      const int done = SSL_read_ex(session_.get(), bytes, sizeof bytes, &n);
      if (done == 1) {
        to.append(bytes, n);
        return n;
      }
      if (SSL_get_error(session_.get(), done) == SSL_ERROR_ZERO_RETURN) return std::size_t{0};
      if (auto ready = wait_for(done, deadline); !ready) return tl::unexpected<Error>(std::move(ready.error()));
    }
  }

 private:
  // After a call that could not go on: waits for what it waits for.
  Result<void> wait_for(int done, Deadline deadline) {
    switch (SSL_get_error(session_.get(), done)) {
      case SSL_ERROR_WANT_READ:
        return wait(socket_.fd(), POLLIN, deadline, cancel_);
      case SSL_ERROR_WANT_WRITE:
        return wait(socket_.fd(), POLLOUT, deadline, cancel_);
      default:
        return fail(ErrorKind::UpstreamBroke, "TLS failed: " + tls_error());
    }
  }

  Socket socket_;
  const Cancel& cancel_;
  std::unique_ptr<SSL_CTX, FreeContext> context_;
  std::unique_ptr<SSL, FreeSession> session_;
};

Result<std::unique_ptr<Connection>> open(const outgoing::CheckedAddress& address, const Endpoint& endpoint, Deadline deadline, const Cancel& cancel) {
  auto socket = connect_to(address, deadline, cancel);
  if (!socket) return tl::unexpected<Error>(std::move(socket.error()));
  if (!endpoint.tls) return std::make_unique<PlainConnection>(std::move(*socket), cancel);
  auto tls = std::make_unique<TlsConnection>(std::move(*socket), cancel);
  if (auto shaken = tls->handshake(endpoint.host, deadline); !shaken) return tl::unexpected<Error>(std::move(shaken.error()));
  return tls;
}

}  // namespace

Cancel::Cancel() : fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}
Cancel::~Cancel() { ::close(fd_); }

void Cancel::now() noexcept {
  const std::uint64_t one = 1;
  (void)!::write(fd_, &one, sizeof one);
}

bool Cancel::done() const noexcept {
  pollfd self{fd_, POLLIN, 0};
  return ::poll(&self, 1, 0) == 1;
}

Result<outgoing::CheckedAddresses> find(const Endpoint& endpoint, Deadline deadline, const Cancel& cancel) {
  auto addresses = addresses_of(endpoint, deadline, cancel);
  if (!addresses) return tl::unexpected<Error>(std::move(addresses.error()));
  if (addresses->empty()) return fail(ErrorKind::UpstreamUnreachable, "the name has no address");
  auto checked = outgoing::check(*addresses, endpoint.host, endpoint.allow_private);
  if (!checked) return fail(ErrorKind::UpstreamUnreachable, config::text_of(checked.error()));
  return std::move(*checked);
}

Result<std::unique_ptr<Connection>> connect(const Endpoint& endpoint, Deadline deadline, const Cancel& cancel) {
  auto addresses = find(endpoint, deadline, cancel);
  if (!addresses) return tl::unexpected<Error>(std::move(addresses.error()));
  Error last(ErrorKind::UpstreamUnreachable, "the name has no address");
  for (std::size_t i = 0; i < addresses->size(); ++i) {
    // One address that says nothing must not take the time of the others.
    const auto now = std::chrono::steady_clock::now();
    const Deadline share = now + (deadline - now) / static_cast<std::int64_t>(addresses->size() - i);
    auto connection = open((*addresses)[i], endpoint, share, cancel);
    if (connection) return connection;
    last = std::move(connection.error());
  }
  return tl::unexpected<Error>(std::move(last));
}

}  // namespace smartroute::tracing

#include "dataplane/net/listener.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cerrno>
#include <charconv>
#include <cstring>

namespace smartroute::net {
namespace {

constexpr int kBacklog = 1024;

// What a client gets for which there is no room; it has not sent anything we would answer to.
constexpr std::string_view kBusy =
    "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\nretry-after: 5\r\nx-should-retry: false\r\n"
    "connection: close\r\ncontent-length: 137\r\n\r\n"
    "{\"error\":{\"message\":\"the gateway has too many open connections; try again shortly\",\"type\":\"server_error\",\"param\":null,"
    "\"code\":\"overload\"}}";

}  // namespace

std::string ListenAddress::text() const {
  const bool v6 = host.find(':') != std::string::npos;
  return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Result<ListenAddress> parse_listen_address(std::string_view text) {
  ListenAddress out;
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return fail(ErrorKind::Invalid, "'" + std::string(text) + "' is not HOST:PORT");
  std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  unsigned value = 0;
  const auto [end, ec] = std::from_chars(port.data(), port.data() + port.size(), value);
  if (ec != std::errc() || end != port.data() + port.size() || value > 65535)
    return fail(ErrorKind::Invalid, "'" + std::string(port) + "' is not a port number");
  out.host = host.empty() ? "0.0.0.0" : host == "localhost" ? "127.0.0.1" : std::string(host);
  boost::system::error_code bad;
  asio::ip::make_address(out.host, bad);
  if (bad) return fail(ErrorKind::Invalid, "'" + out.host + "' is not an IP address to listen on");
  out.port = static_cast<std::uint16_t>(value);
  return out;
}

namespace {

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

Listener::Listener(Worker& worker, int fd, ConnectionHandler& handler, std::function<std::size_t()> max_connections)
    : worker_(worker), fd_(fd), pause_over_(worker.reactor()), handler_(handler), max_connections_(std::move(max_connections)) {
  pause_.bind([](void* event) { static_cast<Event*>(event)->set(); }, &pause_over_);
  open_spare();
}

Listener::~Listener() {
  readiness_.detach();
  if (fd_ >= 0) ::close(fd_);
  if (spare_ >= 0) ::close(spare_);
}

void Listener::open_spare() noexcept { spare_ = ::open("/dev/null", O_RDONLY | O_CLOEXEC); }

void Listener::start() {
  // The loop ends with stop_accepting(), or dies with this object, which holds its handler.
  if (readiness_.attach(worker_.reactor(), fd_)) asio::co_spawn(worker_.executor(), accept_loop(), asio::detached);
}

Awaitable<void> Listener::accept_loop() {
  while (fd_ >= 0) {
    const Accepted accepted = accept_one();
    if (accepted == Accepted::One) continue;
    // Out of descriptors, the kernel refuses before it looks whether anybody waits.
    if (accepted == Accepted::NobodyWaits || !turn_away_on_spare()) {
      readiness_.drained();
      co_await wait_for(readiness_, Readiness::Want::Read);
    } else {
      handler_.on_accept_paused();
      pause_over_.clear();
      worker_.wheel().arm(pause_, worker_.wheel().now() + kAcceptPause);
      co_await pause_over_.wait();
    }
  }
}

Listener::Accepted Listener::accept_one() {
  sockaddr_storage from{};
  socklen_t length = sizeof from;
  const int fd = ::accept4(fd_, reinterpret_cast<sockaddr*>(&from), &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0) {
    if (errno == EAGAIN || errno == EWOULDBLOCK) return Accepted::NobodyWaits;
    // These were of the one connection that is gone now; after any other the next try would fail as well.
    return errno == EINTR || errno == ECONNABORTED ? Accepted::One : Accepted::CannotNow;
  }
  tune_socket(fd);
  const bool v6 = from.ss_family == AF_INET6;
  char text[INET6_ADDRSTRLEN] = "";
  ::inet_ntop(from.ss_family, v6 ? static_cast<void*>(&reinterpret_cast<sockaddr_in6*>(&from)->sin6_addr)
                                 : static_cast<void*>(&reinterpret_cast<sockaddr_in*>(&from)->sin_addr), text, sizeof text);
  boost::system::error_code ec;
  const auto address = asio::ip::make_address(text, ec);
  const bool loopback = !ec && (address.is_loopback() || (address.is_v6() && address.to_v6().is_v4_mapped() &&
                                asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).is_loopback()));
  auto client = std::make_shared<Downstream>(worker_, fd, text, loopback);
  if (open_.size() < max_connections_()) {
    asio::co_spawn(worker_.executor(), serve_one(std::move(client)), asio::detached);
    return Accepted::One;
  }
  handler_.on_refused();
  const iovec busy{const_cast<char*>(kBusy.data()), kBusy.size()};
  (void)client->send(&busy, 1);
  if (lingering_ < kLingering) asio::co_spawn(worker_.executor(), turn_away(std::move(client)), asio::detached);
  return Accepted::One;
}

// A close with its request unread would reset the connection, and the answer with it.
Awaitable<void> Listener::turn_away(std::shared_ptr<Downstream> client) {
  ++lingering_;
  co_await client->linger();
  --lingering_;
}

// As many as wait, up to a bound: each gives its file descriptor back at once. False: nobody waited.
bool Listener::turn_away_on_spare() {
  if (spare_ < 0) {
    open_spare();
    return true;
  }
  ::close(spare_);
  spare_ = -1;
  char unread[4096];
  bool anybody = true;
  for (int i = 0; i < kTurnedAwayAtOnce; ++i) {
    const int fd = ::accept4(fd_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
      anybody = i > 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
      break;
    }
    handler_.on_refused();
    (void)::send(fd, kBusy.data(), kBusy.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    ::shutdown(fd, SHUT_WR);
    (void)!::recv(fd, unread, sizeof unread, MSG_DONTWAIT);
    ::close(fd);
  }
  open_spare();
  return anybody;
}

Awaitable<void> Listener::serve_one(std::shared_ptr<Downstream> client) {
  open_.emplace(client.get(), worker_.wheel().now());
  counters_.open.fetch_add(1, std::memory_order_relaxed);
  co_await handler_.serve(client);
  open_.erase(client.get());
  counters_.open.fetch_sub(1, std::memory_order_relaxed);
}

void Listener::close_idle() {
  const SteadyTime now = worker_.wheel().now();
  for (const auto& [client, since] : open_)
    if (!client->in_request() && (fd_ < 0 || now - since >= kNewcomer) && client->stream().peek() == IoStatus::WantRead)
      client->interrupt().cut(Cut::Drain);
}

void Listener::stop_accepting() {
  if (fd_ < 0) return;
  while (accept_one() == Accepted::One) {
  }
  readiness_.detach();      // the accept loop sleeps on and dies with this object
  ::close(fd_);
  fd_ = -1;
}

void Listener::cut_all() {
  stop_accepting();
  for (const auto& [client, since] : open_) client->interrupt().cut(Cut::Drain);
}

}  // namespace smartroute::net

#include "dataplane/net/listener.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/address.hpp>
#include <cerrno>
#include <utility>

namespace smartroute::net {
namespace {

// What a client gets for which there is no room; it has not sent anything we would answer to.
constexpr std::string_view kBusy =
    "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\nretry-after: 5\r\nx-should-retry: false\r\n"
    "connection: close\r\ncontent-length: 137\r\n\r\n"
    "{\"error\":{\"message\":\"the gateway has too many open connections; try again shortly\",\"type\":\"server_error\",\"param\":null,"
    "\"code\":\"overload\"}}";

struct Caller {
  std::string address;      // for logs
  bool is_local = false;
};

Caller caller_of(const sockaddr_storage& from) {
  if (from.ss_family == AF_UNIX) return {"unix", true};
  const bool v6 = from.ss_family == AF_INET6;
  char text[INET6_ADDRSTRLEN] = "";
  ::inet_ntop(from.ss_family, v6 ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in6*>(&from)->sin6_addr)
                                 : static_cast<const void*>(&reinterpret_cast<const sockaddr_in*>(&from)->sin_addr), text, sizeof text);
  boost::system::error_code ec;
  const auto address = asio::ip::make_address(text, ec);
  const bool loopback = !ec && (address.is_loopback() || (address.is_v6() && address.to_v6().is_v4_mapped() &&
                                asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).is_loopback()));
  return {text, loopback};
}

}  // namespace

Listener::Listener(Worker& worker, int fd, ConnectionHandler& handler, std::function<std::size_t()> max_connections,
                   const tls::ServerCertificate* certificate)
    : worker_(worker), fd_(fd), pause_over_(worker.reactor()), handler_(handler), max_connections_(std::move(max_connections)) {
  if (certificate != nullptr) door_.emplace(worker, *certificate);
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
    if (door_ && !door_->has_room() && somebody_waits() && !door_->make_room()) {
      co_await door_->wait_for_room();
      continue;
    }
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

bool Listener::somebody_waits() const noexcept {
  pollfd look{fd_, POLLIN, 0};
  return ::poll(&look, 1, 0) > 0;
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
  Caller caller = caller_of(from);
  if (from.ss_family == AF_UNIX) ::setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &kClientSendBuffer, sizeof kClientSendBuffer);      // not inherited
  auto client = std::make_shared<Downstream>(worker_, fd, std::move(caller.address), caller.is_local);
  if (open_.size() < max_connections_()) {
    asio::co_spawn(worker_.executor(), serve_one(std::move(client)), asio::detached);
    return Accepted::One;
  }
  handler_.on_refused();
  if (door_) return Accepted::One;
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
    if (!door_) (void)::send(fd, kBusy.data(), kBusy.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
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
  Handshake handshake = Handshake::Done;
  if (door_) {
    handshake = co_await door_->shake_hands(*client);
    handler_.on_handshake(handshake);
  }
  if (handshake == Handshake::Done) co_await handler_.serve(client);
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

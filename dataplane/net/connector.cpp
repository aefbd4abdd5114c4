#include "dataplane/net/connector.hpp"

#include <sys/socket.h>

#include <boost/asio/ip/tcp.hpp>
#include <cerrno>
#include <cstring>

#include "dataplane/net/event.hpp"
#include "dataplane/net/tls_contexts.hpp"
#include "dataplane/outgoing/dial.hpp"

namespace smartroute::net {

using resilience::AttemptOutcome;

namespace {

ConnectResult failed(AttemptOutcome outcome, std::string detail) {
  return tl::unexpected<ConnectFailure>(ConnectFailure(outcome, std::move(detail)));
}

// What a cut means for a connection that was being made.
AttemptOutcome outcome_of(Cut cut, AttemptOutcome otherwise) noexcept {
  switch (cut) {
    case Cut::Connect: return AttemptOutcome::ConnectTimeout;
    case Cut::FirstByte: return AttemptOutcome::FirstByteTimeout;
    case Cut::Judge: return AttemptOutcome::ConnectTimeout;
    case Cut::Total: return AttemptOutcome::TotalTimeout;
    case Cut::ClientGone: return AttemptOutcome::ClientGone;
    case Cut::Drain: return AttemptOutcome::Drained;
    case Cut::None:
    case Cut::KeepAlive:
    case Cut::Tail:
    case Cut::Head:
    case Cut::Body:
    case Cut::Idle:
    case Cut::ClientWrite: return otherwise;
  }
  return otherwise;
}

std::vector<outgoing::SocketAddress> with_port(const std::vector<asio::ip::address>& addresses, std::uint16_t port) {
  std::vector<outgoing::SocketAddress> out;
  out.reserve(addresses.size());
  for (const auto& address : addresses) {
    const asio::ip::tcp::endpoint endpoint(address, port);
    auto& added = out.emplace_back();
    added.size = static_cast<socklen_t>(endpoint.size());
    std::memcpy(&added.storage, endpoint.data(), endpoint.size());
  }
  return out;
}

void tune_upstream(int fd) noexcept {
  tune_socket(fd);
  ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &kUpstreamReceiveBuffer, sizeof kUpstreamReceiveBuffer);      // before the window is agreed upon
}

// What the resolver's answer and the sleeping coroutine share; whoever comes last frees it.
struct PendingAnswer {
  explicit PendingAnswer(Reactor& reactor) : event(reactor) {}
  Event event;
  std::optional<Result<Addresses>> answer;
};

}  // namespace

Awaitable<Result<Addresses>> TcpConnector::resolve(const routing::Upstream& upstream, Interrupt& interrupt) {
  const std::string& host = upstream.url.host;
  boost::system::error_code ec;
  const auto literal = asio::ip::make_address(host, ec);
  if (!ec) {
    Addresses one = std::make_shared<const std::vector<asio::ip::address>>(1, literal);
    co_return one;
  }
  if (auto known = resolver_.cached(host)) {
    note(Lookup::Cached);
    co_return *known;
  }
  auto pending = std::make_shared<PendingAnswer>(worker_.reactor());
  Worker& worker = worker_;
  Resolver::Handler deliver = [pending, &worker](Result<Addresses> answer) {
    worker.post([pending, answer = std::move(answer)]() mutable {
      pending->answer.emplace(std::move(answer));
      pending->event.set();
    });
  };
  resolver_.resolve(host, std::move(deliver));
  interrupt.set_event(&pending->event);
  co_await pending->event.wait();
  interrupt.set_event(nullptr);
  note(pending->answer && *pending->answer ? Lookup::Resolved : Lookup::Failed);
  if (!pending->answer) co_return fail(ErrorKind::UpstreamUnreachable, "the name lookup took too long");
  co_return std::move(*pending->answer);
}

Awaitable<ConnectResult> TcpConnector::try_address(const outgoing::CheckedAddress& address, Interrupt& interrupt) {
  const outgoing::Dialled dialled = outgoing::dial(address, &tune_upstream);
  if (dialled.fd < 0) co_return failed(AttemptOutcome::ConnectFailed, std::string("connect: ") + std::strerror(dialled.error));
  // Registered only now: a socket that is not connecting yet reports a hang-up.
  auto stream = std::make_unique<Stream>(worker_.reactor(), dialled.fd);
  if (dialled.error == EINPROGRESS) {
    interrupt.set_upstream(stream.get());
    co_await stream->writable();
    interrupt.set_upstream(nullptr);
    if (interrupt.why() != Cut::None)
      co_return failed(outcome_of(interrupt.why(), AttemptOutcome::ConnectFailed), "no connection in time");
    int refused = 0;
    socklen_t length = sizeof refused;
    ::getsockopt(dialled.fd, SOL_SOCKET, SO_ERROR, &refused, &length);
    if (refused != 0) co_return failed(AttemptOutcome::ConnectFailed, std::string("connect: ") + std::strerror(refused));
  }
  co_return std::move(stream);
}

Awaitable<ConnectResult> TcpConnector::connect(const routing::Upstream& upstream, std::chrono::milliseconds timeout,
                                               std::chrono::milliseconds tls_timeout, Interrupt& interrupt) {
  interrupt.arm(Cut::Connect, timeout);
  auto addresses = co_await resolve(upstream, interrupt);
  if (!addresses)
    co_return failed(outcome_of(interrupt.why(), AttemptOutcome::DnsFailed), addresses.error().text() + " " + addresses.error().detail());
  // All addresses are judged before the first is tried: a name that mixes public and private ones is not to be trusted at all.
  const auto checked = outgoing::check(with_port(**addresses, upstream.url.port), upstream.url.host, upstream.allow_private);
  if (!checked) co_return failed(AttemptOutcome::ConnectFailed, config::text_of(checked.error()));
  ConnectResult last = failed(AttemptOutcome::ConnectFailed, "no address");
  int tried = 0;
  for (const auto& address : *checked) {
    if (tried++ == kMaxAddresses) break;
    last = co_await try_address(address, interrupt);
    if (last || interrupt.why() != Cut::None) break;
  }
  if (!last || !upstream.url.tls) co_return std::move(last);

  interrupt.arm(Cut::Connect, tls_timeout);
  auto context = tls_.context_for(upstream);
  if (!context) co_return failed(AttemptOutcome::TlsFailed, context.error().detail());
  Stream& stream = **last;
  if (auto started = stream.start_tls(*context, upstream.url.host, upstream.tls_verify); !started)
    co_return failed(AttemptOutcome::TlsFailed, started.error().text());
  interrupt.set_upstream(&stream);
  for (;;) {
    const IoResult step = stream.handshake();
    if (step.status == IoStatus::Ok) break;
    if (step.status != IoStatus::WantRead && step.status != IoStatus::WantWrite) {
      interrupt.set_upstream(nullptr);
      co_return failed(AttemptOutcome::TlsFailed, stream.tls_error());
    }
    co_await stream.wait(step.status);
    if (interrupt.why() != Cut::None) {
      interrupt.set_upstream(nullptr);
      co_return failed(outcome_of(interrupt.why(), AttemptOutcome::TlsFailed), "no TLS handshake in time");
    }
  }
  interrupt.set_upstream(nullptr);
  co_return std::move(last);
}

}  // namespace smartroute::net

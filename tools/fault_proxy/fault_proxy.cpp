#include "tools/fault_proxy/fault_proxy.hpp"

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <future>
#include <thread>

#include "tools/fault_proxy/connection.hpp"
#include "tools/fault_proxy/control.hpp"

namespace smartroute::fault_proxy {
namespace {

using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, Executor>;
using asio::ip::tcp;

constexpr int kBacklog = 4096;

Error refused(std::string what, const boost::system::error_code& error) {
  return Error(ErrorKind::Invalid, std::move(what) + ": " + error.message());
}

Result<tcp::endpoint> endpoint_of(const std::string& host, std::uint16_t port) {
  boost::system::error_code error;
  const auto address = asio::ip::make_address(host, error);
  if (error) return fail(refused(host, error));
  return tcp::endpoint(address, port);
}

// Bound, so that the port is ours; listening only after listen().
Result<void> take_port(Acceptor& acceptor, const tcp::endpoint& endpoint) {
  boost::system::error_code error;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (error) return fail(refused("cannot bind " + endpoint.address().to_string(), error));
  return {};
}

}  // namespace

struct FaultProxy::Running {
  explicit Running(Options given)
      : options(std::move(given)),
        book(options.name),
        board{book, options.scope, {}, options.log, {}},
        commands{book, [this](Listening l) { return listen(l); }, [this] { reset_all(board); }},
        acceptor(io.get_executor()),
        control(io.get_executor()) {}

  Result<void> listen(Listening listening);
  void accept();
  void accept_control();
  // Runs it on the proxy's thread and waits for it.
  template <class F>
  auto on_thread(F task) {
    std::packaged_task<decltype(task())()> packaged(std::move(task));
    auto future = packaged.get_future();
    asio::post(io, [&packaged] { packaged(); });
    return future.get();
  }

  Options options;
  PlanBook book;
  Switchboard board;  // before io: the connections that die with io use it
  Commands commands;
  asio::io_context io{1};
  Acceptor acceptor;
  Acceptor control;
  tcp::endpoint at;
  Listening now = Listening::Closed;
  std::uint16_t control_port = 0;
  std::thread thread;
};

// A socket that is bound and does not listen refuses connections. One that has listened cannot go
// back to that, so closing means a new socket on the same port.
Result<void> FaultProxy::Running::listen(Listening listening) {
  if (listening == now) return {};
  boost::system::error_code error;
  now = listening;
  if (listening == Listening::Open) {
    acceptor.listen(kBacklog, error);
    if (error) return fail(refused("cannot listen", error));
    accept();
    return {};
  }
  acceptor.close(error);
  return take_port(acceptor, at);
}

void FaultProxy::Running::accept() {
  acceptor.async_accept([this](boost::system::error_code error, Socket socket) {
    if (error == asio::error::operation_aborted) return;
    if (!error) serve(std::move(socket), board);
    accept();
  });
}

void FaultProxy::Running::accept_control() {
  control.async_accept([this](boost::system::error_code error, Socket socket) {
    if (error == asio::error::operation_aborted) return;
    if (!error) serve_control(std::move(socket), commands);
    accept_control();
  });
}

FaultProxy::FaultProxy() = default;
FaultProxy::~FaultProxy() { stop(); }

Result<void> FaultProxy::start(Options options) {
  auto running = std::make_unique<Running>(std::move(options));
  const Options& o = running->options;
  auto upstream = endpoint_of(o.upstream_host, o.upstream_port);
  if (!upstream) return fail(std::move(upstream).error());
  running->board.upstream = *upstream;
  auto at = endpoint_of(o.listen_host, o.listen_port);
  if (!at) return fail(std::move(at).error());
  if (auto bound = take_port(running->acceptor, *at); !bound) return bound;
  running->at = running->acceptor.local_endpoint();
  running->book.set(o.plan);
  if (o.listening == Listening::Open)
    if (auto listening = running->listen(Listening::Open); !listening) return listening;
  if (o.with_control) {
    const tcp::endpoint control_at(at->address(), o.control_port);
    if (auto bound = take_port(running->control, control_at); !bound) return bound;
    boost::system::error_code error;
    running->control.listen(kBacklog, error);
    if (error) return fail(refused("cannot listen for control", error));
    running->control_port = running->control.local_endpoint().port();
    running->accept_control();
  }
  running_ = std::move(running);
  running_->thread = std::thread([this] {
    const auto stay = asio::make_work_guard(running_->io);
    running_->io.run();
  });
  return {};
}

void FaultProxy::stop() {
  if (!running_) return;
  running_->io.stop();
  if (running_->thread.joinable()) running_->thread.join();
}

std::uint16_t FaultProxy::port() const { return running_->at.port(); }
std::uint16_t FaultProxy::control_port() const { return running_->control_port; }
void FaultProxy::set_plan(PlanDocument document) { running_->book.set(std::move(document)); }
void FaultProxy::reset() { running_->book.reset(); }
Counters FaultProxy::counters() const { return running_->book.counters(); }

Result<void> FaultProxy::set_listening(Listening listening) {
  return running_->on_thread([this, listening] { return running_->listen(listening); });
}

void FaultProxy::drop_connections() {
  running_->on_thread([this] { reset_all(running_->board); });
}

}  // namespace smartroute::fault_proxy

#include "controlplane/http/server.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "controlplane/http/connection.hpp"

namespace smartroute::control::http {
namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;
constexpr auto as_values = asio::as_tuple(asio::use_awaitable);
// Pause after a failed accept (out of file descriptors): without it the loop would spin.
constexpr std::chrono::milliseconds kAcceptPause{100};

}  // namespace

class Server::Engine {
 public:
  Engine(Handlers handlers, ServerLimits limits, std::shared_ptr<const tls::ServerCertificate> certificate)
      : context_(std::move(handlers), limits, std::move(certificate)), acceptor_(io_) {}
  ~Engine() { stop(std::chrono::milliseconds(0)); }

  Result<void> listen(const base::Address& address);
  void run(std::size_t threads);
  void stop(std::chrono::milliseconds grace);
  const base::Address& address() const noexcept { return bound_; }

 private:
  asio::awaitable<void> accept_loop();
  void admit(tcp::socket socket);
  void leave(Connection* connection);

  Context context_;
  base::Address bound_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::unordered_map<Connection*, std::shared_ptr<Connection>> live_;
  bool accepting_ = false;
  bool stopped_ = false;
  // After what coroutine frames refer to: they die with the context.
  asio::io_context io_{1};
  tcp::acceptor acceptor_;
  std::thread thread_;
};

Result<void> Server::Engine::listen(const base::Address& address) {
  boost::system::error_code ec;
  tcp::resolver resolver(io_);
  const auto found = resolver.resolve(address.host, std::to_string(address.port),
                                      tcp::resolver::numeric_service | tcp::resolver::passive, ec);
  if (!ec && !found.empty()) {
    const tcp::endpoint endpoint = found.begin()->endpoint();
    acceptor_.open(endpoint.protocol(), ec);
    if (!ec) acceptor_.set_option(tcp::acceptor::reuse_address(true), ec);
    if (!ec) acceptor_.bind(endpoint, ec);
    if (!ec) acceptor_.listen(asio::socket_base::max_listen_connections, ec);
  }
  if (ec)
    return fail(ErrorKind::Internal,
                "cannot listen on " + base::to_string(address) + ": " + ec.message());
  bound_ = base::Address{address.host, acceptor_.local_endpoint().port()};
  return {};
}

void Server::Engine::run(std::size_t threads) {
  accepting_ = true;
  asio::co_spawn(acceptor_.get_executor(), accept_loop(), [this](std::exception_ptr) {
    const std::lock_guard lock(mutex_);
    accepting_ = false;
    changed_.notify_all();
  });
  context_.start(threads);
  thread_ = std::thread([this] { io_.run(); });
}

asio::awaitable<void> Server::Engine::accept_loop() {
  asio::steady_timer pause(acceptor_.get_executor());
  while (!context_.draining) {
    tcp::socket socket(io_);
    auto [ec] = co_await acceptor_.async_accept(socket, as_values);
    if (ec == asio::error::operation_aborted) break;
    if (ec) {
      pause.expires_after(kAcceptPause);
      auto [timer_ec] = co_await pause.async_wait(as_values);
      if (timer_ec) break;
      continue;
    }
    admit(std::move(socket));
  }
}

void Server::Engine::admit(tcp::socket socket) {
  const std::lock_guard lock(mutex_);
  if (context_.draining || live_.size() >= context_.limits.connections)
    return;  // the socket closes here
  auto connection = std::make_shared<Connection>(std::move(socket), context_);
  Connection* const key = connection.get();
  live_.emplace(key, connection);
  asio::co_spawn(connection->executor(), connection->run(),
                 [this, key](std::exception_ptr) { leave(key); });
}

void Server::Engine::leave(Connection* connection) {
  std::shared_ptr<Connection> last;  // destroyed outside the lock
  const std::lock_guard lock(mutex_);
  const auto found = live_.find(connection);
  if (found == live_.end()) return;
  last = std::move(found->second);
  live_.erase(found);
  changed_.notify_all();
}

void Server::Engine::stop(std::chrono::milliseconds grace) {
  if (stopped_) return;
  stopped_ = true;
  context_.draining = true;
  asio::post(acceptor_.get_executor(), [this] {
    boost::system::error_code ignored;
    acceptor_.close(ignored);
  });
  {
    std::unique_lock lock(mutex_);
    for (const auto& [key, connection] : live_) {
      asio::post(connection->executor(), [connection = connection] { connection->wind_down(); });
    }
    changed_.wait_for(lock, grace, [this] { return live_.empty() && !accepting_; });
  }
  io_.stop();
  if (thread_.joinable()) thread_.join();
  context_.join();
  // No thread runs any of this now. Sessions, sources and sockets go here: the former end in other
  // objects of the process, and nobody shall wait for the latter. Coroutine frames that never ended
  // go with the context and no longer touch them.
  boost::system::error_code ignored;
  acceptor_.close(ignored);
  for (const auto& [key, connection] : live_) connection->abandon();
  context_.drop_pools();
  live_.clear();
}

Server::Server(std::unique_ptr<Engine> engine) : engine_(std::move(engine)) {}
Server::~Server() = default;

Result<std::unique_ptr<Server>> Server::start(const base::Address& address, Handlers handlers,
                                              std::size_t threads, ServerLimits limits,
                                              std::shared_ptr<const tls::ServerCertificate> certificate) {
  auto engine = std::make_unique<Engine>(std::move(handlers), limits, std::move(certificate));
  if (auto listening = engine->listen(address); !listening) return fail(listening.error());
  engine->run(threads);
  return std::unique_ptr<Server>(new Server(std::move(engine)));
}

const base::Address& Server::address() const noexcept { return engine_->address(); }
void Server::stop(std::chrono::milliseconds grace) { engine_->stop(grace); }

}  // namespace smartroute::control::http

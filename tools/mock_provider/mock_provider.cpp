#include "tools/mock_provider/mock_provider.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ssl/context.hpp>
#include <chrono>
#include <thread>

#include "tools/mock_provider/connection.hpp"

namespace smartroute::mock_provider {
namespace {

using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, Executor>;
using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, Executor>;

constexpr int kBacklog = 4096;
constexpr std::chrono::milliseconds kAcceptPause{20};  // after running out of descriptors
constexpr int kMaxThreads = 64;

Error refused(std::string what, const boost::system::error_code& error) {
  return Error(ErrorKind::Invalid, std::move(what) + ": " + error.message());
}

// One thread with its own acceptor; the kernel spreads connections over those of a port.
class Worker {
 public:
  Worker(Shared& shared, asio::ssl::context* tls)
      : lane_{shared, tls, {}, {}},
        io_(1),
        acceptor_(io_.get_executor()),
        pause_(io_.get_executor()) {}
  ~Worker() { stop(); }

  Result<void> bind(const asio::ip::tcp::endpoint& endpoint, bool share_port) {
    boost::system::error_code error;
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
    const int on = 1;
    if (!error && share_port) {
      ::setsockopt(acceptor_.native_handle(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    }
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(kBacklog, error);
    if (error) return fail(refused("cannot listen on " + endpoint.address().to_string(), error));
    return {};
  }
  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

  void start() {
    accept();
    thread_ = std::thread([this] { io_.run(); });
  }
  void stop() {
    io_.stop();
    if (thread_.joinable()) thread_.join();
  }

 private:
  void accept() {
    acceptor_.async_accept([this](boost::system::error_code error, Socket socket) {
      if (error == asio::error::operation_aborted) return;
      if (!error) {
        serve(std::move(socket), lane_);
        accept();
        return;
      }
      pause_.expires_after(kAcceptPause);
      pause_.async_wait([this](boost::system::error_code cancelled) {
        if (!cancelled) accept();
      });
    });
  }

  Lane lane_;  // before io_: the connections that die with io_ use it
  asio::io_context io_;
  Acceptor acceptor_;
  Timer pause_;
  std::thread thread_;
};

}  // namespace

struct MockProvider::Running {
  Shared shared;
  std::unique_ptr<asio::ssl::context> tls;
  std::vector<std::unique_ptr<Worker>> workers;
  std::uint16_t port = 0;
};

MockProvider::MockProvider() : running_(std::make_unique<Running>()) {}
MockProvider::~MockProvider() = default;

Result<void> MockProvider::start(Options options) {
  boost::system::error_code error;
  const auto address = asio::ip::make_address(options.host, error);
  if (error) return fail(refused(options.host, error));
  if (!options.tls_cert_file.empty()) {
    running_->tls = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_server);
    running_->tls->use_certificate_chain_file(options.tls_cert_file, error);
    if (error) return fail(refused(options.tls_cert_file, error));
    running_->tls->use_private_key_file(options.tls_key_file, asio::ssl::context::pem, error);
    if (error) return fail(refused(options.tls_key_file, error));
  }
  running_->shared.recording = options.recording;
  running_->shared.book.set(std::move(options.script));
  const int threads = std::clamp(options.threads, 1, kMaxThreads);
  running_->port = options.port;
  for (int i = 0; i < threads; ++i) {
    auto worker = std::make_unique<Worker>(running_->shared, running_->tls.get());
    const asio::ip::tcp::endpoint endpoint(address, running_->port);
    if (auto bound = worker->bind(endpoint, threads > 1); !bound) return bound;
    running_->port = worker->port();
    running_->workers.push_back(std::move(worker));
  }
  for (auto& worker : running_->workers) worker->start();
  return {};
}

Result<void> MockProvider::start(std::string host, std::uint16_t port, Behaviour fallback) {
  Options options;
  options.host = std::move(host);
  options.port = port;
  options.script.fallback = std::move(fallback);
  return start(std::move(options));
}

void MockProvider::stop() {
  for (auto& worker : running_->workers) worker->stop();
  running_->workers.clear();
}

std::uint16_t MockProvider::port() const { return running_->port; }
std::uint64_t MockProvider::requests_seen() const { return running_->shared.requests; }
Stats MockProvider::stats() const { return running_->shared.stats(); }
std::vector<SeenRequest> MockProvider::requests() const { return running_->shared.log.all(); }
void MockProvider::clear_requests() { running_->shared.log.clear(); }
void MockProvider::set_script(Script script) { running_->shared.book.set(std::move(script)); }

}  // namespace smartroute::mock_provider

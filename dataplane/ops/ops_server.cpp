#include "dataplane/ops/ops_server.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <exception>
#include <string_view>
#include <thread>

namespace smartroute::ops {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;

constexpr auto as_values = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::seconds kTimeout{OpsServer::kTimeoutSeconds};
constexpr std::chrono::milliseconds kAcceptPause{
    100};  // after an accept error such as "too many open files"

using Request = http::request<http::empty_body>;
using Response = http::response<http::string_body>;

Response respond(http::status status, std::string body, std::string_view content_type) {
  Response response(status, 11);
  response.set(http::field::content_type,
               beast::string_view(content_type.data(), content_type.size()));
  response.set(http::field::cache_control, "no-store");
  response.body() = std::move(body);
  return response;
}

Response answer_probe(const Probe& probe) {
  constexpr std::string_view kText = "text/plain; charset=utf-8";
  const auto reason = probe ? probe() : std::nullopt;
  if (reason) return respond(http::status::service_unavailable, *reason + "\n", kText);
  return respond(http::status::ok, "ok\n", kText);
}

Response route(const OpsHandlers& handlers, const Request& request) {
  const std::string_view target(request.target().data(), request.target().size());
  const auto path = target.substr(0, target.find('?'));
  if (request.method() == http::verb::get) {
    if (path == "/metrics")
      return respond(http::status::ok, handlers.metrics(),
                     "text/plain; version=0.0.4; charset=utf-8");
    if (path == "/livez" || path == "/healthz") return answer_probe(handlers.live);
    if (path == "/readyz") return answer_probe(handlers.ready);
    if (path == "/startupz") return answer_probe(handlers.started);
  }
  return respond(http::status::not_found, "not found\n", "text/plain; charset=utf-8");
}

}  // namespace

class OpsServer::Engine {
 public:
  explicit Engine(OpsHandlers handlers) : handlers_(std::move(handlers)) {}

  ~Engine() {
    io_.stop();
    if (thread_.joinable()) thread_.join();
  }

  Result<void> listen(const std::string& host, std::uint16_t port) {
    beast::error_code ec;
    const auto address = asio::ip::make_address(host == "localhost" ? "127.0.0.1" : host, ec);
    if (ec) return fail(ErrorKind::Internal, "ops address " + host + " is not an IP address");
    const tcp::endpoint endpoint(address, port);
    acceptor_.open(endpoint.protocol(), ec);
    if (!ec) acceptor_.set_option(tcp::acceptor::reuse_address(true), ec);
    if (!ec) acceptor_.bind(endpoint, ec);
    if (!ec) acceptor_.listen(static_cast<int>(kMaxConnections), ec);
    if (!ec) port_ = acceptor_.local_endpoint(ec).port();
    if (ec)
      return fail(ErrorKind::Internal,
                  "ops address " + host + ":" + std::to_string(port) + ": " + ec.message());
    return {};
  }

  void run() {
    asio::co_spawn(io_, accept(), [](std::exception_ptr) {});
    thread_ = std::thread([this] { io_.run(); });
  }

  std::uint16_t port() const noexcept { return port_; }

 private:
  asio::awaitable<void> accept() {
    asio::steady_timer pause(io_);
    while (true) {
      auto [ec, socket] = co_await acceptor_.async_accept(as_values);
      if (ec) {
        pause.expires_after(kAcceptPause);
        co_await pause.async_wait(as_values);
        continue;
      }
      if (open_ == kMaxConnections) continue;  // the socket closes here
      ++open_;
      asio::co_spawn(io_, serve(std::move(socket)), [this](std::exception_ptr) { --open_; });
    }
  }

  asio::awaitable<void> serve(tcp::socket socket) {
    beast::tcp_stream stream(std::move(socket));
    beast::flat_buffer buffer(kMaxHeadBytes);
    bool keep_alive = true;
    while (keep_alive) {
      http::request_parser<http::empty_body> parser;
      parser.header_limit(kMaxHeadBytes);
      stream.expires_after(kTimeout);
      const auto [read_ec, read_bytes] =
          co_await http::async_read(stream, buffer, parser, as_values);
      if (read_ec) break;
      auto response = route(handlers_, parser.get());
      keep_alive = parser.get().keep_alive();
      response.keep_alive(keep_alive);
      response.prepare_payload();
      stream.expires_after(kTimeout);
      const auto [write_ec, written] = co_await http::async_write(stream, response, as_values);
      if (write_ec) break;
    }
    beast::error_code ignored;
    stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
  }

  // Before io_: coroutine frames die with io_ and may still name these.
  OpsHandlers handlers_;
  std::size_t open_ = 0;
  std::uint16_t port_ = 0;
  asio::io_context io_{1};
  tcp::acceptor acceptor_{io_};
  std::thread thread_;
};

Result<std::unique_ptr<OpsServer>> OpsServer::start(const std::string& host, std::uint16_t port,
                                                    OpsHandlers handlers) {
  auto engine = std::make_unique<Engine>(std::move(handlers));
  if (auto listening = engine->listen(host, port); !listening)
    return fail(std::move(listening.error()));
  engine->run();
  return std::unique_ptr<OpsServer>(new OpsServer(std::move(engine)));
}

OpsServer::OpsServer(std::unique_ptr<Engine> engine) : engine_(std::move(engine)) {}
OpsServer::~OpsServer() = default;
std::uint16_t OpsServer::port() const noexcept { return engine_->port(); }

}  // namespace smartroute::ops

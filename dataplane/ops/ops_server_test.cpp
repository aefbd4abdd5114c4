#include "dataplane/ops/ops_server.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <list>

namespace smartroute::ops {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

class OpsServerTest : public testing::Test {
 protected:
  OpsServerTest() {
    OpsHandlers handlers;
    handlers.metrics = [] { return std::string("# TYPE up gauge\nup 1\n"); };
    handlers.live = [this] { return reason(live_, "worker 1 has not beaten for 12 s"); };
    handlers.ready = [this] { return reason(ready_, "no configuration yet"); };
    handlers.started = [this] { return reason(started_, "workers are starting"); };
    auto server = OpsServer::start("127.0.0.1", 0, std::move(handlers));
    if (!server) throw std::runtime_error(server.error().text());
    server_ = std::move(*server);
  }

  static std::optional<std::string> reason(bool fine, const char* why) {
    return fine ? std::nullopt : std::optional<std::string>(why);
  }
  tcp::socket connect() {
    tcp::socket socket(io_);
    socket.connect(tcp::endpoint(asio::ip::make_address("127.0.0.1"), server_->port()));
    return socket;
  }
  static http::response<http::string_body> ask(tcp::socket& socket, http::verb verb,
                                               const std::string& target) {
    http::request<http::empty_body> request(verb, target, 11);
    request.set(http::field::host, "localhost");
    http::write(socket, request);
    boost::beast::flat_buffer buffer;
    http::response<http::string_body> response;
    http::read(socket, buffer, response);
    return response;
  }
  http::response<http::string_body> get(const std::string& target) {
    auto socket = connect();
    return ask(socket, http::verb::get, target);
  }

  std::atomic<bool> live_{true}, ready_{false}, started_{true};
  asio::io_context io_;
  std::unique_ptr<OpsServer> server_;
};

TEST_F(OpsServerTest, ServesTheMetricsAsPrometheusText) {
  const auto response = get("/metrics");
  EXPECT_EQ(response.result_int(), 200u);
  EXPECT_EQ(response[http::field::content_type], "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(response.body(), "# TYPE up gauge\nup 1\n");
}

TEST_F(OpsServerTest, IsReadyOnlyWhenTheProbeSaysSo) {
  auto response = get("/readyz");
  EXPECT_EQ(response.result_int(), 503u);
  EXPECT_EQ(response.body(), "no configuration yet\n");
  EXPECT_EQ(get("/livez").result_int(), 200u) << "alive without a configuration";
  ready_ = true;
  response = get("/readyz");
  EXPECT_EQ(response.result_int(), 200u);
  EXPECT_EQ(response.body(), "ok\n");
}

TEST_F(OpsServerTest, TellsWhatIsNotAlive) {
  live_ = false;
  for (const char* path : {"/livez", "/healthz", "/livez?verbose=1"}) {
    const auto response = get(path);
    EXPECT_EQ(response.result_int(), 503u) << path;
    EXPECT_EQ(response.body(), "worker 1 has not beaten for 12 s\n") << path;
  }
  started_ = false;
  EXPECT_EQ(get("/startupz").result_int(), 503u);
}

TEST_F(OpsServerTest, Answers404ToEverythingElse) {
  for (const char* path : {"/", "/metricsx", "/v1/models", "/livez/"})
    EXPECT_EQ(get(path).result_int(), 404u) << path;
  auto socket = connect();
  EXPECT_EQ(ask(socket, http::verb::delete_, "/metrics").result_int(), 404u);
}

TEST_F(OpsServerTest, KeepsAConnectionForTheNextScrape) {
  auto socket = connect();
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(ask(socket, http::verb::get, "/metrics").result_int(), 200u);
}

TEST_F(OpsServerTest, ClosesAConnectionWithAHeadBeyondTheLimit) {
  auto socket = connect();
  const std::string head =
      "GET /metrics HTTP/1.1\r\nx: " + std::string(OpsServer::kMaxHeadBytes, 'a');
  boost::system::error_code ec;
  asio::write(socket, asio::buffer(head), ec);
  std::string rest;
  asio::read(socket, asio::dynamic_buffer(rest), ec);
  EXPECT_TRUE(ec);
  EXPECT_TRUE(rest.empty()) << rest;
}

TEST_F(OpsServerTest, ClosesConnectionsBeyondTheCapAndServesTheOthers) {
  std::list<tcp::socket> held;
  for (std::size_t i = 0; i < OpsServer::kMaxConnections; ++i) {
    held.push_back(connect());
    ASSERT_EQ(ask(held.back(), http::verb::get, "/livez").result_int(),
              200u);  // it is counted by now
  }
  auto extra = connect();
  char byte = 0;
  boost::system::error_code ec;
  asio::read(extra, asio::buffer(&byte, 1), ec);
  EXPECT_TRUE(ec) << "the connection beyond the cap was kept";
  EXPECT_EQ(ask(held.front(), http::verb::get, "/livez").result_int(), 200u);
}

TEST_F(OpsServerTest, SaysWhyItCannotListen) {
  const auto taken = OpsServer::start("127.0.0.1", server_->port(), {});
  ASSERT_FALSE(taken.has_value());
  EXPECT_NE(taken.error().text().find("127.0.0.1:" + std::to_string(server_->port())),
            std::string::npos)
      << taken.error().text();
  EXPECT_FALSE(OpsServer::start("not an address", 0, {}).has_value());
}

TEST_F(OpsServerTest, StopsWithConnectionsOpen) {
  auto socket = connect();
  ASSERT_EQ(ask(socket, http::verb::get, "/livez").result_int(), 200u);
  server_.reset();
  char byte = 0;
  boost::system::error_code ec;
  asio::read(socket, asio::buffer(&byte, 1), ec);
  EXPECT_TRUE(ec);
}

}  // namespace
}  // namespace smartroute::ops

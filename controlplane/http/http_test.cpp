#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "controlplane/http/raw_client.hpp"
#include "controlplane/http/server.hpp"

namespace smartroute::control::http {
namespace {

// Echoes method, path and body; refuses /no before the body.
Handlers echo() {
  Handlers handlers;
  handlers.on_head = [](const Head& head) -> std::optional<Response> {
    if (head.path == "/no") return error_response(401, "unauthenticated", "no");
    return std::nullopt;
  };
  handlers.on_request = [](const Request& request) {
    if (request.head.path == "/throw") throw std::runtime_error("bug");
    Response response;
    response.content_type = "text/plain";
    response.body = request.head.method + " " + request.head.path + " [" + request.body + "]";
    return response;
  };
  return handlers;
}

class HttpServerTest : public testing::Test {
 protected:
  void start(Handlers handlers = echo(), ServerLimits limits = {}) {
    auto started = Server::start({"127.0.0.1", 0}, std::move(handlers), 2, limits);
    ASSERT_TRUE(started) << started.error().text();
    server = std::move(*started);
  }
  std::unique_ptr<Server> server;
};

TEST_F(HttpServerTest, KeepsAConnectionForSeveralRequests) {
  start();
  Client client(*server);
  client.send(
      "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabcGET /b HTTP/1.1\r\nHost: "
      "x\r\n\r\n");
  EXPECT_NE(client.answer().find("POST /a [abc]"), std::string::npos);
  EXPECT_NE(client.answer().find("GET /b []"), std::string::npos);
}

TEST_F(HttpServerTest, EveryAnswerCarriesTheSecurityHeaders) {
  start();
  for (const char* path : {"/", "/no", "/throw"}) {
    Client client(*server);
    client.send("GET " + std::string(path) + " HTTP/1.1\r\nHost: x\r\n\r\n");
    const std::string answer = client.answer();
    for (const char* header :
         {"x-content-type-options: nosniff", "referrer-policy: no-referrer",
          "content-security-policy: default-src 'none'", "frame-ancestors 'none'"}) {
      EXPECT_NE(answer.find(header), std::string::npos) << path << " " << header << "\n" << answer;
    }
  }
}

// What a data plane or a provider said may come this way.
TEST_F(HttpServerTest, AHandlersFieldEndsNoLineOfTheHead) {
  Handlers handlers;
  handlers.on_head = [](const Head&) { return std::optional<Response>(); };
  handlers.on_request = [](const Request& request) {
    Response response;
    if (request.head.path == "/type") response.content_type = "text/plain\r\nset-cookie: planted=1";
    response.headers.emplace_back("x-good", "a\tb \xc3\xa9");
    response.headers.emplace_back("x-instance", "p1\r\nset-cookie: planted=1");
    response.headers.emplace_back("x-cr", "a\rset-cookie: planted=1");
    response.headers.emplace_back("x-nul", std::string("a\0planted", 9));
    response.headers.emplace_back("x-name: b\r\nset-cookie", "planted=1");
    response.headers.emplace_back("", "planted");
    return response;
  };
  start(std::move(handlers));
  for (const char* path : {"/", "/type"}) {
    Client client(*server);
    client.send("GET " + std::string(path) + " HTTP/1.1\r\nHost: x\r\n\r\n");
    const std::string answer = client.answer();
    EXPECT_EQ(answer.find("planted"), std::string::npos) << answer;
    EXPECT_NE(answer.find("x-good: a\tb \xc3\xa9"), std::string::npos) << answer;
  }
}

TEST_F(HttpServerTest, HeadGetsTheHeadOfTheAnswerOnly) {
  start();
  Client client(*server);
  client.send("HEAD /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const std::string answer = client.rest();
  EXPECT_NE(answer.find("Content-Length: 10"), std::string::npos) << answer;
  EXPECT_EQ(answer.substr(answer.size() - 4), "\r\n\r\n");
}

TEST_F(HttpServerTest, AHandlerThatThrowsCostsItsRequestOnly) {
  start();
  Client client(*server);
  client.send("GET /throw HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(client.answer().substr(0, 12), "HTTP/1.1 500");
  EXPECT_EQ(client.answer().substr(0, 12), "HTTP/1.1 200");
}

TEST_F(HttpServerTest, AnswersBeforeTheBodyAndLetsTheClientReadIt) {
  start();
  Client client(*server);
  client.send("POST /no HTTP/1.1\r\nHost: x\r\nContent-Length: 500000\r\n\r\n" +
              std::string(500'000, 'x'));
  const std::string answer = client.rest();
  EXPECT_EQ(answer.substr(0, 12), "HTTP/1.1 401");
  EXPECT_NE(answer.find("Connection: close"), std::string::npos);
}

TEST_F(HttpServerTest, TellsAClientThatAsksToGoOn) {
  start();
  Client client(*server);
  client.send("POST /a HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(client.until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("ok");
  EXPECT_NE(client.answer().find("POST /a [ok]"), std::string::npos);
}

TEST_F(HttpServerTest, RefusesWhatIsDoubtfulOrTooLargeAndCloses) {
  ServerLimits limits;
  limits.body_bytes = 100;
  start(echo(), limits);
  const std::string host = "Host: x\r\n";
  const struct {
    const char* name;
    std::string bytes;
    const char* status;
  } rows[] = {
      {"no host", "GET / HTTP/1.1\r\n\r\n", "400"},
      {"two hosts", "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", "400"},
      {"chunked", "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
       "411"},
      {"length and chunked",
       "POST / HTTP/1.1\r\n" + host + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
       "400"},
      {"two lengths",
       "POST / HTTP/1.1\r\n" + host + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nx", "400"},
      {"signed length", "POST / HTTP/1.1\r\n" + host + "Content-Length: +1\r\n\r\nx", "400"},
      {"bare line feeds", "GET / HTTP/1.1\nHost: x\n\n", "400"},
      {"space before colon", "GET / HTTP/1.1\r\nHost : x\r\n\r\n", "400"},
      {"folded header", "GET / HTTP/1.1\r\n" + host + "A: b\r\n c\r\n\r\n", "400"},
      {"unknown method", "BREW / HTTP/1.1\r\n" + host + "\r\n", "405"},
      {"http 2", "GET / HTTP/2.0\r\n" + host + "\r\n", "505"},
      {"long target", "GET /" + std::string(9'000, 'a') + " HTTP/1.1\r\n" + host + "\r\n", "414"},
      {"large head", "GET / HTTP/1.1\r\n" + host + "A: " + std::string(20'000, 'a') + "\r\n\r\n",
       "431"},
      {"endless head", "GET / HTTP/1.1\r\n" + host + "A: " + std::string(60'000, 'a'), "431"},
      {"large body", "POST / HTTP/1.1\r\n" + host + "Content-Length: 101\r\n\r\n", "413"},
      {"garbage", "\x16\x03\x01\x02\r\n\r\n", "400"},
  };
  for (const auto& row : rows) {
    Client client(*server);
    client.send(row.bytes);
    const std::string answer = client.rest();
    EXPECT_EQ(answer.substr(0, 12), std::string("HTTP/1.1 ") + row.status) << row.name << "\n"
                                                                           << answer;
    EXPECT_NE(answer.find("\"code\""), std::string::npos) << row.name;
  }
}

TEST_F(HttpServerTest, ClosesASlowHeadAndAnIdleConnection) {
  ServerLimits limits;
  limits.head = std::chrono::milliseconds(20);
  limits.idle = std::chrono::milliseconds(20);
  limits.body = std::chrono::milliseconds(20);
  start(echo(), limits);
  Client slow(*server), idle(*server), stalled(*server);
  slow.send("GET / HT");
  stalled.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab");
  EXPECT_EQ(slow.rest().substr(0, 12), "HTTP/1.1 408");
  EXPECT_EQ(stalled.rest().substr(0, 12), "HTTP/1.1 408");
  EXPECT_EQ(idle.rest(), "");
}

TEST_F(HttpServerTest, ClosesConnectionsBeyondItsLimit) {
  ServerLimits limits;
  limits.connections = 1;
  start(echo(), limits);
  Client first(*server);
  first.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
  first.answer();
  Client second(*server);
  EXPECT_EQ(second.rest(), "");
}

TEST_F(HttpServerTest, StopLetsTheRequestInFlightFinishAndEndsIdleConnections) {
  std::promise<void> entered, go_on;
  Handlers handlers = echo();
  handlers.on_request = [&](const Request& request) {
    if (request.head.path == "/slow") {
      entered.set_value();
      go_on.get_future().wait();
    }
    return Response{};
  };
  start(std::move(handlers));
  Client busy(*server), idle(*server);
  idle.send("GET /fast HTTP/1.1\r\nHost: x\r\n\r\n");
  idle.answer();
  busy.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
  entered.get_future().wait();
  std::thread stopping([&] { server->stop(std::chrono::minutes(1)); });
  EXPECT_EQ(idle.rest(), "");
  go_on.set_value();
  const std::string answer = busy.rest();
  stopping.join();
  EXPECT_EQ(answer.substr(0, 12), "HTTP/1.1 200");
  EXPECT_NE(answer.find("Connection: close"), std::string::npos);
}

TEST_F(HttpServerTest, StopCutsWhatOutlastsTheGrace) {
  start();
  Client half(*server);
  half.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab");
  server->stop(std::chrono::milliseconds(0));
  EXPECT_EQ(half.rest(), "");
}

TEST_F(HttpServerTest, SaysWhyItCannotListen) {
  start();
  const auto second = Server::start(server->address(), echo(), 1);
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().text().find(to_string(server->address())), std::string::npos)
      << second.error().text();
}

TEST(SameOrigin, ComparesTheWholeAuthority) {
  Head head;
  head.host = "localhost:6688";
  EXPECT_TRUE(same_origin(head)) << "no origin: not a page";
  for (const char* good : {"http://localhost:6688", "https://LOCALHOST:6688"}) {
    head.origin = good;
    EXPECT_TRUE(same_origin(head)) << good;
  }
  for (const char* bad : {"null", "localhost:6688", "http://localhost", "http://localhost:66889",
                          "http://localhost:6688.x", "http://x.localhost:6688",
                          "http://localhost:6688/", "ftp://localhost:6688", "file://",
                          "http://localhost:6688@evil", "http://", " http://localhost:6688"}) {
    head.origin = bad;
    EXPECT_FALSE(same_origin(head)) << bad;
  }
  head.secure = true;
  head.origin = "https://localhost:6688";
  EXPECT_TRUE(same_origin(head) && exact_origin(head));
  head.origin = "http://localhost:6688";
  EXPECT_FALSE(same_origin(head) || exact_origin(head)) << "no page of ours came in the clear";
  head.secure = false;
  EXPECT_TRUE(same_origin(head) && exact_origin(head)) << "a TLS proxy may stand in front";
  head.host.clear();
  head.origin = "http://";
  EXPECT_FALSE(same_origin(head));
}

}  // namespace
}  // namespace smartroute::control::http

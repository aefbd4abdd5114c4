#include "dataplane/net/downstream.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <cstring>

#include "contract/base/random.hpp"

namespace smartroute::net {
namespace {

using namespace std::chrono_literals;

// A client's end in our hand, the gateway's end in a Downstream, and time that stands still.
class DownstreamTest : public ::testing::Test {
 protected:
  DownstreamTest() : worker(0, clock, 1) {
    int fds[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
    client = fds[1];
    downstream = std::make_shared<Downstream>(worker, fds[0], "test", true);
  }
  ~DownstreamTest() override { hang_up(); }

  void hang_up() {
    if (client >= 0) ::close(client);
    client = -1;
  }
  void send(std::string_view bytes) { ASSERT_EQ(::write(client, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size())); }
  std::string receive() {
    char bytes[65536];
    const ssize_t n = ::recv(client, bytes, sizeof bytes, 0);
    return n > 0 ? std::string(bytes, static_cast<std::size_t>(n)) : std::string();
  }
  void turn() {
    worker.run_once();
    worker.run_once();
  }
  void pass(std::chrono::milliseconds time) {
    clock.advance(time);
    worker.wheel().advance(clock.steady());
    turn();
  }
  template <class T>
  void start(Awaitable<T> awaitable, std::optional<T>& into) {
    asio::co_spawn(worker.executor(), std::move(awaitable), [&into](std::exception_ptr e, T value) {
      ASSERT_FALSE(e);
      into.emplace(std::move(value));
    });
    turn();
  }

  using Head = Result<std::optional<http1::RequestHead>>;
  using Body = Result<std::string_view>;
  FakeClock clock;
  Worker worker;
  config::Limits limits;
  int client = -1;
  std::shared_ptr<Downstream> downstream;
};

constexpr std::string_view kPost = "POST /v1/chat/completions HTTP/1.1\r\nHost: gateway\r\nContent-Length: 5\r\n\r\n";

TEST_F(DownstreamTest, ReadsHeadAndBodyInAnyPieces) {
  const std::string all = std::string(kPost) + "12345";
  for (std::size_t split = 1; split < all.size(); ++split) {
    std::optional<Head> head;
    start(downstream->read_head(limits), head);
    send(all.substr(0, split));
    turn();
    send(all.substr(split));
    turn();
    ASSERT_TRUE(head && *head && **head) << split;
    std::optional<Body> body;
    start(downstream->read_body(***head, limits), body);
    ASSERT_TRUE(body && *body) << split;
    EXPECT_EQ(**body, "12345");
    downstream->finish_request();
  }
}

TEST_F(DownstreamTest, KeepsPipelinedRequestsInOrder) {
  send(std::string(kPost) + "first" + std::string(kPost) + "secon");
  for (const char* expected : {"first", "secon"}) {
    std::optional<Head> head;
    start(downstream->read_head(limits), head);
    ASSERT_TRUE(head && *head && **head);
    std::optional<Body> body;
    start(downstream->read_body(***head, limits), body);
    ASSERT_TRUE(body && *body);
    EXPECT_EQ(**body, expected);
    downstream->finish_request();
  }
}

TEST_F(DownstreamTest, DecodesChunkedBodiesOfAnySplitAndSize) {
  SeededRandom random(11);
  for (int round = 0; round < 50; ++round) {
    std::string body, wire = "POST /v1/chat/completions HTTP/1.1\r\nHost: g\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (int chunk = 0; chunk < 5; ++chunk) {
      const std::string data(1 + random.below(9000), static_cast<char>('a' + chunk));
      char size[20];
      std::snprintf(size, sizeof size, "%zx\r\n", data.size());
      wire += size + data + "\r\n";
      body += data;
    }
    wire += "0\r\n\r\n";
    std::optional<Head> head;
    std::optional<Body> got;
    bool reading = false;
    start(downstream->read_head(limits), head);
    for (std::size_t at = 0; at < wire.size();) {
      const std::size_t n = std::min<std::size_t>(1 + random.below(4000), wire.size() - at);
      send(std::string_view(wire).substr(at, n));
      at += n;
      turn();
      if (head && *head && !reading) {
        reading = true;
        start(downstream->read_body(***head, limits), got);
      }
    }
    ASSERT_TRUE(head && *head && **head) << round << (head && !*head ? head->error().text() : "");
    ASSERT_TRUE(got && *got) << round << (got ? got->error().text() : " no body yet");
    EXPECT_EQ(**got, body);
    downstream->finish_request();
  }
}

TEST_F(DownstreamTest, AHeadStaysWhereItIsWhenMuchIsPipelinedBehindAChunkedBody) {
  for (const bool released : {false, true}) {
    std::optional<Head> head;
    start(downstream->read_head(limits), head);
    send("POST /v1/chat/completions HTTP/1.1\r\nHost: g\r\nX-Fill: " + std::string(12'000, 'f') +
         "\r\nX-Session-Id: mine\r\nTransfer-Encoding: chunked\r\n\r\n");
    turn();
    ASSERT_TRUE(head && *head && **head);
    std::optional<Body> body;
    start(downstream->read_body(***head, limits), body);
    send("5\r\nfirst\r\n0\r\n\r\nGET /v1/models HTTP/1.1\r\nHost: g\r\nX-Fill: " + std::string(14'000, 'f') + "\r\nX-Session-Id: next\r\n\r\n");
    turn();
    ASSERT_TRUE(body && *body);
    EXPECT_EQ(**body, "first");
    // Another connection gets what memory is free, and writes into it.
    std::vector<Buffer> others;
    for (int i = 0; i < 4; ++i) {
      others.push_back(worker.buffers().get());
      others.back().reserve(BufferPool::kClasses[1]);
      std::memset(others.back().end(), '!', others.back().room());
    }
    EXPECT_EQ((**head)->get(http1::Known::XSessionId), "mine");
    if (released) downstream->release_request();
    downstream->finish_request();
    std::optional<Head> next;
    start(downstream->read_head(limits), next);
    ASSERT_TRUE(next && *next && **next);
    EXPECT_EQ((**next)->path, "/v1/models");
    EXPECT_EQ((**next)->get(http1::Known::XSessionId), "next");
    downstream->finish_request();
  }
}

TEST_F(DownstreamTest, RefusesTrailersAndOversizeBodies) {
  limits.max_body_bytes = 10;
  struct Row { const char* name; const char* wire; ErrorKind kind; };
  const Row rows[] = {
      {"declared too large", "POST / HTTP/1.1\r\nHost: g\r\nContent-Length: 11\r\n\r\n", ErrorKind::BodyTooLarge},
      {"chunked too large", "POST / HTTP/1.1\r\nHost: g\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n12345678901\r\n", ErrorKind::BodyTooLarge},
      {"trailer", "POST / HTTP/1.1\r\nHost: g\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nHost: evil\r\n\r\n", ErrorKind::BadRequest},
  };
  for (const Row& row : rows) {
    int fds[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
    auto one = std::make_shared<Downstream>(worker, fds[0], "test", true);
    ASSERT_GT(::write(fds[1], row.wire, std::strlen(row.wire)), 0);
    std::optional<Head> head;
    start(one->read_head(limits), head);
    ASSERT_TRUE(head && *head && **head) << row.name;
    std::optional<Body> body;
    start(one->read_body(***head, limits), body);
    ASSERT_TRUE(body.has_value()) << row.name;
    ASSERT_FALSE(body->has_value()) << row.name;
    EXPECT_EQ(body->error().kind(), row.kind) << row.name;
    ::close(fds[1]);
  }
}

TEST_F(DownstreamTest, AnswersExpectContinueOnlyWhenTheBodyIsAwaited) {
  send("POST / HTTP/1.1\r\nHost: g\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  std::optional<Head> head;
  start(downstream->read_head(limits), head);
  ASSERT_TRUE(head && *head && **head);
  EXPECT_EQ(receive(), "");
  std::optional<Body> body;
  start(downstream->read_body(***head, limits), body);
  EXPECT_EQ(receive(), "HTTP/1.1 100 Continue\r\n\r\n");
  send("ok");
  turn();
  ASSERT_TRUE(body && *body);
  EXPECT_EQ(**body, "ok");
}

TEST_F(DownstreamTest, EndsASlowHeadAtItsDeadline) {
  std::optional<Head> head;
  start(downstream->read_head(limits), head);
  send("POST /v1");
  turn();
  pass(limits.header_timeout - 100ms);
  EXPECT_FALSE(head.has_value());
  pass(200ms);
  ASSERT_TRUE(head.has_value());
  ASSERT_FALSE(head->has_value());
  EXPECT_EQ(head->error().kind(), ErrorKind::RequestTimeout);
}

TEST_F(DownstreamTest, ClosesAnIdleConnectionQuietly) {
  std::optional<Head> head;
  start(downstream->read_head(limits), head);
  pass(limits.keep_alive_timeout + 100ms);
  ASSERT_TRUE(head && head->has_value());
  EXPECT_FALSE((*head)->has_value());
}

TEST_F(DownstreamTest, EndsABodyThatDripsBelowTheMinimumRate) {
  send("POST / HTTP/1.1\r\nHost: g\r\nContent-Length: 100000\r\n\r\n");
  std::optional<Head> head;
  start(downstream->read_head(limits), head);
  std::optional<Body> body;
  start(downstream->read_body(***head, limits), body);
  for (int i = 0; i < 40 && !body; ++i) {
    send("0123456789");
    turn();
    pass(1000ms);
  }
  ASSERT_TRUE(body.has_value());
  EXPECT_EQ(body->error().kind(), ErrorKind::RequestTimeout);
}

TEST_F(DownstreamTest, CopiesWhatASlowReaderDoesNotTakeAndFlushesItLater) {
  const std::string big(3'000'000, 'x');
  const iovec pieces[] = {{const_cast<char*>("head"), 4}, {const_cast<char*>(big.data()), big.size()}, {const_cast<char*>("tail"), 4}};
  ASSERT_TRUE(downstream->send(pieces, 3));
  ASSERT_TRUE(downstream->has_unsent());
  std::optional<bool> flushed;
  start(downstream->flush(60s), flushed);
  std::string got;
  while (!flushed) {
    const std::string more = receive();
    ASSERT_FALSE(more.empty() && !flushed) << got.size();
    got += more;
    turn();
  }
  for (std::string more = receive(); !more.empty(); more = receive()) got += more;
  EXPECT_TRUE(*flushed);
  EXPECT_EQ(got, "head" + big + "tail");
  EXPECT_EQ(downstream->bytes_sent(), got.size());
}

TEST_F(DownstreamTest, GivesUpOnAReaderThatStalls) {
  const std::string big(3'000'000, 'x');
  const iovec piece{const_cast<char*>(big.data()), big.size()};
  ASSERT_TRUE(downstream->send(&piece, 1));
  std::optional<bool> flushed;
  start(downstream->flush(60s), flushed);
  pass(61s);
  ASSERT_TRUE(flushed.has_value());
  EXPECT_FALSE(*flushed);
  EXPECT_EQ(downstream->interrupt().why(), Cut::ClientWrite);
}

TEST_F(DownstreamTest, NoticesAClientThatHangsUpButServesOneThatOnlyFinishedSending) {
  for (const bool gone : {false, true}) {
    int fds[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
    auto one = std::make_shared<Downstream>(worker, fds[0], "test", true);
    ASSERT_GT(::write(fds[1], "GET /v1/models HTTP/1.1\r\nHost: g\r\n\r\n", 37), 0);
    std::optional<Head> head;
    start(one->read_head(limits), head);
    ASSERT_TRUE(head && *head && **head);
    if (gone)
      ::close(fds[1]);
    else
      ::shutdown(fds[1], SHUT_WR);
    turn();
    turn();
    EXPECT_EQ(one->interrupt().why(), gone ? Cut::ClientGone : Cut::None);
    if (!gone) ::close(fds[1]);
  }
}

TEST_F(DownstreamTest, AClientThatHasLeftEndsNoWaitsWhenNobodyWatchesItAnyMore) {
  for (const bool watched : {true, false}) {
    int fds[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
    auto one = std::make_shared<Downstream>(worker, fds[0], "test", true);
    ASSERT_GT(::write(fds[1], "GET /v1/models HTTP/1.1\r\nHost: g\r\n\r\n", 37), 0);
    std::optional<Head> head;
    start(one->read_head(limits), head);
    ASSERT_TRUE(head && *head && **head);
    ::close(fds[1]);
    turn();
    turn();
    ASSERT_EQ(one->interrupt().why(), Cut::ClientGone);
    if (!watched) one->stop_watching();
    one->interrupt().reset();
    one->stream().readiness().cancel();      // as every cut does
    turn();
    turn();
    EXPECT_EQ(one->interrupt().why(), watched ? Cut::ClientGone : Cut::None);
  }
}

}  // namespace
}  // namespace smartroute::net

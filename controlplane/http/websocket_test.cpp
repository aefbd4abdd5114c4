// WebSockets, over real sockets and with frames written by hand.
#include <gtest/gtest.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "controlplane/http/raw_client.hpp"
#include "controlplane/http/server.hpp"

namespace smartroute::control::http {
namespace {

constexpr unsigned kText = 1, kBinary = 2, kClose = 8, kPing = 9, kPong = 10;

struct Frame {
  unsigned opcode = 0;
  std::string payload;
};

// The browser's side of RFC 6455.
class Socket {
 public:
  explicit Socket(const Server& server, int receive_buffer = 0) : client_(server, receive_buffer) {}

  // Offers; the head of the answer.
  std::string offer(const std::string& path, const std::string& more = "") {
    client_.send("GET " + path +
                 " HTTP/1.1\r\nHost: here:1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n" +
                 more + "\r\n");
    return client_.until("\r\n\r\n");
  }
  void send(unsigned opcode, const std::string& payload) {
    std::string frame(1, static_cast<char>(0x80 | opcode));
    if (payload.size() < 126) {
      frame += static_cast<char>(0x80 | payload.size());
    } else {
      const bool wide = payload.size() > 0xffff;
      frame += static_cast<char>(0x80 | (wide ? 127 : 126));
      for (int shift = wide ? 56 : 8; shift >= 0; shift -= 8)
        frame += static_cast<char>(std::uint64_t{payload.size()} >> shift);
    }
    const std::string mask = "\x11\x22\x33\x44";
    frame += mask;
    for (std::size_t i = 0; i < payload.size(); ++i)
      frame += static_cast<char>(payload[i] ^ mask[i % 4]);
    client_.send(frame);
  }
  Frame receive() {
    const std::string start = client_.take(2);
    std::uint64_t size = static_cast<unsigned char>(start[1]);
    if (size >= 126) {
      const std::string extended = client_.take(size == 126 ? 2 : 8);
      size = 0;
      for (const char c : extended) size = size << 8 | static_cast<unsigned char>(c);
    }
    return {static_cast<unsigned>(start[0]) & 15u, client_.take(size)};
  }
  Client& raw() { return client_; }

 private:
  Client client_;
};

unsigned code_of(const Frame& frame) {
  if (frame.opcode != kClose || frame.payload.size() < 2) return 0;
  return static_cast<unsigned char>(frame.payload[0]) * 256u +
         static_cast<unsigned char>(frame.payload[1]);
}

// Echoes; keeps what happened to it.
class EchoSession final : public WebSocketSession {
 public:
  void on_open(std::shared_ptr<WebSocketPeer> its_peer) override {
    const std::lock_guard lock(mutex_);
    peer_ = std::move(its_peer);
    changed_.notify_all();
  }
  void on_text(std::string_view text) override {
    if (text == "throw") throw std::runtime_error("bug");
    peer_->send("echo " + std::string(text));
  }
  void on_ready() override { add(ready_); }
  void on_closed() override { add(closed_); }

  std::shared_ptr<WebSocketPeer> peer() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return peer_ != nullptr; });
    return peer_;
  }
  void wait_for_ready(int times) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return ready_ >= times; });
  }
  void wait_for_end() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return closed_ > 0; });
  }
  int times_closed() {
    const std::lock_guard lock(mutex_);
    return closed_;
  }

 private:
  void add(int& count) {
    const std::lock_guard lock(mutex_);
    ++count;
    changed_.notify_all();
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  std::shared_ptr<WebSocketPeer> peer_;
  int ready_ = 0, closed_ = 0;
};

class WebSocketTest : public testing::Test {
 protected:
  void start(ServerLimits limits = {}) {
    Handlers handlers;
    handlers.on_head = [](const Head& head) -> std::optional<Response> {
      return error_response(head.offers_websocket ? 500 : 404, "not_found", "no page here");
    };
    handlers.on_request = [](const Request&) { return Response{}; };
    handlers.on_websocket = [this](const Head& head) -> WebSocketAnswer {
      const auto& names = head.subprotocols;
      if (head.query != "open" &&
          std::find(names.begin(), names.end(), "smartroute.token.t") == names.end())
        return error_response(401, "unauthenticated", "no token");
      const std::lock_guard lock(mutex_);
      sessions_.push_back(std::make_shared<EchoSession>());
      return std::shared_ptr<WebSocketSession>(sessions_.back());
    };
    auto started = Server::start({"127.0.0.1", 0}, std::move(handlers), 1, limits);
    ASSERT_TRUE(started) << started.error().text();
    server = std::move(*started);
  }
  std::shared_ptr<EchoSession> session(std::size_t i = 0) {
    const std::lock_guard lock(mutex_);
    return sessions_.at(i);
  }
  std::size_t sessions() {
    const std::lock_guard lock(mutex_);
    return sessions_.size();
  }
  std::unique_ptr<Server> server;

 private:
  std::mutex mutex_;
  std::vector<std::shared_ptr<EchoSession>> sessions_;
};

TEST_F(WebSocketTest, ShakesHandsAndEchoes) {
  start();
  Socket socket(*server);
  const std::string answer = socket.offer(
      "/ws",
      "Origin: http://here:1\r\nSec-WebSocket-Protocol: smartroute.v1, smartroute.token.t\r\n");
  EXPECT_EQ(answer.substr(0, 12), "HTTP/1.1 101") << answer;
  EXPECT_NE(answer.find("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), std::string::npos)
      << answer;
  EXPECT_NE(answer.find("Sec-WebSocket-Protocol: smartroute.v1\r\n"), std::string::npos) << answer;
  EXPECT_EQ(answer.find("token"), std::string::npos) << "a token is not repeated";
  EXPECT_EQ(answer.find("Extensions"), std::string::npos) << answer;
  for (const std::string& text : {std::string("a"), std::string(60'000, 'b')}) {
    socket.send(kText, text);
    const Frame frame = socket.receive();
    EXPECT_EQ(frame.opcode, kText);
    EXPECT_TRUE(frame.payload == "echo " + text);
  }
  socket.send(kPing, "still there?");
  EXPECT_EQ(socket.receive().payload, "still there?");
  socket.send(kClose, std::string("\x03\xe8", 2));
  EXPECT_EQ(code_of(socket.receive()), 1000u);
  EXPECT_EQ(socket.raw().rest(), "");
  socket.raw().close();
  session()->wait_for_end();
  EXPECT_FALSE(session()->peer()->send("late"));
  EXPECT_EQ(session()->peer()->queued_bytes(), 0u);
}

TEST_F(WebSocketTest, WithoutAnOfferOfItNoSubprotocolIsNamed) {
  start();
  Socket socket(*server);
  const std::string answer = socket.offer("/ws", "Sec-WebSocket-Protocol: smartroute.token.t\r\n");
  EXPECT_EQ(answer.substr(0, 12), "HTTP/1.1 101") << answer;
  EXPECT_EQ(answer.find("Sec-WebSocket-Protocol"), std::string::npos) << answer;
}

TEST_F(WebSocketTest, RefusesBeforeTheHandshake) {
  start();
  const struct {
    const char* name;
    std::string path, more;
    const char* status;
  } rows[] = {
      {"other origin", "/ws?open", "Origin: http://evil\r\n", "403"},
      {"null origin", "/ws?open", "Origin: null\r\n", "403"},
      {"no token", "/ws", "", "401"},
      {"a second key", "/ws?open", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", "400"},
  };
  for (const auto& row : rows) {
    Socket socket(*server);
    EXPECT_EQ(socket.offer(row.path, row.more).substr(0, 12), std::string("HTTP/1.1 ") + row.status)
        << row.name;
  }
  EXPECT_EQ(sessions(), 0u);
  const std::string offer =
      "GET /ws?open HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n";
  const std::string key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
  Client old(*server), eager(*server), plain(*server);
  old.send(offer + key + "Sec-WebSocket-Version: 8\r\n\r\n");
  const std::string answer = old.rest();
  EXPECT_EQ(answer.substr(0, 12), "HTTP/1.1 426");
  EXPECT_NE(answer.find("sec-websocket-version: 13"), std::string::npos) << answer;
  eager.send(offer + key + "Sec-WebSocket-Version: 13\r\n\r\n\x81");
  EXPECT_EQ(eager.rest().substr(0, 12), "HTTP/1.1 400");
  plain.send("GET /ws?open HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(plain.rest().substr(0, 12), "HTTP/1.1 404") << "an ordinary request";
}

TEST_F(WebSocketTest, ClosesOverWhatItDoesNotTake) {
  start();
  const struct {
    const char* name;
    unsigned opcode;
    std::string payload;
    unsigned code;
  } rows[] = {
      {"too large", kText, std::string(64 * 1024 + 1, 'x'), 1009},
      {"binary", kBinary, "x", 1003},
      {"no UTF-8", kText, "\xff\xfe", 1007},
      {"a session that throws", kText, "throw", 1011},
  };
  std::size_t i = 0;
  for (const auto& row : rows) {
    Socket socket(*server);
    socket.offer("/ws?open");
    socket.send(row.opcode, row.payload);
    EXPECT_EQ(code_of(socket.receive()), row.code) << row.name;
    socket.send(kClose, std::string("\x03\xe8", 2));
    socket.raw().rest();
    socket.raw().close();
    session(i++)->wait_for_end();
  }
}

TEST_F(WebSocketTest, ASlowReaderIsRefusedMoreAndOthersAreServed) {
  ServerLimits limits;
  limits.websocket_queue = 256 * 1024;
  start(limits);
  Socket slow(*server, 16 * 1024), other(*server);
  slow.offer("/ws?open");
  other.offer("/ws?open");
  const auto peer = session(0)->peer();
  const std::string text(100 * 1024, 'x');
  // Until the kernel's buffers are full and then the queue: it stays full while the same thread
  // serves somebody else many times.
  std::size_t sent = 0;
  for (int served = 0; served < 20; ++served) {
    for (; peer->send(text); ++sent) served = 0;
    EXPECT_LE(peer->queued_bytes(), limits.websocket_queue);
    other.send(kText, "hello");
    ASSERT_EQ(other.receive().payload, "echo hello");
  }
  EXPECT_GT(peer->queued_bytes(), limits.websocket_queue - text.size());
  // It reads again: everything taken arrives, and the session is told.
  for (std::size_t i = 0; i < sent; ++i) ASSERT_TRUE(slow.receive().payload == text);
  session(0)->wait_for_ready(1);
  EXPECT_TRUE(peer->send("again"));
  EXPECT_EQ(slow.receive().payload, "again");
}

TEST_F(WebSocketTest, WakeCallsTheSession) {
  start();
  Socket socket(*server);
  socket.offer("/ws?open");
  const auto peer = session()->peer();
  peer->wake();
  session()->wait_for_ready(1);
  peer->wake();
  session()->wait_for_ready(2);
}

TEST_F(WebSocketTest, TheSessionClosesBehindWhatItHasSent) {
  start();
  Socket socket(*server);
  socket.offer("/ws?open");
  const auto peer = session()->peer();
  EXPECT_TRUE(peer->send("last words"));
  peer->close(1008, std::string(500, 'r'));
  EXPECT_FALSE(peer->send("more"));
  EXPECT_EQ(socket.receive().payload, "last words");
  const Frame frame = socket.receive();
  EXPECT_EQ(code_of(frame), 1008u);
  EXPECT_EQ(frame.payload.size(), 125u);
  socket.send(kClose, std::string("\x03\xf0", 2));
  EXPECT_EQ(socket.raw().rest(), "");
}

TEST_F(WebSocketTest, AClientThatAnswersPingsStaysAndASilentOneIsCut) {
  ServerLimits limits;
  limits.websocket_ping = std::chrono::milliseconds(50);
  start(limits);
  Socket lively(*server), silent(*server);
  lively.offer("/ws?open");
  silent.offer("/ws?open");
  for (int i = 0; i < 3; ++i) {
    const Frame ping = lively.receive();
    ASSERT_EQ(ping.opcode, kPing);
    lively.send(kPong, ping.payload);
  }
  EXPECT_EQ(silent.receive().opcode, kPing);
  EXPECT_EQ(silent.raw().rest(), "") << "no orderly close, it is cut";
  session(1)->wait_for_end();
}

TEST_F(WebSocketTest, OneBeyondTheLimitIsRefused) {
  ServerLimits limits;
  limits.websockets = 1;
  start(limits);
  Socket first(*server), second(*server);
  first.offer("/ws?open");
  EXPECT_EQ(second.offer("/ws?open").substr(0, 12), "HTTP/1.1 503");
}

TEST_F(WebSocketTest, AClientThatLeavesEndsTheSession) {
  start();
  Socket socket(*server);
  socket.offer("/ws?open");
  session()->peer();
  socket.raw().close();
  session()->wait_for_end();
}

TEST_F(WebSocketTest, StopClosesWithinTheGrace) {
  start();
  Socket socket(*server);
  socket.offer("/ws?open");
  session()->peer();
  std::thread stopping([&] { server->stop(std::chrono::minutes(1)); });
  EXPECT_EQ(code_of(socket.receive()), 1001u);
  socket.send(kClose, std::string("\x03\xe9", 2));
  EXPECT_EQ(socket.raw().rest(), "");
  socket.raw().close();
  stopping.join();
  EXPECT_EQ(session()->times_closed(), 1);
}

TEST_F(WebSocketTest, StopCutsWhatOutlastsTheGraceAndTellsTheSession) {
  start();
  Socket socket(*server);
  socket.offer("/ws?open");
  const auto peer = session()->peer();
  server->stop(std::chrono::milliseconds(0));
  EXPECT_EQ(session()->times_closed(), 1);
  server.reset();
  EXPECT_FALSE(peer->send("to nobody"));
  peer->wake();
  peer->close(1000, "");
}

}  // namespace
}  // namespace smartroute::control::http

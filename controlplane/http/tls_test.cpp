// The same server behind TLS, over real sockets.
#include <gtest/gtest.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <future>

#include "contract/base/clock.hpp"
#include "controlplane/http/raw_client.hpp"
#include "controlplane/http/server.hpp"
#include "proto/tls/test_certificate.hpp"

namespace smartroute::control::http {
namespace {

namespace asio = boost::asio;

// Believes in one certificate only.
class TlsClient {
 public:
  TlsClient(const Server& server, const std::string& authority) : context_(asio::ssl::context::tls_client), stream_(io_, context_) {
    context_.load_verify_file(authority);
    stream_.set_verify_mode(asio::ssl::verify_peer);
    const asio::ip::tcp::endpoint to(asio::ip::make_address(server.address().host), server.address().port);
    stream_.next_layer().connect(to);
  }
  boost::system::error_code shake_hands() {
    boost::system::error_code ec;
    SSL_set_verify(stream_.native_handle(), SSL_VERIFY_PEER, nullptr);
    stream_.handshake(asio::ssl::stream_base::client, ec);
    return ec;
  }
  void send(const std::string& bytes) { asio::write(stream_, asio::buffer(bytes)); }
  // Everything until the server ends. `how`: eof for close_notify, stream_truncated without.
  std::string rest(boost::system::error_code& how) {
    std::string bytes;
    asio::read(stream_, asio::dynamic_buffer(bytes), how);
    return bytes;
  }
  std::string until(const std::string& mark) {
    std::string bytes;
    char byte;
    while (bytes.find(mark) == std::string::npos) {
      asio::read(stream_, asio::buffer(&byte, 1));
      bytes += byte;
    }
    return bytes;
  }
  void close() { stream_.next_layer().close(); }

 private:
  asio::io_context io_;
  asio::ssl::context context_;
  asio::ssl::stream<asio::ip::tcp::socket> stream_;
};

class TlsServerTest : public testing::Test {
 protected:
  TlsServerTest() {
    certificate = std::move(*tls::ServerCertificate::load(folder.make("own"), clock));
    handlers.on_head = [](const Head&) { return std::optional<Response>(); };
    handlers.on_request = [this](const Request& request) {
      seen = request.head;
      Response response;
      response.body = "[" + request.body + "]";
      return response;
    };
  }
  void start(ServerLimits limits = {}) {
    auto started = Server::start({"127.0.0.1", 0}, handlers, 2, limits, certificate);
    ASSERT_TRUE(started) << started.error().text();
    server = std::move(*started);
  }
  TlsClient client() const { return {*server, folder.path("own.pem")}; }

  tls::TestCertificates folder;
  FakeClock clock;
  std::shared_ptr<tls::ServerCertificate> certificate;
  Handlers handlers;
  Head seen;
  std::unique_ptr<Server> server;
};

std::string get(const std::string& host, const char* more = "") { return "GET / HTTP/1.1\r\nHost: " + host + "\r\n" + more + "\r\n"; }

TEST_F(TlsServerTest, ServesAndSaysThatNothingIsMissing) {
  start();
  auto one = client();
  ASSERT_FALSE(one.shake_hands());
  one.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc" + get("x", "Connection: close\r\n"));
  boost::system::error_code how;
  const std::string answers = one.rest(how);
  EXPECT_NE(answers.find("[abc]"), std::string::npos) << answers;
  EXPECT_EQ(answers.substr(answers.size() - 2), "[]");
  EXPECT_EQ(how, asio::error::eof);
  EXPECT_TRUE(seen.secure);
}

TEST_F(TlsServerTest, PromisesHttpsForNamesOnly) {
  start();
  const struct {
    const char* host;
    bool promised;
  } rows[] = {{"gw.example", true}, {"gw.example:6688", true}, {"127.0.0.1:6688", false}, {"localhost:6688", false}, {"a.LOCALHOST", false}, {"[::1]:6688", false}};
  for (const auto& row : rows) {
    auto one = client();
    ASSERT_FALSE(one.shake_hands());
    one.send(get(row.host));
    const std::string head = one.until("\r\n\r\n");
    EXPECT_EQ(head.find("Strict-Transport-Security: max-age=31536000\r\n") != std::string::npos, row.promised) << row.host << "\n" << head;
  }
}

TEST_F(TlsServerTest, TellsPlainHttpWhatItIs) {
  start();
  Client plain(*server);
  plain.send(get("x"));
  const std::string told = plain.rest();
  EXPECT_EQ(told.substr(0, 12), "HTTP/1.1 400") << told;
  EXPECT_NE(told.find("call it with https://"), std::string::npos) << told;
}

TEST_F(TlsServerTest, ClosesASlowHandshake) {
  ServerLimits limits;
  limits.handshake = std::chrono::milliseconds(20);
  start(limits);
  Client silent(*server), slow(*server);
  slow.send("\x16\x03");
  EXPECT_EQ(silent.rest(), "");
  EXPECT_EQ(slow.rest(), "");
}

TEST_F(TlsServerTest, NewConnectionsSeeTheNewCertificate) {
  start();
  auto old = client();
  ASSERT_FALSE(old.shake_hands());
  folder.make("own", 2);
  EXPECT_EQ(certificate->look(), tls::ServerCertificate::Look::Replaced);
  auto fresh = client();
  EXPECT_FALSE(fresh.shake_hands()) << "the file of the new one is what it believes in";
  old.send(get("x"));
  EXPECT_NE(old.until("[]").find("200 OK"), std::string::npos) << "the old connection goes on";
}

TEST_F(TlsServerTest, SpeaksWebSocketsInside) {
  class Echo final : public WebSocketSession {
   public:
    void on_open(std::shared_ptr<WebSocketPeer> peer) override { peer_ = std::move(peer); }
    void on_text(std::string_view text) override { peer_->send("<" + std::string(text) + ">"); }
    void on_closed() override {}

   private:
    std::shared_ptr<WebSocketPeer> peer_;
  };
  handlers.on_websocket = [](const Head&) -> WebSocketAnswer { return std::make_shared<Echo>(); };
  start();
  const std::string offer =
      "GET / HTTP/1.1\r\nHost: gw.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
      "Sec-WebSocket-Version: 13\r\nOrigin: ";
  auto rogue = client();
  ASSERT_FALSE(rogue.shake_hands());
  rogue.send(offer + "http://gw.example\r\n\r\n");
  EXPECT_EQ(rogue.until("\r\n\r\n").substr(0, 12), "HTTP/1.1 403") << "what came over TLS is no page of plain HTTP";
  auto one = client();
  ASSERT_FALSE(one.shake_hands());
  one.send(offer + "https://gw.example\r\n\r\n");
  EXPECT_EQ(one.until("\r\n\r\n").substr(0, 12), "HTTP/1.1 101");
  one.send(std::string("\x81\x82\0\0\0\0hi", 8));
  EXPECT_EQ(one.until("<hi>"), "\x81\x04<hi>");
  server->stop(std::chrono::seconds(5));
  boost::system::error_code how;
  EXPECT_EQ(one.rest(how).substr(2, 2), "\x03\xe9") << "1001: going away";
}

TEST_F(TlsServerTest, NoticesThatAClientOfAQuietStreamHasLeft) {
  std::promise<void> gone;
  class Quiet final : public BodySource {
   public:
    explicit Quiet(std::promise<void>& gone) : gone_(gone) {}
    ~Quiet() override { gone_.set_value(); }
    Piece next(std::string&) override { return Piece::Later; }

   private:
    std::promise<void>& gone_;
  };
  handlers.on_request = [&gone](const Request&) {
    Response response;
    response.stream = std::make_shared<Quiet>(gone);
    return response;
  };
  start();
  {
    auto one = client();
    ASSERT_FALSE(one.shake_hands());
    one.send(get("x"));
    one.until("\r\n\r\n");
    one.send("x");      // in TLS bytes may come at any time: they are no sign that somebody is there
    one.close();
  }
  EXPECT_EQ(gone.get_future().wait_for(std::chrono::seconds(20)), std::future_status::ready);
}

}  // namespace
}  // namespace smartroute::control::http

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <map>
#include <memory>
#include <vector>

#include "dataplane/net/listener.hpp"
#include "proto/tls/test_certificate.hpp"

namespace smartroute::net {
namespace {

using namespace std::chrono_literals;

// Answers every head with `answer`, as long as the client stays and no drain has begun.
class Answers final : public ConnectionHandler {
 public:
  explicit Answers(Worker& worker) : worker_(worker) {}
  Awaitable<void> serve(std::shared_ptr<Downstream> client) override {
    for (;;) {
      auto head = co_await client->read_head(limits_);
      if (!head || !*head) co_return;
      ++served;
      const iovec pieces[] = {{answer.data(), answer.size() / 2}, {answer.data() + answer.size() / 2, answer.size() - answer.size() / 2}};
      if (!client->send(pieces, 2)) co_return;
      if (!co_await client->flush(60s)) co_return;
      if (worker_.draining()) co_return co_await client->end_answers(60s);
      client->finish_request();
    }
  }
  void on_refused() noexcept override { ++refused; }
  void on_handshake(Handshake result) noexcept override { ++handshakes[result]; }

  std::string answer = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
  int served = 0, refused = 0;
  std::map<Handshake, int> handshakes;

 private:
  Worker& worker_;
  config::Limits limits_;
};

// A client that never waits.
class Client {
 public:
  Client(std::uint16_t port, SSL_CTX* context) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), ssl_(SSL_new(context), &SSL_free) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
    EXPECT_EQ(::fcntl(fd_, F_SETFL, O_NONBLOCK), 0);
    const int on = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    SSL_set_fd(ssl_.get(), fd_);
    SSL_set_connect_state(ssl_.get());
  }
  ~Client() { ::close(fd_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  bool shake_hands() {
    ERR_clear_error();
    return SSL_do_handshake(ssl_.get()) == 1;
  }
  void write(std::string_view bytes) { ASSERT_EQ(SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())), static_cast<int>(bytes.size())); }
  void write_raw(std::string_view bytes) { ASSERT_EQ(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size())); }
  // At most `most` of what has come. "(end)" behind it: close_notify; "(cut)": the connection is over without.
  std::string read(std::size_t most = 1 << 30) {
    std::string out;
    std::array<char, 16 * 1024> bytes;
    while (out.size() < most) {
      ERR_clear_error();
      const int n = SSL_read(ssl_.get(), bytes.data(), static_cast<int>(std::min(bytes.size(), most - out.size())));
      if (n > 0) {
        out.append(bytes.data(), static_cast<std::size_t>(n));
        continue;
      }
      const int why = SSL_get_error(ssl_.get(), n);
      return why == SSL_ERROR_WANT_READ ? out : out + (why == SSL_ERROR_ZERO_RETURN ? "(end)" : "(cut)");
    }
    return out;
  }
  std::string read_raw() {
    std::string out;
    std::array<char, 4096> bytes;
    for (;;) {
      const ssize_t n = ::recv(fd_, bytes.data(), bytes.size(), MSG_DONTWAIT);
      if (n > 0) out.append(bytes.data(), static_cast<std::size_t>(n));
      if (n == 0) return out + "(fin)";
      if (n < 0) return errno == EAGAIN ? out : out + "(reset)";
    }
  }
  bool heard_anything() const {
    char byte;
    return ::recv(fd_, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
  }
  long serial() {
    X509* const shown = SSL_get1_peer_certificate(ssl_.get());
    const long number = ASN1_INTEGER_get(X509_get0_serialNumber(shown));
    X509_free(shown);
    return number;
  }
  SSL* ssl() { return ssl_.get(); }
  int fd() const { return fd_; }

 private:
  const int fd_;
  const std::unique_ptr<SSL, decltype(&SSL_free)> ssl_;
};

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

// A TLS listener on a free port of loopback, on a worker whose thread and time are ours.
class TlsListenerTest : public ::testing::Test {
 protected:
  TlsListenerTest() : context(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free) {
    std::signal(SIGPIPE, SIG_IGN);
    certificate = std::move(*tls::ServerCertificate::load(folder.make("own", 1), clock));
    ListenAddress address;
    address.host = "127.0.0.1";
    const auto fd = open_listener(address);
    EXPECT_TRUE(fd);
    port = *bound_port(*fd);
    listener.emplace(worker, *fd, handler, [this] { return most; }, certificate.get());
    listener->start();
    turn();
  }

  Client& connect() { return *clients.emplace_back(std::make_unique<Client>(port, context.get())); }
  // Connected and agreed.
  Client& meet() {
    Client& client = connect();
    for (int i = 0; i < 10; ++i) {
      turn();
      if (client.shake_hands()) break;
    }
    EXPECT_TRUE(SSL_is_init_finished(client.ssl()));
    turn();
    return client;
  }
  void turn(int times = 4) {
    for (int i = 0; i < times; ++i) worker.run_once();
  }
  void pass(std::chrono::milliseconds time) {
    clock.advance(time);
    worker.wheel().advance(clock.steady());
    turn();
  }

  tls::TestCertificates folder;
  FakeClock clock;
  std::unique_ptr<tls::ServerCertificate> certificate;
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context;
  Worker worker{0, clock, 1};
  Answers handler{worker};
  std::size_t most = 10'000;
  std::uint16_t port = 0;
  std::optional<Listener> listener;
  std::vector<std::unique_ptr<Client>> clients;
};

TEST_F(TlsListenerTest, ServesOneRequestAfterTheOther) {
  Client& client = meet();
  for (int i = 1; i <= 3; ++i) {
    client.write(kGet);
    turn();
    EXPECT_EQ(client.read(), handler.answer);
    EXPECT_EQ(handler.served, i);
  }
  client.write(std::string(kGet) + std::string(kGet));
  turn();
  EXPECT_EQ(client.read(), handler.answer + handler.answer) << "pipelined in one record";
  for (const char byte : kGet) client.write({&byte, 1});
  turn();
  EXPECT_EQ(client.read(), handler.answer) << "a record for each byte";
  EXPECT_EQ(handler.handshakes[Handshake::Done], 1);
  EXPECT_EQ(listener->counters().open.load(), 1);
  SSL_shutdown(client.ssl());
  turn();
  EXPECT_EQ(listener->counters().open.load(), 0) << "gone";
}

TEST_F(TlsListenerTest, SendsAllOfALargeAnswerAtTheClientsPaceAndSaysItsEnd) {
  handler.answer.assign(8 * 1024 * 1024, 'x');
  for (std::size_t i = 0; i < handler.answer.size(); i += 1000) handler.answer[i] = static_cast<char>('a' + i % 26);
  Client& client = meet();
  client.write(kGet);
  turn();
  listener->begin_drain();
  std::string got = client.read(100'000);
  turn(100);
  EXPECT_EQ(listener->counters().open.load(), 1) << "it waits for its reader";
  while (got.size() < handler.answer.size()) {
    const std::string more = client.read(50'000);
    got += more;
    turn();
  }
  for (int i = 0; i < 10 && got.size() == handler.answer.size(); ++i) {
    turn();
    got += client.read();
  }
  EXPECT_EQ(got.size(), handler.answer.size() + 5);
  EXPECT_TRUE(got == handler.answer + "(end)");
  turn();
  EXPECT_EQ(listener->counters().open.load(), 0);
}

TEST_F(TlsListenerTest, ARequestThatIsCutOffIsNotServed) {
  Client& client = meet();
  client.write(kGet.substr(0, 20));
  turn();
  ::shutdown(client.fd(), SHUT_WR);      // without close_notify
  turn();
  EXPECT_EQ(handler.served, 0);
  EXPECT_EQ(listener->counters().open.load(), 0);
}

TEST_F(TlsListenerTest, AClientThatOnlyFinishedSendingGetsItsAnswer) {
  Client& client = meet();
  client.write(kGet);
  SSL_shutdown(client.ssl());
  ::shutdown(client.fd(), SHUT_WR);
  turn();
  EXPECT_EQ(client.read().substr(0, handler.answer.size()), handler.answer);
}

TEST_F(TlsListenerTest, ClosesASlowHandshakeAtItsDeadline) {
  connect();                             // says nothing
  connect().write_raw("\x16\x03");       // ... or little
  turn();
  EXPECT_EQ(listener->counters().open.load(), 2);
  pass(TlsDoor::kDeadline - 100ms);
  EXPECT_EQ(listener->counters().open.load(), 2);
  pass(200ms);
  EXPECT_EQ(listener->counters().open.load(), 0);
  EXPECT_EQ(handler.handshakes[Handshake::TimedOut], 2);
  EXPECT_EQ(clients[0]->read_raw(), "(fin)");
}

TEST_F(TlsListenerTest, TheSilentGiveWayToWhoComesLater) {
  for (std::size_t i = 0; i < TlsDoor::kPlaces + 50; ++i) connect();
  turn(300);
  EXPECT_EQ(listener->counters().open.load(), static_cast<std::int64_t>(TlsDoor::kPlaces)) << "the others wait in the backlog";
  Client& late = connect();
  late.shake_hands();
  turn(10);
  EXPECT_FALSE(late.heard_anything());
  pass(TlsDoor::kPatience + DeadlineWheel::kTick);
  turn(300);
  EXPECT_EQ(handler.handshakes[Handshake::CrowdedOut], 51);
  late.shake_hands();
  turn();
  EXPECT_TRUE(late.shake_hands() || SSL_is_init_finished(late.ssl()));
  late.write(kGet);
  turn();
  EXPECT_EQ(late.read(), handler.answer);
}

TEST_F(TlsListenerTest, ACrowdTakesTurnsSoThatOthersAreServed) {
  constexpr int kCrowd = 20;
  for (int i = 0; i < kCrowd; ++i) connect();
  turn(40);      // accepted
  for (int i = 0; i < kCrowd; ++i) clients[static_cast<std::size_t>(i)]->shake_hands();
  int answered = 0;
  for (int turns = 0; turns < kCrowd && answered < kCrowd; ++turns) {
    turn(1);
    int now = 0;
    for (int i = 0; i < kCrowd; ++i) now += clients[static_cast<std::size_t>(i)]->heard_anything() ? 1 : 0;
    EXPECT_LE(now - answered, TlsDoor::kStepsATurn);
    answered = now;
  }
  EXPECT_EQ(answered, kCrowd);
}

TEST_F(TlsListenerTest, TellsPlainHttpWhatItIs) {
  Client& plain = connect();
  plain.write_raw(kGet);
  turn();
  const std::string told = plain.read_raw();
  EXPECT_EQ(told.substr(0, 24), "HTTP/1.1 400 Bad Request") << told;
  const auto body = told.find("\r\n\r\n{");
  ASSERT_NE(body, std::string::npos) << told;
  EXPECT_NE(told.find("content-length: " + std::to_string(told.size() - body - 4 - 5) + "\r\n"), std::string::npos) << told;
  EXPECT_EQ(told.substr(told.size() - 5), "(fin)");
  EXPECT_EQ(handler.handshakes[Handshake::PlainHttp], 0) << "it may read it in peace";
  ::shutdown(plain.fd(), SHUT_WR);
  turn();
  EXPECT_EQ(handler.handshakes[Handshake::PlainHttp], 1);
  EXPECT_EQ(listener->counters().open.load(), 0);
}

TEST_F(TlsListenerTest, EndsWithWhoSpeaksSomethingElse) {
  connect().write_raw(std::string(100, '\x16'));
  connect().write_raw("{\"not\": \"tls\"}");
  turn();
  EXPECT_EQ(handler.handshakes[Handshake::Failed], 2);
  EXPECT_EQ(listener->counters().open.load(), 0);
  ::shutdown(connect().fd(), SHUT_WR);
  turn();
  EXPECT_EQ(handler.handshakes[Handshake::Left], 1) << "a probe of the port is no failure";
}

TEST_F(TlsListenerTest, NewConnectionsSeeTheNewCertificateAndOldOnesGoOn) {
  Client& old = meet();
  EXPECT_EQ(old.serial(), 1);
  folder.make("own", 2);
  EXPECT_EQ(certificate->look(), tls::ServerCertificate::Look::Replaced);
  EXPECT_EQ(meet().serial(), 2);
  old.write(kGet);
  turn();
  EXPECT_EQ(old.read(), handler.answer);
}

TEST_F(TlsListenerTest, SaysNothingInTheClearToWhoIsOneTooMany) {
  most = 1;
  meet();
  Client& extra = connect();
  turn();
  const std::string told = extra.read_raw();
  EXPECT_TRUE(told == "(fin)" || told == "(reset)") << told;
  EXPECT_EQ(handler.refused, 1);
}

TEST_F(TlsListenerTest, DrainsWithoutATruncation) {
  Client &idle = meet(), &busy = meet();
  idle.write(kGet);
  busy.write(kGet);
  turn();
  EXPECT_EQ(idle.read(), handler.answer);
  EXPECT_EQ(busy.read(), handler.answer);
  pass(2s);
  listener->begin_drain();
  busy.write(kGet);
  listener->stop_accepting();
  listener->close_idle();
  turn();
  EXPECT_EQ(busy.read(), handler.answer + "(end)");
  EXPECT_EQ(listener->counters().open.load(), 0);
}

}  // namespace
}  // namespace smartroute::net

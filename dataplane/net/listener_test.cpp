#include "dataplane/net/listener.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <vector>

#include "contract/base/random.hpp"
#include "dataplane/net/fd_limit.hpp"

namespace smartroute::net {
namespace {

using namespace std::chrono_literals;

// Answers every head with "ok", as long as the client stays and no drain has begun.
class Echo final : public ConnectionHandler {
 public:
  explicit Echo(Worker& worker) : worker_(worker) {}
  Awaitable<void> serve(std::shared_ptr<Downstream> client) override {
    for (;;) {
      auto head = co_await client->read_head(limits_);
      if (!head || !*head) co_return;
      ++served;
      const iovec piece{const_cast<char*>(kOk.data()), kOk.size()};
      client->send(&piece, 1);
      if (worker_.draining()) co_return co_await client->end_answers(1s);
      client->finish_request();
    }
  }
  void on_refused() noexcept override { ++refused; }
  void on_accept_paused() noexcept override { ++paused; }

  static constexpr std::string_view kOk = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
  int served = 0, refused = 0, paused = 0;

 private:
  Worker& worker_;
  config::Limits limits_;
};

// A listener on a free port of loopback, on a worker whose thread and time are ours.
class ListenerTest : public ::testing::Test {
 protected:
  ListenerTest() {
    ListenAddress address;
    address.host = "127.0.0.1";
    const auto fd = open_listener(address);
    EXPECT_TRUE(fd);
    port = *bound_port(*fd);
    listener.emplace(worker, *fd, handler, [this] { return most; });
    listener->start();
    turn();
  }
  ~ListenerTest() override {
    for (const int fd : clients)
      if (fd >= 0) ::close(fd);
  }

  int connect() {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT_GE(fd, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
    clients.push_back(fd);
    return fd;
  }
  void ask(int fd) {
    constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    ASSERT_EQ(::send(fd, kGet.data(), kGet.size(), MSG_NOSIGNAL), static_cast<ssize_t>(kGet.size()));
  }
  // What has come, without waiting. "(fin)" behind it at the end of the connection.
  std::string receive(int fd) {
    std::string out;
    char bytes[4096];
    for (;;) {
      const ssize_t n = ::recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
      if (n > 0) {
        out.append(bytes, static_cast<std::size_t>(n));
        continue;
      }
      return n == 0 ? out + "(fin)" : out;
    }
  }
  void turn(int times = 4) {
    for (int i = 0; i < times; ++i) worker.run_once();
  }
  void pass(std::chrono::milliseconds time) {
    clock.advance(time);
    worker.wheel().advance(clock.steady());
    turn();
  }

  FakeClock clock;
  Worker worker{0, clock, 1};
  Echo handler{worker};
  std::size_t most = 100;
  std::uint16_t port = 0;
  std::optional<Listener> listener;
  std::vector<int> clients;
};

// Leaves `left` file descriptors to be had, until it dies.
class ScarceFds {
 public:
  explicit ScarceFds(int left) {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    // The lowest number that is free is the first one that the limit must refuse after `left` more.
    std::vector<int> probes;
    for (int i = 0; i <= left; ++i) probes.push_back(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    const rlimit scarce{static_cast<rlim_t>(probes.back()), before_.rlim_max};
    for (const int fd : probes) ::close(fd);
    ::setrlimit(RLIMIT_NOFILE, &scarce);
  }
  ~ScarceFds() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

TEST_F(ListenerTest, WithoutADescriptorTurnsAwayAndPausesWithoutSpinning) {
  // The clients' own sockets come first; they live in this process as well.
  std::vector<int> waiting;
  for (int i = 0; i < 5; ++i) waiting.push_back(connect());
  {
    const ScarceFds scarce(2);
    turn();
    EXPECT_EQ(listener->counters().open.load(), 2);
    EXPECT_EQ(handler.refused, 3) << "everybody who waited was told";
    EXPECT_EQ(handler.paused, 1);
    for (int i = 2; i < 5; ++i) {
      const std::string told = receive(waiting[static_cast<std::size_t>(i)]);
      EXPECT_EQ(told.substr(0, 32), "HTTP/1.1 503 Service Unavailable") << told;
      EXPECT_NE(told.find("retry-after: 5\r\nx-should-retry: false\r\n"), std::string::npos);
      EXPECT_NE(told.find("(fin)"), std::string::npos);
    }
    // However often the loop turns, nothing is tried before the pause is over.
    turn(1'000);
    EXPECT_EQ(handler.paused, 1);
    pass(Listener::kAcceptPause + DeadlineWheel::kTick);
    EXPECT_EQ(handler.paused, 1) << "nobody waits: accepting goes to sleep";
  }
  // Descriptors are back: everybody is served.
  const int late = connect();
  ask(late);
  turn();
  EXPECT_EQ(receive(late), Echo::kOk);
  ask(waiting[0]);
  turn();
  EXPECT_EQ(receive(waiting[0]), Echo::kOk);
}

TEST_F(ListenerTest, GoesOnTurningAwayAfterEachPause) {
  std::vector<int> waiting;
  for (int i = 0; i < Listener::kTurnedAwayAtOnce + 10; ++i) waiting.push_back(connect());
  const ScarceFds scarce(0);
  turn();
  EXPECT_EQ(handler.refused, Listener::kTurnedAwayAtOnce);
  EXPECT_EQ(handler.paused, 1);
  pass(Listener::kAcceptPause + DeadlineWheel::kTick);
  EXPECT_EQ(handler.refused, Listener::kTurnedAwayAtOnce + 10);
  EXPECT_EQ(handler.paused, 2);
  EXPECT_EQ(listener->counters().open.load(), 0);
}

TEST_F(ListenerTest, TellsWhoIsOneTooManyEvenWhileItsRequestIsOnItsWay) {
  most = 1;
  connect();
  turn();
  const int extra = connect();
  turn();
  ask(extra);      // comes after the answer
  turn();
  const std::string told = receive(extra);
  EXPECT_EQ(told.substr(0, 12), "HTTP/1.1 503") << told;
  EXPECT_NE(told.find("(fin)"), std::string::npos) << "no reset";
  EXPECT_EQ(handler.refused, 1);
  EXPECT_EQ(listener->counters().open.load(), 1);
}

TEST_F(ListenerTest, DrainsStepByStep) {
  const int idle = connect();
  ask(idle);
  turn();
  EXPECT_EQ(receive(idle), Echo::kOk);
  clock.advance(2s);
  worker.wheel().advance(clock.steady());

  listener->begin_drain();
  turn();
  EXPECT_EQ(receive(idle), "") << "its client may be about to send";
  const int fresh = connect();
  ask(fresh);
  turn();
  EXPECT_EQ(receive(fresh), std::string(Echo::kOk) + "(fin)") << "still served, and then closed";

  const int newcomer = connect();
  turn();
  listener->close_idle();
  turn();
  EXPECT_EQ(receive(idle), "(fin)");
  EXPECT_EQ(receive(newcomer), "") << "it has just come";
  ask(newcomer);
  turn();
  EXPECT_EQ(receive(newcomer), std::string(Echo::kOk) + "(fin)");

  const int silent = connect();
  turn();
  pass(Listener::kNewcomer);
  listener->close_idle();
  turn();
  EXPECT_EQ(receive(silent), "(fin)");

  const int last = connect();      // in the backlog: the loop has not turned since
  ask(last);
  listener->stop_accepting();
  turn();
  EXPECT_EQ(receive(last), std::string(Echo::kOk) + "(fin)");
  EXPECT_EQ(listener->counters().open.load(), 0);
}

TEST_F(ListenerTest, DoesNotCloseAConnectionWhoseRequestHasArrived) {
  const int client = connect();
  turn();
  pass(Listener::kNewcomer);
  listener->begin_drain();
  ask(client);
  listener->close_idle();
  turn();
  EXPECT_EQ(receive(client), std::string(Echo::kOk) + "(fin)");
}

TEST(FdLimit, IsRaisedToTheHardOne) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit low{std::min<rlim_t>(before.rlim_max, 256), before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &low), 0);
  EXPECT_EQ(raise_fd_limit(), std::min<rlim_t>(before.rlim_max, 1 << 30));
  ::setrlimit(RLIMIT_NOFILE, &before);
}

TEST(FdLimit, LeavesTwoForEachClient) {
  EXPECT_EQ(clients_that_fit(20'000, 2), (20'000u - 64 - 96) / 2);
  EXPECT_EQ(clients_that_fit(1'024, 1), (1'024u - 64 - 48) / 2);
  EXPECT_EQ(clients_that_fit(10, 2), 1u);
}

}  // namespace
}  // namespace smartroute::net

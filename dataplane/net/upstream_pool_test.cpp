#include "dataplane/net/upstream_pool.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

namespace smartroute::net {
namespace {

using namespace std::chrono_literals;

// One end in the pool, the other in our hand.
struct Pair {
  explicit Pair(Reactor& io) {
    int fds[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
    ours = std::make_unique<Stream>(io, fds[0]);
    peer = fds[1];
  }
  ~Pair() { ::close(peer); }
  std::unique_ptr<Stream> ours;
  int peer;
};

class UpstreamPoolTest : public ::testing::Test {
 protected:
  Reactor io;
  UpstreamPool pool;
  FakeClock clock;
};

TEST_F(UpstreamPoolTest, GivesBackTheWarmestFirst) {
  Pair a(io), b(io);
  Stream* const first = a.ours.get();
  Stream* const second = b.ours.get();
  pool.give("k", std::move(a.ours), clock.steady(), 8);
  pool.give("k", std::move(b.ours), clock.steady(), 8);
  const auto taken = pool.take("k");
  EXPECT_EQ(taken.get(), second);
  const auto next = pool.take("k");
  EXPECT_EQ(next.get(), first);
  EXPECT_EQ(pool.take("k"), nullptr);
  EXPECT_EQ(pool.take("other"), nullptr);
}

TEST_F(UpstreamPoolTest, DropsConnectionsThatClosedOrSpokeWhileIdle) {
  Pair closed(io), spoke(io);
  pool.give("k", std::move(closed.ours), clock.steady(), 8);
  pool.give("k", std::move(spoke.ours), clock.steady(), 8);
  ::shutdown(closed.peer, SHUT_WR);
  ASSERT_EQ(::write(spoke.peer, "HTTP/1.1 408", 12), 12);
  io.turn(0ms, [] {});
  EXPECT_EQ(pool.take("k"), nullptr);
  EXPECT_EQ(pool.counters().stale, 2u);
}

TEST_F(UpstreamPoolTest, KeepsNoMoreThanTheLimit) {
  Pair a(io), b(io);
  pool.give("k", std::move(a.ours), clock.steady(), 1);
  pool.give("k", std::move(b.ours), clock.steady(), 1);
  EXPECT_EQ(pool.idle_count(), 1u);
  EXPECT_EQ(pool.counters().overflowed, 1u);
}

TEST_F(UpstreamPoolTest, SweepsOutWhatIsOldOrDead) {
  Pair old(io), dead(io), fresh(io);
  pool.give("k", std::move(old.ours), clock.steady(), 8);
  clock.advance(50s);
  pool.give("k", std::move(dead.ours), clock.steady(), 8);
  pool.give("k", std::move(fresh.ours), clock.steady(), 8);
  ::shutdown(dead.peer, SHUT_WR);
  clock.advance(6s);
  io.turn(0ms, [] {});
  pool.sweep(clock.steady(), 55s);
  EXPECT_EQ(pool.idle_count(), 1u);
  EXPECT_NE(pool.take("k"), nullptr);
}

}  // namespace
}  // namespace smartroute::net

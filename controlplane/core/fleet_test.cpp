#include "controlplane/core/fleet.hpp"

#include <gtest/gtest.h>

namespace smartroute::control {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

const WallTime kStart{std::chrono::hours(1'000)};

HelloFacts hello(const std::string& id, std::uint64_t applied = 0, std::int64_t started_at_ms = 1) {
  HelloFacts facts;
  facts.instance = InstanceId(id);
  facts.applied = Revision{applied};
  facts.started_at_ms = started_at_ms;
  return facts;
}

config::Problems one_problem() {
  config::Problem problem;
  problem.path = "tiers.t1";
  problem.what = "is not to this instance's taste";
  return {problem};
}

TEST(Fleet, ShowsWhatEachInstanceRuns) {
  Fleet fleet;
  const auto a = fleet.connect(hello("a"), kStart);
  const auto b = fleet.connect(hello("b", 3), kStart);
  ASSERT_TRUE(a && b);
  EXPECT_TRUE(fleet.acknowledge(*a, Revision{4}, kStart + seconds(1)));
  EXPECT_TRUE(fleet.reject(*b, Revision{4}, one_problem(), kStart + seconds(2)));
  const auto rows = fleet.list(kStart + seconds(3));
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].applied, Revision{4});
  EXPECT_EQ(rows[0].rejected, Revision{});
  EXPECT_EQ(rows[0].last_seen, kStart + seconds(1));
  EXPECT_EQ(rows[1].applied, Revision{3});
  EXPECT_EQ(rows[1].rejected, Revision{4});
  EXPECT_EQ(rows[1].problems, one_problem());
  EXPECT_EQ(rows[1].connected_at, kStart);
  EXPECT_EQ(fleet.connected(), 2u);
}

TEST(Fleet, ClearsARefusalOnceThatOrANewerRevisionIsServed) {
  Fleet fleet;
  const auto a = *fleet.connect(hello("a", 3), kStart);
  fleet.reject(a, Revision{5}, one_problem(), kStart);
  fleet.acknowledge(a, Revision{4}, kStart);
  EXPECT_EQ(fleet.list(kStart)[0].rejected, Revision{5});
  fleet.acknowledge(a, Revision{6}, kStart);
  EXPECT_EQ(fleet.list(kStart)[0].rejected, Revision{});
  EXPECT_TRUE(fleet.list(kStart)[0].problems.empty());
}

TEST(Fleet, KeepsTheNewestOfTwoRefusals) {
  Fleet fleet;
  const auto a = *fleet.connect(hello("a"), kStart);
  fleet.reject(a, Revision{5}, one_problem(), kStart);
  fleet.reject(a, Revision{4}, {}, kStart);
  EXPECT_EQ(fleet.list(kStart)[0].rejected, Revision{5});
  EXPECT_EQ(fleet.list(kStart)[0].problems, one_problem());
}

TEST(Fleet, LetsALaterStreamTakeTheRowOver) {
  Fleet fleet;
  const auto old_stream = *fleet.connect(hello("a", 1), kStart);
  const auto new_stream = *fleet.connect(hello("a", 2), kStart + seconds(5));
  EXPECT_FALSE(fleet.acknowledge(old_stream, Revision{9}, kStart + seconds(6)));
  EXPECT_FALSE(fleet.reject(old_stream, Revision{9}, {}, kStart + seconds(6)));
  EXPECT_FALSE(fleet.touch(old_stream, kStart + seconds(6)));
  EXPECT_FALSE(fleet.disconnect(old_stream, kStart + seconds(6)));
  const auto rows = fleet.list(kStart + seconds(7));
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_TRUE(rows[0].connected);
  EXPECT_EQ(rows[0].applied, Revision{2});
  EXPECT_EQ(rows[0].connected_at, kStart + seconds(5));
  EXPECT_EQ(fleet.connected(), 1u);
  EXPECT_TRUE(fleet.disconnect(new_stream, kStart + seconds(8)));
  EXPECT_FALSE(fleet.list(kStart + seconds(8))[0].connected);
}

TEST(Fleet, RemembersARefusalOverAReconnectButNotOverARestart) {
  Fleet fleet;
  fleet.reject(*fleet.connect(hello("a", 3, 1), kStart), Revision{4}, one_problem(), kStart);
  fleet.connect(hello("a", 3, 1), kStart);
  EXPECT_EQ(fleet.list(kStart)[0].rejected, Revision{4});
  fleet.connect(hello("a", 3, 2), kStart);
  EXPECT_EQ(fleet.list(kStart)[0].rejected, Revision{});
}

TEST(Fleet, ForgetsADisconnectedInstanceAfterAnHour) {
  Fleet fleet;
  const auto a = *fleet.connect(hello("a"), kStart);
  fleet.connect(hello("b"), kStart);
  fleet.disconnect(a, kStart + minutes(1));
  EXPECT_EQ(fleet.list(kStart + minutes(60)).size(), 2u);
  const auto rows = fleet.list(kStart + minutes(61));
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].hello.instance, InstanceId("b"));
}

TEST(Fleet, KnowsTheHighestRevisionAnyInstanceApplied) {
  Fleet fleet;
  EXPECT_EQ(fleet.highest_applied(), Revision{});
  const auto a = *fleet.connect(hello("a", 7), kStart);
  fleet.connect(hello("b", 12), kStart);
  fleet.acknowledge(a, Revision{9}, kStart);
  EXPECT_EQ(fleet.highest_applied(), Revision{12});
}

TEST(Fleet, StaysWithinItsBoundAndGivesUpTheLongestGoneFirst) {
  Fleet fleet;
  std::vector<StreamId> streams;
  for (std::size_t i = 0; i < Fleet::kMaxInstances; ++i)
    streams.push_back(*fleet.connect(hello("i" + std::to_string(i)), kStart));
  EXPECT_FALSE(fleet.connect(hello("one more"), kStart).has_value());
  fleet.disconnect(streams[7], kStart + seconds(1));
  fleet.disconnect(streams[5], kStart + seconds(2));
  EXPECT_TRUE(fleet.connect(hello("one more"), kStart + seconds(3)).has_value());
  const auto rows = fleet.list(kStart + seconds(3));
  EXPECT_EQ(rows.size(), Fleet::kMaxInstances);
  for (const auto& row : rows) EXPECT_NE(row.hello.instance, InstanceId("i7"));
}

TEST(Fleet, KeepsABoundedNumberOfProblems) {
  Fleet fleet;
  const auto a = *fleet.connect(hello("a"), kStart);
  fleet.reject(a, Revision{1}, config::Problems(10 * Fleet::kMaxProblems), kStart);
  EXPECT_EQ(fleet.list(kStart)[0].problems.size(), Fleet::kMaxProblems);
}

}  // namespace
}  // namespace smartroute::control

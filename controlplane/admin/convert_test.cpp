#include "controlplane/admin/convert.hpp"

#include <gtest/gtest.h>

namespace smartroute::control::admin {
namespace {

InstanceStatus instance(std::uint64_t applied) {
  InstanceStatus status;
  status.hello.instance = InstanceId("proxy-1");
  status.connected = true;
  status.applied = Revision{applied};
  status.last_seen = WallTime(std::chrono::milliseconds(1'700'000'000'123));
  return status;
}

TEST(Convert, ShowsThatTheControlPlaneIsBehindAnInstance) {
  const auto message = to_message(instance(9), Revision{4});
  ASSERT_EQ(message.problems_size(), 1);
  EXPECT_EQ(
      message.problems(0).what().find("the control plane is behind this instance: revision 9 > 4"),
      0u);
  EXPECT_EQ(to_message(instance(4), Revision{4}).problems_size(), 0);
}

TEST(Convert, KeepsTheProblemsOfARefusedRevision) {
  auto status = instance(4);
  status.rejected = Revision{5};
  status.problems.push_back(
      {"router.mode", "is not known here", "keyword", "", 0, config::Severity::Error});
  const auto message = to_message(status, Revision{5});
  EXPECT_EQ(message.rejected_revision(), 5u);
  ASSERT_EQ(message.problems_size(), 1);
  EXPECT_EQ(message.problems(0).nearest(), "keyword");
  EXPECT_EQ(message.last_seen_ms(), 1'700'000'000'123);
}

}  // namespace
}  // namespace smartroute::control::admin

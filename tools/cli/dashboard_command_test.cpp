#include "tools/cli/dashboard_command.hpp"

#include <gtest/gtest.h>

#include <set>

#include "tools/cli/up.hpp"

namespace smartroute::cli {
namespace {

TEST(RandomPassword, IsLongAndNeverTheSame) {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    const std::string password = random_password();
    EXPECT_EQ(password.size(), 29u);
    EXPECT_TRUE(seen.insert(password).second);
  }
}

TEST(DashboardCommand, SaysWhenNobodyIsThere) {
  AdminAccess nowhere;
  nowhere.admin = "127.0.0.1:1";
  nowhere.token = "sra_test";
  EXPECT_EQ(dashboard_link(nowhere, Output::Text), kFailed);
  EXPECT_EQ(reset_password(nowhere, "ana", TwoFactor::Keep, Output::Text), kFailed);
}

}  // namespace
}  // namespace smartroute::cli

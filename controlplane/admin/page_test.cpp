#include "controlplane/admin/page.hpp"

#include <gtest/gtest.h>

namespace smartroute::control::admin {
namespace {

TEST(Page, NamesItsAddressAndTokenFileAndNothingElseIsLeftOpen) {
  const std::string page = make_page("http://127.0.0.1:6688", "/var/lib/<b>/admin.token");
  EXPECT_NE(page.find("http://127.0.0.1:6688/smartroute.admin.v1.ConfigService/GetConfig"),
            std::string::npos);
  EXPECT_NE(page.find("/var/lib/&lt;b&gt;/admin.token"), std::string::npos);
  EXPECT_EQ(page.find("<b>"), std::string::npos);
  EXPECT_EQ(page.find("@TOKEN_FILE@"), std::string::npos);
  EXPECT_EQ(page.find("@URL@"), std::string::npos);
  EXPECT_EQ(page.find("<script"), std::string::npos)
      << "the content security policy would not run it";
}

}  // namespace
}  // namespace smartroute::control::admin

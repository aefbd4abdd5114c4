#include "controlplane/http/browser_fields.hpp"

#include <gtest/gtest.h>

namespace smartroute::control::http {
namespace {

TEST(BrowserFields, AreFoundWhateverTheirCase) {
  Head head;
  read_browser_fields("POST / HTTP/1.1\r\nHost: a\r\nCOOKIE: a=1\r\nUser-Agent: b\r\nSec-Fetch-Site: none\r\nX-SmartRoute-CSRF: t\r\n\r\n", head);
  EXPECT_EQ(head.cookie, "a=1");
  EXPECT_EQ(head.user_agent, "b");
  EXPECT_EQ(head.sec_fetch_site, "none");
  EXPECT_EQ(head.csrf, "t");
}

TEST(BrowserFields, OwnFieldsArePassedAsTheyAreButNotTheTokenOfTheSession) {
  Head head;
  read_browser_fields("POST / HTTP/1.1\r\nHost: a\r\nX-SmartRoute-Guarantee: buffered\r\nx-smartroute-csrf: t\r\nX-SmartRoute: b\r\nx-smartroute-on-break: error\r\n\r\n", head);
  const std::vector<std::pair<std::string, std::string>> own{{"x-smartroute-guarantee", "buffered"}, {"x-smartroute-on-break", "error"}};
  EXPECT_EQ(head.own_fields, own);
  EXPECT_EQ(head.csrf, "t");
}

TEST(BrowserFields, SeveralOfANameAreAllSeen) {
  Head head;
  read_browser_fields("GET / HTTP/1.1\r\nHost: a\r\ncookie: a=1\r\nsec-fetch-site: none\r\ncookie: b=2\r\nsec-fetch-site: cross-site\r\n\r\n", head);
  EXPECT_EQ(head.cookie, "a=1; b=2");
  EXPECT_EQ(head.sec_fetch_site, "none, cross-site") << "which is none that is allowed";
}

}  // namespace
}  // namespace smartroute::control::http

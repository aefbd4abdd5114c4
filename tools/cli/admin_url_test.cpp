#include "tools/cli/admin_url.hpp"

#include <gtest/gtest.h>

namespace smartroute::cli {
namespace {

TEST(AdminUrl, ReadsAddressesAndUrls) {
  const struct {
    const char* text;
    const char* url;
    const char* address;
  } rows[] = {{"127.0.0.1:6688", "http://127.0.0.1:6688", "127.0.0.1:6688"},
              {"6688", "http://127.0.0.1:6688", "127.0.0.1:6688"},
              {"0.0.0.0:6688", "http://127.0.0.1:6688", "127.0.0.1:6688"},
              {"http://127.0.0.1:6688/", "http://127.0.0.1:6688", "127.0.0.1:6688"},
              {"https://127.0.0.1:6688", "https://127.0.0.1:6688", "127.0.0.1:6688"},
              {"https://[::1]:6688", "https://[::1]:6688", "[::1]:6688"},
              {"https://[::1]", "https://[::1]:443", "[::1]:443"},
              {"https://127.0.0.2", "https://127.0.0.2:443", "127.0.0.2:443"},
              {"http://127.0.0.2", "http://127.0.0.2:80", "127.0.0.2:80"}};
  for (const auto& row : rows) {
    const auto url = parse_admin_url(row.text);
    ASSERT_TRUE(url) << row.text << ": " << url.error().text();
    EXPECT_EQ(url->text(), row.url) << row.text;
    EXPECT_EQ(to_string(url->address), row.address) << row.text;
  }
}

TEST(AdminUrl, KeepsTheNameForTheCertificate) {
  const auto url = parse_admin_url("https://localhost:6688");
  ASSERT_TRUE(url) << url.error().text();
  EXPECT_EQ(url->host, "localhost");
  EXPECT_TRUE(url->address.is_loopback()) << to_string(url->address);
}

TEST(AdminUrl, RefusesWhatIsNone) {
  for (const char* bad : {"", "https://", "https://:1", "https://a b:1", "https://127.0.0.1:x", "https://127.0.0.1:70000", "https://user@127.0.0.1:1", "https://127.0.0.1:1/admin", "gw.example:6688"})
    EXPECT_FALSE(parse_admin_url(bad).has_value()) << bad;
}

}  // namespace
}  // namespace smartroute::cli

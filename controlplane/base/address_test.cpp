#include "controlplane/base/address.hpp"

#include <gtest/gtest.h>

namespace smartroute::control::base {
namespace {

TEST(Address, ReadsWhatFlagsHoldAndWritesItBack) {
  const struct {
    const char* text;
    Address want;
    bool loopback;
  } rows[] = {
      {"127.0.0.1:6688", {"127.0.0.1", 6688}, true},
      {"127.9.9.9:0", {"127.9.9.9", 0}, true},
      {"localhost:1", {"localhost", 1}, true},
      {"[::1]:80", {"::1", 80}, true},
      {"0.0.0.0:6688", {"0.0.0.0", 6688}, false},
      {"[::]:65535", {"::", 65535}, false},
      {"10.0.0.7:5", {"10.0.0.7", 5}, false},
      {"gateway.local:5", {"gateway.local", 5}, false},
      {"localhost.evil:5", {"localhost.evil", 5}, false},
  };
  for (const auto& row : rows) {
    const auto parsed = parse_address(row.text);
    ASSERT_TRUE(parsed) << row.text;
    EXPECT_EQ(*parsed, row.want) << row.text;
    EXPECT_EQ(is_loopback(*parsed), row.loopback) << row.text;
    EXPECT_EQ(to_string(*parsed), row.text);
  }
}

TEST(Address, RefusesWhatIsNoHostAndPort) {
  for (const char* text :
       {"", "6688", ":6688", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1",
        "127.0.0.1:6688x", "::1:80", "[::1]", "[]:80", "[nonsense]:80", "http://a:80", "a b:80"}) {
    const auto parsed = parse_address(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_NE(parsed.error().text().find("HOST:PORT"), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace smartroute::control::base

#include <gtest/gtest.h>
#include <unistd.h>

#include "dataplane/net/listener.hpp"

namespace smartroute::net {
namespace {

TEST(ListenAddress, ReadsHostsAndPorts) {
  EXPECT_EQ(parse_listen_address("127.0.0.1:8080")->text(), "127.0.0.1:8080");
  EXPECT_EQ(parse_listen_address("localhost:0")->text(), "127.0.0.1:0");
  EXPECT_EQ(parse_listen_address("[::1]:443")->text(), "[::1]:443");
  EXPECT_EQ(parse_listen_address(":80")->text(), "0.0.0.0:80");
  for (const char* bad : {"8080", "127.0.0.1:", "127.0.0.1:70000", "127.0.0.1:80x", "example.com:80", "127.0.0.1:-1"})
    EXPECT_FALSE(parse_listen_address(bad).has_value()) << bad;
}

TEST(ListenAddress, ReadsSeveralPlaces) {
  const std::string longest = "unix:/" + std::string(UnixAddress::kMaxPath - 1, 'x');
  const struct {
    std::string list;
    std::vector<std::string> places;
  } rows[] = {{"", {}},
              {"none", {}},
              {"127.0.0.1:8080", {"127.0.0.1:8080"}},
              {"unix:/run/a.sock", {"unix:/run/a.sock"}},
              {"unix:a.sock,[::1]:0,127.0.0.1:0,127.0.0.1:0", {"unix:a.sock", "[::1]:0", "127.0.0.1:0", "127.0.0.1:0"}},
              {longest, {longest}}};
  for (const auto& row : rows) {
    const auto read = parse_listen_places(row.list);
    ASSERT_TRUE(read) << row.list << ": " << read.error().text();
    std::vector<std::string> places;
    for (const auto& place : *read) places.push_back(text_of(place));
    EXPECT_EQ(places, row.places) << row.list;
  }
}

TEST(ListenAddress, SaysWhatIsWrongWithAPlace) {
  const struct {
    std::string list;
    const char* says;
  } rows[] = {{"127.0.0.1:1,", "is not HOST:PORT"},
              {",", "is not HOST:PORT"},
              {"unix:", "names no socket"},
              {"unix:/" + std::string(UnixAddress::kMaxPath, 'x'), "is longer than 107 bytes"},
              {std::string("unix:/a\0b", 9), "no zero byte"},
              {"127.0.0.1:80,localhost:80", "'127.0.0.1:80' is named twice"},
              {"unix:/a,unix:/a", "'unix:/a' is named twice"},
              {"none,127.0.0.1:80", "'none' is not HOST:PORT"}};
  for (const auto& row : rows) {
    const auto read = parse_listen_places(row.list);
    ASSERT_FALSE(read) << row.list;
    EXPECT_NE(read.error().text().find(row.says), std::string::npos) << read.error().text();
  }
}

TEST(ListenAddress, ReadsModesInOctal) {
  EXPECT_EQ(*parse_socket_mode("0660"), 0660u);
  EXPECT_EQ(*parse_socket_mode("777"), 0777u);
  EXPECT_EQ(*parse_socket_mode("0"), 0u);
  for (const char* bad : {"", "rw", "0680", "1777", "-1", "0x1f", "660 "}) EXPECT_FALSE(parse_socket_mode(bad).has_value()) << bad;
}

TEST(Listener, RefusesAPortThatSomeoneElseListensOn) {
  ListenAddress address{"127.0.0.1", 0};
  const auto fd = open_listener(address);
  ASSERT_TRUE(fd.has_value());
  address.port = *bound_port(*fd);
  EXPECT_FALSE(require_free_port(address).has_value());
  const auto sibling = open_listener(address);      // the workers of one gateway do share it
  EXPECT_TRUE(sibling.has_value());
  ::close(*fd);
  ::close(*sibling);
  EXPECT_TRUE(require_free_port(address).has_value());
}

}  // namespace
}  // namespace smartroute::net

#include "tools/cli/address.hpp"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace smartroute::cli {
namespace {

TEST(Address, ReadsEveryWayPeopleWriteOne) {
  const struct {
    const char* name;
    const char* text;
    HostPort expected;
  } rows[] = {
      {"IPv4", "127.0.0.1:8080", {"127.0.0.1", 8080}},
      {"every address", "0.0.0.0:80", {"0.0.0.0", 80}},
      {"a free port", "127.0.0.1:0", {"127.0.0.1", 0}},
      {"a name for this machine", "localhost:1", {"127.0.0.1", 1}},
      {"IPv6", "[::1]:65535", {"::1", 65535}},
      {"a lone port", "9000", {"127.0.0.1", 9000}},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    const auto address = parse_host_port(row.text);
    ASSERT_TRUE(address) << address.error().text();
    EXPECT_EQ(*address, row.expected);
  }
}

TEST(Address, RefusesWithASentenceThatShowsARightOne) {
  for (const char* text : {"", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:80x",
                           "::1:80", "example.com:80", ":8080", "[::1]", "300.0.0.1:80"}) {
    SCOPED_TRACE(text);
    const auto address = parse_host_port(text);
    ASSERT_FALSE(address);
    EXPECT_EQ(address.error().kind(), ErrorKind::Invalid);
    EXPECT_THAT(address.error().text(), testing::HasSubstr("for example 127.0.0.1:8080"));
  }
}

TEST(Address, WritesWhatItReads) {
  for (const char* text : {"127.0.0.1:8080", "[::1]:80", "0.0.0.0:0"})
    EXPECT_EQ(to_string(*parse_host_port(text)), text);
}

TEST(Address, EveryAddressIsDialledOnThisMachine) {
  EXPECT_EQ(to_string(dialled(HostPort{"0.0.0.0", 80})), "127.0.0.1:80");
  EXPECT_EQ(to_string(dialled(HostPort{"::", 80})), "[::1]:80");
  EXPECT_EQ(to_string(dialled(HostPort{"192.0.2.7", 80})), "192.0.2.7:80");
}

TEST(Address, ATakenPortIsNamedWithItsFlagAndAWayOut) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  // As the daemons listen: a second listener that shares the port would not notice this one.
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  ASSERT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&address), length), 0);
  ASSERT_EQ(::listen(fd, 1), 0);
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length);
  const HostPort taken{"127.0.0.1", ntohs(address.sin_port)};

  const auto refused = check_free(taken, "--listen");
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().text(),
              testing::HasSubstr("port " + std::to_string(taken.port) + " on 127.0.0.1 is taken"));
  EXPECT_THAT(refused.error().text(), testing::HasSubstr("--listen 127.0.0.1:0"));
  ::close(fd);
  EXPECT_TRUE(check_free(taken, "--listen"));
}

TEST(Address, GrpcTakesASocketPathOrAnAddress) {
  EXPECT_EQ(*parse_grpc_address("unix:/run/control.sock"), "unix:/run/control.sock");
  EXPECT_EQ(*parse_grpc_address("localhost:6689"), "127.0.0.1:6689");
  EXPECT_FALSE(parse_grpc_address("unix:"));
  EXPECT_FALSE(parse_grpc_address("control.sock"));
  EXPECT_FALSE(parse_grpc_address("unix:/" + std::string(kMaxSocketPath, 'x')));
}

}  // namespace
}  // namespace smartroute::cli

#include "dataplane/net/address_policy.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include "dataplane/net/listener.hpp"

namespace smartroute::net {
namespace {

using boost::asio::ip::make_address;

struct Row {
  const char* address;
  const char* host;
  bool allow_private;
  AddressVerdict verdict;
};

TEST(AddressPolicy, JudgesEachKindOfAddress) {
  const Row rows[] = {
      {"93.184.216.34", "api.example.com", false, AddressVerdict::Allowed},
      {"2606:2800:220:1::1", "api.example.com", false, AddressVerdict::Allowed},
      {"10.1.2.3", "api.example.com", false, AddressVerdict::PrivateFromPublicName},
      {"172.31.0.1", "api.example.com", false, AddressVerdict::PrivateFromPublicName},
      {"172.32.0.1", "api.example.com", false, AddressVerdict::Allowed},
      {"192.168.0.1", "api.example.com", false, AddressVerdict::PrivateFromPublicName},
      {"127.0.0.1", "api.example.com", false, AddressVerdict::PrivateFromPublicName},
      {"100.64.0.1", "api.example.com", false, AddressVerdict::PrivateFromPublicName},
      {"fd12::1", "api.example.com", false, AddressVerdict::PrivateFromPublicName},
      {"::1", "api.example.com", false, AddressVerdict::PrivateFromPublicName},
      {"::ffff:10.0.0.1", "api.example.com", false, AddressVerdict::PrivateFromPublicName},
      {"10.1.2.3", "api.example.com", true, AddressVerdict::Allowed},
      {"10.1.2.3", "10.1.2.3", false, AddressVerdict::Allowed},
      {"127.0.0.1", "vllm.default.svc.cluster.local", false, AddressVerdict::Allowed},
      // Never, whoever asks.
      {"169.254.169.254", "192.0.2.1", true, AddressVerdict::LinkLocal},
      {"::ffff:169.254.169.254", "192.0.2.1", true, AddressVerdict::LinkLocal},
      {"fe80::1", "vllm.default.svc.cluster.local", true, AddressVerdict::LinkLocal},
      {"fd00:ec2::254", "192.0.2.1", true, AddressVerdict::LinkLocal},
      {"0.0.0.0", "192.0.2.1", true, AddressVerdict::NotUnicast},
      {"224.0.0.1", "192.0.2.1", true, AddressVerdict::NotUnicast},
      {"255.255.255.255", "192.0.2.1", true, AddressVerdict::NotUnicast},
      {"ff02::1", "192.0.2.1", true, AddressVerdict::NotUnicast},
  };
  for (const Row& row : rows)
    EXPECT_EQ(judge_address(make_address(row.address), row.host, row.allow_private), row.verdict) << row.address;
}

TEST(ListenAddress, ReadsHostsAndPorts) {
  EXPECT_EQ(parse_listen_address("127.0.0.1:8080")->text(), "127.0.0.1:8080");
  EXPECT_EQ(parse_listen_address("localhost:0")->text(), "127.0.0.1:0");
  EXPECT_EQ(parse_listen_address("[::1]:443")->text(), "[::1]:443");
  EXPECT_EQ(parse_listen_address(":80")->text(), "0.0.0.0:80");
  for (const char* bad : {"8080", "127.0.0.1:", "127.0.0.1:70000", "127.0.0.1:80x", "example.com:80", "127.0.0.1:-1"})
    EXPECT_FALSE(parse_listen_address(bad).has_value()) << bad;
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

#include "contract/config/address_policy.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>

namespace smartroute::config {
namespace {

AddressVerdict judge(const char* text, const char* host, bool allow_private) {
  Ipv4 v4;
  Ipv6 v6;
  if (inet_pton(AF_INET, text, v4.data()) == 1) return judge_address(v4, host, allow_private);
  EXPECT_EQ(inet_pton(AF_INET6, text, v6.data()), 1) << text;
  return judge_address(v6, host, allow_private);
}

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
      {"64:ff9b::169.254.169.254", "192.0.2.1", true, AddressVerdict::LinkLocal},
      {"2002:a9fe:a9fe::1", "192.0.2.1", true, AddressVerdict::LinkLocal},
      {"2001::5601:5601", "192.0.2.1", true, AddressVerdict::LinkLocal},
      {"100.100.100.200", "ollama", true, AddressVerdict::LinkLocal},
      {"0.0.0.0", "192.0.2.1", true, AddressVerdict::NotUnicast},
      {"224.0.0.1", "192.0.2.1", true, AddressVerdict::NotUnicast},
      {"255.255.255.255", "192.0.2.1", true, AddressVerdict::NotUnicast},
      {"ff02::1", "192.0.2.1", true, AddressVerdict::NotUnicast},
  };
  for (const Row& row : rows) EXPECT_EQ(judge(row.address, row.host, row.allow_private), row.verdict) << row.address;
}

}  // namespace
}  // namespace smartroute::config

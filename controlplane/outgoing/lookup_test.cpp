#include "controlplane/outgoing/lookup.hpp"

#include <gtest/gtest.h>

#include <future>
#include <memory>

namespace smartroute::control::outgoing {
namespace {

Found found_of(const char* host, bool allow_private) {
  const auto found = std::make_shared<std::promise<Found>>();
  look_up(host, allow_private, [found](Found answer) { found->set_value(std::move(answer)); });
  return found->get_future().get();
}

TEST(LookUp, FindsWhatTheNameHas) {
  const Found found = found_of("localhost", false);
  ASSERT_FALSE(found.addresses.empty()) << found.failure;
  for (const auto& address : found.addresses) EXPECT_TRUE(address == "127.0.0.1" || address == "[::1]") << address;
}

TEST(LookUp, RefusesForbiddenAddressesWhoeverAsks) {
  for (const char* host : {"169.254.169.254", "::ffff:169.254.169.254", "0.0.0.0", "fe80::1"}) {
    const Found found = found_of(host, true);
    EXPECT_TRUE(found.addresses.empty()) << host;
    EXPECT_NE(found.verdict, config::AddressVerdict::Allowed) << host;
  }
}

TEST(LookUp, SaysWhatTheResolverSaid) {
  const Found found = found_of("no-such-name.invalid", true);
  EXPECT_TRUE(found.addresses.empty());
  EXPECT_FALSE(found.failure.empty());
  EXPECT_EQ(found.verdict, config::AddressVerdict::Allowed);
}

TEST(IsAddress, TellsAddressesFromNames) {
  for (const char* address : {"127.0.0.1", "::1", "2001:db8::1"}) EXPECT_TRUE(is_address(address)) << address;
  for (const char* name : {"localhost", "127.1", "[::1]", "1.2.3.4.example", ""}) EXPECT_FALSE(is_address(name)) << name;
}

}  // namespace
}  // namespace smartroute::control::outgoing

#include "controlplane/core/own_key.hpp"

#include <gtest/gtest.h>

#include "contract/config/decode.hpp"
#include "contract/config/placeholder_secrets.hpp"
#include "contract/config/validate.hpp"
#include "smartroute/v1/config.pb.h"

namespace smartroute::control {
namespace {

const Secret kKey("srd_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG");

v1::Config with_keys(std::initializer_list<const char*> names) {
  v1::Config config;
  for (const char* name : names) {
    v1::GatewayKey& key = *config.mutable_gateway()->add_keys();
    key.set_name(name);
    key.mutable_key()->set_value(std::string("a-good-gateway-key-of-") + name);
  }
  return config;
}

TEST(OwnKey, IsNeverTheFirstKey) {
  const v1::Config open;
  EXPECT_FALSE(asks_for_key(open));
  EXPECT_EQ(with_own_key(open, kKey).ByteSizeLong(), 0u);
}

TEST(OwnKey, IsAddedToKeysOfEitherKind) {
  v1::Config bare;
  bare.mutable_gateway()->add_api_keys()->set_value("a-good-gateway-key");
  for (const v1::Config& config : {bare, with_keys({"web"})}) {
    const v1::Config pushed = with_own_key(config, kKey);
    const auto& last = pushed.gateway().keys(pushed.gateway().keys_size() - 1);
    EXPECT_EQ(last.name(), kOwnKeyName);
    EXPECT_EQ(last.key().value(), kKey.reveal());
    EXPECT_EQ(pushed.gateway().keys_size(), config.gateway().keys_size() + 1);
  }
}

TEST(OwnKey, LeavesEveryOtherKeyItsName) {
  const v1::Config pushed = with_own_key(with_keys({"dashboard", "dashboard-2"}), kKey);
  EXPECT_EQ(pushed.gateway().keys(0).key().value(), "a-good-gateway-key-of-dashboard");
  EXPECT_EQ(pushed.gateway().keys(2).name(), "dashboard-3");
}

TEST(OwnKey, IsOneThatDataPlanesTake) {
  const auto decoded = config::decode(with_own_key(with_keys({"dashboard"}), kKey), config::no_secrets());
  for (const auto& problem : config::validate(decoded.config)) EXPECT_EQ(problem.path.find("gateway"), std::string::npos) << config::to_string(problem);
  EXPECT_EQ(decoded.config.gateway.keys.size(), 2u);
}

TEST(OwnKey, GivesTheSameBytesEveryTime) {
  const v1::Config config = with_keys({"web"});
  EXPECT_EQ(config::fingerprint(with_own_key(config, kKey)), config::fingerprint(with_own_key(config, kKey)));
  EXPECT_NE(config::fingerprint(with_own_key(config, kKey)), config::fingerprint(config));
}

}  // namespace
}  // namespace smartroute::control

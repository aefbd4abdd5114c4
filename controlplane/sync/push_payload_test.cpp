#include "controlplane/sync/push_payload.hpp"

#include <gtest/gtest.h>

#include "contract/config/decode.hpp"
#include "smartroute/v1/sync.pb.h"

namespace smartroute::control::sync {
namespace {

TEST(PushPayload, PrefixAndSharedBytesMakeOneMessage) {
  v1::Config config;
  config.set_default_provider("openai");
  const auto payload = make_payload(Revision{300}, config);
  ASSERT_NE(payload, nullptr);
  for (const std::uint64_t nonce : {1ull, 127ull, 128ull, ~0ull}) {
    v1::ControlMessage message;
    ASSERT_TRUE(message.ParseFromString(message_prefix(*payload, nonce) + payload->shared));
    EXPECT_EQ(message.config().nonce(), nonce);
    EXPECT_EQ(message.config().revision(), 300u);
    EXPECT_EQ(message.config().config().default_provider(), "openai");
    EXPECT_EQ(message.config().fingerprint(), config::fingerprint(config));
  }
}

TEST(PushPayload, RefusesAConfigurationThatNoDataPlaneWouldTake) {
  v1::Config config;
  config.set_default_provider(std::string(kMaxConfigBytes, 'x'));
  EXPECT_EQ(make_payload(Revision{1}, config), nullptr);
  config.set_default_provider(std::string(kMaxConfigBytes - 100, 'x'));
  const auto payload = make_payload(Revision{1}, config);
  ASSERT_NE(payload, nullptr);
  EXPECT_LE(message_prefix(*payload, ~0ull).size() + payload->shared.size(), kMaxMessageBytes);
}

}  // namespace
}  // namespace smartroute::control::sync

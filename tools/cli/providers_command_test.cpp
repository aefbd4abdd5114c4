#include "tools/cli/providers_command.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "smartroute/v1/admin.pb.h"
#include "smartroute/v1/config.pb.h"

namespace smartroute::cli {
namespace {

using ::testing::HasSubstr;

std::vector<ProviderRow> rows() {
  v1::Config config;
  auto* a = config.add_providers();
  a->set_id("a");
  a->set_base_url("https://a.example/v1");
  a->mutable_api_key()->set_hint("…abcd");
  auto* b = config.add_providers();
  b->set_id("b");
  b->set_base_url("https://b.example/v1");
  b->set_protocol(v1::Provider::PROTOCOL_ANTHROPIC);
  b->mutable_api_key()->set_hint("${B_KEY}");
  config.add_providers()->set_id("c");
  admin::v1::ListModelHealthResponse health;
  for (const auto& [name, score, cooling] : {std::tuple("a/x", 100.0, 0), std::tuple("a/y", 40.0, 3'000)}) {
    auto* model = health.add_models();
    model->set_model(name);
    model->set_provider("a");
    model->set_health(score);
    model->set_cooling_ms(cooling);
  }
  return provider_rows(config, health, {"providers[1].api_key"});
}

TEST(ProvidersList, SaysKeyModelsAndHealthOfEach) {
  EXPECT_EQ(providers_text(rows()),
            "PROVIDER  PROTOCOL   BASE URL              KEY      HEALTH               MODELS\n"
            "a         openai     https://a.example/v1  yes      40.0, 1 in cooldown  2: x, y\n"
            "b         anthropic  https://b.example/v1  missing  -                    0\n"
            "c         openai                           none     -                    0\n");
  const auto json = nlohmann::json::parse(providers_json(rows()));
  EXPECT_EQ(json["providers"][0]["models_cooling"], 1);
  EXPECT_EQ(json["providers"][1]["key"], "missing");
  EXPECT_EQ(providers_json(rows()).find("abcd"), std::string::npos);
}

TEST(ProvidersTest, SaysHowFarItCame) {
  admin::v1::TestProviderResponse said;
  said.set_ok(true);
  said.add_models("m");
  said.set_connect_ms(0.31);
  said.set_first_byte_ms(1.25);
  said.set_address("127.0.0.1:9");
  EXPECT_EQ(test_text(said), "1 model, connected in 0.3 ms, first byte after 1.2 ms, 127.0.0.1:9, no TLS");
  said.set_tls("TLSv1.3, TLS_AES_128_GCM_SHA256");
  EXPECT_THAT(test_text(said), HasSubstr("TLSv1.3"));
  said.set_ok(false);
  said.set_step("connect");
  said.set_message("Nothing listens there.");
  EXPECT_EQ(test_text(said), "connect: Nothing listens there.");
}

}  // namespace
}  // namespace smartroute::cli

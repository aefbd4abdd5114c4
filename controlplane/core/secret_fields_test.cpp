#include "controlplane/core/secret_fields.hpp"

#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include "contract/config/decode.hpp"
#include "smartroute/v1/config.pb.h"

namespace smartroute::control {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// Sets every field of every message once, whatever the schema has, and counts the secrets it made.
int fill(Message& message) {
  if (message.GetDescriptor() == v1::SecretValue::descriptor()) {
    static_cast<v1::SecretValue&>(message).set_value("canary-secret-value");
    return 1;
  }
  int secrets = 0;
  const auto& reflection = *message.GetReflection();
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* field = message.GetDescriptor()->field(i);
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
    if (field->is_map()) {
      Message& entry = *reflection.AddMessage(&message, field);
      entry.GetReflection()->SetString(&entry, field->message_type()->map_key(), "key");
      if (field->message_type()->map_value()->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE)
        secrets += fill(
            *entry.GetReflection()->MutableMessage(&entry, field->message_type()->map_value()));
    } else if (field->is_repeated()) {
      secrets += fill(*reflection.AddMessage(&message, field));
    } else {
      secrets += fill(*reflection.MutableMessage(&message, field));
    }
  }
  return secrets;
}

TEST(SecretFields, AreFoundWhereverTheSchemaHasOne) {
  v1::Config config;
  const int made = fill(config);
  ASSERT_GE(made, 3);
  int seen = 0;
  for_each_secret(static_cast<const v1::Config&>(config),
                  [&](const SecretPlace&, const v1::SecretValue&) { ++seen; });
  EXPECT_EQ(seen, made);
  for_each_secret(
      config, [&](const SecretPlace&, v1::SecretValue& secret) { secret.set_value("${NAME}"); });
  EXPECT_EQ(config.SerializeAsString().find("canary-secret-value"), std::string::npos);
}

// The contract names its secret fields one by one; this fails when a new one was forgotten there.
TEST(SecretFields, AreAllHiddenByTheContract) {
  v1::Config config;
  fill(config);
  EXPECT_EQ(config::redact(config).SerializeAsString().find("canary-secret-value"),
            std::string::npos);
  EXPECT_EQ(config::encode_yaml(config).find("canary-secret-value"), std::string::npos);
}

TEST(SecretFields, ArePlacedByPositionAndIdentity) {
  v1::Config config;
  config.mutable_gateway()->add_api_keys()->set_value("k0");
  config.mutable_gateway()->add_api_keys()->set_value("k1");
  auto& provider = *config.add_providers();
  provider.set_id("openai");
  provider.mutable_api_key()->set_value("p");
  config.add_providers()->mutable_api_key()->set_value("q");
  config.mutable_router()->mutable_llm()->mutable_api_key()->set_value("j");
  std::vector<std::string> seen;
  for_each_secret(static_cast<const v1::Config&>(config), [&](const SecretPlace& place,
                                                              const v1::SecretValue& secret) {
    seen.push_back(secret.value() + " " + place.path + " " + place.identity + " " + place.list);
  });
  // Paths are part of what is sealed (config_service.cpp): a change here makes stored secrets
  // unreadable.
  EXPECT_EQ(seen,
            (std::vector<std::string>{"k0 gateway.api_keys[0] gateway.api_keys[0] gateway.api_keys",
                                      "k1 gateway.api_keys[1] gateway.api_keys[1] gateway.api_keys",
                                      "p providers[0].api_key providers[openai].api_key ",
                                      "q providers[1].api_key providers[1].api_key ",
                                      "j router.llm.api_key router.llm.api_key "}));
}

TEST(SecretFields, ShowReferencesButOnlyTheEndOfLiterals) {
  v1::SecretValue secret;
  EXPECT_EQ(shown(secret), "");
  secret.set_value("${OPENAI_API_KEY}");
  EXPECT_EQ(shown(secret), "${OPENAI_API_KEY}");
  secret.set_value("sk-abcdefghijkl");
  EXPECT_EQ(shown(secret), "…ijkl");
  secret.set_value("short");
  EXPECT_EQ(shown(secret), "…");
  secret.set_sealed("bytes");
  EXPECT_EQ(shown(secret), "…");
  secret.set_hint("…wxyz");
  EXPECT_EQ(shown(secret), "…wxyz");
}

}  // namespace
}  // namespace smartroute::control

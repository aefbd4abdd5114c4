#include <gmock/gmock.h>
#include <google/protobuf/util/message_differencer.h>

#include <set>

#include "contract/config/decode.hpp"
#include "contract/config/message_form.hpp"
#include "smartroute/v1/config.pb.h"

namespace smartroute::config {
namespace {

namespace pb = google::protobuf;
using pb::util::MessageDifferencer;

v1::Config read(std::string_view text) {
  auto document = decode_document(text, "f");
  for (const auto& problem : document.problems) ADD_FAILURE() << to_string(problem);
  return *document.message;
}

const char* const kSmall = R"(
providers:
  - {id: openai, base_url: "https://api.openai.com/v1", api_key: "${OPENAI_API_KEY}"}
  - {id: local, base_url: "http://127.0.0.1:1/v1", tls_verify: false}
models:
  - {id: openai/gpt-4.1, weight: 0, price: {input: 2, output: 8}}
  - {id: local/x, timeouts: {total: 30s}}
gateway: {keys: [{name: web, key: "${WEB_KEY}"}]}
tiers: {t1: {models: [local/x], timeouts: {first_byte: 1500ms}}}
router: {llm: {model: local/x}, keywords: {t3: [prove]}}
retry: {status_codes: [503]}
limits: {drain_timeout: 2s, heartbeat: 0s}
params: {global: {temperature: 0.70}}
)";

TEST(Effective, KeepsWhatWasSaid) {
  const v1::Config said = read(kSmall);
  const v1::Config all = with_defaults(said);
  std::string difference;
  MessageDifferencer differencer;
  differencer.set_scope(MessageDifferencer::PARTIAL);
  differencer.ReportDifferencesToString(&difference);
  EXPECT_TRUE(differencer.Compare(said, all)) << difference;
}

TEST(Effective, WritesTheDefaultsThatTheDecoderFills) {
  const v1::Config all = with_defaults(read(kSmall));
  EXPECT_EQ(all.default_provider(), "openai");
  EXPECT_TRUE(all.providers(0).tls_verify());
  EXPECT_FALSE(all.providers(1).tls_verify());
  EXPECT_EQ(all.models(0).weight(), 0);
  EXPECT_EQ(all.models(1).weight(), 1);
  EXPECT_EQ(all.models(1).timeouts().idle().seconds(), 30) << "a default is cut to what was said";
  EXPECT_EQ(all.tiers().t1().timeouts().connect().seconds(), 1);
  EXPECT_EQ(all.tiers().t2().strategy(), v1::Tier::STRATEGY_SEQUENTIAL);
  EXPECT_EQ(all.router().mode(), v1::Router::MODE_CASCADE);
  EXPECT_EQ(all.router().llm().cache_entries(), 4096);
  EXPECT_TRUE(all.router().llm().has_allow_private() && all.tracing().has_allow_private());
  EXPECT_EQ(all.retry().status_codes_size(), 1);
  EXPECT_EQ(all.retry().error_keywords_size(), 4);
  EXPECT_EQ(all.limits().drain_accept().seconds(), 2);
  EXPECT_TRUE(all.limits().has_heartbeat());
  EXPECT_FALSE(all.models(1).has_price()) << "an unknown price is not zero";
  EXPECT_FALSE(all.models(0).has_context_window());
}

TEST(Effective, MeansTheSameAsTheDocumentItIsMadeOf) {
  for (const std::string text : {"{}", kSmall}) {
    const v1::Config said = read(text);
    const std::string once = encode_effective_json(said);
    const v1::Config back = read(once);
    std::string difference;
    MessageDifferencer differencer;
    differencer.ReportDifferencesToString(&difference);
    EXPECT_TRUE(differencer.Compare(with_defaults(said), back)) << difference << once;
    EXPECT_EQ(encode_effective_json(back), once);
  }
}

TEST(Effective, EmptyListsAndTextsAreThereWhatIsUnknownIsNot) {
  const std::string text = encode_effective_json(read(kSmall));
  for (const char* part :
       {"\"api_keys\": []", "\"fallbacks\": []", "\"model_map\": {}", "\"t2\": []",
        "\"tls_ca_file\": \"\"", "\"api_key\": \"${OPENAI_API_KEY}\"", "\"first_byte\": \"1500ms\"",
        "\"strategy\": \"sequential\"", "\"temperature\": 0.70", "\"endpoint\": \"\""})
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  EXPECT_EQ(text.find("context_window"), std::string::npos);
  EXPECT_EQ(encode_effective_json(v1::Config{}).find("\"llm\""), std::string::npos);
}

TEST(Effective, ALiteralSecretLeavesOnlyItsHint) {
  v1::Config message;
  message.add_providers()->mutable_api_key()->set_value("a-literal-secret-9876");
  EXPECT_EQ(encode_effective_json(message).find("a-literal"), std::string::npos);
}

// Every field of a kind that may be unset, outside what has no default, must be set: a field that is
// added to the wire and forgotten in with_defaults() shows up here by name.
void collect_unset(const pb::Message& message, std::set<std::string>& unset) {
  const auto& reflection = *message.GetReflection();
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const auto& field = *message.GetDescriptor()->field(i);
    if (field.is_repeated()) {
      for (int j = 0; j < reflection.FieldSize(message, &field); ++j)
        if (field.cpp_type() == pb::FieldDescriptor::CPPTYPE_MESSAGE)
          collect_unset(reflection.GetRepeatedMessage(message, &field, j), unset);
      continue;
    }
    const bool is_enum = field.cpp_type() == pb::FieldDescriptor::CPPTYPE_ENUM;
    const bool set = reflection.HasField(message, &field);
    if (!set && (field.has_presence() || is_enum)) unset.insert(field.full_name());
    if (set && field.cpp_type() == pb::FieldDescriptor::CPPTYPE_MESSAGE &&
        form_of(*field.message_type()) == MessageForm::Mapping)
      collect_unset(reflection.GetMessage(message, &field), unset);
  }
}

TEST(Effective, LeavesNothingUnsetThatHasADefault) {
  v1::Config message;
  message.mutable_gateway()->add_keys();
  message.add_providers();
  message.add_models();
  message.mutable_router()->mutable_llm();
  std::set<std::string> unset;
  collect_unset(with_defaults(message), unset);
  EXPECT_THAT(unset, testing::UnorderedElementsAre(
                         "smartroute.v1.GatewayKey.key", "smartroute.v1.GatewayKey.log_bodies",
                         "smartroute.v1.Provider.api_key", "smartroute.v1.Model.multimodal",
                         "smartroute.v1.Model.context_window", "smartroute.v1.Model.price",
                         "smartroute.v1.LlmJudge.api_key"));
}

}  // namespace
}  // namespace smartroute::config

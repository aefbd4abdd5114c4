#include "controlplane/core/revision_rules.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "contract/config/decode.hpp"
#include "smartroute/v1/config.pb.h"

namespace smartroute::control {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

v1::Config document(std::string_view text) {
  const auto result = config::decode_document(text, "test.yaml");
  EXPECT_FALSE(config::has_errors(result.problems)) << text;
  return *result.message;
}

std::string fingerprint(const v1::Config& config) {
  return content_fingerprint(
      config, [](std::string_view secret) { return "<" + std::string(secret) + ">"; });
}

constexpr std::string_view kBase = R"(
gateway: {api_keys: [sk-gateway-key-0001, sk-gateway-key-0002]}
providers:
  - {id: openai, protocol: openai, base_url: "https://api.openai.com/v1", api_key: sk-openai-key-aaaa}
  - {id: deepseek, protocol: openai, base_url: "https://api.deepseek.com/v1", api_key: "${DEEPSEEK_API_KEY}"}
router: {llm: {model: openai/gpt-4o-mini, api_key: sk-judge-key-jjjj}}
)";

TEST(ContentFingerprint, IsEqualForEqualContentOnly) {
  const v1::Config base = document(kBase);
  v1::Config other = base;
  EXPECT_EQ(fingerprint(base), fingerprint(other));
  other.mutable_providers(0)->mutable_api_key()->set_value("xk-openai-key-aaaa");
  EXPECT_NE(fingerprint(base), fingerprint(other));
  other = base;
  other.mutable_providers(1)->mutable_api_key()->set_value("${OTHER}");
  EXPECT_NE(fingerprint(base), fingerprint(other));
  other = base;
  other.mutable_router()->set_mode(v1::Router::MODE_RANDOM);
  EXPECT_NE(fingerprint(base), fingerprint(other));
}

TEST(ContentFingerprint, SeesOnlyDigestsOfLiterals) {
  v1::Config a = document(kBase);
  std::vector<std::string> digested;
  content_fingerprint(a, [&](std::string_view secret) {
    digested.emplace_back(secret);
    return std::string("same");
  });
  EXPECT_THAT(digested, ElementsAre("sk-gateway-key-0001", "sk-gateway-key-0002",
                                    "sk-openai-key-aaaa", "sk-judge-key-jjjj"));
  v1::Config b = a;
  b.mutable_providers(0)->mutable_api_key()->set_value("sk-another");
  const auto blind = [](std::string_view) { return std::string("same"); };
  EXPECT_EQ(content_fingerprint(a, blind), content_fingerprint(b, blind));
}

TEST(HiddenSecrets, ComeBackUnchangedAfterARoundTrip) {
  const v1::Config base = document(kBase);
  v1::Config message = config::redact(base);
  EXPECT_THAT(restore_hidden_secrets(message, &base), IsEmpty());
  EXPECT_EQ(message.SerializeAsString(), base.SerializeAsString());
  v1::Config text = document(config::encode_yaml(config::redact(base)));
  EXPECT_THAT(restore_hidden_secrets(text, &base), IsEmpty());
  EXPECT_EQ(fingerprint(text), fingerprint(base));
}

TEST(HiddenSecrets, FollowTheirProviderNotItsPosition) {
  const v1::Config base = document(kBase);
  v1::Config edited = config::redact(base);
  edited.mutable_providers()->SwapElements(0, 1);
  EXPECT_THAT(restore_hidden_secrets(edited, &base), IsEmpty());
  EXPECT_EQ(edited.providers(0).api_key().value(), "${DEEPSEEK_API_KEY}");
  EXPECT_EQ(edited.providers(1).api_key().value(), "sk-openai-key-aaaa");
}

TEST(HiddenSecrets, OfAListAreMatchedByWhatTheyShow) {
  const v1::Config base = document(kBase);
  v1::Config edited = config::redact(base);
  edited.mutable_gateway()->mutable_api_keys()->DeleteSubrange(0, 1);
  edited.mutable_gateway()->add_api_keys()->set_value("sk-new-gateway-key");
  EXPECT_THAT(restore_hidden_secrets(edited, &base), IsEmpty());
  EXPECT_EQ(edited.gateway().api_keys(0).value(), "sk-gateway-key-0002");
  EXPECT_EQ(edited.gateway().api_keys(1).value(), "sk-new-gateway-key");
}

struct Unmatched {
  const char* name;
  const char* text;
  const char* path;
  const char* what;
};

class UnmatchedHint : public testing::TestWithParam<Unmatched> {};

TEST_P(UnmatchedHint, IsAProblemAtItsPath) {
  const v1::Config base = document(kBase);
  v1::Config incoming = document(GetParam().text);
  const auto problems = restore_hidden_secrets(incoming, &base);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].path, GetParam().path);
  EXPECT_EQ(problems[0].severity, config::Severity::Error);
  EXPECT_THAT(problems[0].what, HasSubstr(GetParam().what));
  EXPECT_THAT(problems[0].what, Not(HasSubstr("sk-")));
}

INSTANTIATE_TEST_SUITE_P(
    Rows, UnmatchedHint,
    testing::Values(Unmatched{"UnknownProvider", "providers: [{id: other, api_key: …aaaa}]",
                              "providers[0].api_key", "no stored key"},
                    Unmatched{"OtherEnd", "providers: [{id: openai, api_key: …bbbb}]",
                              "providers[0].api_key", "shows as '…aaaa'"},
                    Unmatched{"GatewayKeyOnceTooOften", "gateway: {api_keys: […0001, …0001]}",
                              "gateway.api_keys[1]", "no stored key"},
                    Unmatched{"UnknownGatewayKey",
                              "gateway: {api_keys: [sk-written-out-key, …9999]}",
                              "gateway.api_keys[1]", "no stored key"}),
    [](const auto& row) { return row.param.name; });

TEST(HiddenSecrets, AreNotGuessedWhenSeveralStoredKeysLookTheSame) {
  v1::Config base;
  base.mutable_gateway()->add_api_keys()->set_value("first");
  base.mutable_gateway()->add_api_keys()->set_value("second");
  v1::Config kept_one;
  kept_one.mutable_gateway()->add_api_keys()->set_hint("…");
  const auto problems = restore_hidden_secrets(kept_one, &base);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_THAT(problems[0].what, HasSubstr("several stored keys"));
  v1::Config kept_both = config::redact(base);
  EXPECT_THAT(restore_hidden_secrets(kept_both, &base), IsEmpty());
  EXPECT_EQ(kept_both.gateway().api_keys(1).value(), "second");
}

TEST(HiddenSecrets, NeedAPreviousRevision) {
  v1::Config first = document("providers: [{id: openai, api_key: …aaaa}]");
  EXPECT_EQ(restore_hidden_secrets(first, nullptr).size(), 1u);
}

TEST(HiddenSecrets, DoNotAcceptSealedBytesFromOutside) {
  v1::Config incoming;
  incoming.add_providers()->mutable_api_key()->set_sealed("anything");
  const auto problems = restore_hidden_secrets(incoming, nullptr);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].path, "providers[0].api_key");
}

struct DiffRow {
  const char* name;
  const char* from;
  const char* to;
  std::vector<Change> changes;
};

class FieldDiff : public testing::TestWithParam<DiffRow> {};

TEST_P(FieldDiff, NamesEachFieldThatDiffers) {
  EXPECT_EQ(diff_fields(document(GetParam().from), document(GetParam().to)), GetParam().changes);
}

void PrintTo(const DiffRow& row, std::ostream* out) { *out << row.name; }

INSTANTIATE_TEST_SUITE_P(
    Rows, FieldDiff,
    testing::Values(
        DiffRow{"Nothing", "default_provider: a", "default_provider: a", {}},
        DiffRow{"Scalar",
                "default_provider: a",
                "default_provider: b",
                {{"default_provider", "a", "b"}}},
        DiffRow{"Enum", "{}", "router: {mode: cascade}", {{"router.mode", "", "cascade"}}},
        DiffRow{"Duration",
                "health: {half_life: 5m}",
                "health: {half_life: 500ms}",
                {{"health.half_life", "5m", "500ms"}}},
        DiffRow{"Double",
                "models: [{id: a/b, weight: 0.5}]",
                "models: [{id: a/b, weight: 0.1}]",
                {{"models[a/b].weight", "0.5", "0.1"}}},
        DiffRow{"FalseIsNotAbsent",
                "{}",
                "retry: {retry_on_empty: false}",
                {{"retry.retry_on_empty", "", "false"}}},
        DiffRow{"ListOfScalars",
                "tiers: {t1: {models: [a, b]}}",
                "tiers: {t1: {models: [b, a]}}",
                {{"tiers.t1.models", "[a, b]", "[b, a]"}}},
        DiffRow{
            "MapEntry",
            "model_map: {gpt-4: a, x: y}",
            "model_map: {gpt-4: b, z: y}",
            {{"model_map.gpt-4", "a", "b"}, {"model_map.x", "y", ""}, {"model_map.z", "", "y"}}},
        DiffRow{"JsonObject",
                "params: {models: {kimi: {top_p: 0.95}}}",
                "params: {models: {kimi: {top_p: 0.9}}}",
                {{"params.models.kimi", "{\"top_p\":0.95}", "{\"top_p\":0.9}"}}},
        DiffRow{"ElementById",
                "providers: [{id: a, base_url: u}, {id: b, base_url: v}]",
                "providers: [{id: b, base_url: w}]",
                {{"providers[a].id", "a", ""},
                 {"providers[a].base_url", "u", ""},
                 {"providers[b].base_url", "v", "w"}}},
        DiffRow{"OrderOfElements",
                "providers: [{id: a}, {id: b}]",
                "providers: [{id: b}, {id: c}, {id: a}]",
                {{"providers[c].id", "", "c"}, {"providers", "[a, b]", "[b, a]"}}},
        DiffRow{"SecretByHint",
                "providers: [{id: a, api_key: sk-aaaaaaaa-1111}]",
                "providers: [{id: a, api_key: sk-aaaaaaaa-2222}]",
                {{"providers[a].api_key", "…1111", "…2222"}}},
        DiffRow{"SecretWithEqualHint",
                "providers: [{id: a, api_key: sk-aaaaaaaa-1111}]",
                "providers: [{id: a, api_key: sk-bbbbbbbb-1111}]",
                {{"providers[a].api_key", "…1111", "…1111 (changed)"}}},
        DiffRow{"SecretBecomesReference",
                "providers: [{id: a, api_key: sk-aaaaaaaa-1111}]",
                "providers: [{id: a, api_key: \"${KEY}\"}]",
                {{"providers[a].api_key", "…1111", "${KEY}"}}},
        DiffRow{"ListOfSecrets",
                "gateway: {api_keys: [sk-aaaaaaaa-1111]}",
                "gateway: {api_keys: [sk-bbbbbbbb-1111, sk-bbbbbbbb-2222]}",
                {{"gateway.api_keys", "[…1111]", "[…1111, …2222]"}}}),
    [](const auto& row) { return row.param.name; });

TEST(DocumentDiff, ShowsLinesAndNoSecret) {
  const v1::Config from = document(kBase);
  v1::Config to = from;
  to.mutable_providers(0)->set_base_url("https://example.com/v1");
  const std::string diff = diff_documents(from, to, "revision 1", "revision 2");
  EXPECT_THAT(diff, HasSubstr("--- revision 1\n+++ revision 2\n"));
  EXPECT_THAT(diff, HasSubstr("example.com"));
  EXPECT_THAT(diff, Not(HasSubstr("sk-openai")));
  EXPECT_EQ(diff_documents(from, from, "a", "b"), "");
}

}  // namespace
}  // namespace smartroute::control

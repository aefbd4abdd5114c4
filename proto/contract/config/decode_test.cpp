#include "contract/config/decode.hpp"

#include <gmock/gmock.h>
#include <google/protobuf/unknown_field_set.h>
#include <google/protobuf/util/message_differencer.h>

#include <unistd.h>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "contract/config/check.hpp"
#include "contract/config/secret_reference.hpp"
#include "smartroute/v1/config.pb.h"

namespace smartroute::config {
namespace {

using google::protobuf::util::MessageDifferencer;
using ::testing::HasSubstr;

SecretSource fake_secrets() {
  SecretSource source;
  source.environment = [](const std::string& name) -> std::optional<std::string> {
    if (name == "OPENAI_API_KEY") return "sk-resolved-openai-0001";
    if (name == "EMPTY") return "";
    return std::nullopt;
  };
  source.file = [](const std::string& path) -> std::optional<std::string> {
    return path == "/run/key" ? std::optional<std::string>("sk-resolved-file-0002") : std::nullopt;
  };
  return source;
}

Config decode_text(std::string_view text) {
  const auto document = decode_document(text, "f");
  EXPECT_FALSE(has_errors(document.problems));
  return decode(*document.message, fake_secrets()).config;
}

TEST(Decode, AnEmptyMessageIsTheDefaults) {
  const auto result = decode(v1::Config{}, {});
  EXPECT_TRUE(result.problems.empty());
  const Config& config = result.config;
  EXPECT_TRUE(config.default_provider.empty());
  EXPECT_EQ(config.router.mode, RouterMode::Cascade);
  EXPECT_EQ(config.router.default_tier, TierName::T2);
  EXPECT_EQ(config.tier(TierName::T1).timeouts.total, Millis(3'600'000));
  EXPECT_EQ(config.tier(TierName::T1).max_attempts, 3);
  EXPECT_EQ(config.retry.status_codes.size(), 8u);
  EXPECT_TRUE(config.retry.retry_on_empty);
  EXPECT_EQ(config.health.half_life, Millis(300'000));
  EXPECT_EQ(config.params.global, "{}");
  EXPECT_EQ(config.logs.retention_days, 7);
  EXPECT_EQ(config.limits.max_body_bytes, 32LL * 1024 * 1024);
  EXPECT_FALSE(config.router.llm.has_value());
}

TEST(Decode, PartsMergeOntoTheirDefaults) {
  const Config config = decode_text(
      "retry: {status_codes: [500]}\nhealth: {penalties: {timeout: 2}, cooldowns: {empty: "
      "5s}}\nlogs: {bodies: false}\n"
      "limits: {max_headers: 20, tls_timeout: 1s}\ntiers: {t3: {rounds: 2, strategy: cheapest, "
      "on_break: restart, guarantee: buffered}}\n"
      "router: {llm: {timeout: 1s}, no_candidate: fail, session_ttl: 0s}\ngateway: {unknown_model: "
      "pass}\n");
  EXPECT_EQ(config.retry.status_codes, std::vector<std::int32_t>{500});
  EXPECT_EQ(config.retry.error_keywords.size(), 4u);
  EXPECT_EQ(config.health.penalties.timeout, 2);
  EXPECT_EQ(config.health.penalties.keyword, 10);
  EXPECT_EQ(config.health.cooldowns.empty, Millis(5'000));
  EXPECT_EQ(config.health.cooldowns.unauthorized, Millis(300'000));
  EXPECT_FALSE(config.logs.bodies);
  EXPECT_EQ(config.logs.retention_days, 7);
  EXPECT_EQ(config.limits.max_headers, 20);
  EXPECT_EQ(config.limits.tls_timeout, Millis(1'000));
  EXPECT_EQ(config.tier(TierName::T3).rounds, 2);
  EXPECT_EQ(config.tier(TierName::T3).strategy, Strategy::Cheapest);
  EXPECT_EQ(config.tier(TierName::T3).on_break, OnBreak::Restart);
  EXPECT_EQ(config.tier(TierName::T3).guarantee, Guarantee::Buffered);
  ASSERT_TRUE(config.router.llm.has_value());
  EXPECT_EQ(config.router.llm->timeout, Millis(1'000));
  EXPECT_EQ(config.router.llm->history_turns, 3);
  EXPECT_EQ(config.router.no_candidate, NoCandidate::Fail);
  EXPECT_EQ(config.router.session_ttl, Millis(0));
  EXPECT_EQ(config.gateway.unknown_model, UnknownModel::Pass);
}

TEST(Decode, EveryEnumeratorHasItsTwin) {
  v1::Config message;
  for (int i = 1; i <= 5; ++i) {
    message.mutable_router()->set_mode(static_cast<v1::Router::Mode>(i));
    message.mutable_tiers()->mutable_t1()->set_strategy(static_cast<v1::Tier::Strategy>(i));
    const auto config = decode(message, {}).config;
    std::string mode = v1::Router::Mode_Name(static_cast<v1::Router::Mode>(i)).substr(5);
    std::string strategy = v1::Tier::Strategy_Name(static_cast<v1::Tier::Strategy>(i)).substr(9);
    for (auto* name : {&mode, &strategy})
      for (char& c : *name) c = static_cast<char>(std::tolower(c));
    EXPECT_EQ(name_of(config.router.mode), mode);
    EXPECT_EQ(name_of(config.tier(TierName::T1).strategy), strategy);
  }
  message.mutable_router()->set_default_tier(v1::TIER_NAME_T3);
  EXPECT_EQ(decode(message, {}).config.router.default_tier, TierName::T3);
}

TEST(Decode, TheFirstProviderIsTheDefault) {
  EXPECT_EQ(decode_text("providers: [{id: a}, {id: b}]").default_provider.str(), "a");
  EXPECT_EQ(
      decode_text("providers: [{id: a}, {id: b}]\ndefault_provider: b").default_provider.str(),
      "b");
}

TEST(Decode, DefaultTimeoutsAreCutToTheOnesThatAreSet) {
  const Timeouts total =
      decode_text("tiers: {t1: {timeouts: {total: 60s}}}").tier(TierName::T1).timeouts;
  EXPECT_EQ(total.first_byte, Millis(60'000));
  EXPECT_EQ(total.idle, Millis(60'000));
  EXPECT_EQ(total.connect, Millis(1'000));
  const Timeouts first =
      decode_text("tiers: {t1: {timeouts: {first_byte: 500ms}}}").tier(TierName::T1).timeouts;
  EXPECT_EQ(first.connect, Millis(500));
  EXPECT_EQ(first.total, Millis(3'600'000));
  const Timeouts wrong = decode_text("tiers: {t1: {timeouts: {first_byte: 10s, total: 5s}}}")
                             .tier(TierName::T1)
                             .timeouts;
  EXPECT_EQ(wrong.first_byte, Millis(10'000));  // what was written stays, validate() speaks
}

TEST(Decode, WireFormsThatNoDocumentCanSayAreProblems) {
  v1::Config message;
  message.mutable_health()->mutable_half_life()->set_seconds(-5);
  message.mutable_health()->mutable_cooldowns()->mutable_empty()->set_nanos(1);
  message.mutable_limits()->mutable_tls_timeout()->set_seconds(INT64_MAX);
  message.mutable_limits()->mutable_drain_timeout()->set_nanos(2'000'000'000);
  message.mutable_router()->set_mode(static_cast<v1::Router::Mode>(99));
  message.mutable_tiers()->mutable_t2()->set_strategy(static_cast<v1::Tier::Strategy>(-1));
  const auto result = decode(message, {});
  std::vector<std::string> paths;
  for (const auto& problem : result.problems) paths.push_back(problem.path);
  EXPECT_EQ(paths, (std::vector<std::string>{"tiers.t2.strategy", "router.mode", "health.half_life",
                                             "health.cooldowns.empty", "limits.drain_timeout",
                                             "limits.tls_timeout"}));
  EXPECT_EQ(result.config.router.mode, RouterMode::Cascade);
  EXPECT_EQ(result.config.health.half_life, Millis(300'000));
}

TEST(SecretReference, KnowsItsForms) {
  struct Row {
    const char* text;
    bool reference;
    SecretPlace place;
    const char* name;
  };
  for (const Row& row : {Row{"${A_1}", true, SecretPlace::Environment, "A_1"},
                         {"os.environ/A", true, SecretPlace::Environment, "A"},
                         {"env.A", true, SecretPlace::Environment, "A"},
                         {"file:/run/a b", true, SecretPlace::File, "/run/a b"},
                         {"${}", false, {}, ""},
                         {"${A", false, {}, ""},
                         {"${A-B}", false, {}, ""},
                         {"${1A}", false, {}, ""},
                         {"$A", false, {}, ""},
                         {"env.", false, {}, ""},
                         {"env.a.b", false, {}, ""},
                         {"file:a", false, {}, ""},
                         {"x${A}", false, {}, ""},
                         {"sk-1", false, {}, ""}}) {
    const auto reference = parse_reference(row.text);
    ASSERT_EQ(reference.has_value(), row.reference) << row.text;
    if (!reference) continue;
    EXPECT_EQ(reference->place, row.place) << row.text;
    EXPECT_EQ(reference->name, row.name) << row.text;
  }
}

constexpr const char* kSecrets =
    R"(gateway: {api_keys: ["${OPENAI_API_KEY}", "gateway-literal-0003"]}
providers:
- {id: a, api_key: "${OPENAI_API_KEY}"}
- {id: b, api_key: "file:/run/key"}
- {id: c, api_key: "os.environ/NOT_SET"}
- {id: d, api_key: "provider-literal-0004"}
- {id: e}
- {id: f, api_key: "env.EMPTY"}
- {id: g, api_key: "file:/nowhere"}
- {id: h, api_key: "${broken"}
router: {llm: {api_key: "judge-literal-0005"}}
)";

TEST(Decode, ResolvesReferencesAndSaysWhichAreNotToBeHad) {
  const auto document = decode_document(kSecrets, "f");
  const auto result = decode(*document.message, fake_secrets());
  const auto& providers = result.config.providers;
  EXPECT_EQ(result.config.gateway.api_keys[0].reveal(), "sk-resolved-openai-0001");
  EXPECT_EQ(providers[0].api_key.reveal(), "sk-resolved-openai-0001");
  EXPECT_EQ(providers[1].api_key.reveal(), "sk-resolved-file-0002");
  EXPECT_TRUE(providers[2].api_key_missing);
  EXPECT_TRUE(providers[2].api_key.empty());
  EXPECT_EQ(providers[3].api_key.reveal(), "provider-literal-0004");
  EXPECT_FALSE(providers[4].api_key_missing);
  EXPECT_TRUE(providers[5].api_key_missing);
  EXPECT_TRUE(providers[6].api_key_missing);
  EXPECT_EQ(result.config.router.llm->api_key.reveal(), "judge-literal-0005");
  std::vector<std::string> paths;
  for (const auto& problem : result.problems) {
    EXPECT_EQ(problem.severity, Severity::Warning);
    paths.push_back(problem.path);
  }
  EXPECT_EQ(paths, (std::vector<std::string>{"providers[2].api_key", "providers[5].api_key",
                                             "providers[6].api_key", "providers[7].api_key"}));
  EXPECT_THAT(result.problems[0].what, HasSubstr("NOT_SET"));
}

TEST(Decode, AHintIsNoValueAndASealedSecretIsMissing) {
  v1::Config message;
  message.add_providers()->mutable_api_key()->set_hint("…abcd");
  message.add_providers()->mutable_api_key()->set_sealed("xxxx");
  const auto result = decode(message, fake_secrets());
  EXPECT_TRUE(result.config.providers[0].api_key.empty());
  EXPECT_FALSE(result.config.providers[0].api_key_missing);
  EXPECT_TRUE(result.config.providers[1].api_key.empty());
  EXPECT_TRUE(result.config.providers[1].api_key_missing);
  ASSERT_EQ(result.problems.size(), 1u);
  EXPECT_EQ(result.problems[0].path, "providers[1].api_key");
}

TEST(Decode, AGatewayKeyThatIsNotToBeHadNeverOpensTheGateway) {
  const auto document = decode_document("gateway: {api_keys: [\"${NOT_SET}\"]}\n", "f");
  const auto result = decode(*document.message, fake_secrets());
  ASSERT_EQ(result.config.gateway.api_keys.size(), 1u);
  EXPECT_TRUE(has_errors(check_message(*document.message, fake_secrets())));
}

TEST(ResolveSecrets, ReplacesWhatItCanAndLeavesTheRest) {
  const auto document = decode_document(kSecrets, "f");
  Problems warnings;
  const auto resolved = resolve_secrets(*document.message, fake_secrets(), warnings);
  EXPECT_EQ(resolved.gateway().api_keys(0).value(), "sk-resolved-openai-0001");
  EXPECT_EQ(resolved.providers(1).api_key().value(), "sk-resolved-file-0002");
  EXPECT_EQ(resolved.providers(2).api_key().value(), "os.environ/NOT_SET");
  EXPECT_EQ(resolved.providers(3).api_key().value(), "provider-literal-0004");
  EXPECT_FALSE(resolved.providers(4).has_api_key());
  EXPECT_EQ(warnings.size(), 4u);
  EXPECT_TRUE(decode(resolved, {}).config.providers[2].api_key_missing);  // on a data plane, which
                                                                          // has no source
}

TEST(Secrets, NeverLeaveThroughRedactEncodeOrProblems) {
  const auto document = decode_document(kSecrets, "f");
  Problems problems;
  const auto resolved = resolve_secrets(*document.message, fake_secrets(), problems);
  const auto checked = check_document(kSecrets, "f", fake_secrets());
  std::string out = redact(resolved).DebugString() + encode_yaml(resolved) + encode_json(resolved) +
                    encode_yaml(redact(resolved));
  for (const auto& problem : checked.problems) out += to_string(problem) + "\n";
  for (const char* secret : {"sk-resolved-openai-", "sk-resolved-file-", "gateway-literal-",
                             "provider-literal-", "judge-literal-"})
    EXPECT_EQ(out.find(secret), std::string::npos) << secret;
  EXPECT_THAT(out, HasSubstr("…0004"));
}

TEST(Redact, KeepsReferencesReadableAndShowsFourCharactersOfLiterals) {
  const auto document = decode_document(kSecrets, "f");
  auto message = *document.message;
  message.add_providers()->mutable_api_key()->set_sealed("secret bytes");
  const auto redacted = redact(message);
  EXPECT_EQ(redacted.providers(0).api_key().hint(), "${OPENAI_API_KEY}");
  EXPECT_EQ(redacted.providers(1).api_key().hint(), "file:/run/key");
  EXPECT_EQ(redacted.providers(3).api_key().hint(), "…0004");
  EXPECT_FALSE(redacted.providers(4).has_api_key());
  EXPECT_EQ(redacted.providers(8).api_key().hint(), "…");
  EXPECT_TRUE(MessageDifferencer::Equals(redact(redacted), redacted));
}

TEST(SystemSecrets, GiveTheGatewaysOwnToNobody) {
  for (const char* name : {"SMARTROUTE_MASTER_KEY", "SMARTROUTE_ADMIN_TOKEN"}) {
    ::setenv(name, "not to be sent to a provider", 1);
    EXPECT_FALSE(system_secrets().environment(name).has_value()) << name;
    ::unsetenv(name);
  }
}

TEST(SystemSecrets, ReadsVariablesAndFiles) {
  const auto folder =
      std::filesystem::temp_directory_path() / ("smartroute_secrets_" + std::to_string(getpid()));
  std::filesystem::create_directory(folder);
  std::ofstream(folder / "key") << "abc\n";
  std::ofstream(folder / "windows") << "abc\r\n";
  std::ofstream(folder / "two") << "abc\n\n";
  std::ofstream(folder / "huge") << std::string(64 * 1024 + 1, 'x');
  const auto source = system_secrets();
  EXPECT_EQ(source.file((folder / "key").string()), "abc");
  EXPECT_EQ(source.file((folder / "windows").string()), "abc");
  EXPECT_EQ(source.file((folder / "two").string()), "abc\n");
  EXPECT_FALSE(source.file((folder / "huge").string()).has_value());
  EXPECT_FALSE(source.file((folder / "absent").string()).has_value());
  EXPECT_FALSE(source.file(folder.string()).has_value());
  ::setenv("SMARTROUTE_TEST_SECRET", "xyz", 1);
  EXPECT_EQ(source.environment("SMARTROUTE_TEST_SECRET"), "xyz");
  ::unsetenv("SMARTROUTE_TEST_SECRET");
  EXPECT_FALSE(source.environment("SMARTROUTE_TEST_SECRET").has_value());
  std::filesystem::remove_all(folder);
}

TEST(Fingerprint, FollowsTheContentOnly) {
  v1::Config a, b;
  for (int i = 0; i < 50; ++i) (*a.mutable_model_map())["m" + std::to_string(i)] = "p";
  for (int i = 50; i-- > 0;) (*b.mutable_model_map())["m" + std::to_string(i)] = "p";
  EXPECT_EQ(fingerprint(a), fingerprint(b));
  EXPECT_EQ(fingerprint(a).size(), 32u);
  b.set_default_provider("x");
  EXPECT_NE(fingerprint(a), fingerprint(b));
  EXPECT_EQ(fingerprint(v1::Config{}), "e3b0c44298fc1c149afbf4c8996fb924");  // SHA-256 of nothing
}

TEST(OldConfig, UnknownFieldsOfANewerVersionSurvive) {
  v1::Config message;
  message.set_default_provider("a");
  message.GetReflection()->MutableUnknownFields(&message)->AddLengthDelimited(900,
                                                                              "from the future");
  auto* provider = message.add_providers();
  provider->GetReflection()->MutableUnknownFields(provider)->AddVarint(901, 7);
  v1::Config back;
  ASSERT_TRUE(back.ParseFromString(message.SerializeAsString()));
  EXPECT_EQ(back.SerializeAsString(), message.SerializeAsString());
  Problems warnings;
  const auto resolved = resolve_secrets(back, {}, warnings);
  EXPECT_EQ(resolved.GetReflection()->GetUnknownFields(resolved).field_count(), 1);
  EXPECT_TRUE(decode(back, {}).problems.empty());
}

TEST(CheckDocument, TellsEverythingOnceInTheOrderOfTheText) {
  const auto checked = check_document(
      "router: {mode: keywrd}\nproviders:\n- {id: a, base_url: 5}\n- {id: a, base_url: "
      "'https://b.com'}\ntiers: {t1: {models: [m]}}\n",
      "g.yaml", {});
  std::vector<std::string> errors;
  for (const auto& problem : checked.problems)
    if (problem.severity == Severity::Error) errors.push_back(to_string(problem));
  ASSERT_EQ(errors.size(), 3u) << ::testing::PrintToString(errors);
  EXPECT_THAT(errors[0], HasSubstr("g.yaml:1: router.mode: 'keywrd' is not one of"));
  EXPECT_THAT(errors[0], HasSubstr("did you mean 'keyword'?"));
  EXPECT_THAT(errors[1], HasSubstr("g.yaml:3: providers[0].base_url: must be text"));
  EXPECT_THAT(errors[2],
              HasSubstr("g.yaml:4: providers[1].id: 'a' is also the id of providers[0]"));
  EXPECT_EQ(check_document("a: [", "g.yaml", {}).problems.size(), 1u);
}

}  // namespace
}  // namespace smartroute::config

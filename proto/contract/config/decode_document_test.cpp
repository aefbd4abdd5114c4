#include <gmock/gmock.h>
#include <google/protobuf/util/message_differencer.h>

#include "contract/config/decode.hpp"
#include "smartroute/v1/config.pb.h"

namespace smartroute::config {
namespace {

using ::testing::HasSubstr;

constexpr const char* kWhole = R"(gateway: {api_keys: ["sk-gateway-0001"], unknown_model: reject}
providers:
  - {id: openai, protocol: openai, base_url: "https://api.openai.com/v1", api_key: "${OPENAI_API_KEY}", tls_verify: true}
  - id: deepseek
    base_url: "https://api.deepseek.com/v1"
    api_key: file:/run/secrets/deepseek
    headers: {x-title: "SmartRoute"}
default_provider: openai
model_map: {"gpt-4": openai}
models:
  - {id: openai/gpt-4o-mini, multimodal: true, weight: 0.5, context_window: 128000, fallbacks: [deepseek/deepseek-chat], max_attempts: 3,
     timeouts: {first_byte: 10s}, price: {input: 0.15, output: 0.6}}
tiers:
  t1: {models: [openai/gpt-4o-mini, deepseek/deepseek-chat], strategy: sequential, rounds: 1, max_attempts: 3,
       timeouts: {connect: 1s, first_byte: 5s, idle: 30s, total: 300s}}
  t2:
    models:
      - openai/gpt-4o
    strategy: STRATEGY_ADAPTIVE
router:
  mode: cascade
  default_tier: t2
  keywords: {t1: [hello], t3: ["/prove|证明/"]}
  llm: {model: openai/gpt-4o-mini, prompt_template: "Judge {history}", timeout: 2s, history_turns: 3}
retry: {status_codes: [429, 503], error_keywords: ["rate limit"], retry_on_empty: false}
health: {half_life: 5m, penalties: {timeout: 0.5}, cooldowns: {keyword: 1.5s}}
params: {global: {temperature: 0.7, stop: ["a", "1"]}, models: {"kimi-k2.5": {top_p: 0.950}}}
logs: {retention_days: 7, bodies: true, max_body_bytes: 1048576}
limits: {header_timeout: 500ms, max_headers: 50}
)";

TEST(DecodeDocument, ReadsTheWholeDocument) {
  const auto result = decode_document(kWhole, "g.yaml");
  for (const auto& problem : result.problems) ADD_FAILURE() << to_string(problem);
  const auto& m = *result.message;
  EXPECT_EQ(m.gateway().api_keys(0).value(), "sk-gateway-0001");
  EXPECT_EQ(m.gateway().unknown_model(), v1::Gateway::UNKNOWN_MODEL_REJECT);
  EXPECT_EQ(m.providers(0).api_key().value(), "${OPENAI_API_KEY}");
  EXPECT_TRUE(m.providers(0).has_tls_verify());
  EXPECT_FALSE(m.providers(1).has_tls_verify());
  EXPECT_EQ(m.providers(1).headers().at("x-title"), "SmartRoute");
  EXPECT_EQ(m.model_map().at("gpt-4"), "openai");
  EXPECT_DOUBLE_EQ(m.models(0).weight(), 0.5);
  EXPECT_EQ(m.models(0).context_window(), 128000);
  EXPECT_EQ(m.models(0).timeouts().first_byte().seconds(), 10);
  EXPECT_FALSE(m.models(0).price().has_cached_input());
  EXPECT_EQ(m.tiers().t2().strategy(), v1::Tier::STRATEGY_ADAPTIVE);
  EXPECT_EQ(m.router().default_tier(), v1::TIER_NAME_T2);
  EXPECT_EQ(m.router().keywords().t3(0), "/prove|证明/");
  EXPECT_EQ(m.retry().status_codes(1), 503);
  EXPECT_EQ(m.health().half_life().seconds(), 300);
  EXPECT_EQ(m.health().cooldowns().keyword().nanos(), 500'000'000);
  EXPECT_EQ(m.params().global().json(), R"({"temperature":0.7,"stop":["a","1"]})");
  EXPECT_EQ(m.params().models().at("kimi-k2.5").json(), R"({"top_p":0.950})");
  EXPECT_EQ(m.limits().header_timeout().nanos(), 500'000'000);
}

TEST(DecodeDocument, KnowsTheLineOfEveryField) {
  const auto lines = decode_document(kWhole, "g.yaml").lines;
  EXPECT_EQ(lines.at("gateway.api_keys[0]"), 1);
  EXPECT_EQ(lines.at("providers[0].base_url"), 3);
  EXPECT_EQ(lines.at("providers[1]"), 4);
  EXPECT_EQ(lines.at("providers[1].base_url"), 5);
  EXPECT_EQ(lines.at("providers[1].headers.x-title"), 7);
  EXPECT_EQ(lines.at("models[0].price.output"), 12);
  EXPECT_EQ(lines.at("tiers.t2.models[0]"), 18);
  EXPECT_EQ(lines.at("params.models.kimi-k2.5"), 27);
  EXPECT_EQ(lines.at("params.models.kimi-k2.5.top_p"), 27);
}

TEST(DecodeDocument, ReadsTheSameFromJsonWithItsLines) {
  const auto json = decode_document(
      "{\n\"providers\": [\n {\"id\": \"a\",\n  \"base_url\": \"https://a.com\"}\n],\n\"health\": "
      "{\"half_life\": \"5m\"}}",
      "g.json");
  ASSERT_TRUE(json.problems.empty()) << to_string(json.problems[0]);
  EXPECT_EQ(json.lines.at("providers[0]"), 3);
  EXPECT_EQ(json.lines.at("providers[0].base_url"), 4);
  EXPECT_EQ(json.lines.at("health.half_life"), 6);
  const auto yaml = decode_document(
      "providers: [{id: a, base_url: 'https://a.com'}]\nhealth: {half_life: 5m}", "g.yaml");
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(*json.message, *yaml.message));
}

TEST(DecodeDocument, TellsTheFormByItsFirstByteUnlessTold) {
  EXPECT_THAT(decode_document(" {a: 1}", "f").problems.at(0).what, HasSubstr("JSON"));
  EXPECT_THAT(decode_document(" {a: 1}", "f", Format::Yaml).problems.at(0).path, "a");
  EXPECT_TRUE(decode_document(R"({"default_provider": "x"})", "f", Format::Yaml).problems.empty());
  EXPECT_TRUE(decode_document("", "f").problems.empty());
  EXPECT_THAT(decode_document("", "f", Format::Json).problems.at(0).what, HasSubstr("JSON"));
}

struct Row {
  const char* name;
  const char* text;
  const char* path;
  const char* what;
  const char* nearest;
  int line;
};

TEST(DecodeDocument, ReportsWhatItCannotTake) {
  const Row rows[] = {
      {"unknown field at the top", "provider: []\n", "provider", "is no field here", "providers",
       1},
      {"unknown field inside", "providers:\n- id: a\n  baseUrl: x\n", "providers[0].baseUrl",
       "is no field here", "base_url", 3},
      {"nothing near", "\nfrobnicate: 1\n", "frobnicate", "is no field here", "", 2},
      {"camel case is another name", "defaultProvider: a\n", "defaultProvider", "is no field here",
       "default_provider", 1},
      {"list at the top", "- a\n", "", "must be a mapping", "", 1},
      {"text at the top", "hello\n", "", "must be a mapping", "", 1},
      {"scalar where a list belongs", "tiers:\n  t1:\n    models: openai/gpt-4o\n",
       "tiers.t1.models", "must be a list, not text", "", 3},
      {"mapping where a list belongs", "providers: {id: a}\n", "providers",
       "must be a list, not a mapping", "", 1},
      {"list where a mapping belongs", "router: [a]\n", "router", "must be a mapping", "", 1},
      {"scalar where a mapping belongs", "model_map: x\n", "model_map", "must be a mapping", "", 1},
      {"scalar in a list of mappings", "providers: [openai]\n", "providers[0]", "must be a mapping",
       "", 1},
      {"nothing in a list", "providers:\n- ~\n", "providers[0]", "must be a mapping", "", 2},
      {"nothing in a list of texts", "tiers: {t1: {models: [~]}}\n", "tiers.t1.models[0]",
       "must be text", "", 1},
      {"nothing in a map", "model_map: {a: }\n", "model_map.a", "must be a value", "", 1},
      {"number where text belongs", "default_provider: 5\n", "default_provider",
       "must be text: write it in quotes, not a number", "", 1},
      {"bool where text belongs", "default_provider: true\n", "default_provider", "must be text",
       "", 1},
      {"text where a bool belongs", "logs: {bodies: \"true\"}\n", "logs.bodies",
       "must be true or false", "", 1},
      {"yes is no bool", "logs: {bodies: yes}\n", "logs.bodies", "must be true or false", "", 1},
      {"text where a number belongs", "logs: {retention_days: \"7\"}\n", "logs.retention_days",
       "must be a whole number", "", 1},
      {"fraction where a whole number belongs", "logs: {retention_days: 7.0}\n",
       "logs.retention_days", "whole decimal number", "", 1},
      {"hexadecimal", "logs: {retention_days: 0x7}\n", "logs.retention_days",
       "whole decimal number", "", 1},
      {"beyond 32 bits", "logs: {retention_days: 2147483648}\n", "logs.retention_days",
       "out of range", "", 1},
      {"beyond 64 bits", "logs: {max_body_bytes: 9223372036854775808}\n", "logs.max_body_bytes",
       "out of range", "", 1},
      {"NaN", "models: [{id: a, weight: .nan}]\n", "models[0].weight", "finite", "", 1},
      {"infinity", "models: [{id: a, weight: -.inf}]\n", "models[0].weight", "finite", "", 1},
      {"beyond a double", "models: [{id: a, weight: 1e999}]\n", "models[0].weight", "finite", "",
       1},
      {"text where a real belongs", "models: [{id: a, weight: heavy}]\n", "models[0].weight",
       "must be a number", "", 1},
      {"duration without unit", "health:\n  half_life: 300\n", "health.half_life",
       "'300s' for seconds", "", 2},
      {"negative duration", "health: {half_life: -5s}\n", "health.half_life", "negative", "", 1},
      {"duration as a mapping", "health: {half_life: {seconds: 5}}\n", "health.half_life",
       "must be a duration", "", 1},
      {"unknown enumerator", "router: {mode: cascad}\n", "router.mode",
       "is not one of random, keyword", "cascade", 1},
      {"unspecified enumerator", "router: {mode: unspecified}\n", "router.mode", "is not one of",
       "", 1},
      {"enumerator as a list", "router: {mode: [random]}\n", "router.mode", "one of", "", 1},
      {"unknown tier", "router: {default_tier: t4}\n", "router.default_tier",
       "is not one of t1, t2, t3", "t1", 1},
      {"secret as a mapping", "providers: [{api_key: {value: x}}]\n", "providers[0].api_key",
       "must be text", "", 1},
      {"params as text", "params: {global: '{}'}\n", "params.global", "must be a mapping", "", 1},
      {"params of a model as a list", "params: {models: {m: []}}\n", "params.models.m",
       "must be a mapping", "", 1},
      {"infinity in params", "params:\n  global:\n    temperature: .inf\n", "params.global",
       "no number of JSON", "", 3},
      {"repeated key", "logs: {}\nrouter: {}\nlogs: {}\n", "", "'logs' is written twice", "", 3},
  };
  for (const auto& row : rows) {
    const auto result = decode_document(row.text, "f.yaml", Format::Yaml);
    ASSERT_EQ(result.problems.size(), 1u) << row.name;
    const auto& problem = result.problems[0];
    EXPECT_EQ(problem.path, row.path) << row.name;
    EXPECT_THAT(problem.what, HasSubstr(row.what)) << row.name;
    EXPECT_EQ(problem.nearest, row.nearest) << row.name;
    EXPECT_EQ(problem.line, row.line) << row.name;
    EXPECT_EQ(problem.file, "f.yaml");
    EXPECT_EQ(problem.severity, Severity::Error) << row.name;
  }
}

TEST(DecodeDocument, CollectsAllProblemsInTheOrderOfTheText) {
  const auto result =
      decode_document("logs: {bodies: 1}\nrouter: {mode: x, mode: y}\ntiers: 5\nfoo: 1\n", "f");
  std::vector<int> lines;
  for (const auto& problem : result.problems) lines.push_back(problem.line);
  EXPECT_EQ(lines, (std::vector<int>{1, 2, 2, 3, 4}));
}

TEST(DecodeDocument, ElementsThatCannotBeReadKeepTheirPlace) {
  const auto result =
      decode_document("providers: [5, {id: b}]\ntiers: {t1: {models: [1, m]}}\n", "f");
  ASSERT_EQ(result.message->providers_size(), 2);
  EXPECT_EQ(result.message->providers(1).id(), "b");
  EXPECT_EQ(result.message->tiers().t1().models(1), "m");
}

TEST(DecodeDocument, NothingAsAValueMeansNotSet) {
  const auto result =
      decode_document("router:\nproviders:\nmodel_map:\nlogs: {retention_days: ~}\n", "f");
  EXPECT_TRUE(result.problems.empty());
  EXPECT_EQ(result.message->ByteSizeLong(), 2u);  // logs, empty
}

TEST(DecodeDocument, NeverRepeatsAValueThatMayBeASecret) {
  const auto result = decode_document(
      "gateway: {api_keys: [1234567890123, {k: hunter2}]}\nproviders: [{id: a, api_key: 99887766, "
      "headers: {x: 55443322}}]\n",
      "f");
  EXPECT_EQ(result.problems.size(), 4u);
  for (const auto& problem : result.problems)
    for (const char* secret : {"1234567890123", "hunter2", "99887766", "55443322"})
      EXPECT_EQ(to_string(problem).find(secret), std::string::npos);
}

TEST(DecodeDocument, TakesAHintAsAHint) {
  const auto result = decode_document("providers: [{id: a, api_key: \"…abcd\"}]\n", "f");
  ASSERT_EQ(result.problems.size(), 1u);
  EXPECT_EQ(result.problems[0].severity, Severity::Warning);
  EXPECT_EQ(result.message->providers(0).api_key().hint(), "…abcd");
}

TEST(DecodeDocument, AFloodOfProblemsStaysSmall) {
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += "field" + std::to_string(i) + ": 1\n";
  const auto result = decode_document(text, "f");
  EXPECT_LT(result.problems.size(), 600u);
  EXPECT_THAT(result.problems.back().what, HasSubstr("more problems"));
  EXPECT_TRUE(has_errors(result.problems));
}

TEST(DecodeDocument, PathsEscapeWhatAuthorsPutIntoKeys) {
  const auto result = decode_document(R"({"model_map": {"a\u007f": "x"}})", "f");
  EXPECT_EQ(result.problems.size(), 1u);  // a control character in a key
  const auto odd = decode_document("model_map: {\"a b\": 5}\n", "f");
  EXPECT_EQ(odd.problems.at(0).path, "model_map.a b");
}

}  // namespace
}  // namespace smartroute::config

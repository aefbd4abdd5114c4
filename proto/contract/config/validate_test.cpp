#include "contract/config/validate.hpp"

#include <gmock/gmock.h>

#include <chrono>
#include <limits>

#include "contract/config/check.hpp"
#include "contract/config/rules.hpp"
#include "smartroute/v1/config.pb.h"

namespace smartroute::config {
namespace {

using ::testing::HasSubstr;

constexpr Severity kError = Severity::Error;
constexpr Severity kWarning = Severity::Warning;

// Sections of a configuration without a problem; a row's own sections replace them.
const std::map<std::string, std::string>& good_sections() {
  static const std::map<std::string, std::string> sections{
      {"providers",
       "providers: [{id: acme, base_url: 'https://api.acme.example/v1', api_key: "
       "provider-key-0001}, {id: other, base_url: 'https://other.example'}]\n"},
      {"tiers",
       "tiers: {t1: {models: [acme/m1]}, t2: {models: [acme/m2]}, t3: {models: [acme/m3]}}\n"},
      {"router", "router: {mode: random}\n"}};
  return sections;
}

Problems problems_of(const std::string& sections) {
  std::string text = sections;
  for (const auto& [key, section] : good_sections())
    if (!text.starts_with(key + ":") && text.find("\n" + key + ":") == std::string::npos)
      text += "\n" + section;
  return check_document(text, "f", SecretSource{}).problems;
}

std::string listed(const Problems& problems) {
  std::string out;
  for (const auto& problem : problems) out += to_string(problem) + "\n";
  return out;
}

struct Row {
  const char* name;
  std::string text;
  const char* path;
  const char* what;
  Severity severity = kError;
  const char* nearest = "";
};

void expect_rows(const std::vector<Row>& rows) {
  for (const auto& row : rows) {
    const Problems problems = problems_of(row.text);
    ASSERT_EQ(problems.size(), 1u) << row.name << "\n" << listed(problems);
    EXPECT_EQ(problems[0].path, row.path) << row.name;
    EXPECT_THAT(problems[0].what, HasSubstr(row.what)) << row.name;
    EXPECT_EQ(problems[0].severity, row.severity) << row.name;
    EXPECT_EQ(problems[0].nearest, row.nearest) << row.name;
  }
}

void expect_none(const std::vector<std::string>& texts) {
  for (const auto& text : texts) EXPECT_EQ(listed(problems_of(text)), "") << text;
}

std::string provider(const std::string& fields) {
  return "providers: [{id: acme, base_url: 'https://api.acme.example/v1'}, {" + fields + "}]\n";
}
std::string url(const std::string& text) {
  return provider("id: other, base_url: \"" + text + "\"");
}
std::string t1(const std::string& fields) {
  return "tiers: {t1: {" + fields + "}, t2: {models: [acme/m2]}, t3: {models: [acme/m3]}}\n";
}
std::string model(const std::string& fields) { return "models: [{id: acme/m1, " + fields + "}]\n"; }

TEST(Validate, AGoodConfigurationHasNoProblems) {
  expect_none({"", "gateway: {api_keys: [a-good-gateway-key]}\n",
               model("weight: 0, fallbacks: [other/x, m9], price: {input: 0}"),
               "model_map: {\"gpt-4\": other, \"meta/llama\": acme}\n", "default_provider: other\n",
               url("http://localhost:11434/v1"), url("http://10.0.0.7:8000"),
               url("https://other.example:8443/v1"),
               "router: {mode: keyword, keywords: {t1: [hi], t3: ['/prove|证明/', 证明]}}\n",
               "retry: {status_codes: [400, 599]}\n",
               "params: {global: {temperature: 0.7}, models: {m1: {top_p: 1}, acme/m2: {}, "
               "\"acme/m3\": {}}}\n",
               t1("models: [openrouter/meta-llama/llama-3, acme/a/b/c, \"m:free\"]"),
               "limits: {drain_timeout: 0s, max_json_depth: 64}\n",
               "health: {cooldowns: {empty: 0s}, penalties: {timeout: 0}}\n",
               "logs: {retention_days: 3650, max_body_bytes: 0}\n"});
}

TEST(Validate, NamedGatewayKeys) {
  expect_none({"gateway: {keys: [{name: app, key: a-good-gateway-key}, {name: batch, key: another-good-key, log_bodies: false}]}\n"});
  expect_rows({
      {"no name", "gateway: {keys: [{key: a-good-gateway-key}]}\n", "gateway.keys[0].name", "is missing"},
      {"name twice", "gateway: {keys: [{name: a, key: a-good-gateway-key}, {name: a, key: another-good-key}]}\n", "gateway.keys[1].name", "another key"},
      {"no key", "gateway: {keys: [{name: a}]}\n", "gateway.keys[0].key", "is empty"},
      {"short", "gateway: {keys: [{name: a, key: '1234567'}]}\n", "gateway.keys[0].key", "shorter than 8"},
      {"in both lists", "gateway: {api_keys: [a-good-gateway-key], keys: [{name: a, key: a-good-gateway-key}]}\n", "gateway.keys[0].key", "twice", kWarning},
  });
}

TEST(Validate, Gateway) {
  const auto keys = [](const char* list) {
    return std::string("gateway: {api_keys: [") + list + "]}\n";
  };
  expect_rows({
      {"empty", keys("''"), "gateway.api_keys[0]", "is empty"},
      {"short", keys("'a-good-gateway-key', '1234567'"), "gateway.api_keys[1]", "shorter than 8"},
      {"sk-1234", keys("sk-1234"), "gateway.api_keys[0]", "everybody tries"},
      {"sk-...", keys("'sk-...'"), "gateway.api_keys[0]", "everybody tries"},
      {"changeme", keys("ChangeMe"), "gateway.api_keys[0]", "everybody tries"},
      {"password", keys("password"), "gateway.api_keys[0]", "everybody tries"},
      {"sk-password", keys("sk-password"), "gateway.api_keys[0]", "everybody tries"},
      {"master", keys("master"), "gateway.api_keys[0]", "everybody tries"},
      {"admin", keys("admin"), "gateway.api_keys[0]", "everybody tries"},
      {"repeated character", keys("sk-xxxxxxxxxxxx"), "gateway.api_keys[0]", "everybody tries"},
      {"line break", keys("\"good-key-\\nabc\""), "gateway.api_keys[0]", "line break"},
      {"space", keys("'good key with space'"), "gateway.api_keys[0]", "holds a space"},
      {"not ASCII", keys("schlüssel-lang-genug"), "gateway.api_keys[0]", "a header cannot carry"},
      {"too long", keys(("'" + std::string(300, 'a') + std::string(300, 'b') + "'").c_str()),
       "gateway.api_keys[0]", "longer than 512"},
      {"twice", keys("a-good-gateway-key, a-good-gateway-key"), "gateway.api_keys[1]", "twice",
       kWarning},
  });
}

TEST(Validate, ProviderIds) {
  const auto id = [](const std::string& text) {
    return provider("id: " + text + ", base_url: 'https://o.example'");
  };
  expect_rows({
      {"missing", provider("base_url: 'https://o.example'"), "providers[1].id", "is empty"},
      {"long", id(std::string(129, 'a')), "providers[1].id", "longer than 128"},
      {"slash", id("a/b"), "providers[1].id", "slash"},
      {"traversal", id("a..b"), "providers[1].id", "'..'"},
      {"leading dot", id(".a"), "providers[1].id", "does not begin"},
      {"space", id("a b"), "providers[1].id", "other than letters"},
      {"control", id("\"a\\x01\""), "providers[1].id", "other than letters"},
      {"homoglyph", id("оpenai"), "providers[1].id", "outside ASCII"},
      {"tier", id("t1"), "providers[1].id", "name of the router"},
      {"auto", id("Auto"), "providers[1].id", "name of the router"},
      {"twice", id("acme"), "providers[1].id", "also the id of providers[0]"},
      {"case", id("Acme"), "providers[1].id", "only in case", kWarning},
  });
}

TEST(Validate, BaseUrls) {
  const char* path = "providers[1].base_url";
  expect_rows({
      {"missing", provider("id: other"), path, "is empty"},
      {"scheme", url("ftp://x.example"), path, "https://"},
      {"file", url("file:///etc/passwd"), path, "https://"},
      {"unix socket", url("unix:/run/x.sock"), path, "https://"},
      {"no host", url("https:///v1"), path, "no host"},
      {"user", url("https://user:hunter2@x.example"), path, "user or password"},
      {"query", url("https://x.example/v1?key=1"), path, "query"},
      {"fragment", url("https://x.example/v1#a"), path, "fragment"},
      {"control", url("https://x.example/\\r\\nHost: y"), path, "control character"},
      {"port", url("https://x.example:70000"), path, "port"},
      {"metadata", url("http://169.254.169.254/latest"), path, "link-local"},
      {"metadata by name", url("http://metadata.google.internal/"), path, "link-local"},
      {"metadata as a number", url("http://2852039166/"), path, "four decimal numbers"},
      {"metadata in hexadecimal", url("http://0xa9fea9fe/"), path, "four decimal numbers"},
      {"metadata in octal", url("http://0251.0376.0251.0376/"), path, "four decimal numbers"},
      {"metadata mapped into IPv6", url("http://[::ffff:169.254.169.254]/"), path, "169.254.169.254; write that"},
      {"IPv6 link-local", url("http://[fe80::1]/"), path, "link-local"},
      {"unspecified", url("http://0.0.0.0:8080/"), path, "no server can have"},
      {"multicast", url("http://224.0.0.1/"), path, "no server can have"},
      {"in the clear", url("http://api.public.example/v1"), path, "in the clear", kWarning},
      {"in the clear by address", url("http://8.8.8.8/v1"), path, "in the clear", kWarning},
      {"whole endpoint", url("https://x.example/v1/chat/completions"), path, "appends itself",
       kWarning},
  });
}

TEST(Validate, ProviderFields) {
  const auto with = [](const std::string& fields) {
    return provider("id: other, base_url: 'https://o.example', " + fields);
  };
  const auto header = [&](const std::string& text) { return with("headers: {" + text + "}"); };
  expect_rows({
      {"anthropic", with("protocol: anthropic"), "providers[1].protocol",
       "not active in this version"},
      {"key with a line break", with("api_key: \"abc\\ndef\""), "providers[1].api_key",
       "line break"},
      {"no verification", with("tls_verify: false"), "providers[1].tls_verify", "is off", kWarning},
      {"control in the file name", with("tls_ca_file: \"/a\\x01\""), "providers[1].tls_ca_file",
       "control character"},
      {"header without a name", header("'': x"), "providers[1].headers.", "no name of a header"},
      {"header with a space", header("'a b': x"), "providers[1].headers.a b",
       "no name of a header"},
      {"header with a colon", header("'a:': x"), "providers[1].headers.a:", "no name of a header"},
      {"host", header("Host: x"), "providers[1].headers.Host", "the gateway writes it"},
      {"content-length", header("content-length: '1'"), "providers[1].headers.content-length",
       "the gateway writes it"},
      {"transfer-encoding", header("Transfer-Encoding: x"),
       "providers[1].headers.Transfer-Encoding", "the gateway writes it"},
      {"connection", header("connection: x"), "providers[1].headers.connection",
       "the gateway writes it"},
      {"authorization", header("authorization: x"), "providers[1].headers.authorization",
       "use api_key"},
      {"line break in a value", header("x-a: \"b\\r\\nc: d\""), "providers[1].headers.x-a",
       "line break"},
      {"NUL in a value", header("x-a: \"b\\0\""), "providers[1].headers.x-a", "control character"},
      {"twice", header("X-A: b, x-a: c"), "providers[1].headers.x-a", "different case"},
      {"long value", header("x-a: " + std::string(9'000, 'b')), "providers[1].headers.x-a",
       "longer than 8 KiB"},
      {"credential", header("x-api-key: b"), "providers[1].headers.x-api-key", "credential",
       kWarning},
  });
}

TEST(Validate, References) {
  expect_rows({
      {"default_provider", "default_provider: acne\n", "default_provider", "no configured provider",
       kError, "acme"},
      {"model_map", "model_map: {gpt-4: othr}\n", "model_map.gpt-4", "no configured provider",
       kError, "other"},
      {"model_map without a value", "model_map: {gpt-4: ''}\n", "model_map.gpt-4", "is empty"},
      {"model_map with a provider", "model_map: {acme/x: other}\n", "model_map.acme/x",
       "never looked up", kWarning},
      {"model_map of a tier", "model_map: {t1: other}\n", "model_map.t1", "name of the router"},
      {"slip in a tier", t1("models: [acem/m]"), "tiers.t1.models[0]",
       "goes to the default provider", kWarning, "acme/m"},
      {"slip in a fallback", model("fallbacks: [othre/x]"), "models[0].fallbacks[0]",
       "goes to the default provider", kWarning, "other/x"},
      {"slip in a model", "models: [{id: acm/m1}]\n", "models[0].id",
       "goes to the default provider", kWarning, "acme/m1"},
      {"slip in the judge", "router: {mode: random, llm: {model: acmee/x}}\n", "router.llm.model",
       "goes to the default provider", kWarning, "acme/x"},
      {"a tier in a tier", t1("models: [t2]"), "tiers.t1.models[0]", "name of the router"},
      {"auto in a tier", t1("models: [auto]"), "tiers.t1.models[0]", "name of the router"},
      {"empty name", t1("models: ['']"), "tiers.t1.models[0]", "is empty"},
      {"long name", t1("models: [" + std::string(257, 'm') + "]"), "tiers.t1.models[0]",
       "longer than 256"},
      {"space in a name", t1("models: ['a b']"), "tiers.t1.models[0]", "space"},
      {"homoglyph in a name", t1("models: ['gpt-4о']"), "tiers.t1.models[0]", "outside ASCII"},
      {"quote in a name", t1("models: ['a\"b']"), "tiers.t1.models[0]", "quote"},
      {"nothing after the provider", t1("models: [acme/]"), "tiers.t1.models[0]", "slash"},
      {"nothing before the slash", t1("models: [/m]"), "tiers.t1.models[0]", "slash"},
      {"traversal in a name", t1("models: [acme/../x]"), "tiers.t1.models[0]", "'..'"},
  });
}

TEST(Validate, AMappedNameIsNoSlip) {
  expect_none({"model_map: {acem/m: other}\n" + t1("models: [acem/m]")});
}

TEST(Validate, Models) {
  expect_rows({
      {"twice", "models: [{id: acme/m1}, {id: acme/m1}]\n", "models[1].id",
       "also the id of models[0]"},
      {"twice under two names", "models: [{id: acme/m1}, {id: m1}]\n", "models[1].id",
       "the same model as models[0]"},
      {"negative weight", model("weight: -1"), "models[0].weight", "not within 0 and 1e+06"},
      {"huge weight", model("weight: 1e308"), "models[0].weight", "not within"},
      {"context window", model("context_window: 0"), "models[0].context_window", "not within"},
      {"attempts", model("max_attempts: 21"), "models[0].max_attempts", "not within 1 and 20"},
      {"price", model("price: {cached_input: -0.1}"), "models[0].price.cached_input", "not within"},
      {"price of a write", model("price: {cache_write: 1e7}"), "models[0].price.cache_write",
       "not within 0 and 1e+06"},
      {"price of sound", model("price: {audio_input: -1}"), "models[0].price.audio_input",
       "not within"},
      {"price of spoken words", model("price: {audio_output: 2e6}"),
       "models[0].price.audio_output", "not within"},
      {"zero timeout", model("timeouts: {idle: 0s}"), "models[0].timeouts.idle",
       "not within 1ms and 24h"},
      {"fallback to itself", model("fallbacks: [m1]"), "models[0].fallbacks[0]",
       "is the model itself"},
      {"fallback twice", model("fallbacks: [other/x, other/x]"), "models[0].fallbacks[1]", "twice",
       kWarning},
      {"cycle",
       "models: [{id: a, fallbacks: [acme/b]}, {id: b, fallbacks: [x, c]}, {id: c, fallbacks: "
       "[a]}]\n",
       "models[2].fallbacks[0]", "closes a cycle: 'a' -> 'b' -> 'c' -> 'a'"},
      {"cycle that is entered from outside",
       "models: [{id: z, fallbacks: [a]}, {id: a, fallbacks: [b]}, {id: b, fallbacks: [a]}]\n",
       "models[2].fallbacks[0]", "closes a cycle: 'a' -> 'b' -> 'a'"},
  });
  expect_none(
      {"models: [{id: a, fallbacks: [b, c]}, {id: b, fallbacks: [d]}, {id: c, fallbacks: [d]}, "
       "{id: d}]\n"});  // a diamond
}

TEST(Validate, Tiers) {
  expect_rows({
      {"none has a model", "tiers: {t1: {}}\n", "tiers", "no model in any tier"},
      {"one has no model", t1("models: []"), "tiers.t1", "has no models", kWarning},
      {"twice", t1("models: [acme/m, m]"), "tiers.t1.models[1]", "twice", kWarning},
      {"rounds", t1("models: [m], rounds: 0"), "tiers.t1.rounds", "not within 1 and 10"},
      {"attempts", t1("models: [m], max_attempts: 0"), "tiers.t1.max_attempts",
       "not within 1 and 20"},
      {"cheapest without a price", t1("models: [m], strategy: cheapest"), "tiers.t1.strategy",
       "has no input and output price", kWarning},
      {"restart of what is buffered", t1("models: [m], on_break: restart, guarantee: buffered"),
       "tiers.t1.on_break", "never happens under guarantee 'buffered'", kWarning},
      {"holding nothing back", t1("models: [m], hold_back: {bytes: 0}"), "tiers.t1.hold_back.bytes",
       "not within 1 and"},
      {"holding back for long", t1("models: [m], hold_back: {time: 5m}"), "tiers.t1.hold_back.time",
       "not within"},
      {"connect", t1("models: [m], timeouts: {connect: 10s, first_byte: 5s}"),
       "tiers.t1.timeouts.connect", "10s is longer than first_byte (5s)"},
      {"first byte", t1("models: [m], timeouts: {first_byte: 10s, total: 5s}"),
       "tiers.t1.timeouts.first_byte", "longer than total (5s)"},
      {"idle", t1("models: [m], timeouts: {idle: 10s, total: 5s}"), "tiers.t1.timeouts.idle",
       "longer than total (5s)"},
      {"total", t1("models: [m], timeouts: {total: 25h}"), "tiers.t1.timeouts.total",
       "25h is not within 1ms and 24h"},
  });
}

TEST(Validate, WeightsOfATierThatUsesThem) {
  const std::string text = "models: [{id: acme/a, weight: 0}, {id: acme/b, weight: 0}]\n";
  const auto problems = problems_of(text + t1("models: [a, acme/b], strategy: random"));
  ASSERT_EQ(problems.size(), 1u) << listed(problems);
  EXPECT_EQ(problems[0].path, "tiers.t1.models");
  EXPECT_THAT(problems[0].what, HasSubstr("weight 0"));
  expect_none({text + t1("models: [a, acme/b]")});
  expect_none({text + t1("models: [a, c], strategy: random")});
}

TEST(Validate, Router) {
  const auto router = [](const std::string& fields) {
    return "router: {mode: random, " + fields + "}\n";
  };
  const auto keyword = [&](const std::string& text) {
    return router("keywords: {t1: [" + text + "]}");
  };
  expect_rows({
      {"keyword without keywords", "router: {mode: keyword}\n", "router.mode",
       "without any keyword", kWarning},
      {"empty keyword", keyword("' '"), "router.keywords.t1[0]", "is empty"},
      {"long keyword", keyword(std::string(257, 'k')), "router.keywords.t1[0]", "longer than 256"},
      {"keyword twice", keyword("hi, hi"), "router.keywords.t1[1]",
       "also stands at router.keywords.t1[0]", kWarning},
      {"keyword in two tiers", router("keywords: {t1: [hi], t3: [hi]}"), "router.keywords.t3[0]",
       "also stands at router.keywords.t1[0]", kWarning},
      {"broken pattern", keyword("'/(/'"), "router.keywords.t1[0]", "is no pattern"},
      {"look-ahead", keyword("'/(?=a)b/'"), "router.keywords.t1[0]", "is no pattern"},
      {"pattern bomb", keyword("'/((a{100}){100}){100}/'"), "router.keywords.t1[0]",
       "is no pattern"},
      {"pattern that matches nothing at all", keyword("'/a*/'"), "router.keywords.t1[0]",
       "matches empty text"},
      {"confidence", router("min_confidence: 1.1"), "router.min_confidence", "not within 0 and 1"},
      {"session", router("session_ttl: 721h"), "router.session_ttl", "not within 0s and 720h"},
      {"template", router("llm: {model: m, prompt_template: 'hello'}"),
       "router.llm.prompt_template", "{history}"},
      {"judge timeout", router("llm: {model: m, timeout: 2m}"), "router.llm.timeout",
       "not within 10ms and 1m"},
      {"judge turns", router("llm: {model: m, history_turns: 0}"), "router.llm.history_turns",
       "not within 1 and 32"},
      {"judge turn size", router("llm: {model: m, max_turn_bytes: 3}"), "router.llm.max_turn_bytes",
       "not within 16 and 65536"},
      {"judge cache", router("llm: {model: m, cache_entries: -1}"), "router.llm.cache_entries",
       "not within 0 and 1000000"},
      {"judge breaker", router("llm: {model: m, breaker_open: 1ms}"), "router.llm.breaker_open",
       "not within 100ms and 1h"},
      {"judge key without an address", router("llm: {model: m, api_key: sk-x}"),
       "router.llm.api_key", "is not used", kWarning},
      {"minimum that stands twice", router("keywords: {t3: [hi], at_least_t3: [hi]}"),
       "router.keywords.at_least_t3[0]", "also stands at router.keywords.t3[0]", kWarning},
      {"long context", router("long_context_tokens: -1"), "router.long_context_tokens",
       "not within 0 and 100000000"},
      {"judge address", router("llm: {model: m, base_url: 'http://169.254.169.254'}"),
       "router.llm.base_url", "link-local"},
  });
  const auto llm = problems_of("router: {mode: llm}\n");
  ASSERT_EQ(llm.size(), 1u);
  EXPECT_EQ(llm[0].path, "router.llm");
  EXPECT_EQ(llm[0].severity, kError);
  EXPECT_FALSE(has_errors(problems_of("router: {mode: llm, llm: {model: m}}\n")));
  EXPECT_FALSE(
      has_errors(problems_of("router: {mode: llm, llm: {base_url: 'http://localhost:1234'}}\n")));
}

TEST(Validate, RetryAndHealth) {
  expect_rows({
      {"status below", "retry: {status_codes: [399]}\n", "retry.status_codes[0]",
       "not within 400 and 599"},
      {"status above", "retry: {status_codes: [500, 600]}\n", "retry.status_codes[1]",
       "not within"},
      {"status twice", "retry: {status_codes: [500, 500]}\n", "retry.status_codes[1]", "twice",
       kWarning},
      {"empty keyword", "retry: {error_keywords: ['']}\n", "retry.error_keywords[0]", "is empty"},
      {"short keyword", "retry: {error_keywords: [ab]}\n", "retry.error_keywords[0]", "so short",
       kWarning},
      {"long keyword", "retry: {error_keywords: [" + std::string(257, 'e') + "]}\n",
       "retry.error_keywords[0]", "longer than 256"},
      {"half life", "health: {half_life: 0s}\n", "health.half_life", "not within 1s"},
      {"penalty", "health: {penalties: {rate_limited: -1}}\n", "health.penalties.rate_limited",
       "not within"},
      {"huge penalty", "health: {penalties: {bad_response: 1e9}}\n",
       "health.penalties.bad_response", "not within"},
      {"cooldown", "health: {cooldowns: {unauthorized: 25h}}\n", "health.cooldowns.unauthorized",
       "not within 0s and 24h"},
  });
}

TEST(Validate, Params) {
  const auto global = [](const char* field) {
    return std::string("params: {global: {") + field + "}}\n";
  };
  expect_rows({
      {"model", global("model: x"), "params.global.model", "the gateway decides"},
      {"messages", global("messages: []"), "params.global.messages", "the gateway decides"},
      {"stream", global("stream: true"), "params.global.stream", "the gateway decides"},
      {"api_key", global("api_key: x"), "params.global.api_key", "the gateway decides"},
      {"api_base", global("Api_Base: x"), "params.global.Api_Base", "the gateway decides"},
      {"base_url", "params: {models: {m1: {base_url: x}}}\n", "params.models.m1.base_url",
       "the gateway decides"},
      {"too large", global(("a: " + std::string(70'000, 'a')).c_str()), "params.global",
       "larger than 64 KiB"},
      {"unknown model", "params: {models: {m11: {}}}\n", "params.models.m11", "stands nowhere else",
       kWarning, "m1"},
      {"tier", "params: {models: {t1: {}}}\n", "params.models.t1", "is no name of a model"},
  });
}

TEST(Validate, ParamsThatCameAsText) {
  Config config;
  for (const auto& [json, what] : std::initializer_list<std::pair<const char*, const char*>>{
           {"[1]", "must be a JSON object"},
           {"{", "this is not JSON"},
           {"{\"a\":1,\"a\":2}", "written twice"},
           {"{\"a\":NaN}", "this is not JSON"},
           {"", "this is not JSON"}}) {
    config.params.global = json;
    const auto problems = validate(config);
    ASSERT_FALSE(problems.empty());
    EXPECT_EQ(problems.back().path, "params.global") << json;
    EXPECT_THAT(problems.back().what, HasSubstr(what)) << json;
  }
}

TEST(Validate, LogsAndLimits) {
  const auto limit = [](const char* text) { return std::string("limits: {") + text + "}\n"; };
  expect_rows({
      {"retention", "logs: {retention_days: 0}\n", "logs.retention_days", "not within 1 and 3650"},
      {"bodies", "logs: {max_body_bytes: 3145729}\n", "logs.max_body_bytes", "not within"},
      {"store too small", "logs: {max_bytes: 1000}\n", "logs.max_bytes", "not within"},
      {"spool", "logs: {spool_bytes: -1}\n", "logs.spool_bytes", "not within"},
      {"empty redaction", "logs: {redact: ['']}\n", "logs.redact[0]", "match everywhere"},
      {"broken redaction", "logs: {redact: ['a', '(']}\n", "logs.redact[1]", "no RE2 pattern"},
      {"sample ratio", "tracing: {sample_ratio: 1.5}\n", "tracing.sample_ratio", "between 0 and 1"},
      {"endpoint", "tracing: {endpoint: 'collector:4317'}\n", "tracing.endpoint", "http://"},
      {"a collector at a metadata service", "tracing: {endpoint: 'http://169.254.169.254:4318'}\n", "tracing.endpoint", "metadata"},
      {"... by gRPC", "tracing: {endpoint: 'metadata.google.internal:4317', protocol: grpc}\n", "tracing.endpoint", "metadata"},
      {"a collector that is no URL", "tracing: {endpoint: 'http://user:pw@collector:4318'}\n", "tracing.endpoint", "is not used", kWarning},
      {"content without bodies", "logs: {bodies: false}\ntracing: {content: true}\n", "tracing.content", "no effect", kWarning},
      {"header_timeout", limit("header_timeout: 0s"), "limits.header_timeout", "not within"},
      {"max_header_bytes", limit("max_header_bytes: 2000000"), "limits.max_header_bytes",
       "not within"},
      {"max_headers", limit("max_headers: 1"), "limits.max_headers", "not within"},
      {"max_target_bytes", limit("max_target_bytes: 100"), "limits.max_target_bytes", "not within"},
      {"target within header", limit("max_target_bytes: 20000"), "limits.max_target_bytes",
       "more than max_header_bytes"},
      {"max_body_bytes", limit("max_body_bytes: 100"), "limits.max_body_bytes", "not within"},
      {"body_idle_timeout", limit("body_idle_timeout: 2h"), "limits.body_idle_timeout",
       "not within"},
      {"min_body_rate", limit("min_body_rate: -1"), "limits.min_body_rate", "not within"},
      {"inflight", limit("max_inflight_body_bytes: 1048576"), "limits.max_inflight_body_bytes",
       "less than max_body_bytes"},
      {"keep_alive_timeout", limit("keep_alive_timeout: 0s"), "limits.keep_alive_timeout",
       "not within"},
      {"client_write_timeout", limit("client_write_timeout: 0s"), "limits.client_write_timeout",
       "not within"},
      {"max_json_depth", limit("max_json_depth: 2000"), "limits.max_json_depth", "not within"},
      {"max_connections", limit("max_connections: 0"), "limits.max_connections", "not within"},
      {"upstream_idle_per_worker", limit("upstream_idle_per_worker: -1"),
       "limits.upstream_idle_per_worker", "not within"},
      {"upstream_idle_timeout", limit("upstream_idle_timeout: 0s"), "limits.upstream_idle_timeout",
       "not within"},
      {"max_response_header_bytes", limit("max_response_header_bytes: 1"),
       "limits.max_response_header_bytes", "not within"},
      {"drain_timeout", limit("drain_timeout: 2h"), "limits.drain_timeout", "not within"},
      {"body_rate_grace", limit("body_rate_grace: 2h"), "limits.body_rate_grace", "not within"},
      {"tls_timeout", limit("tls_timeout: 0s"), "limits.tls_timeout", "not within"},
  });
}

TEST(Validate, WithoutProvidersThereIsNothingToRouteTo) {
  auto problems = check_document("router: {mode: random}\n", "f", {}).problems;
  ASSERT_EQ(problems.size(), 1u) << listed(problems);
  EXPECT_EQ(problems[0].path, "providers");
  EXPECT_EQ(problems[0].severity, kWarning);
  problems =
      check_document("router: {mode: random}\ntiers: {t1: {models: [m]}}\ndefault_provider: a\n",
                     "f", {})
          .problems;
  EXPECT_EQ(std::count_if(problems.begin(), problems.end(),
                          [](const Problem& p) { return p.severity == kError; }),
            2)
      << listed(problems);
}

TEST(Validate, NotANumberIsNeverInRange) {
  Config config;
  config.models.resize(1);
  config.models[0].weight = std::numeric_limits<double>::quiet_NaN();
  config.models[0].price.input = std::numeric_limits<double>::infinity();
  config.router.min_confidence = std::numeric_limits<double>::quiet_NaN();
  config.health.penalties.timeout = -std::numeric_limits<double>::infinity();
  std::vector<std::string> paths;
  for (const auto& problem : validate(config))
    if (problem.severity == kError) paths.push_back(problem.path);
  EXPECT_EQ(paths,
            (std::vector<std::string>{"models[0].id", "models[0].weight", "models[0].price.input",
                                      "router.min_confidence", "health.penalties.timeout"}));
}

TEST(Validate, ReportsAllProblemsInSchemaOrder) {
  Config config;
  config.gateway.api_keys.emplace_back("short");
  config.providers.resize(1);
  config.default_provider = ProviderId("x");
  config.model_map.emplace("m", ProviderId("y"));
  config.router.min_confidence = 2;
  config.retry.status_codes = {1};
  config.health.half_life = Millis(0);
  config.params.global = "[]";
  config.logs.retention_days = 0;
  config.limits.max_headers = 0;
  std::vector<std::string> sections;
  for (const auto& problem : validate(config)) {
    const auto section = problem.path.substr(0, problem.path.find_first_of(".["));
    if (sections.empty() || sections.back() != section) sections.push_back(section);
  }
  EXPECT_EQ(sections, (std::vector<std::string>{"gateway", "providers", "default_provider",
                                                "model_map", "tiers", "router", "retry", "health",
                                                "params", "logs", "limits"}));
}

// The largest configuration that is allowed, with every name a near miss. Its time is printed, not
// judged.
TEST(Validate, ADocumentAtTheLimitsIsLittleWork) {
  Config config;
  for (std::size_t i = 0; i < kMaxProviders; ++i) {
    Provider provider;
    provider.id = ProviderId("provider" + std::to_string(i));
    provider.base_url = "https://p" + std::to_string(i) + ".example/v1";
    config.providers.push_back(std::move(provider));
  }
  config.default_provider = config.providers[0].id;
  for (std::size_t i = 0; i < kMaxModels; ++i) {
    Model model;
    model.id = ModelId("providr" + std::to_string(i) + "/model");
    model.fallbacks.emplace_back("providr" + std::to_string((i + 1) % kMaxModels) + "/model");
    config.models.push_back(std::move(model));
    config.params.models.emplace("x" + std::to_string(i), R"({"a":1})");
  }
  for (auto& tier : config.tiers)
    for (std::size_t i = 0; i < kMaxTierModels; ++i)
      tier.models.emplace_back("provder" + std::to_string(i) + "/m");
  for (std::size_t i = 0; i < 9'000; ++i)
    config.router.keywords.tiers[0].push_back("keyword" + std::to_string(i));
  const auto begin = std::chrono::steady_clock::now();
  const auto problems = validate(config);
  RecordProperty(
      "milliseconds",
      static_cast<int>(
          std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now() - begin).count()));
  EXPECT_LE(problems.size(), kMaxErrors + kMaxWarnings + 1);
  EXPECT_TRUE(has_errors(problems));  // the circle of ten thousand fallbacks
}

TEST(Validate, BeyondTheLimitsThereIsOneProblemAndNoWork) {
  Config config;
  config.models.resize(kMaxModels + 1);
  config.router.keywords.tiers[0].resize(10'001);
  std::vector<std::string> paths;
  for (const auto& problem : validate(config))
    if (problem.severity == kError) paths.push_back(problem.path);
  EXPECT_EQ(paths, (std::vector<std::string>{"models", "router.keywords"}));
}

TEST(Validate, PatternsShareABudget) {
  Config config;
  for (int i = 0; i < 300; ++i)
    config.router.keywords.tiers[0].push_back("/(a|b" + std::to_string(i) + "){700}c/");
  const auto problems = validate(config);
  EXPECT_TRUE(has_errors(problems));
  EXPECT_LT(problems.size(), 310u);
}

}  // namespace
}  // namespace smartroute::config

#include "contract/config/validate.hpp"

#include <array>
#include <cmath>

#include <re2/re2.h>

#include "contract/config/document.hpp"
#include "contract/config/keyword_pattern.hpp"
#include "contract/config/rules.hpp"

namespace smartroute::config {
namespace {

constexpr std::size_t kMinGatewayKeyBytes = 8;
constexpr std::size_t kMaxGatewayKeyBytes = 512;

// Keys out of every tutorial, and keys of one repeated character.
bool is_well_known_key(std::string_view key) {
  static constexpr std::array<std::string_view, 26> kKnown{
      "1234",      "12345678",  "123456789",    "1234567890",   "...",      "changeme",
      "change-me", "change_me", "password",     "password1",    "passw0rd", "master",
      "admin",     "secret",    "test",         "testtest",     "key",      "default",
      "your-key",  "your_key",  "your-api-key", "your_api_key", "api-key",  "api_key",
      "yourkey",   "master-key"};
  const std::string lower = lower_case(key);
  std::string_view body = lower;
  if (body.starts_with("sk-")) body.remove_prefix(3);
  for (const auto known : kKnown)
    if (body == known || lower == known) return true;
  return !body.empty() && body.find_first_not_of(body.front()) == std::string_view::npos;
}

void check_duplicates(Report& report, const std::string& path,
                      const std::vector<std::int32_t>& values) {
  std::unordered_set<std::int32_t> seen;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!seen.insert(values[i]).second) report.warn(item_path(path, i), "stands in the list twice");
}

// Keys that would let params change what the gateway decides itself, or where it sends a request.
bool is_reserved_param(std::string_view key) {
  for (const std::string_view reserved :
       {"model", "messages", "stream", "api_key", "api_base", "base_url"})
    if (key == reserved) return true;
  return false;
}

void check_params_object(Rules& rules, const std::string& path, const std::string& json) {
  if (json.size() > kMaxParamsBytes) return rules.report.error(path, "is larger than 64 KiB");
  const Document document = read_json(json);
  for (const auto& problem : document.problems)
    rules.report.error(path, "must be a JSON object: " + problem.what);
  if (!document.problems.empty()) return;
  if (document.root.kind != NodeKind::Map) return rules.report.error(path, "must be a JSON object");
  for (const auto& member : document.root.children)
    if (is_reserved_param(lower_case(member.key)))
      rules.report.error(member_path(path, member.key),
                         "cannot be set here: the gateway decides it");
}

// Every spelling under which a model that is named anywhere may be meant: as written, canonical,
// and without its provider.
std::unordered_set<std::string> names_of_models(const Rules& rules,
                                                std::vector<std::string>& spellings) {
  std::unordered_set<std::string> names;
  const auto add = [&](const std::string& name) {
    if (name.empty() || names.contains(name)) return;
    std::string canonical = rules.canonical(name);
    std::string bare = canonical.substr(canonical.find('/') + 1);
    spellings.push_back(name);
    if (bare != name && !names.contains(bare)) spellings.push_back(bare);
    names.insert({name, std::move(canonical), std::move(bare)});
  };
  for (const auto& [name, provider] : rules.config.model_map) add(name);
  for (const auto& model : rules.config.models) {
    add(model.id.str());
    for (const auto& name : model.fallbacks) add(name.str());
  }
  for (const auto& tier : rules.config.tiers)
    for (const auto& name : tier.models) add(name.str());
  if (rules.config.router.llm) add(rules.config.router.llm->model.str());
  return names;
}

}  // namespace

void check_gateway(Rules& rules) {
  constexpr std::size_t kMaxKeyNameBytes = 128;
  const auto& keys = rules.config.gateway.api_keys;
  const auto& named = rules.config.gateway.keys;
  if (keys.size() + named.size() > kMaxGatewayKeys)
    return rules.report.error(named.empty() ? "gateway.api_keys" : "gateway.keys", "has more than 10,000 keys");
  std::unordered_set<std::string_view> seen;
  const auto check_key = [&](const std::string& path, std::string_view key) {
    if (key.empty()) return rules.report.error(path, "is empty, or its reference leads nowhere");
    if (is_well_known_key(key))
      rules.report.error(path, "is a key that everybody tries first");
    else if (key.size() < kMinGatewayKeyBytes)
      rules.report.error(path, "is shorter than 8 characters");
    else if (key.size() > kMaxGatewayKeyBytes)
      rules.report.error(path, "is longer than 512 bytes");
    else
      rules.check_api_key(path, key);
    if (!seen.insert(key).second) rules.report.warn(path, "stands in the list twice");
  };
  for (std::size_t i = 0; i < keys.size(); ++i)
    check_key(item_path("gateway.api_keys", i), keys[i].reveal());
  std::unordered_set<std::string_view> names;
  for (std::size_t i = 0; i < named.size(); ++i) {
    const std::string path = item_path("gateway.keys", i);
    const std::string& name = named[i].name;
    check_key(path + ".key", named[i].key.reveal());
    if (name.empty())
      rules.report.error(path + ".name", "is missing");
    else if (name.size() > kMaxKeyNameBytes)
      rules.report.error(path + ".name", "is longer than 128 bytes");
    else if (!names.insert(name).second)
      rules.report.error(path + ".name", "is the name of another key, too");
  }
}

void check_retry(Rules& rules) {
  constexpr std::size_t kMaxStatusCodes = 200;
  constexpr std::size_t kMaxErrorKeywords = 1'000;
  constexpr std::size_t kMaxErrorKeywordBytes = 256;
  const auto& retry = rules.config.retry;
  if (retry.status_codes.size() > kMaxStatusCodes) {
    rules.report.error("retry.status_codes", "has more than 200 entries");
  } else {
    for (std::size_t i = 0; i < retry.status_codes.size(); ++i)
      rules.check_range(item_path("retry.status_codes", i), std::int64_t{retry.status_codes[i]},
                        400, 599);
    check_duplicates(rules.report, "retry.status_codes", retry.status_codes);
  }
  if (retry.error_keywords.size() > kMaxErrorKeywords)
    return rules.report.error("retry.error_keywords", "has more than 1,000 entries");
  for (std::size_t i = 0; i < retry.error_keywords.size(); ++i) {
    const auto& keyword = retry.error_keywords[i];
    const std::string path = item_path("retry.error_keywords", i);
    if (keyword.find_first_not_of(" \t\r\n") == std::string::npos)
      rules.report.error(path, "is empty and would match every answer");
    else if (keyword.size() > kMaxErrorKeywordBytes)
      rules.report.error(path, "is longer than 256 bytes");
    else if (keyword.size() < 3)
      rules.report.warn(path, shown(keyword) + " is so short that it matches healthy answers too");
  }
}

void check_retry_budget(Rules& rules) {
  const auto& retry = rules.config.retry;
  rules.check_range("retry.budget_percent", retry.budget_percent, 0.0, 1'000.0);
  rules.check_range("retry.budget_floor", retry.budget_floor, 0.0, 10'000.0);
  rules.check_range("retry.max_wait", retry.max_wait, Millis(0), Millis(60'000));
}

void check_health(Rules& rules) {
  constexpr double kMaxPenalty = 1e6;
  const auto& health = rules.config.health;
  rules.check_range("health.half_life", health.half_life, Millis(1000), 30 * kDay);
  const auto penalty = [&](const char* field, double value) {
    rules.check_range(field_path("health.penalties", field), value, 0.0, kMaxPenalty);
  };
  penalty("timeout", health.penalties.timeout);
  penalty("server_error", health.penalties.server_error);
  penalty("keyword", health.penalties.keyword);
  penalty("empty", health.penalties.empty);
  penalty("rate_limited", health.penalties.rate_limited);
  penalty("unauthorized", health.penalties.unauthorized);
  penalty("connect", health.penalties.connect);
  penalty("bad_response", health.penalties.bad_response);
  const auto cooldown = [&](const char* field, Millis value) {
    rules.check_range(field_path("health.cooldowns", field), value, Millis(0), kDay);
  };
  cooldown("keyword", health.cooldowns.keyword);
  cooldown("empty", health.cooldowns.empty);
  cooldown("rate_limited", health.cooldowns.rate_limited);
  cooldown("unauthorized", health.cooldowns.unauthorized);
  cooldown("failing", health.cooldowns.failing);
  cooldown("longest", health.cooldowns.longest);
  rules.check_range("health.eject_after", std::int64_t{health.eject_after}, 0, 1'000);
}

void check_params(Rules& rules) {
  const auto& params = rules.config.params;
  check_params_object(rules, "params.global", params.global);
  if (params.models.empty()) return;
  if (params.models.size() > kMaxModels)
    return rules.report.error("params.models", "has more than 10,000 entries");
  std::vector<std::string> spellings;
  const auto names = names_of_models(rules, spellings);
  std::size_t bytes = 0;
  for (const auto& [name, json] : params.models) {
    const std::string path = member_path("params.models", name);
    bytes += json.size();
    if (bytes > kMaxAllParamsBytes)
      return rules.report.error("params.models", "is larger than 4 MiB altogether");
    if (name.empty() || is_reserved_name(name))
      rules.report.error(path, "is no name of a model");
    else if (!names.contains(name))
      rules.report.warn(path, "names a model that stands nowhere else in this configuration",
                        rules.nearest.find(name, spellings));
    check_params_object(rules, path, json);
  }
}

void check_logs(Rules& rules) {
  rules.check_range("logs.retention_days", std::int64_t{rules.config.logs.retention_days}, 1, 3650);
  constexpr std::size_t kMaxRedactions = 64;
  constexpr std::int64_t kMebi = 1024 * 1024, kTebi = kMebi * kMebi;
  const auto& logs = rules.config.logs;
  rules.check_range("logs.max_body_bytes", logs.max_body_bytes, 0, 3 * kMebi);      // two of them must fit into a report
  rules.check_range("logs.max_bytes", logs.max_bytes, 64 * kMebi, 1024 * kTebi);
  rules.check_range("logs.spool_bytes", logs.spool_bytes, 0, kTebi);
  if (logs.redact.size() > kMaxRedactions) return rules.report.error("logs.redact", "has more than 64 patterns");
  for (std::size_t i = 0; i < logs.redact.size(); ++i) {
    const std::string path = item_path("logs.redact", i);
    if (logs.redact[i].empty()) {
      rules.report.error(path, "is empty and would match everywhere");
    } else if (const auto pattern = compile_redaction(logs.redact[i]); !pattern) {
      rules.report.error(path, "is no RE2 pattern: " + pattern.error().text());
    }
  }
}

void check_collector(Rules& rules, const Tracing& tracing) {
  const std::string path = "tracing.endpoint";
  std::string text = tracing.endpoint;
  if (text.empty()) return;
  if (tracing.protocol == OtlpProtocol::Http && !text.starts_with("http://") && !text.starts_with("https://"))
    return rules.report.error(path, "must begin with http:// or https://; for host:port set protocol: grpc");
  if (text.find("://") == std::string::npos) text.insert(0, "http://");
  if (const auto url = parse_base_url(text))
    rules.check_host(path, classify_host(url->host));
  else  // no error: the gateway serves all the same
    rules.report.warn(path, "is not used: it " + url.error().text());
}

void check_tracing(Rules& rules) {
  const auto& tracing = rules.config.tracing;
  if (!(tracing.sample_ratio >= 0 && tracing.sample_ratio <= 1))
    rules.report.error("tracing.sample_ratio", "must be between 0 and 1");
  check_collector(rules, tracing);
  if (tracing.content && !rules.config.logs.bodies)
    rules.report.warn("tracing.content", "has no effect while logs.bodies is off");
}

Problems validate(const Config& config) {
  Rules rules(config);
  check_gateway(rules);
  check_providers(rules);
  check_model_map(rules);
  check_models(rules);
  check_tiers(rules);
  check_router(rules);
  check_retry(rules);
  check_retry_budget(rules);
  check_health(rules);
  check_params(rules);
  check_logs(rules);
  check_tracing(rules);
  check_limits(rules);
  return rules.report.take();
}

}  // namespace smartroute::config

#include "contract/config/decode.hpp"

#include <algorithm>

#include "contract/config/report.hpp"
#include "contract/config/secret_reference.hpp"
#include "smartroute/v1/config.pb.h"

namespace smartroute::config {
namespace {

namespace pb = google::protobuf;

constexpr std::array<const char*, kTierCount> kTierFields{"t1", "t2", "t3"};

// Every method merges one message onto the defaults that its model type already carries.
class ConfigDecoder {
 public:
  ConfigDecoder(const SecretSource& secrets, Report& report) : secrets_(secrets), report_(report) {}

  Config decode(const v1::Config& in) {
    Config out;
    decode_gateway(in.gateway(), out.gateway);
    for (int i = 0; i < in.providers_size(); ++i)
      out.providers.push_back(
          decode_provider(in.providers(i), item_path("providers", static_cast<std::size_t>(i))));
    out.default_provider = ProviderId(in.default_provider());
    if (out.default_provider.empty() && !out.providers.empty())
      out.default_provider = out.providers.front().id;
    for (const auto& [model, provider] : in.model_map())
      out.model_map.emplace(model, ProviderId(provider));
    for (int i = 0; i < in.models_size(); ++i)
      out.models.push_back(
          decode_model(in.models(i), item_path("models", static_cast<std::size_t>(i))));
    const std::array<const v1::Tier*, kTierCount> tiers{&in.tiers().t1(), &in.tiers().t2(),
                                                        &in.tiers().t3()};
    for (std::size_t i = 0; i < kTierCount; ++i)
      decode_tier(*tiers[i], out.tiers[i], field_path("tiers", kTierFields[i]));
    decode_router(in.router(), out.router);
    decode_retry(in.retry(), out.retry);
    decode_health(in.health(), out.health);
    if (!in.params().global().json().empty()) out.params.global = in.params().global().json();
    for (const auto& [model, object] : in.params().models())
      out.params.models.emplace(model, object.json().empty() ? "{}" : object.json());
    if (in.logs().has_retention_days()) out.logs.retention_days = in.logs().retention_days();
    if (in.logs().has_bodies()) out.logs.bodies = in.logs().bodies();
    if (in.logs().has_max_body_bytes()) out.logs.max_body_bytes = in.logs().max_body_bytes();
    if (in.logs().has_max_bytes()) out.logs.max_bytes = in.logs().max_bytes();
    out.logs.redact.assign(in.logs().redact().begin(), in.logs().redact().end());
    if (in.logs().has_spool_bytes()) out.logs.spool_bytes = in.logs().spool_bytes();
    decode_tracing(in.tracing(), out.tracing);
    decode_limits(in.limits(), out.limits);
    return out;
  }

 private:
  void take(bool is_set, const pb::Duration& value, Millis& out, const std::string& path) {
    constexpr std::int64_t kMostSeconds = 100LL * 366 * 24 * 3600;
    constexpr std::int32_t kNanosInMilli = 1'000'000;
    if (!is_set) return;
    if (value.seconds() < 0 || value.nanos() < 0)
      return report_.error(path, "must not be negative");
    if (value.seconds() > kMostSeconds)
      return report_.error(path, "is longer than a hundred years");
    if (value.nanos() > 999'999'999 || value.nanos() % kNanosInMilli != 0)
      return report_.error(path, "is finer than a millisecond");
    out = Millis(value.seconds() * 1000 + value.nanos() / kNanosInMilli);
  }

  // Wire enums are the model's enums plus an unspecified zero, in the same order.
  template <class Enum>
  void take(int value, Enum last, Enum& out, const std::string& path) {
    if (value == 0) return;
    if (value < 0 || value > static_cast<int>(last) + 1)
      return report_.error(
          path, "has the value " + std::to_string(value) + ", which this version does not know");
    out = static_cast<Enum>(value - 1);
  }

  void decode_gateway(const v1::Gateway& in, Gateway& out) {
    // A key that is not to be had keeps its place as an empty one, which validate() refuses:
    // leaving it out could leave none, and none means that no key is asked for.
    for (int i = 0; i < in.api_keys_size(); ++i)
      out.api_keys.emplace_back(resolve(in.api_keys(i), secrets_,
                                        item_path("gateway.api_keys", static_cast<std::size_t>(i)),
                                        report_)
                                    .value);
    for (int i = 0; i < in.keys_size(); ++i) {
      const std::string path = item_path("gateway.keys", static_cast<std::size_t>(i));
      GatewayKey key;
      key.name = in.keys(i).name();
      key.key = Secret(resolve(in.keys(i).key(), secrets_, path + ".key", report_).value);
      if (in.keys(i).has_log_bodies()) key.log_bodies = in.keys(i).log_bodies();
      out.keys.push_back(std::move(key));
    }
    take(in.unknown_model(), UnknownModel::Pass, out.unknown_model, "gateway.unknown_model");
  }

  void decode_tracing(const v1::Tracing& in, Tracing& out) {
    out.endpoint = in.endpoint();
    take(in.protocol(), OtlpProtocol::Grpc, out.protocol, "tracing.protocol");
    for (const auto& [name, secret] : in.headers())
      out.headers.emplace(name, Secret(resolve(secret, secrets_, "tracing.headers." + name, report_).value));
    if (in.has_sample_ratio()) out.sample_ratio = in.sample_ratio();
    if (in.has_content()) out.content = in.content();
    if (!in.service_name().empty()) out.service_name = in.service_name();
    if (in.has_allow_private()) out.allow_private = in.allow_private();
  }

  Provider decode_provider(const v1::Provider& in, const std::string& path) {
    Provider out;
    out.id = ProviderId(in.id());
    take(in.protocol(), Protocol::Anthropic, out.protocol, path + ".protocol");
    out.base_url = in.base_url();
    auto key = resolve(in.api_key(), secrets_, path + ".api_key", report_);
    out.api_key = Secret(std::move(key.value));
    out.api_key_missing = key.state == SecretState::Missing;
    if (in.has_tls_verify()) out.tls_verify = in.tls_verify();
    out.tls_ca_file = in.tls_ca_file();
    out.headers.insert(in.headers().begin(), in.headers().end());
    if (in.has_allow_private()) out.allow_private = in.allow_private();
    if (in.has_stream_usage()) out.stream_usage = in.stream_usage();
    return out;
  }

  // Who sets only some of them means the others to fit: a default is cut to what was set, never the
  // other way round.
  void decode_timeouts(const v1::Timeouts& in, Timeouts& out, const std::string& path) {
    take(in.has_connect(), in.connect(), out.connect, path + ".connect");
    take(in.has_first_byte(), in.first_byte(), out.first_byte, path + ".first_byte");
    take(in.has_idle(), in.idle(), out.idle, path + ".idle");
    take(in.has_total(), in.total(), out.total, path + ".total");
    if (!in.has_first_byte()) out.first_byte = std::min(out.first_byte, out.total);
    if (!in.has_idle()) out.idle = std::min(out.idle, out.total);
    if (!in.has_connect()) out.connect = std::min(out.connect, out.first_byte);
  }

  static Price decode_price(const v1::Price& in) {
    Price out;
    if (in.has_input()) out.input = in.input();
    if (in.has_output()) out.output = in.output();
    if (in.has_cached_input()) out.cached_input = in.cached_input();
    if (in.has_cache_write()) out.cache_write = in.cache_write();
    if (in.has_audio_input()) out.audio_input = in.audio_input();
    if (in.has_audio_output()) out.audio_output = in.audio_output();
    return out;
  }

  Model decode_model(const v1::Model& in, const std::string& path) {
    Model out;
    out.id = ModelId(in.id());
    if (in.has_multimodal()) out.multimodal = in.multimodal();
    if (in.has_weight()) out.weight = in.weight();
    if (in.has_context_window()) out.context_window = in.context_window();
    for (const auto& name : in.fallbacks()) out.fallbacks.emplace_back(name);
    if (in.has_max_attempts()) out.max_attempts = in.max_attempts();
    decode_timeouts(in.timeouts(), out.timeouts, path + ".timeouts");
    out.price = decode_price(in.price());
    return out;
  }

  void decode_tier(const v1::Tier& in, Tier& out, const std::string& path) {
    for (const auto& name : in.models()) out.models.emplace_back(name);
    take(in.strategy(), Strategy::Cheapest, out.strategy, path + ".strategy");
    if (in.has_rounds()) out.rounds = in.rounds();
    if (in.has_max_attempts()) out.max_attempts = in.max_attempts();
    decode_timeouts(in.timeouts(), out.timeouts, path + ".timeouts");
    take(in.on_break(), OnBreak::Restart, out.on_break, path + ".on_break");
    take(in.guarantee(), Guarantee::Buffered, out.guarantee, path + ".guarantee");
    if (in.hold_back().has_bytes()) out.hold_back.bytes = in.hold_back().bytes();
    take(in.hold_back().has_time(), in.hold_back().time(), out.hold_back.time,
         path + ".hold_back.time");
  }

  void decode_router(const v1::Router& in, Router& out) {
    take(in.mode(), RouterMode::Cascade, out.mode, "router.mode");
    take(in.default_tier(), TierName::T3, out.default_tier, "router.default_tier");
    out.keywords.tiers[0].assign(in.keywords().t1().begin(), in.keywords().t1().end());
    out.keywords.tiers[1].assign(in.keywords().t2().begin(), in.keywords().t2().end());
    out.keywords.tiers[2].assign(in.keywords().t3().begin(), in.keywords().t3().end());
    out.keywords.at_least[1].assign(in.keywords().at_least_t2().begin(),
                                    in.keywords().at_least_t2().end());
    out.keywords.at_least[2].assign(in.keywords().at_least_t3().begin(),
                                    in.keywords().at_least_t3().end());
    if (in.has_llm()) out.llm = decode_judge(in.llm());
    if (in.has_min_confidence()) out.min_confidence = in.min_confidence();
    take(in.has_session_ttl(), in.session_ttl(), out.session_ttl, "router.session_ttl");
    take(in.no_candidate(), NoCandidate::Fail, out.no_candidate, "router.no_candidate");
    if (in.has_long_context_tokens()) out.long_context_tokens = in.long_context_tokens();
    take(in.long_context_tier(), TierName::T3, out.long_context_tier, "router.long_context_tier");
  }

  LlmJudge decode_judge(const v1::LlmJudge& in) {
    LlmJudge out;
    out.model = ModelId(in.model());
    out.prompt_template = in.prompt_template();
    take(in.has_timeout(), in.timeout(), out.timeout, "router.llm.timeout");
    if (in.has_history_turns()) out.history_turns = in.history_turns();
    out.base_url = in.base_url();
    auto key = resolve(in.api_key(), secrets_, "router.llm.api_key", report_);
    out.api_key = Secret(std::move(key.value));
    out.api_key_missing = key.state == SecretState::Missing;
    if (in.has_allow_private()) out.allow_private = in.allow_private();
    if (in.has_max_turn_bytes()) out.max_turn_bytes = in.max_turn_bytes();
    if (in.has_cache_entries()) out.cache_entries = in.cache_entries();
    take(in.has_cache_ttl(), in.cache_ttl(), out.cache_ttl, "router.llm.cache_ttl");
    if (in.has_breaker_failures()) out.breaker_failures = in.breaker_failures();
    take(in.has_breaker_open(), in.breaker_open(), out.breaker_open, "router.llm.breaker_open");
    return out;
  }

  void decode_retry(const v1::Retry& in, Retry& out) {
    if (in.status_codes_size() > 0)
      out.status_codes.assign(in.status_codes().begin(), in.status_codes().end());
    if (in.error_keywords_size() > 0)
      out.error_keywords.assign(in.error_keywords().begin(), in.error_keywords().end());
    if (in.has_retry_on_empty()) out.retry_on_empty = in.retry_on_empty();
    if (in.has_budget_percent()) out.budget_percent = in.budget_percent();
    if (in.has_budget_floor()) out.budget_floor = in.budget_floor();
    take(in.has_max_wait(), in.max_wait(), out.max_wait, "retry.max_wait");
    if (in.has_on_content_policy()) out.on_content_policy = in.on_content_policy();
  }

  void decode_health(const v1::Health& in, Health& out) {
    take(in.has_half_life(), in.half_life(), out.half_life, "health.half_life");
    const auto& penalties = in.penalties();
    if (penalties.has_timeout()) out.penalties.timeout = penalties.timeout();
    if (penalties.has_server_error()) out.penalties.server_error = penalties.server_error();
    if (penalties.has_keyword()) out.penalties.keyword = penalties.keyword();
    if (penalties.has_empty()) out.penalties.empty = penalties.empty();
    if (penalties.has_rate_limited()) out.penalties.rate_limited = penalties.rate_limited();
    if (penalties.has_unauthorized()) out.penalties.unauthorized = penalties.unauthorized();
    if (penalties.has_connect()) out.penalties.connect = penalties.connect();
    if (penalties.has_bad_response()) out.penalties.bad_response = penalties.bad_response();
    const auto& cooldowns = in.cooldowns();
    take(cooldowns.has_keyword(), cooldowns.keyword(), out.cooldowns.keyword,
         "health.cooldowns.keyword");
    take(cooldowns.has_empty(), cooldowns.empty(), out.cooldowns.empty, "health.cooldowns.empty");
    take(cooldowns.has_rate_limited(), cooldowns.rate_limited(), out.cooldowns.rate_limited,
         "health.cooldowns.rate_limited");
    take(cooldowns.has_unauthorized(), cooldowns.unauthorized(), out.cooldowns.unauthorized,
         "health.cooldowns.unauthorized");
    take(cooldowns.has_failing(), cooldowns.failing(), out.cooldowns.failing,
         "health.cooldowns.failing");
    take(cooldowns.has_longest(), cooldowns.longest(), out.cooldowns.longest,
         "health.cooldowns.longest");
    if (in.has_eject_after()) out.eject_after = in.eject_after();
  }

  void decode_limits(const v1::Limits& in, Limits& out) {
    take(in.has_header_timeout(), in.header_timeout(), out.header_timeout, "limits.header_timeout");
    if (in.has_max_header_bytes()) out.max_header_bytes = in.max_header_bytes();
    if (in.has_max_headers()) out.max_headers = in.max_headers();
    if (in.has_max_target_bytes()) out.max_target_bytes = in.max_target_bytes();
    if (in.has_max_body_bytes()) out.max_body_bytes = in.max_body_bytes();
    take(in.has_body_idle_timeout(), in.body_idle_timeout(), out.body_idle_timeout,
         "limits.body_idle_timeout");
    if (in.has_min_body_rate()) out.min_body_rate = in.min_body_rate();
    if (in.has_max_inflight_body_bytes())
      out.max_inflight_body_bytes = in.max_inflight_body_bytes();
    take(in.has_keep_alive_timeout(), in.keep_alive_timeout(), out.keep_alive_timeout,
         "limits.keep_alive_timeout");
    take(in.has_client_write_timeout(), in.client_write_timeout(), out.client_write_timeout,
         "limits.client_write_timeout");
    if (in.has_max_json_depth()) out.max_json_depth = in.max_json_depth();
    if (in.has_max_connections()) out.max_connections = in.max_connections();
    if (in.has_upstream_idle_per_worker())
      out.upstream_idle_per_worker = in.upstream_idle_per_worker();
    take(in.has_upstream_idle_timeout(), in.upstream_idle_timeout(), out.upstream_idle_timeout,
         "limits.upstream_idle_timeout");
    if (in.has_max_response_header_bytes())
      out.max_response_header_bytes = in.max_response_header_bytes();
    take(in.has_drain_timeout(), in.drain_timeout(), out.drain_timeout, "limits.drain_timeout");
    take(in.has_body_rate_grace(), in.body_rate_grace(), out.body_rate_grace,
         "limits.body_rate_grace");
    take(in.has_tls_timeout(), in.tls_timeout(), out.tls_timeout, "limits.tls_timeout");
    take(in.has_heartbeat(), in.heartbeat(), out.heartbeat, "limits.heartbeat");
    if (in.has_max_streams()) out.max_streams = in.max_streams();
    if (in.has_max_streams_per_key()) out.max_streams_per_key = in.max_streams_per_key();
    if (in.has_max_inflight_body_bytes_per_key())
      out.max_inflight_body_bytes_per_key = in.max_inflight_body_bytes_per_key();
    if (in.has_max_buffered_bytes()) out.max_buffered_bytes = in.max_buffered_bytes();
    if (in.has_max_memory_bytes()) out.max_memory_bytes = in.max_memory_bytes();
    take(in.has_drain_accept(), in.drain_accept(), out.drain_accept, "limits.drain_accept");
    // Unsaid, it never is longer than the drain it is part of.
    if (!in.has_drain_accept()) out.drain_accept = std::clamp(out.drain_timeout, Millis(0), out.drain_accept);
  }

  const SecretSource& secrets_;
  Report& report_;
};

}  // namespace

DecodeResult decode(const v1::Config& message, const SecretSource& secrets) {
  Report report;
  DecodeResult result;
  result.config = ConfigDecoder(secrets, report).decode(message);
  result.problems = report.take();
  return result;
}

}  // namespace smartroute::config

#include <google/protobuf/duration.pb.h>

#include "contract/config/decode.hpp"
#include "contract/config/placeholder_secrets.hpp"
#include "smartroute/v1/config.pb.h"

namespace smartroute::config {
namespace {

namespace pb = google::protobuf;

void put(pb::Duration* out, Millis value) {
  out->set_seconds(value.count() / 1'000);
  out->set_nanos(static_cast<std::int32_t>(value.count() % 1'000 * 1'000'000));
}

// Wire enums are the model's enums plus an unspecified zero, in the same order.
template <class Wire, class Enum>
Wire wire(Enum value) {
  return static_cast<Wire>(static_cast<int>(value) + 1);
}

void put(const Timeouts& in, v1::Timeouts* out) {
  put(out->mutable_connect(), in.connect);
  put(out->mutable_first_byte(), in.first_byte);
  put(out->mutable_idle(), in.idle);
  put(out->mutable_total(), in.total);
}

void put(const Provider& in, v1::Provider* out) {
  out->set_protocol(wire<v1::Provider::Protocol>(in.protocol));
  out->set_tls_verify(in.tls_verify);
  out->set_allow_private(in.allow_private);
  out->set_stream_usage(in.stream_usage);
}

// What a model can do and costs stays unsaid where it was: there is no default, the data planes look it up.
void put(const Model& in, v1::Model* out) {
  out->set_weight(in.weight);
  out->set_max_attempts(in.max_attempts);
  put(in.timeouts, out->mutable_timeouts());
}

void put(const Tier& in, v1::Tier* out) {
  out->set_strategy(wire<v1::Tier::Strategy>(in.strategy));
  out->set_rounds(in.rounds);
  out->set_max_attempts(in.max_attempts);
  put(in.timeouts, out->mutable_timeouts());
  out->set_on_break(wire<v1::Tier::OnBreak>(in.on_break));
  out->set_guarantee(wire<v1::Tier::Guarantee>(in.guarantee));
  out->mutable_hold_back()->set_bytes(in.hold_back.bytes);
  put(out->mutable_hold_back()->mutable_time(), in.hold_back.time);
}

void put(const LlmJudge& in, v1::LlmJudge* out) {
  put(out->mutable_timeout(), in.timeout);
  out->set_history_turns(in.history_turns);
  out->set_max_turn_bytes(in.max_turn_bytes);
  out->set_cache_entries(in.cache_entries);
  put(out->mutable_cache_ttl(), in.cache_ttl);
  out->set_breaker_failures(in.breaker_failures);
  put(out->mutable_breaker_open(), in.breaker_open);
  out->set_allow_private(in.allow_private);
}

void put(const Router& in, v1::Router* out) {
  out->set_mode(wire<v1::Router::Mode>(in.mode));
  out->set_default_tier(wire<v1::TierName>(in.default_tier));
  out->mutable_keywords();
  if (in.llm) put(*in.llm, out->mutable_llm());
  out->set_min_confidence(in.min_confidence);
  put(out->mutable_session_ttl(), in.session_ttl);
  out->set_no_candidate(wire<v1::Router::NoCandidate>(in.no_candidate));
  out->set_long_context_tokens(in.long_context_tokens);
  out->set_long_context_tier(wire<v1::TierName>(in.long_context_tier));
}

void put(const Retry& in, v1::Retry* out) {
  out->mutable_status_codes()->Assign(in.status_codes.begin(), in.status_codes.end());
  out->mutable_error_keywords()->Assign(in.error_keywords.begin(), in.error_keywords.end());
  out->set_retry_on_empty(in.retry_on_empty);
  out->set_budget_percent(in.budget_percent);
  out->set_budget_floor(in.budget_floor);
  put(out->mutable_max_wait(), in.max_wait);
  out->set_on_content_policy(in.on_content_policy);
}

void put(const Health& in, v1::Health* out) {
  put(out->mutable_half_life(), in.half_life);
  auto* penalties = out->mutable_penalties();
  penalties->set_timeout(in.penalties.timeout);
  penalties->set_server_error(in.penalties.server_error);
  penalties->set_keyword(in.penalties.keyword);
  penalties->set_empty(in.penalties.empty);
  penalties->set_rate_limited(in.penalties.rate_limited);
  penalties->set_unauthorized(in.penalties.unauthorized);
  penalties->set_connect(in.penalties.connect);
  penalties->set_bad_response(in.penalties.bad_response);
  auto* cooldowns = out->mutable_cooldowns();
  put(cooldowns->mutable_keyword(), in.cooldowns.keyword);
  put(cooldowns->mutable_empty(), in.cooldowns.empty);
  put(cooldowns->mutable_rate_limited(), in.cooldowns.rate_limited);
  put(cooldowns->mutable_unauthorized(), in.cooldowns.unauthorized);
  put(cooldowns->mutable_failing(), in.cooldowns.failing);
  put(cooldowns->mutable_longest(), in.cooldowns.longest);
  out->set_eject_after(in.eject_after);
}

void put(const Logs& in, v1::Logs* out) {
  out->set_retention_days(in.retention_days);
  out->set_bodies(in.bodies);
  out->set_max_body_bytes(in.max_body_bytes);
  out->set_max_bytes(in.max_bytes);
  out->set_spool_bytes(in.spool_bytes);
}

void put(const Tracing& in, v1::Tracing* out) {
  out->set_protocol(wire<v1::Tracing::OtlpProtocol>(in.protocol));
  out->set_sample_ratio(in.sample_ratio);
  out->set_content(in.content);
  out->set_service_name(in.service_name);
  out->set_allow_private(in.allow_private);
}

void put(const Limits& in, v1::Limits* out) {
  put(out->mutable_header_timeout(), in.header_timeout);
  out->set_max_header_bytes(in.max_header_bytes);
  out->set_max_headers(in.max_headers);
  out->set_max_target_bytes(in.max_target_bytes);
  out->set_max_body_bytes(in.max_body_bytes);
  put(out->mutable_body_idle_timeout(), in.body_idle_timeout);
  out->set_min_body_rate(in.min_body_rate);
  out->set_max_inflight_body_bytes(in.max_inflight_body_bytes);
  put(out->mutable_keep_alive_timeout(), in.keep_alive_timeout);
  put(out->mutable_client_write_timeout(), in.client_write_timeout);
  out->set_max_json_depth(in.max_json_depth);
  out->set_max_connections(in.max_connections);
  out->set_upstream_idle_per_worker(in.upstream_idle_per_worker);
  put(out->mutable_upstream_idle_timeout(), in.upstream_idle_timeout);
  out->set_max_response_header_bytes(in.max_response_header_bytes);
  put(out->mutable_drain_timeout(), in.drain_timeout);
  put(out->mutable_body_rate_grace(), in.body_rate_grace);
  put(out->mutable_tls_timeout(), in.tls_timeout);
  put(out->mutable_heartbeat(), in.heartbeat);
  out->set_max_streams(in.max_streams);
  out->set_max_streams_per_key(in.max_streams_per_key);
  out->set_max_inflight_body_bytes_per_key(in.max_inflight_body_bytes_per_key);
  out->set_max_buffered_bytes(in.max_buffered_bytes);
  out->set_max_memory_bytes(in.max_memory_bytes);
  put(out->mutable_drain_accept(), in.drain_accept);
}

}  // namespace

// On top of a copy, so that what has no default (names, lists, secrets) stays as it was said.
v1::Config with_defaults(const v1::Config& message) {
  const Config model = decode(message, no_secrets()).config;
  v1::Config out = message;
  out.mutable_gateway()->set_unknown_model(
      wire<v1::Gateway::UnknownModel>(model.gateway.unknown_model));
  for (int i = 0; i < out.providers_size(); ++i)
    put(model.providers[static_cast<std::size_t>(i)], out.mutable_providers(i));
  out.set_default_provider(model.default_provider.str());
  for (int i = 0; i < out.models_size(); ++i)
    put(model.models[static_cast<std::size_t>(i)], out.mutable_models(i));
  put(model.tiers[0], out.mutable_tiers()->mutable_t1());
  put(model.tiers[1], out.mutable_tiers()->mutable_t2());
  put(model.tiers[2], out.mutable_tiers()->mutable_t3());
  put(model.router, out.mutable_router());
  put(model.retry, out.mutable_retry());
  put(model.health, out.mutable_health());
  out.mutable_params()->mutable_global()->set_json(model.params.global);
  put(model.logs, out.mutable_logs());
  put(model.limits, out.mutable_limits());
  put(model.tracing, out.mutable_tracing());
  return out;
}

}  // namespace smartroute::config

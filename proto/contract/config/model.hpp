// The configuration as the planes use it: typed, defaults filled in, secrets resolved or still references.
// Plain values; a Config is built once, then shared as const. Wire form: smartroute/v1/config.proto (decode.hpp).
#pragma once
#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "contract/base/ids.hpp"
#include "contract/base/secret.hpp"

namespace smartroute::config {

using Millis = std::chrono::milliseconds;

enum class TierName : std::uint8_t { T1, T2, T3 };
constexpr std::size_t kTierCount = 3;

enum class UnknownModel : std::uint8_t { Route, Reject, Pass };
enum class Protocol : std::uint8_t { OpenAi, Anthropic };
enum class Strategy : std::uint8_t { Sequential, Random, Adaptive, Fastest, Cheapest };
enum class OnBreak : std::uint8_t { Error, Restart };
enum class Guarantee : std::uint8_t { Live, Buffered };
enum class RouterMode : std::uint8_t { Random, Keyword, Embedded, Llm, Cascade };
enum class NoCandidate : std::uint8_t { UpThenDown, Up, Fail };

struct GatewayKey {
  std::string name;
  Secret key;
  std::optional<bool> log_bodies;  // instead of logs.bodies
};

struct Gateway {
  std::vector<Secret> api_keys;
  std::vector<GatewayKey> keys;    // they count as api_keys do
  // Without any key only loopback may call.
  bool asks_for_key() const noexcept { return !api_keys.empty() || !keys.empty(); }
  UnknownModel unknown_model = UnknownModel::Route;
};

struct Provider {
  ProviderId id;
  Protocol protocol = Protocol::OpenAi;
  std::string base_url;
  Secret api_key;                 // resolved value; empty when none or not to be had
  bool api_key_missing = false;   // a reference that could not be resolved
  bool tls_verify = true;
  std::string tls_ca_file;
  std::map<std::string, std::string> headers;
  bool allow_private = false;
  bool stream_usage = true;
};

// One budget for all attempts of a request; see ARCHITECTURE.md "One deadline chain".
struct Timeouts {
  Millis connect{1'000};
  Millis first_byte{120'000};
  Millis idle{120'000};
  Millis total{3'600'000};
};

// US dollars for a million tokens.
struct Price {
  std::optional<double> input, output, cached_input, cache_write, audio_input, audio_output;
};

struct Model {
  ModelId id;
  std::optional<bool> multimodal;
  double weight = 1.0;
  std::optional<std::int64_t> context_window;
  std::vector<ModelId> fallbacks;
  std::int32_t max_attempts = 3;
  Timeouts timeouts;
  Price price;
};

// Before the commit point; see ARCHITECTURE.md "Commit point".
struct HoldBack {
  std::int64_t bytes = 1;   // of text
  Millis time{0};           // 0: timeouts.first_byte alone bounds it
};

struct Tier {
  std::vector<ModelId> models;
  Strategy strategy = Strategy::Sequential;
  std::int32_t rounds = 1;
  std::int32_t max_attempts = 3;
  Timeouts timeouts;
  OnBreak on_break = OnBreak::Error;
  Guarantee guarantee = Guarantee::Live;
  HoldBack hold_back;
};

struct Keywords {
  std::array<std::vector<std::string>, kTierCount> tiers;
  std::array<std::vector<std::string>, kTierCount> at_least;   // of t2 and t3; raise only
};

struct LlmJudge {
  ModelId model;
  std::string prompt_template;
  Millis timeout{2'000};
  std::int32_t history_turns = 3;
  std::string base_url;
  Secret api_key;
  bool api_key_missing = false;   // a reference that could not be resolved
  bool allow_private = false;     // of base_url
  std::int32_t max_turn_bytes = 2'000;
  std::int32_t cache_entries = 4'096;
  Millis cache_ttl{600'000};
  std::int32_t breaker_failures = 5;
  Millis breaker_open{30'000};
};

struct Router {
  RouterMode mode = RouterMode::Cascade;
  TierName default_tier = TierName::T2;
  Keywords keywords;
  std::optional<LlmJudge> llm;
  double min_confidence = 0.8;   // decides 85 of 100 prompts without a call, and 97 of 100 of these rightly: tests/perf/ROUTING.md
  Millis session_ttl{3'600'000};
  NoCandidate no_candidate = NoCandidate::UpThenDown;
  std::int64_t long_context_tokens = 32'000;   // 0: length never raises a tier
  TierName long_context_tier = TierName::T2;
};

struct Retry {
  std::vector<std::int32_t> status_codes{408, 409, 429, 500, 502, 503, 504, 529};
  std::vector<std::string> error_keywords{"rate limit", "quota exceeded", "overloaded", "try again"};
  bool retry_on_empty = true;
  double budget_percent = 20, budget_floor = 10;
  Millis max_wait{5'000};
  bool on_content_policy = false;
};

struct Penalties {
  double timeout = 0.5, server_error = 1, keyword = 10, empty = 10, rate_limited = 10, unauthorized = 50, connect = 1,
         bad_response = 1;
};
struct Cooldowns {
  Millis keyword{60'000}, empty{60'000}, rate_limited{60'000}, unauthorized{300'000}, failing{10'000}, longest{3'600'000};
};
struct Health {
  Millis half_life{300'000};
  Penalties penalties;
  Cooldowns cooldowns;
  std::int32_t eject_after = 5;
};

// JSON object text, exactly as written.
struct Params {
  std::string global = "{}";
  std::map<std::string, std::string> models;
};

struct Logs {
  std::int32_t retention_days = 7;
  bool bodies = true;
  std::int64_t max_body_bytes = 1'048'576;
  std::int64_t max_bytes = 10LL * 1024 * 1024 * 1024;
  std::vector<std::string> redact;
  std::int64_t spool_bytes = 256LL * 1024 * 1024;
};

enum class OtlpProtocol : std::uint8_t { Http, Grpc };

struct Tracing {
  std::string endpoint;           // empty: the environment's, else none
  OtlpProtocol protocol = OtlpProtocol::Http;
  std::map<std::string, Secret> headers;
  double sample_ratio = 1.0;
  bool content = false;
  std::string service_name = "smartroute";
  bool allow_private = false;     // of endpoint
};

struct Limits {
  Millis header_timeout{10'000};
  std::int32_t max_header_bytes = 16 * 1024;
  std::int32_t max_headers = 100;
  std::int32_t max_target_bytes = 8 * 1024;
  std::int64_t max_body_bytes = 32LL * 1024 * 1024;
  Millis body_idle_timeout{30'000};
  std::int64_t min_body_rate = 1024;
  Millis body_rate_grace{10'000};
  std::int64_t max_inflight_body_bytes = 512LL * 1024 * 1024;
  Millis keep_alive_timeout{75'000};
  Millis client_write_timeout{60'000};
  std::int32_t max_json_depth = 128;
  std::int32_t max_connections = 10'000;
  std::int32_t upstream_idle_per_worker = 64;
  Millis upstream_idle_timeout{55'000};
  std::int32_t max_response_header_bytes = 64 * 1024;
  Millis drain_timeout{25'000};
  Millis tls_timeout{3'000};
  Millis heartbeat{15'000};
  std::int32_t max_streams = 8'000;
  std::int32_t max_streams_per_key = 0;
  std::int64_t max_inflight_body_bytes_per_key = 0;
  std::int64_t max_buffered_bytes = 16LL * 1024 * 1024;
  std::int64_t max_memory_bytes = 0;
  Millis drain_accept{5'000};
};

struct Config {
  Gateway gateway;
  std::vector<Provider> providers;
  ProviderId default_provider;    // never empty after decode when there is a provider
  std::map<std::string, ProviderId> model_map;
  std::vector<Model> models;
  std::array<Tier, kTierCount> tiers;
  Router router;
  Retry retry;
  Health health;
  Params params;
  Logs logs;
  Limits limits;
  Tracing tracing;

  const Tier& tier(TierName name) const { return tiers[static_cast<std::size_t>(name)]; }
};

// "t1", "t2", "t3".
std::string_view name_of(TierName name) noexcept;
std::string_view name_of(RouterMode mode) noexcept;
std::string_view name_of(Strategy strategy) noexcept;

}  // namespace smartroute::config

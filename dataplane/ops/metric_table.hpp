// Every metric of the data plane: name, kind, help text, buckets. Nothing else names one.
// The gen_ai_* names and buckets follow the OpenTelemetry GenAI conventions (status: Development)
// in Prometheus spelling: dots become underscores, the unit becomes a suffix. `client` is a call of
// ours to a provider, `server` is what our caller sees.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

namespace smartroute::ops {

enum class MetricKind : std::uint8_t { Counter, Gauge, Histogram };

// A row of the table. `unit` is how many recorded integers make one exposed unit: microseconds are
// recorded, seconds exposed.
struct MetricRow {
  std::string_view name;
  MetricKind kind;
  std::string_view help;
  double unit = 1;
};

namespace metric {

inline constexpr double kMicros = 1e6;
inline constexpr double kNanos = 1e9;

// clang-format off
inline constexpr MetricRow kRequests{"smartroute_requests_total", MetricKind::Counter, "Requests that ended, by route (tier, named, models, none) and HTTP status sent; code 0 when none was sent."};
inline constexpr MetricRow kEndings{"smartroute_request_endings_total", MetricKind::Counter, "Requests that ended, by why they ended."};
inline constexpr MetricRow kOverhead{"smartroute_overhead_seconds", MetricKind::Histogram, "Time the gateway itself spent on a request before its first byte went out.", kMicros};
inline constexpr MetricRow kInflight{"smartroute_inflight_requests", MetricKind::Gauge, "Requests in flight."};
inline constexpr MetricRow kDecisions{"smartroute_routing_decisions_total", MetricKind::Counter, "Routing decisions, by route, strategy of the tier, and what decided."};
inline constexpr MetricRow kAttempts{"smartroute_upstream_attempts_total", MetricKind::Counter, "Attempts at providers, by how they ended."};
inline constexpr MetricRow kFallbacks{"smartroute_fallbacks_total", MetricKind::Counter, "Attempts after the first one of a request."};
inline constexpr MetricRow kRetries{"smartroute_retries", MetricKind::Histogram, "Attempts after the first one, of each request that had any attempt."};
inline constexpr MetricRow kConfigRevision{"smartroute_config_revision", MetricKind::Gauge, "Configuration revision that runs here; 0 for none."};
inline constexpr MetricRow kApplyFailures{"smartroute_config_apply_failures_total", MetricKind::Counter, "Configuration revisions that were refused or could not be applied."};
inline constexpr MetricRow kConnected{"smartroute_cp_connected", MetricKind::Gauge, "1 while the stream to the control plane is open."};
inline constexpr MetricRow kCertificateExpiry{"smartroute_certificate_expiry_seconds", MetricKind::Gauge, "When the certificate that this process shows ends, in seconds since 1970, by who sees it; 0 while there is none."};
inline constexpr MetricRow kHealthReports{"smartroute_health_reports_total", MetricKind::Counter, "Reports of how the models did, sent to the control plane; those sent again among them."};
inline constexpr MetricRow kHealthScores{"smartroute_health_scores_total", MetricKind::Counter, "Times the control plane sent the fleet's scores."};
inline constexpr MetricRow kHealthMerged{"smartroute_health_reports_merged_total", MetricKind::Counter, "Times outcomes were added to a report that could not be sent yet, because the control plane was away or had not acknowledged the one before."};
inline constexpr MetricRow kLogDropped{"smartroute_log_dropped_total", MetricKind::Counter, "Request records dropped because a queue was full or the control plane stayed away."};
inline constexpr MetricRow kLogBodiesDropped{"smartroute_log_bodies_dropped_total", MetricKind::Counter, "Request records whose texts were to be kept but were not, because there was no room for them."};
inline constexpr MetricRow kLogSpooledBytes{"smartroute_log_spooled_bytes", MetricKind::Gauge, "Bytes of request records that wait on disk for the control plane."};
inline constexpr MetricRow kLogSpooledRecords{"smartroute_log_spooled_records", MetricKind::Gauge, "Request records that wait on disk for the control plane."};
inline constexpr MetricRow kLogSpoolDropped{"smartroute_log_spool_dropped_total", MetricKind::Counter, "Request records dropped because the spool on disk was full or could not be written."};
inline constexpr MetricRow kLogRedactions{"smartroute_log_redactions_total", MetricKind::Counter, "Places in request records that were made unreadable before they were queued."};
inline constexpr MetricRow kSpansExported{"smartroute_spans_exported_total", MetricKind::Counter, "Spans that the collector took."};
inline constexpr MetricRow kSpansDropped{"smartroute_spans_dropped_total", MetricKind::Counter, "Spans that no collector got: the queue was full, they were refused, given up after several tries, or tracing ended before."};
inline constexpr MetricRow kBuild{"smartroute_build_info", MetricKind::Gauge, "Always 1; the version is the label."};

inline constexpr MetricRow kModelHealth{"smartroute_model_health", MetricKind::Gauge, "Health of a configured model: 1 is sound, towards 0 the more it fails."};
inline constexpr MetricRow kModelCooling{"smartroute_model_cooling", MetricKind::Gauge, "1 while a configured model is in cooldown and tried last."};
inline constexpr MetricRow kModelInFlight{"smartroute_model_in_flight", MetricKind::Gauge, "Attempts in flight at a configured model."};
inline constexpr MetricRow kModelFirstByte{"smartroute_model_first_byte_seconds", MetricKind::Gauge, "Moving average of a configured model's time to its first event or its whole short answer."};

inline constexpr MetricRow kJudgeRequests{"smartroute_judge_calls_total", MetricKind::Counter, "Times the routing judge was to be asked, by what came of it; for cached, breaker_open and no_credentials nothing was sent."};
inline constexpr MetricRow kJudgeDuration{"smartroute_judge_duration_seconds", MetricKind::Histogram, "Time of a call to the routing judge, whatever came of it. Not part of smartroute_overhead_seconds.", kMicros};
inline constexpr MetricRow kJudgeCache{"smartroute_judge_cache_lookups_total", MetricKind::Counter, "Lookups among the routing judge's earlier answers."};
inline constexpr MetricRow kJudgeEvictions{"smartroute_judge_cache_evictions_total", MetricKind::Counter, "Answers of the routing judge that gave way to newer ones before their time."};
inline constexpr MetricRow kPinsEvicted{"smartroute_conversation_pins_evicted_total", MetricKind::Counter, "Conversations whose tier was forgotten before its time because the table was full."};

inline constexpr MetricRow kShed{"smartroute_requests_shed_total", MetricKind::Counter, "Model requests turned away unread with 503, by what there was too much of: requests or bytes of bodies in flight, whole or of one key, or memory."};
inline constexpr MetricRow kModelRequests{"smartroute_model_requests_in_flight", MetricKind::Gauge, "Model requests in flight that count against max_streams."};
inline constexpr MetricRow kActiveKeys{"smartroute_active_keys", MetricKind::Gauge, "Gateway keys with model requests in flight; callers without one count as one key."};
inline constexpr MetricRow kAnswerBytes{"smartroute_held_answer_bytes", MetricKind::Gauge, "Bytes of answers held back whole (guarantee: buffered)."};
inline constexpr MetricRow kMemoryUsed{"smartroute_memory_used_bytes", MetricKind::Gauge, "Memory in use, as compared with its limit."};
inline constexpr MetricRow kMemoryLimit{"smartroute_memory_limit_bytes", MetricKind::Gauge, "The memory limit that is heeded; 0 for none."};
inline constexpr MetricRow kMemoryPressure{"smartroute_memory_pressure", MetricKind::Gauge, "0: fine; 1: tight, connections are not kept; 2: critical, new model requests are refused."};
inline constexpr MetricRow kMemoryEntered{"smartroute_memory_pressure_entered_total", MetricKind::Counter, "Times a level of memory pressure was reached from below."};
inline constexpr MetricRow kHeartbeats{"smartroute_heartbeats_total", MetricKind::Counter, "Comments sent into streams that were silent for long."};
inline constexpr MetricRow kRetryBudgetSpent{"smartroute_retry_budget_exhausted_total", MetricKind::Counter, "Times another attempt was possible but not made, because too many were retries already."};
inline constexpr MetricRow kRetryWaits{"smartroute_retry_waits_total", MetricKind::Counter, "Times a request waited as a provider's Retry-After asked, because nobody else could answer."};
inline constexpr MetricRow kStreamRestarts{"smartroute_stream_restarts_total", MetricKind::Counter, "Streamed answers that began anew at another model after they had broken off."};
inline constexpr MetricRow kBufferOverflows{"smartroute_buffer_overflows_total", MetricKind::Counter, "Answers too large to be held back whole; from there on they were passed on as they came."};
inline constexpr MetricRow kProbes{"smartroute_model_probes_total", MetricKind::Counter, "Requests that tried a model after its cooldown, by what came of it."};

inline constexpr MetricRow kConnections{"smartroute_connections", MetricKind::Gauge, "Open client connections."};
inline constexpr MetricRow kConnectionsRejected{"smartroute_connections_rejected_total", MetricKind::Counter, "Client connections turned away with 503 at the connection limit, or because no file descriptor was left."};
inline constexpr MetricRow kAcceptPaused{"smartroute_accept_paused_total", MetricKind::Counter, "Times accepting rested for a moment because no file descriptor was left."};
inline constexpr MetricRow kTlsHandshakes{"smartroute_tls_handshakes_total", MetricKind::Counter, "TLS handshakes of clients, by how they ended: ok, left (gone without a word), failed, timeout, crowded_out (gave way to others), plain_http."};
inline constexpr MetricRow kTlsCertificateLoads{"smartroute_tls_certificate_loads_total", MetricKind::Counter, "Times the certificate of the TLS listener was found changed, by what came of it: replaced, or refused as unusable."};
inline constexpr MetricRow kHeadsRejected{"smartroute_heads_rejected_total", MetricKind::Counter, "Request heads refused by the HTTP edge, by kind of error."};
inline constexpr MetricRow kBodyBytes{"smartroute_inflight_body_bytes", MetricKind::Gauge, "Bytes of request bodies held in memory."};
inline constexpr MetricRow kUpstreamOpened{"smartroute_upstream_connections_opened_total", MetricKind::Counter, "Connections opened to providers."};
inline constexpr MetricRow kUpstreamReused{"smartroute_upstream_connections_reused_total", MetricKind::Counter, "Attempts that ran on a pooled connection."};
inline constexpr MetricRow kDnsLookups{"smartroute_dns_lookups_total", MetricKind::Counter, "Name lookups, by where the answer came from."};
inline constexpr MetricRow kDeadlines{"smartroute_deadline_hits_total", MetricKind::Counter, "Deadlines that ended a wait, by which."};

inline constexpr MetricRow kTokens{"smartroute_tokens_total", MetricKind::Counter, "Tokens of answered requests, by type (cached is part of prompt, reasoning of completion) and by who counted them."};
inline constexpr MetricRow kTokenCounts{"smartroute_token_counts_total", MetricKind::Counter, "Token counts of answered requests, two for each at most, by who counted: upstream the provider, local this gateway exactly, estimate this gateway by length."};
inline constexpr MetricRow kUsageUnknown{"smartroute_usage_unknown_total", MetricKind::Counter, "Answered requests of whose tokens nobody could say how many there were."};
inline constexpr MetricRow kCost{"smartroute_cost_usd_total", MetricKind::Counter, "US dollars that answered requests cost, failed attempts included, as far as prices are known.", kNanos};
inline constexpr MetricRow kUnpriced{"smartroute_unpriced_requests_total", MetricKind::Counter, "Answered requests whose cost is not known."};
inline constexpr MetricRow kSaved{"smartroute_saved_usd_total", MetricKind::Counter, "US dollars that requests cost less than at the reference model of T3. What others cost more is smartroute_extra_cost_usd_total.", kNanos};
inline constexpr MetricRow kExtraCost{"smartroute_extra_cost_usd_total", MetricKind::Counter, "US dollars that requests cost more than at the reference model of T3.", kNanos};

inline constexpr MetricRow kServerDuration{"gen_ai_server_request_duration_seconds", MetricKind::Histogram, "Time to serve a model request, as its caller sees it.", kMicros};
inline constexpr MetricRow kServerFirstToken{"gen_ai_server_time_to_first_token_seconds", MetricKind::Histogram, "Time to the first byte of a streamed answer, as its caller sees it.", kMicros};
inline constexpr MetricRow kServerPerToken{"gen_ai_server_time_per_output_token_seconds", MetricKind::Histogram, "Mean time between two tokens of a streamed answer that came to its end, once for each answer.", kMicros};
inline constexpr MetricRow kClientDuration{"gen_ai_client_operation_duration_seconds", MetricKind::Histogram, "Time of a call to a provider with its retries.", kMicros};
inline constexpr MetricRow kClientFirstChunk{"gen_ai_client_operation_time_to_first_chunk_seconds", MetricKind::Histogram, "Time from the first call to a provider to the first chunk of a streamed answer.", kMicros};
inline constexpr MetricRow kClientPerChunk{"gen_ai_client_operation_time_per_output_chunk_seconds", MetricKind::Histogram, "Time between two chunks of a streamed answer: the mean of each answer, counted once for each of its chunks after the first.", kMicros};
inline constexpr MetricRow kTokenUsage{"gen_ai_client_token_usage", MetricKind::Histogram, "Tokens of an answered request, as the provider reported or this gateway counted them; estimates are left out."};
// clang-format on

// Upper bounds in recorded integers (microseconds, tokens), ascending; +Inf is implied.
inline constexpr std::array<std::uint64_t, 12> kOverheadBounds{
    10, 25, 50, 100, 250, 500, 1'000, 2'500, 5'000, 10'000, 25'000, 50'000};

template <std::size_t N>
constexpr std::array<std::uint64_t, N> powers(std::uint64_t first, std::uint64_t factor) {
  std::array<std::uint64_t, N> bounds{};
  for (auto& bound : bounds) {
    bound = first;
    first *= factor;
  }
  return bounds;
}
inline constexpr auto kDurationBounds = powers<14>(10'000, 2);  // 0.01 s .. 81.92 s
inline constexpr auto kTokenBounds = powers<14>(1, 4);          // 1 .. 67,108,864
inline constexpr std::array<std::uint64_t, 16> kFirstTokenBounds{
    1'000,   5'000,   10'000,  20'000,    40'000,    60'000,    80'000,    100'000,
    250'000, 500'000, 750'000, 1'000'000, 2'500'000, 5'000'000, 7'500'000, 10'000'000};

inline constexpr std::array<std::uint64_t, 13> kPerTokenBounds{
    10'000,  25'000,  50'000,  75'000,  100'000,   150'000,  200'000,
    300'000, 400'000, 500'000, 750'000, 1'000'000, 2'500'000};
inline constexpr std::array<std::uint64_t, 6> kRetryBounds{0, 1, 2, 3, 5, 10};

}  // namespace metric
}  // namespace smartroute::ops

// One worker's share of the metrics. Counting takes no lock, and no allocation once its label
// values were seen before.
//
// Thread rule: every counting method belongs to the worker's thread; metrics.cpp reads at any time
// from another.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "contract/base/error.hpp"
#include "dataplane/core/accounting/record.hpp"
#include "dataplane/core/admission/refusal.hpp"
#include "dataplane/core/resilience/outcome.hpp"
#include "dataplane/ops/cells.hpp"
#include "dataplane/ops/metric_table.hpp"
#include "dataplane/ops/series_table.hpp"

namespace smartroute::ops {

enum class DnsResult : std::uint8_t { Cached, Stale, Resolved, Failed, kCount };
std::string_view name_of(DnsResult result) noexcept;

enum class Deadline : std::uint8_t {
  Head,
  Body,
  KeepAlive,
  Connect,
  Tls,
  FirstByte,
  Idle,
  Total,
  ClientWrite,
  Judge,
  kCount
};
std::string_view name_of(Deadline deadline) noexcept;

// How the TLS handshake of a client ended.
enum class TlsHandshake : std::uint8_t { Ok, Left, Failed, Timeout, CrowdedOut, PlainHttp, kCount };
std::string_view name_of(TlsHandshake result) noexcept;

// How a request was routed, as a label: its tier, `named` for a model named by the client, `models`
// for the model list, `none` for one that ended before a route was chosen.
enum class Route : std::uint8_t { T1, T2, T3, Named, Models, None, Other, kCount };
std::string_view name_of(Route route) noexcept;

inline constexpr std::array<std::string_view, 7> kStrategies{
    "none", "sequential", "random", "adaptive", "fastest", "cheapest", "other"};
inline constexpr std::array<std::string_view, 11> kModes{"none",    "random", "keyword", "embedded",
                                                         "llm",     "cascade", "tier",   "named",
                                                         "session", "default", "other"};

// How asking the routing judge ended: the names of routing::JudgeOutcome.
inline constexpr std::array<std::string_view, 10> kJudgeOutcomes{
    "ok",     "cached",       "timeout",        "unreachable", "refused",
    "babble", "breaker_open", "no_credentials", "abandoned",   "other"};

// Status 0 (none sent), 100..599, anything else.
inline constexpr std::size_t kCodes = 502;
inline constexpr std::size_t kOtherCode = 501;

inline constexpr std::size_t kMaxModelSeries = 1'000;
inline constexpr std::size_t kMaxProviders = 200;
inline constexpr std::string_view kOtherLabel = "other";

// What the client asked for, as a bounded label: a router name, a configured model by its entry
// (`first_tried`), or `other`.
std::string_view asked_model(std::string_view requested, bool configured, std::string_view mode,
                             std::string_view first_tried) noexcept;

class alignas(64) WorkerMetrics {
 public:
  WorkerMetrics()
      : models_({kOtherLabel, kOtherLabel, kOtherLabel, ""}), providers_({kOtherLabel}) {}
  WorkerMetrics(const WorkerMetrics&) = delete;
  WorkerMetrics& operator=(const WorkerMetrics&) = delete;

  // Each begin() is followed by exactly one end(), on the same worker.
  void begin() noexcept { inflight_.add(1); }
  // Everything that can be told from the record but tokens and costs, which AccountMetrics counts
  // when they are settled. Call it before the record is moved into the telemetry queue.
  void end(const accounting::Record& record) noexcept;

  void connection_opened() noexcept { connections_.add(1); }
  void connection_closed() noexcept { connections_.add(-1); }
  void connection_rejected() noexcept { connections_rejected_.add(); }
  void accept_paused() noexcept { accept_pauses_.add(); }
  void tls_handshake(TlsHandshake result) noexcept { tls_handshakes_[static_cast<std::size_t>(result)].add(); }
  void head_rejected(ErrorKind kind) noexcept {
    heads_rejected_[static_cast<std::size_t>(kind)].add();
  }
  void upstream_connection_opened() noexcept { upstream_opened_.add(); }
  void upstream_connection_reused() noexcept { upstream_reused_.add(); }
  void dns_lookup(DnsResult result) noexcept { dns_[static_cast<std::size_t>(result)].add(); }
  void deadline_hit(Deadline deadline) noexcept {
    deadlines_[static_cast<std::size_t>(deadline)].add();
  }

  // Once for each request about which the judge should be asked; `outcome` of kJudgeOutcomes.
  void judge_asked(std::string_view outcome) noexcept;
  // Once for each real call.
  void judge_called(std::uint64_t duration_us) noexcept {
    judge_duration_.observe(duration_us, metric::kDurationBounds);
  }
  void judge_cache(bool hit) noexcept { judge_lookups_[hit ? 1 : 0].add(); }
  void judge_cache_evicted(std::uint64_t answers) noexcept { judge_evictions_.add(answers); }

  void request_shed(admission::Refusal reason) noexcept {
    shed_[static_cast<std::size_t>(reason)].add();
  }
  void heartbeat_sent() noexcept { heartbeats_.add(); }
  void retry_budget_spent() noexcept { retry_budget_spent_.add(); }
  void retry_waited() noexcept { retry_waits_.add(); }
  void stream_restarted() noexcept { stream_restarts_.add(); }
  void answer_too_large_to_buffer() noexcept { buffer_overflows_.add(); }
  void probe(bool succeeded) noexcept { probes_[succeeded ? 1 : 0].add(); }

 private:
  friend class Metrics;

  static constexpr auto kRoutes = static_cast<std::size_t>(Route::kCount);
  static constexpr auto kOutcomes = static_cast<std::size_t>(resilience::AttemptOutcome::kCount);
  static constexpr auto kErrorKinds = static_cast<std::size_t>(ErrorKind::Crypto) + 1;

  // Labels: provider, asked model, answering model, error type.
  struct ModelBlock {
    HistogramCells<metric::kDurationBounds.size()> server_duration;
    HistogramCells<metric::kFirstTokenBounds.size()> first_token;
    HistogramCells<metric::kDurationBounds.size()> client_duration;
    HistogramCells<metric::kDurationBounds.size()> first_chunk;
    HistogramCells<metric::kDurationBounds.size()> per_chunk;
  };
  // Label: provider. The last cell is for an outcome outside the closed set.
  struct ProviderBlock {
    std::array<Cell, kOutcomes + 1> outcomes;
  };

  void count_attempts(const accounting::Record& record);
  void observe_model(const accounting::Record& record);

  GaugeCell inflight_, connections_;
  Cell connections_rejected_, accept_pauses_, upstream_opened_, upstream_reused_, fallbacks_, judge_evictions_;
  Cell heartbeats_, retry_budget_spent_, retry_waits_, stream_restarts_, buffer_overflows_;
  std::array<Cell, static_cast<std::size_t>(admission::Refusal::kCount)> shed_;
  std::array<Cell, 2> probes_;  // failed, succeeded
  std::array<Cell, kJudgeOutcomes.size()> judge_outcomes_;
  std::array<Cell, 2> judge_lookups_;  // misses, hits
  HistogramCells<metric::kDurationBounds.size()> judge_duration_;
  HistogramCells<metric::kOverheadBounds.size()> overhead_;
  HistogramCells<metric::kRetryBounds.size()> retries_;
  std::array<Cell, static_cast<std::size_t>(accounting::Ending::kCount)> endings_;
  std::array<Cell, kErrorKinds> heads_rejected_;
  std::array<Cell, static_cast<std::size_t>(TlsHandshake::kCount)> tls_handshakes_;
  std::array<Cell, static_cast<std::size_t>(DnsResult::kCount)> dns_;
  std::array<Cell, static_cast<std::size_t>(Deadline::kCount)> deadlines_;
  std::array<std::array<Cell, kCodes>, kRoutes> requests_;
  std::array<std::array<std::array<Cell, kModes.size()>, kStrategies.size()>, kRoutes> decisions_;
  SeriesTable<ModelBlock, 4, kMaxModelSeries> models_;
  SeriesTable<ProviderBlock, 1, kMaxProviders> providers_;
};

}  // namespace smartroute::ops

#include "dataplane/ops/metrics.hpp"

#include <prometheus/text_serializer.h>

#include <map>

#include "dataplane/ops/family.hpp"

namespace smartroute::ops {
namespace {

struct CallSum {
  HistogramSum<metric::kDurationBounds.size()> server_duration, client_duration;
};
struct StreamSum {
  HistogramSum<metric::kFirstTokenBounds.size()> first_token;
  HistogramSum<metric::kDurationBounds.size()> first_chunk, per_chunk;
};

std::string code_label(std::size_t index) {
  if (index == 0) return "0";
  return index == kOtherCode ? std::string(kOtherLabel) : std::to_string(index + 99);
}

// Whether `key` is exposed under its own name; the first `limit` ever seen are, for good.
template <class Key>
bool admit(std::set<Key>& exposed, const Key& key, std::size_t limit) {
  if (exposed.contains(key)) return true;
  if (exposed.size() >= limit) return false;
  exposed.insert(key);
  return true;
}

}  // namespace

// One pass over the shards.
class Metrics::Scrape {
 public:
  explicit Scrape(const Metrics& metrics) : metrics_(metrics) {}

  std::vector<MetricFamily> run() {
    requests();
    plain();
    edge();
    judge();
    shedding();
    failover();
    attempts();
    models();
    sources();
    standings();
    return std::move(families_);
  }

 private:
  template <class Get>
  std::uint64_t sum(Get get) const {
    std::uint64_t total = 0;
    for (const auto& shard : metrics_.shards_) total += static_cast<std::uint64_t>(get(*shard));
    return total;
  }
  void put(Family& family) { families_.push_back(family.take()); }
  template <class Get>
  void single(const MetricRow& row, Get get) {
    Family family(row);
    // Gauges may be negative in one shard for a moment; their sum is read as signed.
    family.value(static_cast<double>(static_cast<std::int64_t>(sum(get))));
    put(family);
  }
  // One series for each member of a closed set; always present, so that a rate can be taken from
  // the start.
  template <class Get, class Name>
  void closed_set(const MetricRow& row, std::string_view label_name, std::size_t count, Get get,
                  Name name) {
    Family family(row);
    for (std::size_t i = 0; i < count; ++i)
      family.value(
          static_cast<double>(sum([&](const WorkerMetrics& m) { return get(m, i).get(); })),
          {label(label_name, name(i))});
    put(family);
  }

  void requests() {
    Family family(metric::kRequests);
    for (std::size_t route = 0; route < WorkerMetrics::kRoutes; ++route)
      for (std::size_t code = 0; code < kCodes; ++code)
        if (const auto n =
                sum([&](const WorkerMetrics& m) { return m.requests_[route][code].get(); }))
          family.value(static_cast<double>(n), {label("route", name_of(static_cast<Route>(route))),
                                                label("code", code_label(code))});
    put(family);
    Family decisions(metric::kDecisions);
    for (std::size_t r = 0; r < WorkerMetrics::kRoutes; ++r)
      for (std::size_t s = 0; s < kStrategies.size(); ++s)
        for (std::size_t m = 0; m < kModes.size(); ++m)
          if (const auto n =
                  sum([&](const WorkerMetrics& w) { return w.decisions_[r][s][m].get(); }))
            decisions.value(static_cast<double>(n),
                            {label("route", name_of(static_cast<Route>(r))),
                             label("strategy", kStrategies[s]), label("reason", kModes[m])});
    put(decisions);
  }

  void plain() {
    closed_set(
        metric::kEndings, "ending", static_cast<std::size_t>(accounting::Ending::kCount),
        [](const WorkerMetrics& m, std::size_t i) -> const Cell& { return m.endings_[i]; },
        [](std::size_t i) { return accounting::name_of(static_cast<accounting::Ending>(i)); });
    Family overhead(metric::kOverhead);
    HistogramSum<metric::kOverheadBounds.size()> total;
    for (const auto& shard : metrics_.shards_) total.add(shard->overhead_);
    overhead.histogram(total, metric::kOverheadBounds);
    put(overhead);
    Family retries(metric::kRetries);
    HistogramSum<metric::kRetryBounds.size()> retried;
    for (const auto& shard : metrics_.shards_) retried.add(shard->retries_);
    retries.histogram(retried, metric::kRetryBounds);
    put(retries);
    single(metric::kInflight, [](const WorkerMetrics& m) { return m.inflight_.get(); });
    single(metric::kFallbacks, [](const WorkerMetrics& m) { return m.fallbacks_.get(); });
  }

  void edge() {
    single(metric::kConnections, [](const WorkerMetrics& m) { return m.connections_.get(); });
    single(metric::kConnectionsRejected,
           [](const WorkerMetrics& m) { return m.connections_rejected_.get(); });
    single(metric::kAcceptPaused, [](const WorkerMetrics& m) { return m.accept_pauses_.get(); });
    single(metric::kUpstreamOpened,
           [](const WorkerMetrics& m) { return m.upstream_opened_.get(); });
    single(metric::kUpstreamReused,
           [](const WorkerMetrics& m) { return m.upstream_reused_.get(); });
    closed_set(
        metric::kDnsLookups, "result", static_cast<std::size_t>(DnsResult::kCount),
        [](const WorkerMetrics& m, std::size_t i) -> const Cell& { return m.dns_[i]; },
        [](std::size_t i) { return name_of(static_cast<DnsResult>(i)); });
    closed_set(
        metric::kDeadlines, "which", static_cast<std::size_t>(Deadline::kCount),
        [](const WorkerMetrics& m, std::size_t i) -> const Cell& { return m.deadlines_[i]; },
        [](std::size_t i) { return name_of(static_cast<Deadline>(i)); });
    closed_set(
        metric::kTlsHandshakes, "result", static_cast<std::size_t>(TlsHandshake::kCount),
        [](const WorkerMetrics& m, std::size_t i) -> const Cell& { return m.tls_handshakes_[i]; },
        [](std::size_t i) { return name_of(static_cast<TlsHandshake>(i)); });
    Family heads(metric::kHeadsRejected);
    for (std::size_t i = 0; i < WorkerMetrics::kErrorKinds; ++i)
      if (const auto n = sum([&](const WorkerMetrics& m) { return m.heads_rejected_[i].get(); }))
        heads.value(static_cast<double>(n), {label("kind", name_of(static_cast<ErrorKind>(i)))});
    put(heads);
  }

  void judge() {
    closed_set(
        metric::kJudgeRequests, "outcome", kJudgeOutcomes.size(),
        [](const WorkerMetrics& m, std::size_t i) -> const Cell& { return m.judge_outcomes_[i]; },
        [](std::size_t i) { return kJudgeOutcomes[i]; });
    closed_set(
        metric::kJudgeCache, "result", 2,
        [](const WorkerMetrics& m, std::size_t i) -> const Cell& { return m.judge_lookups_[i]; },
        [](std::size_t i) { return i == 0 ? "miss" : "hit"; });
    single(metric::kJudgeEvictions,
           [](const WorkerMetrics& m) { return m.judge_evictions_.get(); });
    Family duration(metric::kJudgeDuration);
    HistogramSum<metric::kDurationBounds.size()> total;
    for (const auto& shard : metrics_.shards_) total.add(shard->judge_duration_);
    duration.histogram(total, metric::kDurationBounds);
    put(duration);
  }

  void shedding() {
    closed_set(
        metric::kShed, "reason", static_cast<std::size_t>(admission::Refusal::kCount),
        [](const WorkerMetrics& m, std::size_t i) -> const Cell& { return m.shed_[i]; },
        [](std::size_t i) { return admission::name_of(static_cast<admission::Refusal>(i)); });
    const auto gauge = [this](const MetricRow& row, auto now) {
      Family family(row);
      family.value(static_cast<double>(now));
      put(family);
    };
    if (const auto* load = metrics_.sources_.load) {
      gauge(metric::kModelRequests, load->streams());
      gauge(metric::kActiveKeys, load->active_keys());
      gauge(metric::kBodyBytes, load->body_bytes());
      gauge(metric::kAnswerBytes, load->answer_bytes());
    }
    if (const auto* memory = metrics_.sources_.memory) {
      gauge(metric::kMemoryUsed, memory->used());
      gauge(metric::kMemoryLimit, memory->limit());
      gauge(metric::kMemoryPressure, static_cast<int>(memory->level()));
      Family entered(metric::kMemoryEntered);
      for (const auto level : {admission::MemoryLevel::Tight, admission::MemoryLevel::Critical})
        entered.value(static_cast<double>(memory->entered(level)), {label("level", admission::name_of(level))});
      put(entered);
    }
  }

  void failover() {
    single(metric::kHeartbeats, [](const WorkerMetrics& m) { return m.heartbeats_.get(); });
    single(metric::kRetryBudgetSpent,
           [](const WorkerMetrics& m) { return m.retry_budget_spent_.get(); });
    single(metric::kRetryWaits, [](const WorkerMetrics& m) { return m.retry_waits_.get(); });
    single(metric::kStreamRestarts,
           [](const WorkerMetrics& m) { return m.stream_restarts_.get(); });
    single(metric::kBufferOverflows,
           [](const WorkerMetrics& m) { return m.buffer_overflows_.get(); });
    closed_set(
        metric::kProbes, "result", 2,
        [](const WorkerMetrics& m, std::size_t i) -> const Cell& { return m.probes_[i]; },
        [](std::size_t i) { return i == 0 ? "failed" : "succeeded"; });
  }

  void attempts() {
    std::map<std::string, std::array<std::uint64_t, WorkerMetrics::kOutcomes + 1>> totals;
    for (const auto& shard : metrics_.shards_) {
      shard->providers_.each(
          [&](const std::array<std::string, 1>& names, const WorkerMetrics::ProviderBlock& block) {
            auto& total = totals[admit(metrics_.exposed_providers_, names[0], kMaxProviders)
                                     ? names[0]
                                     : std::string(kOtherLabel)];
            for (std::size_t i = 0; i < total.size(); ++i) total[i] += block.outcomes[i].get();
          });
    }
    Family family(metric::kAttempts);
    for (const auto& [provider, outcomes] : totals)
      for (std::size_t i = 0; i < outcomes.size(); ++i)
        if (outcomes[i] != 0)
          family.value(static_cast<double>(outcomes[i]),
                       {label("provider", provider), label("outcome", outcome_label(i))});
    put(family);
  }

  static std::string_view outcome_label(std::size_t i) {
    return i == WorkerMetrics::kOutcomes
               ? kOtherLabel
               : resilience::name_of(static_cast<resilience::AttemptOutcome>(i));
  }

  void models() {
    const ModelNames other{std::string(kOtherLabel), std::string(kOtherLabel),
                           std::string(kOtherLabel), ""};
    std::map<ModelNames, CallSum> calls;
    std::map<std::array<std::string, 3>, StreamSum> streams;
    for (const auto& shard : metrics_.shards_) {
      shard->models_.each([&](const ModelNames& seen, const WorkerMetrics::ModelBlock& block) {
        ModelNames names = admit(metrics_.exposed_models_, seen, kMaxModelSeries) ? seen : other;
        names[0] = metrics_.names_.of(names[0]);
        auto& call = calls[names];
        call.server_duration.add(block.server_duration);
        call.client_duration.add(block.client_duration);
        auto& stream = streams[{names[0], names[1], names[2]}];
        stream.first_token.add(block.first_token);
        stream.first_chunk.add(block.first_chunk);
        stream.per_chunk.add(block.per_chunk);
      });
    }
    Family server(metric::kServerDuration), client(metric::kClientDuration),
        first_token(metric::kServerFirstToken), first_chunk(metric::kClientFirstChunk),
        per_chunk(metric::kClientPerChunk);
    for (const auto& [names, sum] : calls) {
      auto labels = gen_ai_labels(names[0], names[1], names[2]);
      labels.push_back(label("error_type", names[3]));
      server.histogram_if_any(sum.server_duration, metric::kDurationBounds, labels);
      client.histogram_if_any(sum.client_duration, metric::kDurationBounds, labels);
    }
    for (const auto& [names, sum] : streams) {
      const auto labels = gen_ai_labels(names[0], names[1], names[2]);
      first_token.histogram_if_any(sum.first_token, metric::kFirstTokenBounds, labels);
      first_chunk.histogram_if_any(sum.first_chunk, metric::kDurationBounds, labels);
      per_chunk.histogram_if_any(sum.per_chunk, metric::kDurationBounds, labels);
    }
    for (auto* family : {&server, &client, &first_token, &first_chunk, &per_chunk}) put(*family);
    metrics_.accounts_.collect(metrics_.names_, families_);
  }

  void sources() {
    const auto& s = metrics_.sources_;
    const auto from = [this](const MetricRow& row, const auto& source) {
      if (!source) return;
      Family family(row);
      family.value(static_cast<double>(source()));
      put(family);
    };
    from(metric::kConfigRevision, s.config_revision);
    from(metric::kApplyFailures, s.config_apply_failures);
    from(metric::kConnected, s.control_plane_connected);
    if (s.certificate_expiry) {
      Family expiry(metric::kCertificateExpiry);
      for (const auto& [peer, when] : s.certificate_expiry())
        expiry.value(when, {label("peer", peer)});
      put(expiry);
    }
    if (s.tls_certificate_replaced && s.tls_certificate_refused) {
      Family loads(metric::kTlsCertificateLoads);
      loads.value(static_cast<double>(s.tls_certificate_replaced()), {label("result", "replaced")});
      loads.value(static_cast<double>(s.tls_certificate_refused()), {label("result", "refused")});
      put(loads);
    }
    from(metric::kLogDropped, s.log_dropped);
    from(metric::kLogBodiesDropped, s.log_bodies_dropped);
    from(metric::kLogSpooledBytes, s.log_spooled_bytes);
    from(metric::kLogSpooledRecords, s.log_spooled_records);
    from(metric::kLogSpoolDropped, s.log_spool_dropped);
    from(metric::kLogRedactions, s.log_redactions);
    from(metric::kSpansExported, s.spans_exported);
    if (s.spans_dropped) {
      Family dropped(metric::kSpansDropped);
      for (const auto& [reason, spans] : s.spans_dropped())
        dropped.value(static_cast<double>(spans), {label("reason", reason)});
      put(dropped);
    }
    from(metric::kPinsEvicted, s.conversation_pins_evicted);
    from(metric::kHealthReports, s.health_reports);
    from(metric::kHealthScores, s.health_scores);
    from(metric::kHealthMerged, s.health_reports_merged);
    Family build(metric::kBuild);
    build.value(1, {label("version", SMARTROUTE_VERSION)});
    put(build);
  }

  // Gauges, not counters: a model that leaves the configuration leaves them too.
  void standings() {
    if (!metrics_.sources_.models) return;
    Family health(metric::kModelHealth), cooling(metric::kModelCooling),
        in_flight(metric::kModelInFlight), first_byte(metric::kModelFirstByte);
    std::set<std::string> seen;
    for (const ModelGauges& gauges : metrics_.sources_.models()) {
      if (seen.size() >= kMaxModelSeries) break;
      if (!seen.insert(gauges.model).second) continue;
      const Labels labels{label("model", gauges.model)};
      health.value(gauges.health, labels);
      cooling.value(gauges.cooling ? 1 : 0, labels);
      in_flight.value(gauges.in_flight, labels);
      if (gauges.first_byte_seconds) first_byte.value(*gauges.first_byte_seconds, labels);
    }
    for (auto* family : {&health, &cooling, &in_flight, &first_byte}) put(*family);
  }

  const Metrics& metrics_;
  std::vector<MetricFamily> families_;
};

Metrics::Metrics(std::size_t worker_count) {
  for (std::size_t i = 0; i <= worker_count; ++i)
    shards_.push_back(std::make_unique<WorkerMetrics>());
}
Metrics::~Metrics() = default;

std::vector<MetricFamily> Metrics::Collect() const {
  const std::lock_guard lock(scraping_);
  names_.ask(sources_.provider_name);
  auto families = Scrape(*this).run();
  std::erase_if(families, [](const MetricFamily& family) { return family.metric.empty(); });
  return families;
}

std::string Metrics::text() const { return prometheus::TextSerializer().Serialize(Collect()); }

}  // namespace smartroute::ops

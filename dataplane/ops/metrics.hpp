// All metrics of the data plane. Workers count into their own shards; a scrape adds the shards up.
#pragma once
#include <prometheus/collectable.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dataplane/core/admission/load_gate.hpp"
#include "dataplane/ops/account_metrics.hpp"
#include "dataplane/ops/worker_metrics.hpp"

namespace smartroute::ops {

// How one configured model stands.
struct ModelGauges {
  std::string model;  // id; at most kMaxModelSeries are exposed, and of two with one id the first
  double health = 1;
  bool cooling = false;
  std::uint32_t in_flight = 0;
  std::optional<double> first_byte_seconds;  // empty: not known yet
};

// Numbers that others keep; each is called in the scraping thread and must be safe there. An empty
// one is not exposed.
struct MetricSources {
  std::function<std::uint64_t()> config_revision;
  std::function<std::uint64_t()> config_apply_failures;
  std::function<bool()> control_plane_connected;
  // Who sees a certificate of this process, and when it ends: seconds since 1970, 0 for none.
  std::function<std::vector<std::pair<std::string_view, double>>()> certificate_expiry;
  std::function<std::uint64_t()> tls_certificate_replaced, tls_certificate_refused;
  std::function<std::uint64_t()> log_dropped, log_bodies_dropped, log_spooled_bytes,
      log_spooled_records, log_spool_dropped, log_redactions;
  std::function<std::uint64_t()> spans_exported;
  // Every reason, also those with none.
  std::function<std::vector<std::pair<std::string_view, std::uint64_t>>()> spans_dropped;
  // gen_ai_provider_name of a provider's id; "" for one that is not known.
  std::function<std::string(const std::string& provider)> provider_name;
  std::function<std::uint64_t()> conversation_pins_evicted;
  std::function<std::uint64_t()> health_reports, health_scores, health_reports_merged;
  std::function<std::vector<ModelGauges>()> models;
  // Outlive the last scrape; nullptr: not exposed.
  const admission::LoadGate* load = nullptr;
  const admission::MemoryPressure* memory = nullptr;
};

class Metrics final : public prometheus::Collectable {
 public:
  explicit Metrics(std::size_t worker_count);
  ~Metrics() override;

  // Shard of worker `i` (from 0); lives as long as this.
  WorkerMetrics& worker(std::size_t i) noexcept { return *shards_[i]; }
  // Shard for the one thread beside the workers that counts as well: the resolver's.
  WorkerMetrics& off_worker() noexcept { return *shards_.back(); }
  // For the accounting thread: tokens and costs.
  accounting::SettledObserver& accounts() noexcept { return accounts_; }
  // Before the first scrape.
  void observe(MetricSources sources) { sources_ = std::move(sources); }

  // Any thread. At most kMaxModelSeries model series and kMaxProviders providers are exposed in the
  // life of the process; later ones are added to `other`, so that no counter ever runs backwards.
  std::vector<prometheus::MetricFamily> Collect() const override;
  // The same as Prometheus text, version 0.0.4.
  std::string text() const;

 private:
  class Scrape;
  using ModelNames = std::array<std::string, 4>;

  std::vector<std::unique_ptr<WorkerMetrics>> shards_;
  AccountMetrics accounts_;
  MetricSources sources_;
  mutable std::mutex scraping_;
  mutable ProviderNames names_;
  mutable std::set<ModelNames> exposed_models_;
  mutable std::set<std::string> exposed_providers_;
};

}  // namespace smartroute::ops

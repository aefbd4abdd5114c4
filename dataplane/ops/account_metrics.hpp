// Tokens and costs, counted when the account of a request is settled.
#pragma once
#include <prometheus/metric_family.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/core/accounting/settled_observer.hpp"
#include "dataplane/ops/cells.hpp"
#include "dataplane/ops/metric_table.hpp"
#include "dataplane/ops/series_table.hpp"
#include "dataplane/ops/worker_metrics.hpp"

namespace smartroute::ops {

// gen_ai_provider_name of each provider. A name stays what it was when it was first exposed: counters that change their labels would jump.
// Thread rule: one scrape at a time.
class ProviderNames {
 public:
  using Source = std::function<std::string(const std::string& provider)>;
  // For this scrape; empty: every provider keeps its id.
  void ask(const Source& source) { source_ = &source; }
  const std::string& of(const std::string& provider);

 private:
  const Source* source_ = nullptr;
  std::map<std::string, std::string> known_;
};

class AccountMetrics final : public accounting::SettledObserver {
 public:
  AccountMetrics() : models_({kOtherLabel, kOtherLabel, kOtherLabel}), costs_({kOtherLabel, kOtherLabel}) {}

  // The accounting thread.
  void settled(const accounting::Settled& settled) override;
  // Any one thread, at any time.
  void collect(ProviderNames& names, std::vector<prometheus::MetricFamily>& families) const;

 private:
  static constexpr std::size_t kSources = 3;  // TokenSource, from 0
  // Labels: provider, asked model, answering model.
  struct ModelBlock {
    HistogramCells<metric::kTokenBounds.size()> input_tokens, output_tokens;
    HistogramCells<metric::kPerTokenBounds.size()> per_token;
  };

  void count_tokens(const accounting::Settled& settled);
  void count_costs(const accounting::Settled& settled, std::string_view model);
  void observe_model(const accounting::Settled& settled, std::string_view model);
  void collect_models(ProviderNames& names, std::vector<prometheus::MetricFamily>& families) const;

  std::array<Cell, kSources> prompt_, completion_, counts_;
  Cell cached_, reasoning_, usage_unknown_, unpriced_, saved_, extra_;
  SeriesTable<ModelBlock, 3, kMaxModelSeries> models_;
  SeriesTable<Cell, 2, kMaxModelSeries> costs_;  // provider, model
};

}  // namespace smartroute::ops

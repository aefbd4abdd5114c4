// Prometheus families out of cells; what scraping code shares.
#pragma once
#include <prometheus/metric_family.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/ops/cells.hpp"
#include "dataplane/ops/metric_table.hpp"

namespace smartroute::ops {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Labels = std::vector<ClientMetric::Label>;

inline MetricType type_of(MetricKind kind) {
  switch (kind) {
    case MetricKind::Counter:
      return MetricType::Counter;
    case MetricKind::Gauge:
      return MetricType::Gauge;
    case MetricKind::Histogram:
      return MetricType::Histogram;
  }
  return MetricType::Untyped;
}

inline ClientMetric::Label label(std::string_view name, std::string_view value) {
  return {std::string(name), std::string(value)};
}

// Numbers of one histogram, added up over the shards.
template <std::size_t N>
struct HistogramSum {
  std::array<std::uint64_t, N + 1> buckets{};
  std::uint64_t sum = 0;

  void add(const HistogramCells<N>& cells) {
    for (std::size_t i = 0; i <= N; ++i) buckets[i] += cells.bucket(i);
    sum += cells.sum();
  }
  bool empty() const {
    for (const auto n : buckets)
      if (n != 0) return false;
    return true;
  }
};

// A family under construction.
class Family {
 public:
  explicit Family(const MetricRow& row) : unit_(row.unit) {
    family_.name = std::string(row.name);
    family_.help = std::string(row.help);
    family_.type = type_of(row.kind);
  }
  void value(double value, Labels labels = {}) {
    auto& metric = family_.metric.emplace_back();
    metric.label = std::move(labels);
    if (family_.type == MetricType::Gauge) {
      metric.gauge.value = value;
    } else {
      metric.counter.value = value;
    }
  }
  // The count is the sum of the buckets, so that a scrape in the middle of an observation is still
  // consistent.
  template <std::size_t N>
  void histogram(const HistogramSum<N>& sum, const std::array<std::uint64_t, N>& bounds,
                 Labels labels = {}) {
    auto& metric = family_.metric.emplace_back();
    metric.label = std::move(labels);
    std::uint64_t count = 0;
    for (std::size_t i = 0; i <= N; ++i) {
      count += sum.buckets[i];
      const double bound =
          i < N ? static_cast<double>(bounds[i]) / unit_ : std::numeric_limits<double>::infinity();
      metric.histogram.bucket.push_back({count, bound});
    }
    metric.histogram.sample_count = count;
    metric.histogram.sample_sum = static_cast<double>(sum.sum) / unit_;
  }
  template <std::size_t N>
  void histogram_if_any(const HistogramSum<N>& sum, const std::array<std::uint64_t, N>& bounds,
                        const Labels& labels) {
    if (!sum.empty()) histogram(sum, bounds, labels);
  }
  MetricFamily take() { return std::move(family_); }

 private:
  MetricFamily family_;
  double unit_;
};

inline Labels gen_ai_labels(std::string_view provider, std::string_view asked,
                            std::string_view answered) {
  return {label("gen_ai_operation_name", "chat"), label("gen_ai_provider_name", provider),
          label("gen_ai_request_model", asked), label("gen_ai_response_model", answered)};
}

}  // namespace smartroute::ops

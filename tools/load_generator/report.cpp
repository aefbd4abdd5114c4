#include <algorithm>
#include <nlohmann/json.hpp>

#include "tools/load_generator/load_run.hpp"

namespace smartroute::load_generator {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t kMs = 1'000'000;

// Share of values in a bump at 40 ms, where a delayed acknowledgement (40 ms on Linux) puts it:
// what the interval 38-48 ms holds beyond the fuller one of its neighbours. A wide distribution
// that merely passes there has none.
double share_of_pauses(const Histogram& histogram) {
  const std::uint64_t before = histogram.between(28 * kMs, 38 * kMs);
  const std::uint64_t here = histogram.between(38 * kMs, 48 * kMs);
  const std::uint64_t after = histogram.between(48 * kMs, 58 * kMs);
  const std::uint64_t usual = std::max(before, after);
  return here <= usual ? 0
                       : static_cast<double>(here - usual) / static_cast<double>(histogram.count());
}

double us(std::int64_t ns) { return static_cast<double>(ns) / 1000.0; }

Json summary(const Histogram& histogram) {
  Json buckets = Json::array();
  for (const auto& [upper, count] : histogram.coarse()) buckets.push_back({us(upper), count});
  return {{"count", histogram.count()},
          {"mean", us(static_cast<std::int64_t>(histogram.mean()))},
          {"p50", us(histogram.quantile(0.5))},
          {"p90", us(histogram.quantile(0.9))},
          {"p99", us(histogram.quantile(0.99))},
          {"p999", us(histogram.quantile(0.999))},
          {"max", us(histogram.max())},
          {"share_40ms", share_of_pauses(histogram)},
          {"histogram", buckets}};
}

}  // namespace

std::uint64_t Report::failed() const {
  std::uint64_t sum = 0;
  for (const auto& [kind, count] : errors) sum += count;
  return sum;
}

std::string to_json(const Report& report, const Options& options) {
  const double elapsed = report.elapsed_s > 0 ? report.elapsed_s : 1;
  Json out = {{"url", options.url},
              {"mode", options.open_streams > 0 ? "open_streams"
                       : options.rate > 0       ? "open_loop"
                                                : "closed_loop"},
              {"connections", options.connections},
              {"sent", report.sent},
              {"completed", report.completed},
              {"failed", report.failed()},
              {"errors", report.errors},
              {"first_error", report.first_error},
              {"events", report.events},
              {"body_bytes", report.body_bytes},
              {"connects", report.connects},
              {"elapsed_s", report.elapsed_s},
              {"per_second", static_cast<double>(report.completed) / elapsed},
              {"own_cpu_s", report.own_cpu_s},
              {"measured", report.measured},
              {"latency_us", summary(report.latency)},
              {"first_byte_us", summary(report.first_byte)}};
  if (report.event_delay.count() > 0) out["event_delay_us"] = summary(report.event_delay);
  if (report.request_path.count() > 0) out["request_path_us"] = summary(report.request_path);
  return out.dump();
}

}  // namespace smartroute::load_generator

#include <algorithm>

#include "contract/config/rules.hpp"

namespace smartroute::config {
namespace {

constexpr std::int64_t kKiB = 1024;
constexpr std::int64_t kMiB = 1024 * kKiB;
constexpr std::int64_t kGiB = 1024 * kMiB;
constexpr Millis kShortest{1};
constexpr Millis kHour{3'600'000};
constexpr std::int64_t kMaxDepthOfParser = 1'000;  // the JSON parser itself stops at 1,024

}  // namespace

void check_limits(Rules& rules) {
  const Limits& limits = rules.config.limits;
  const auto time = [&](const char* field, Millis value, Millis lowest, Millis highest) {
    rules.check_range(field_path("limits", field), value, lowest, highest);
  };
  const auto number = [&](const char* field, std::int64_t value, std::int64_t lowest,
                          std::int64_t highest) {
    rules.check_range(field_path("limits", field), value, lowest, highest);
  };
  time("header_timeout", limits.header_timeout, kShortest, kHour);
  number("max_header_bytes", limits.max_header_bytes, kKiB, kMiB);
  number("max_headers", limits.max_headers, 10, 1'000);
  number("max_target_bytes", limits.max_target_bytes, 256, 64 * kKiB);
  if (limits.max_target_bytes > limits.max_header_bytes)
    rules.report.error("limits.max_target_bytes",
                       "is more than max_header_bytes, in which the target lies");
  number("max_body_bytes", limits.max_body_bytes, kKiB, kGiB);
  time("body_idle_timeout", limits.body_idle_timeout, kShortest, kHour);
  number("min_body_rate", limits.min_body_rate, 0, kGiB);
  number("max_inflight_body_bytes", limits.max_inflight_body_bytes, kKiB, 1024 * kGiB);
  if (limits.max_inflight_body_bytes < limits.max_body_bytes)
    rules.report.error("limits.max_inflight_body_bytes",
                       "is less than max_body_bytes: the largest body could never be read");
  time("keep_alive_timeout", limits.keep_alive_timeout, kShortest, kDay);
  time("client_write_timeout", limits.client_write_timeout, kShortest, kDay);
  number("max_json_depth", limits.max_json_depth, 8, kMaxDepthOfParser);
  number("max_connections", limits.max_connections, 1, 1'000'000);
  number("upstream_idle_per_worker", limits.upstream_idle_per_worker, 0, 10'000);
  time("upstream_idle_timeout", limits.upstream_idle_timeout, kShortest, kDay);
  number("max_response_header_bytes", limits.max_response_header_bytes, kKiB, kMiB);
  time("drain_timeout", limits.drain_timeout, Millis(0), kHour);
  time("body_rate_grace", limits.body_rate_grace, Millis(0), kHour);
  time("tls_timeout", limits.tls_timeout, kShortest, kHour);
  time("heartbeat", limits.heartbeat, Millis(0), kHour);
  number("max_streams", limits.max_streams, 1, 1'000'000);
  number("max_streams_per_key", limits.max_streams_per_key, 0, limits.max_streams);
  number("max_inflight_body_bytes_per_key", limits.max_inflight_body_bytes_per_key, 0,
         limits.max_inflight_body_bytes);
  number("max_buffered_bytes", limits.max_buffered_bytes, 64 * kKiB, kGiB);
  number("max_memory_bytes", limits.max_memory_bytes, 0, 1024 * kGiB);
  time("drain_accept", limits.drain_accept, Millis(0), std::max(Millis(0), limits.drain_timeout));
}

}  // namespace smartroute::config

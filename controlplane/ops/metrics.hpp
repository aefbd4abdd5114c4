// What /metrics says, from values to text. Names and labels are a contract with dashboards and
// alert rules.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "controlplane/ops/query_times.hpp"

namespace smartroute::control::ops {

// Label values of `model`; further models share `other`.
inline constexpr std::size_t kMaxModelSeries = 1'000;

// Everything at one moment; app.cpp fills it at each scrape from the counters the parts keep
// anyway.
struct Readings {
  std::uint64_t config_revision = 0;
  bool config_writable = true;
  bool config_file_owned = false;
  std::uint64_t dataplanes_connected = 0;
  std::uint64_t dataplanes_known = 0;
  std::uint64_t dataplanes_current = 0;  // connected, and serving the newest revision
  std::uint64_t dataplanes_ahead = 0;    // serving a later revision than the newest here
  std::uint64_t pushes = 0;
  std::uint64_t acknowledged = 0;
  std::uint64_t refused = 0;
  std::uint64_t streams_refused = 0;
  std::uint64_t identities_refused = 0;  // calls in the name of an instance that the certificate is not for
  // Who sees a certificate of this process, and when it ends: seconds since 1970, 0 for none.
  std::vector<std::pair<std::string_view, double>> certificate_expiry;
  std::uint64_t secret_changes = 0;           // times secrets from files changed and were published
  std::uint64_t secret_files_unusable = 0;    // files whose secret of before is used on
  std::uint64_t records_held = 0;
  std::uint64_t records_stored = 0;
  std::uint64_t records_duplicate = 0;
  std::uint64_t records_dropped_at_source = 0;
  std::uint64_t batches_refused = 0;
  std::uint64_t batches_failed = 0;
  struct AdminCalls {
    std::string method;
    std::string_view code;
    std::uint64_t calls = 0;
  };
  std::vector<AdminCalls> admin_calls;
  std::vector<std::pair<std::string_view, std::uint64_t>> sign_ins;  // outcome, and how many; empty: not shown
  std::uint64_t sessions = 0;
  // Of every model of the configuration, by name; the first kMaxModelSeries are shown, of the others the lowest, as `other`.
  struct ModelHealth {
    std::string model;
    double health = 1;
  };
  std::vector<ModelHealth> model_health;
  std::uint64_t health_unsaved_models = 0;  // whose newest change is not in the store
  std::uint64_t score_pushes = 0;
  std::uint64_t health_reports_taken = 0;
  std::uint64_t health_reports_repeated = 0;
  std::uint64_t health_unknown_models = 0;
  std::uint64_t health_unknown_kinds = 0;
  std::uint64_t health_surplus = 0;
  std::uint64_t health_clamped = 0;
  // Of the request log; what is empty is not shown.
  struct LogSize {
    std::uint64_t records = 0, bytes = 0, max_bytes = 0;
  };
  std::optional<LogSize> log_size;
  std::vector<std::pair<std::string_view, std::uint64_t>> log_removed;  // why, and how many records
  std::optional<std::uint64_t> tail_subscribers, tail_dropped;
  const QueryTimes* queries = nullptr;  // outlives the reading
  // Of this process; 0 where the system does not say.
  double cpu_seconds = 0;
  double start_time_seconds = 0;  // since 1970
  double resident_bytes = 0;
  double open_fds = 0;
};

// Where the log's numbers come from; each is called at a scrape, in the ops thread. An empty one is not exposed.
struct LogSources {
  std::function<Readings::LogSize()> size;
  // Records removed so far by each cause, also those by which none were: age, size, pruned.
  std::function<std::vector<std::pair<std::string_view, std::uint64_t>>()> removed;
  std::function<std::uint64_t()> tail_subscribers;
  std::function<std::uint64_t()> tail_dropped;
  const QueryTimes* queries = nullptr;  // outlives the last scrape
};
void read_log(const LogSources& sources, Readings& readings);

// Fills the process fields from /proc.
void read_process(Readings& readings);

// The Prometheus text format, version 0.0.4.
std::string render_metrics(const Readings& readings);

}  // namespace smartroute::control::ops

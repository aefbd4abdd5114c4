// `smartroute logs ...` and `smartroute stats`: request records and statistics of a running gateway, through its admin API.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "tools/cli/admin_api.hpp"
#include "tools/cli/record_filter.hpp"
#include "tools/cli/validate_command.hpp"

namespace smartroute::cli {

// All return an exit code of up.hpp and print the reason of a failure on stderr.

struct QueryOptions {
  FilterWords filter;
  int limit = 50;
  std::string cursor;
  Output output = Output::Text;
};
// Matching records, newest first. Ends early when the search took too long, and says how to go on.
int query_logs(const AdminAccess& access, const QueryOptions& options);

// The newest `limit` that match, oldest first, and those that come, until interrupted or the gateway stops.
int follow_logs(const AdminAccess& access, const QueryOptions& options);

// `id`: of the record, or of its request.
int show_log(const AdminAccess& access, const std::string& id, Output output);

struct ExportOptions {
  FilterWords filter;
  std::string format = "jsonl";  // or csv
  bool bodies = false;
  std::string file = "-";  // "-": standard output
};
int export_logs(const AdminAccess& access, const ExportOptions& options);

struct PruneOptions {
  std::string before;
  bool bodies_only = false;
  bool yes = false;  // do not ask
  Output output = Output::Text;
};
int prune_logs(const AdminAccess& access, const PruneOptions& options);

// How much there is and what it takes.
int show_log_storage(const AdminAccess& access, Output output);

struct StatsOptions {
  std::string since = "24h", until, by, step;  // step empty: totals only; "auto", or a span of time
  std::vector<std::string> values;
  bool compare = false;
  Output output = Output::Text;
};
int show_stats(const AdminAccess& access, const StatsOptions& options);

}  // namespace smartroute::cli

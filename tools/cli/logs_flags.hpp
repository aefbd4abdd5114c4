// The flags of `smartroute logs` and `smartroute stats`.
#pragma once
#include "tools/cli/common_flags.hpp"
#include "tools/cli/logs_command.hpp"

namespace smartroute::cli {

struct LogsWords {
  AdminAccess access;
  QueryOptions list, query, tail;
  bool follow = false;
  ExportOptions exported;
  PruneOptions prune;
  std::string id;
  Output show_output = Output::Text, storage_output = Output::Text;

  LogsWords() { list.limit = tail.limit = 20; }
};
// `words` and `action` must outlive `app`.
void add_logs(CLI::App& app, LogsWords& words, Action& action);

struct StatsWords {
  AdminAccess access;
  StatsOptions options;
};
void add_stats(CLI::App& app, StatsWords& words, Action& action);

}  // namespace smartroute::cli

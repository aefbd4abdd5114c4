#include "tools/cli/logs_flags.hpp"

#include <memory>
#include <string>
#include <vector>

#include "tools/cli/command_tree.hpp"

namespace smartroute::cli {
namespace {

constexpr int kMaxLimit = 10'000;
constexpr int kMaxBacklog = 1'000;

void add_list(CLI::App& command, const char* flag, std::vector<std::string>& values, const char* what) {
  command.add_option(flag, values, what)->delimiter(',')->allow_extra_args(false);
}

void add_filter_flags(CLI::App& command, FilterWords& words) {
  command.add_option("--since", words.since, "received since: how long ago, as 15m, 24h or 7d, or a date in UTC, as 2026-01-31T08:00:00Z");
  command.add_option("--until", words.until, "received before");
  add_list(command, "--tier", words.tiers, "t1, t2, t3; none: a model was named");
  add_list(command, "--model", words.models, "provider/model that answered");
  add_list(command, "--provider", words.providers, "that answered");
  add_list(command, "--status", words.statuses, "200, 429, ..., or 2xx, 4xx, 5xx; 0: none was sent");
  add_list(command, "--key", words.keys, "id of the caller's key, as the log shows it");
  add_list(command, "--category", words.categories, "chat, tool");
  add_list(command, "--error", words.errors, "kind of the failure; any: every failure");
  add_list(command, "--ending", words.endings, "how it ended: completed, client_gone, ...");
  add_list(command, "--instance", words.instances, "id of the proxy that served it");
  command.add_option("--text", words.text, "in the beginning of the prompt, the request id or the error");
  command.add_option("--request", words.request_id, "request id, exactly");
  command.add_option("--min-ms", words.min_ms, "took at least so many milliseconds");
  command.add_option("--min-retries", words.min_retries, "attempts beyond the first");
}

void add_query(CLI::App& logs, LogsWords& words, Action& action) {
  auto* query = logs.add_subcommand("query", "find records, newest first");
  add_filter_flags(*query, words.query.filter);
  query->add_option("-n,--limit", words.query.limit, "how many")->check(CLI::Range(1, kMaxLimit))->capture_default_str();
  query->add_option("--cursor", words.query.cursor, "go on where a former search ended");
  add_output_flag(*query, words.query.output);
  add_admin_flags(*query, words.access);
  query->callback([&] { action = [&words] { return query_logs(words.access, words.query); }; });
}

void add_tail(CLI::App& logs, LogsWords& words, Action& action) {
  auto* tail = logs.add_subcommand("tail", "show the newest requests and go on with those that come, until Ctrl-C; the same as logs --follow");
  add_filter_flags(*tail, words.tail.filter);
  tail->add_option("-n,--limit", words.tail.limit, "how many before the new ones")->check(CLI::Range(1, kMaxBacklog))->capture_default_str();
  add_output_flag(*tail, words.tail.output);
  add_admin_flags(*tail, words.access);
  tail->callback([&] { action = [&words] { return follow_logs(words.access, words.tail); }; });
}

void add_show(CLI::App& logs, LogsWords& words, Action& action) {
  auto* show = logs.add_subcommand("show", "one request whole: its times, attempts, tokens, cost and bodies");
  show->add_option("id", words.id, "of the request (x-request-id) or of the record")->required();
  add_output_flag(*show, words.show_output);
  add_admin_flags(*show, words.access);
  show->callback([&] { action = [&words] { return show_log(words.access, words.id, words.show_output); }; });
}

void add_export(CLI::App& logs, LogsWords& words, Action& action) {
  auto* exported = logs.add_subcommand("export", "write all records that match to a file, newest first");
  add_filter_flags(*exported, words.exported.filter);
  exported->add_option("--format", words.exported.format, "csv or jsonl")->check(CLI::IsMember({"csv", "jsonl"}))->capture_default_str();
  exported->add_flag("--bodies", words.exported.bodies, "with what was asked and answered");
  exported->add_option("-f,--file", words.exported.file, "where to, - for standard output")->capture_default_str();
  add_admin_flags(*exported, words.access);
  exported->callback([&] { action = [&words] { return export_logs(words.access, words.exported); }; });
}

void add_prune(CLI::App& logs, LogsWords& words, Action& action) {
  auto* prune = logs.add_subcommand("prune", "remove old records now; statistics stay");
  prune->add_option("--before", words.prune.before, "received before: how long ago, as 7d, or a date in UTC; 0s: all there are")->required();
  prune->add_flag("--bodies", words.prune.bodies_only, "only what was asked and answered; the records stay");
  prune->add_flag("--yes", words.prune.yes, "do not ask");
  add_output_flag(*prune, words.prune.output);
  add_admin_flags(*prune, words.access);
  prune->callback([&] { action = [&words] { return prune_logs(words.access, words.prune); }; });
}

}  // namespace

void add_logs(CLI::App& app, LogsWords& words, Action& action) {
  auto* logs = app.add_subcommand("logs", "show the newest requests, or find, follow, export and remove them");
  add_filter_flags(*logs, words.list.filter);
  logs->add_option("-n,--limit", words.list.limit, "how many; with --follow, how many before the new ones")
      ->check(CLI::Range(1, kMaxBacklog))
      ->capture_default_str();
  logs->add_flag("-f,--follow", words.follow, "go on with those that come, until Ctrl-C");
  add_output_flag(*logs, words.list.output);
  add_admin_flags(*logs, words.access);
  add_tail(*logs, words, action);
  add_query(*logs, words, action);
  add_show(*logs, words, action);
  add_export(*logs, words, action);
  add_prune(*logs, words, action);
  auto* storage = logs->add_subcommand("storage", "how many records there are and what they take on disk");
  add_output_flag(*storage, words.storage_output);
  add_admin_flags(*storage, words.access);
  storage->callback([&] { action = [&words] { return show_log_storage(words.access, words.storage_output); }; });
  // Also called behind those of the subcommands.
  logs->callback([&action, &words, logs] {
    if (!logs->get_subcommands().empty()) return;
    action = [&words] { return words.follow ? follow_logs(words.access, words.list) : query_logs(words.access, words.list); };
  });
}

void add_stats(CLI::App& app, StatsWords& words, Action& action) {
  auto* stats = app.add_subcommand("stats", "requests, times, tokens and cost over a span of time");
  stats->add_option("--since", words.options.since, "how long ago, as 24h or 7d, or a date in UTC")->capture_default_str();
  stats->add_option("--until", words.options.until, "up to then (default: now)");
  stats->add_option("--by", words.options.by, "tell apart: tier, model, provider, key, error, status, category, ending; attempt: each attempt by model")
      ->check(CLI::IsMember({"tier", "model", "provider", "key", "error", "status", "category", "ending", "attempt"}));
  add_list(*stats, "--value", words.options.values, "only these of what --by tells apart");
  stats->add_option("--step", words.options.step, "a line for each so long a time, as 5m, 1h or 1d, or auto (default: totals only)");
  stats->add_flag("--compare", words.options.compare, "with the span of the same length before");
  add_output_flag(*stats, words.options.output);
  add_admin_flags(*stats, words.access);
  stats->callback([&] { action = [&words] { return show_stats(words.access, words.options); }; });
}

void add_logs_command(CLI::App& app, Action& action) {
  // A callback that does nothing but hold the words for as long as `app` lives.
  const auto words = std::make_shared<LogsWords>();
  add_logs(app, *words, action);
  app.get_subcommand("logs")->parse_complete_callback([words] {});
}

void add_stats_command(CLI::App& app, Action& action) {
  const auto words = std::make_shared<StatsWords>();
  add_stats(app, *words, action);
  app.get_subcommand("stats")->parse_complete_callback([words] {});
}

}  // namespace smartroute::cli

#include <memory>

#include "tools/cli/command_tree.hpp"
#include "tools/cli/route_command.hpp"

namespace smartroute::cli {
namespace {

struct ExplainWords {
  AdminAccess access;
  ExplainOptions options;
};
struct ReplayWords {
  AdminAccess access;
  ReplayOptions options;
};

}  // namespace

void add_route_command(CLI::App& app, Action& action) {
  const auto words = std::make_shared<ExplainWords>();
  ExplainOptions& options = words->options;
  auto* route = app.add_subcommand("route", "what the router does with a request");
  route->require_subcommand(1);
  auto* explain = route->add_subcommand("explain", "say where a request would go, and why, without sending it");
  explain->add_option("-m,--model", options.model, "model to ask for (default: the request's, or auto)");
  explain->add_option("-f,--file", options.request_file, "body of a chat completion as JSON, - for standard input; its model may be missing");
  explain->add_option("--text", options.text, "a prompt instead of a request")->excludes("--file");
  explain->add_option("--config", options.config, "decide by this document (default: ask the running gateway)");
  add_output_flag(*explain, options.output);
  add_admin_flags(*explain, words->access);
  explain->callback([&action, words] { action = [words] { return explain_route(words->access, words->options); }; });
}

void add_replay_command(CLI::App& app, Action& action) {
  const auto words = std::make_shared<ReplayWords>();
  ReplayOptions& options = words->options;
  auto* replay = app.add_subcommand("replay", "decide logged requests again under another configuration and show what changes");
  replay->add_option("--config", options.config, "the other configuration (default: the newest one of the gateway)");
  auto* since = replay->add_option("--since", options.since, "from then on: how long ago, as 24h, or a date in UTC, as 2026-01-31T08:00:00");
  since->capture_default_str();
  auto* until = replay->add_option("--until", options.until, "up to then (default: now)");
  replay
      ->add_option("--input", options.input,
                   "JSON lines instead of the gateway's records, - for standard input: a body of a chat completion or {\"text\": ...} each")
      ->excludes(since)
      ->excludes(until);
  replay->add_option("--moves", options.moves, "examples to show")->check(CLI::Range(1, 1000))->capture_default_str();
  add_output_flag(*replay, options.output);
  add_admin_flags(*replay, words->access);
  replay->callback([&action, words] { action = [words] { return replay_routes(words->access, words->options); }; });
}

}  // namespace smartroute::cli

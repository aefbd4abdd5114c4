// The command line of SmartRoute. Flags win over SMARTROUTE_* variables, those over defaults.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "tools/cli/common_flags.hpp"
#include "tools/cli/config_command.hpp"
#include "tools/cli/dashboard_command.hpp"
#include "tools/cli/health_command.hpp"
#include "tools/cli/logs_flags.hpp"
#include "tools/cli/prices_command.hpp"
#include "tools/cli/route_command.hpp"
#include "tools/cli/tokens_command.hpp"
#include "tools/cli/up.hpp"
#include "tools/cli/validate_command.hpp"

namespace smartroute::cli {
namespace {

void add_up_flags(CLI::App& command, UpOptions& options) {
  command
      .add_option("--config", options.config,
                  "YAML or JSON file that owns the configuration; re-read when it changes")
      ->envname("SMARTROUTE_CONFIG");
  command.add_option("--state", options.state, "folder for everything kept")
      ->envname("SMARTROUTE_STATE")
      ->capture_default_str();
  command
      .add_option("--listen", options.listen,
                  "HOST:PORT of the OpenAI API; port 0 picks a free one")
      ->envname("SMARTROUTE_LISTEN")
      ->capture_default_str();
  command.add_option("--admin", options.admin, "HOST:PORT of the admin API")
      ->envname("SMARTROUTE_ADMIN")
      ->capture_default_str();
  command
      .add_option(
          "--grpc", options.grpc,
          "where data planes connect: unix:PATH or HOST:PORT (default: unix:STATE/control.sock)")
      ->envname("SMARTROUTE_GRPC");
  command
      .add_option("--proxy-ops", options.proxy_ops, "HOST:PORT of the proxy's metrics and health")
      ->envname("SMARTROUTE_PROXY_OPS")
      ->capture_default_str();
  command
      .add_option("--control-ops", options.control_ops,
                  "HOST:PORT of the control plane's metrics and health")
      ->envname("SMARTROUTE_CONTROL_OPS")
      ->capture_default_str();
  command
      .add_option("--workers", options.workers, "threads that serve requests (default: one a core)")
      ->envname("SMARTROUTE_WORKERS")
      ->check(CLI::Range(1, 256));
  command
      .add_option("--demo-traffic", options.demo_traffic,
                  "seconds for which a demo sends itself sample requests, so that the dashboard has something to show; 0: none")
      ->envname("SMARTROUTE_DEMO_TRAFFIC")
      ->check(CLI::Range(0, 86'400))
      ->capture_default_str();
  command.add_option("--ready-file", options.ready_file,
                     "written with every bound address, as JSON, once both planes are ready");
  command
      .add_option("--stop-timeout", options.stop_timeout,
                  "seconds the proxy may take to finish requests when stopping")
      ->capture_default_str();
  command.add_flag_callback(
      "--verbose", [&options] { options.chatter = Chatter::Verbose; },
      "show everything both planes log, not only warnings");
}

void add_up(CLI::App& app, UpOptions& options, Action& action) {
  auto* up_command = app.add_subcommand("up", "run both planes until Ctrl-C");
  add_up_flags(*up_command, options);
  up_command
      ->add_flag_callback(
          "--demo", [&options] { options.providers = Providers::Demo; },
          "two mock providers instead of real ones; no key needed")
      ->excludes("--config");
  up_command->callback([&] { action = [&options] { return up(options); }; });

  auto* demo_command = app.add_subcommand("demo", "the same as up --demo");
  add_up_flags(*demo_command, options);
  demo_command->remove_option(demo_command->get_option("--config"));
  // Else the environment is asked for the one that was not named, too, and wins over the flags of the other.
  for (CLI::App* command : {up_command, demo_command}) command->immediate_callback();
  demo_command->callback([&] {
    options.providers = Providers::Demo;
    options.config.clear();
    action = [&options] { return up(options); };
  });
}

int print_version(Output output) {
  if (output == Output::Json)
    std::puts(nlohmann::ordered_json{{"version", SMARTROUTE_VERSION}, {"compiler", __VERSION__}}
                  .dump()
                  .c_str());
  else
    std::puts("smartroute " SMARTROUTE_VERSION);
  return kOk;
}

struct ConfigWords {
  AdminAccess access;
  std::uint64_t revision = 0;
  std::uint64_t base = 0;
  int limit = 20;
  std::string file, note;
};

void add_config(CLI::App& app, ConfigWords& words, Action& action) {
  auto* config =
      app.add_subcommand("config", "read and change the stored configuration of a running gateway");
  config->require_subcommand(1);
  const auto verb = [&](const char* name, const char* what, Action run) {
    auto* command = config->add_subcommand(name, what);
    add_admin_flags(*command, words.access);
    command->callback([&action, run] { action = run; });
    return command;
  };
  verb("show", "print it as YAML, secrets hidden", [&words] {
    return config_show(words.access, words.revision);
  })->add_option("revision", words.revision, "revision number (default: the newest)");
  verb("history", "list revisions, newest first",
       [&words] { return config_history(words.access, words.limit); })
      ->add_option("--limit", words.limit, "how many")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  auto* put = verb("put", "store a document as the next revision", [&words] {
    return config_put(words.access, words.file, words.base, words.note);
  });
  put->add_option("file", words.file, "YAML or JSON document")->required();
  put->add_option("--base", words.base,
                  "only if this is still the newest revision (default: whatever is)");
  put->add_option("--note", words.note, "why, for the history");
  auto* back = verb("rollback", "make an old revision's content the newest again",
                    [&words] { return config_rollback(words.access, words.revision, words.note); });
  back->add_option("revision", words.revision, "revision number")->required();
  back->add_option("--note", words.note, "why, for the history");
}

struct RouteWords {
  AdminAccess access;
  ExplainOptions explain;
  ReplayOptions replay;
};

void add_route(CLI::App& app, RouteWords& words, Action& action) {
  auto* route = app.add_subcommand("route", "what the router does with a request");
  route->require_subcommand(1);
  auto* explain = route->add_subcommand("explain", "say where a request would go, and why, without sending it");
  explain->add_option("-m,--model", words.explain.model, "model to ask for (default: the request's, or auto)");
  explain->add_option("-f,--file", words.explain.request_file,
                      "body of a chat completion as JSON, - for standard input; its model may be missing");
  explain->add_option("--text", words.explain.text, "a prompt instead of a request")->excludes("--file");
  explain->add_option("--config", words.explain.config,
                      "decide by this document (default: ask the running gateway)");
  add_output_flag(*explain, words.explain.output);
  add_admin_flags(*explain, words.access);
  explain->callback([&] { action = [&words] { return explain_route(words.access, words.explain); }; });

  auto* replay = app.add_subcommand(
      "replay", "decide logged requests again under another configuration and show what changes");
  replay->add_option("--config", words.replay.config,
                     "the other configuration (default: the newest one of the gateway)");
  auto* since = replay->add_option("--since", words.replay.since,
                                   "from then on: how long ago, as 24h, or a date in UTC, as 2026-01-31T08:00:00");
  since->capture_default_str();
  auto* until = replay->add_option("--until", words.replay.until, "up to then (default: now)");
  replay->add_option("--input", words.replay.input,
                     "JSON lines instead of the gateway's records, - for standard input: a body of a chat "
                     "completion or {\"text\": ...} each")
      ->excludes(since)
      ->excludes(until);
  replay->add_option("--moves", words.replay.moves, "examples to show")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  add_output_flag(*replay, words.replay.output);
  add_admin_flags(*replay, words.access);
  replay->callback([&] { action = [&words] { return replay_routes(words.access, words.replay); }; });
}

struct HealthWords {
  AdminAccess access;
  std::string ops, model;
  Output output = Output::Text;
};

// With an address it asks that process whether it is ready, for container health checks; without one it shows the models.
void add_health(CLI::App& app, HealthWords& words, Action& action) {
  auto* command = app.add_subcommand("health", "show how every model does; or, with HOST:PORT, ask a process whether it is ready");
  command->add_option("address", words.ops, "HOST:PORT of an ops listener: ask that process instead");
  add_output_flag(*command, words.output);
  add_admin_flags(*command, words.access);
  auto* reset = command->add_subcommand("reset", "forget score and cooldown of a model, on every proxy");
  reset->add_option("model", words.model, "provider/model (default: all)");
  add_admin_flags(*reset, words.access);
  reset->callback([&] { action = [&words] { return reset_health(words.access, words.model); }; });
  // Also called behind reset's.
  command->callback([&action, &words, command, reset] {
    if (command->got_subcommand(reset)) return;
    action = [&words] { return words.ops.empty() ? show_health(words.access, words.output) : health(words.ops); };
  });
}

struct DashboardWords {
  AdminAccess access;
  std::string name;
  TwoFactor two_factor = TwoFactor::Keep;
};

void add_dashboard(CLI::App& app, DashboardWords& words, Action& action) {
  auto* command = app.add_subcommand("dashboard", "say where the dashboard is; while nobody has an account, the link that makes the first one");
  add_admin_flags(*command, words.access);
  auto* link = command->add_subcommand("link", "the same");
  add_admin_flags(*link, words.access);
  auto* reset = command->add_subcommand("reset-password", "give a user a new random password, and end the user's sessions");
  reset->add_option("name", words.name, "the user")->required();
  reset->add_flag_callback(
      "--remove-two-factor", [&words] { words.two_factor = TwoFactor::Remove; }, "also turn two-factor off");
  add_admin_flags(*reset, words.access);
  reset->callback([&] { action = [&words] { return reset_password(words.access, words.name, words.two_factor); }; });
  // Also called behind the others'.
  command->callback([&action, &words, command, reset] {
    if (command->got_subcommand(reset)) return;
    action = [&words] { return dashboard_link(words.access); };
  });
}

struct PricesWords {
  AdminAccess access;
  PricesOptions options;
};

void add_prices(CLI::App& app, PricesWords& words, Action& action) {
  auto* command = app.add_subcommand("prices", "show what the tokens of models cost, and where each price comes from");
  command->add_option("model", words.options.models,
                      "model, or provider/model (default: every model of the running gateway's configuration)");
  command->add_option("--config", words.options.config, "as this document prices them");
  add_output_flag(*command, words.options.output);
  add_admin_flags(*command, words.access);
  command->callback([&] { action = [&words] { return show_prices(words.access, words.options); }; });
}

void add_tokens(CLI::App& app, TokensOptions& options, Action& action) {
  auto* command = app.add_subcommand("tokens", "count the tokens of a text as the gateway does");
  auto* encoding = command->add_option("-e,--encoding", options.encoding, "o200k_base, cl100k_base, o200k_harmony, p50k_base or r50k_base");
  command->add_option("-m,--model", options.model, "count as this model does; says so when that is an estimate")->excludes(encoding);
  command->add_option("file", options.file, "the text, - for standard input (default)");
  command->add_flag_callback(
      "--jsonl", [&options] { options.input = TokensOptions::Input::JsonLines; },
      "each line is a JSON string: print a count a line");
  command->callback([&] { action = [&options] { return count_tokens(options); }; });
}

int run(int argc, char** argv) {
  CLI::App app{"SmartRoute: an OpenAI-compatible gateway that picks the model for you"};
  app.require_subcommand(1);
  app.footer(
      "Exit codes: 0 well, 1 failed, 2 wrong use or unreadable file, 3 a configuration with "
      "errors.");
  Action action;
  UpOptions options;
  ConfigWords words;
  RouteWords route_words;
  HealthWords health_words;
  DashboardWords dashboard_words;
  LogsWords logs_words;
  StatsWords stats_words;
  PricesWords prices_words;
  TokensOptions tokens_options;
  std::string file;
  Output output = Output::Text;

  add_up(app, options, action);
  auto* validate_command =
      app.add_subcommand("validate", "check a configuration and print every problem in it");
  validate_command->add_option("file", file, "YAML or JSON document, - for standard input")
      ->required();
  add_output_flag(*validate_command, output);
  validate_command->callback([&] { action = [&] { return validate(file, output); }; });
  add_config(app, words, action);
  add_route(app, route_words, action);
  add_health(app, health_words, action);
  add_dashboard(app, dashboard_words, action);
  add_logs(app, logs_words, action);
  add_stats(app, stats_words, action);
  add_prices(app, prices_words, action);
  add_tokens(app, tokens_options, action);
  auto* version = app.add_subcommand("version", "print the version");
  add_output_flag(*version, output);
  version->callback([&] { action = [&] { return print_version(output); }; });

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& wrong) {
    return app.exit(wrong) == 0 ? kOk : kUsage;
  }
  return action();
}

}  // namespace
}  // namespace smartroute::cli

int main(int argc, char** argv) { return smartroute::cli::run(argc, argv); }

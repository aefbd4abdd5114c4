// Flags of the verbs that have few.
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "tools/cli/command_tree.hpp"
#include "tools/cli/config_command.hpp"
#include "tools/cli/dashboard_command.hpp"
#include "tools/cli/health_command.hpp"
#include "tools/cli/prices_command.hpp"
#include "tools/cli/tokens_command.hpp"
#include "tools/cli/up.hpp"
#include "tools/cli/validate_command.hpp"

namespace smartroute::cli {
namespace {

struct ValidateWords {
  std::string file;
  Output output = Output::Text;
  bool effective = false;
};

struct HealthWords {
  AdminAccess access;
  std::string ops, model;
  Output output = Output::Text;
};

struct DashboardWords {
  AdminAccess access;
  std::string name;
  TwoFactor two_factor = TwoFactor::Keep;
  Output output = Output::Text;
};

struct PricesWords {
  AdminAccess access;
  PricesOptions options;
};

int print_version(Output output) {
  if (output == Output::Json) {
    const nlohmann::ordered_json facts{{"version", SMARTROUTE_VERSION},
                                       {"commit", SMARTROUTE_COMMIT},
                                       {"build_type", SMARTROUTE_BUILD_TYPE},
                                       {"compiler", "GCC " __VERSION__},
                                       {"admin_api", "smartroute.admin.v1"}};
    std::puts(facts.dump().c_str());
  } else {
    std::puts("smartroute " SMARTROUTE_VERSION);
  }
  return kOk;
}

}  // namespace

void add_validate_command(CLI::App& app, Action& action) {
  const auto words = std::make_shared<ValidateWords>();
  auto* command = app.add_subcommand("validate", "check a configuration and print every problem in it");
  command->add_option("file", words->file, "YAML or JSON document, - for standard input")->required();
  add_output_flag(*command, words->output);
  command->add_flag("--effective", words->effective, "print the document as JSON with every default written out; problems go to stderr");
  command->callback([&action, words] {
    action = [words] { return validate(words->file, words->output, words->effective ? Printed::Effective : Printed::Problems); };
  });
}

// With an address it asks that process whether it is ready, for container health checks; without one it shows the models.
void add_health_command(CLI::App& app, Action& action) {
  const auto words = std::make_shared<HealthWords>();
  auto* command = app.add_subcommand("health", "show how every model does; or, with HOST:PORT, ask a process whether it is ready");
  command->add_option("address", words->ops, "HOST:PORT of an ops listener: ask that process instead");
  add_output_flag(*command, words->output);
  add_admin_flags(*command, words->access);
  auto* reset = command->add_subcommand("reset", "forget score and cooldown of a model, on every proxy");
  reset->add_option("model", words->model, "provider/model (default: all)");
  add_output_flag(*reset, words->output);
  add_admin_flags(*reset, words->access);
  reset->callback([&action, words] { action = [words] { return reset_health(words->access, words->model, words->output); }; });
  // Also called behind reset's.
  command->callback([&action, words, command, reset] {
    if (command->got_subcommand(reset)) return;
    action = [words] { return words->ops.empty() ? show_health(words->access, words->output) : health(words->ops, words->output); };
  });
}

void add_dashboard_command(CLI::App& app, Action& action) {
  const auto words = std::make_shared<DashboardWords>();
  auto* command = app.add_subcommand("dashboard", "say where the dashboard is; while nobody has an account, the link that makes the first one");
  add_output_flag(*command, words->output);
  add_admin_flags(*command, words->access);
  auto* link = command->add_subcommand("link", "the same");
  add_output_flag(*link, words->output);
  add_admin_flags(*link, words->access);
  auto* reset = command->add_subcommand("reset-password", "give a user a new random password, and end the user's sessions");
  reset->add_option("name", words->name, "the user")->required();
  reset->add_flag_callback(
      "--remove-two-factor", [words] { words->two_factor = TwoFactor::Remove; }, "also turn two-factor off");
  add_output_flag(*reset, words->output);
  add_admin_flags(*reset, words->access);
  reset->callback([&action, words] { action = [words] { return reset_password(words->access, words->name, words->two_factor, words->output); }; });
  // Also called behind the others'.
  command->callback([&action, words, command, reset] {
    if (command->got_subcommand(reset)) return;
    action = [words] { return dashboard_link(words->access, words->output); };
  });
}

void add_prices_command(CLI::App& app, Action& action) {
  const auto words = std::make_shared<PricesWords>();
  auto* command = app.add_subcommand("prices", "show what the tokens of models cost, and where each price comes from");
  command->add_option("model", words->options.models, "model, or provider/model (default: every model of the running gateway's configuration)");
  command->add_option("--config", words->options.config, "as this document prices them");
  add_output_flag(*command, words->options.output);
  add_admin_flags(*command, words->access);
  command->callback([&action, words] { action = [words] { return show_prices(words->access, words->options); }; });
}

void add_tokens_command(CLI::App& app, Action& action) {
  const auto options = std::make_shared<TokensOptions>();
  auto* command = app.add_subcommand("tokens", "count the tokens of a text as the gateway does");
  auto* encoding =
      command->add_option("-e,--encoding", options->encoding, "o200k_base, cl100k_base, o200k_harmony, p50k_base or r50k_base");
  command->add_option("-m,--model", options->model, "count as this model does; says so when that is an estimate")->excludes(encoding);
  command->add_option("file", options->file, "the text, - for standard input (default)");
  command->add_flag_callback(
      "--jsonl", [options] { options->input = TokensOptions::Input::JsonLines; }, "each line is a JSON string: print a count a line");
  add_output_flag(*command, options->output);
  command->callback([&action, options] { action = [options] { return count_tokens(*options); }; });
}

void add_version_command(CLI::App& app, Action& action) {
  const auto output = std::make_shared<Output>(Output::Text);
  auto* command = app.add_subcommand("version", "print the version");
  add_output_flag(*command, *output);
  command->callback([&action, output] { action = [output] { return print_version(*output); }; });
}

}  // namespace smartroute::cli

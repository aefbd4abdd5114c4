#include "tools/cli/command_tree.hpp"

namespace smartroute::cli {
namespace {

using AddCommand = void (*)(CLI::App&, Action&);

struct Verb {
  const char* group;  // heading in --help
  AddCommand add;
};

constexpr const char* kRun = "Run";
constexpr const char* kConfigure = "Configure";
constexpr const char* kRequests = "Requests";
constexpr const char* kOperate = "Operate";
constexpr const char* kProgram = "This program";
constexpr const char* kHidden = "";

// One line a verb.
constexpr Verb kVerbs[] = {
    {kRun, add_up_command},
    {kRun, add_demo_command},
    {kConfigure, add_init_command},
    {kConfigure, add_validate_command},
    {kConfigure, add_config_command},
    {kRequests, add_route_command},
    {kRequests, add_replay_command},
    {kRequests, add_logs_command},
    {kRequests, add_stats_command},
    {kRequests, add_tokens_command},
    {kRequests, add_prices_command},
    {kOperate, add_doctor_command},
    {kOperate, add_top_command},
    {kOperate, add_health_command},
    {kOperate, add_providers_command},
    {kOperate, add_certs_command},
    {kOperate, add_drain_command},
    {kOperate, add_backup_command},
    {kOperate, add_restore_command},
    {kOperate, add_dashboard_command},
    {kProgram, add_version_command},
    {kProgram, add_completion_command},
    {kHidden, add_man_command},
};

constexpr AddCommand kConfigVerbs[] = {
    add_config_show,
    add_config_history,
    add_config_put,
    add_config_rollback,
    add_config_diff,
    add_config_apply,
    add_config_export,
    add_config_import,
};

}  // namespace

void add_config_command(CLI::App& app, Action& action) {
  auto* config = app.add_subcommand("config", "read and change the stored configuration of a running gateway");
  config->require_subcommand(1);
  for (const AddCommand add : kConfigVerbs) add(*config, action);
}

void add_commands(CLI::App& app, Action& action) {
  app.require_subcommand(1);
  app.footer("Exit codes: 0 well, 1 failed, 2 wrong use or unreadable file, 3 a configuration with errors, 4 doctor has warnings only, 5 config diff --exit-code found a difference.");
  for (const Verb& verb : kVerbs) {
    const std::size_t before = app.get_subcommands(nullptr).size();
    verb.add(app, action);
    const auto all = app.get_subcommands(nullptr);
    for (std::size_t i = before; i < all.size(); ++i) all[i]->group(verb.group);
  }
}

}  // namespace smartroute::cli

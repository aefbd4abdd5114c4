// Every verb of `smartroute` as one CLI11 tree: what main() parses, and what completion, the man page and the tests walk.
#pragma once
#include "tools/cli/common_flags.hpp"

namespace smartroute::cli {

// Each adds one verb with its flags; to name the verb on the command line sets `action`, which must outlive `app`. What the flags are read into lives as
// long as `app` and `action` do.
void add_up_command(CLI::App& app, Action& action);
void add_demo_command(CLI::App& app, Action& action);
void add_init_command(CLI::App& app, Action& action);
void add_validate_command(CLI::App& app, Action& action);
void add_config_command(CLI::App& app, Action& action);
void add_route_command(CLI::App& app, Action& action);
void add_replay_command(CLI::App& app, Action& action);
void add_logs_command(CLI::App& app, Action& action);
void add_stats_command(CLI::App& app, Action& action);
void add_tokens_command(CLI::App& app, Action& action);
void add_prices_command(CLI::App& app, Action& action);
void add_health_command(CLI::App& app, Action& action);
void add_dashboard_command(CLI::App& app, Action& action);
void add_backup_command(CLI::App& app, Action& action);
void add_restore_command(CLI::App& app, Action& action);
void add_providers_command(CLI::App& app, Action& action);
void add_doctor_command(CLI::App& app, Action& action);
void add_top_command(CLI::App& app, Action& action);
void add_certs_command(CLI::App& app, Action& action);
void add_drain_command(CLI::App& app, Action& action);
void add_completion_command(CLI::App& app, Action& action);
void add_man_command(CLI::App& app, Action& action);
void add_version_command(CLI::App& app, Action& action);

// The same for what stands under `config`.
void add_config_show(CLI::App& config, Action& action);
void add_config_history(CLI::App& config, Action& action);
void add_config_put(CLI::App& config, Action& action);
void add_config_rollback(CLI::App& config, Action& action);
void add_config_diff(CLI::App& config, Action& action);
void add_config_apply(CLI::App& config, Action& action);
void add_config_export(CLI::App& config, Action& action);
void add_config_import(CLI::App& config, Action& action);

// All of them, in the order of --help.
void add_commands(CLI::App& app, Action& action);

}  // namespace smartroute::cli

// Flags that many subcommands take.
#pragma once
#include <CLI/CLI.hpp>
#include <functional>

#include "tools/cli/admin_api.hpp"
#include "tools/cli/validate_command.hpp"

namespace smartroute::cli {

// What to do once the flags are read; the subcommand that was named sets it.
using Action = std::function<int()>;

// -o text|json
void add_output_flag(CLI::App& command, Output& output);
// --admin, --admin-ca, --state, --token
void add_admin_flags(CLI::App& command, AdminAccess& access);

}  // namespace smartroute::cli

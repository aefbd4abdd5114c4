// `smartroute health ...`: how the models do over the whole fleet, through the admin API of a running control plane.
#pragma once
#include <string>

#include "tools/cli/admin_api.hpp"
#include "tools/cli/validate_command.hpp"

namespace smartroute::admin::v1 {
class ListModelHealthResponse;
}

namespace smartroute::cli {

// Both return an exit code of up.hpp and print the reason of a failure on stderr.
int show_health(const AdminAccess& access, Output output);
// `model` empty: all.
int reset_health(const AdminAccess& access, const std::string& model, Output output);

// What is wrong with the name of a model, with the nearest one there is; empty: nothing. Pure.
std::string unknown_model(const admin::v1::ListModelHealthResponse& known, const std::string& name);

// One line a model under a line of headings. Pure.
std::string health_text(const admin::v1::ListModelHealthResponse& said);

}  // namespace smartroute::cli

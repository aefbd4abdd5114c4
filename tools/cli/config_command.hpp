// `smartroute config ...`: the stored configuration through the admin API of a running control
// plane.
#pragma once
#include <cstdint>
#include <string>

#include "tools/cli/admin_api.hpp"

namespace smartroute::cli {

// Each prints its answer on stdout, a failure on stderr, and returns an exit code.
int config_show(const AdminAccess& access, std::uint64_t revision);
int config_history(const AdminAccess& access, int limit);
// base 0: whatever is the newest.
int config_put(const AdminAccess& access, const std::string& file, std::uint64_t base,
               const std::string& note);
int config_rollback(const AdminAccess& access, std::uint64_t to, const std::string& note);

// `smartroute health ADDRESS`: 0 when that process says it is ready.
int health(const std::string& ops_address);

}  // namespace smartroute::cli

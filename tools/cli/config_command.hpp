// `smartroute config ...`: the stored configuration through the admin API of a running control
// plane.
#pragma once
#include <cstdint>
#include <string>

#include "tools/cli/admin_api.hpp"
#include "tools/cli/validate_command.hpp"

namespace smartroute::cli {

// Each prints its answer on stdout, a failure on stderr, and returns an exit code.
enum class ConfigForm : std::uint8_t {
  Yaml,       // the document, under a comment that says which revision it is
  Json,       // the document as JSON
  Effective,  // the same with every default written out
};
int config_show(const AdminAccess& access, std::uint64_t revision, ConfigForm form);
int config_history(const AdminAccess& access, int limit, Output output);
// base 0: whatever is the newest.
int config_put(const AdminAccess& access, const std::string& file, std::uint64_t base,
               const std::string& note, Output output);
int config_rollback(const AdminAccess& access, std::uint64_t to, const std::string& note,
                    Output output);

// `smartroute health ADDRESS`: 0 when that process says it is ready.
// JSON: {"address","ready","says"}.
int health(const std::string& ops_address, Output output);

}  // namespace smartroute::cli

#include "tools/cli/common_flags.hpp"

#include <map>
#include <string>

namespace smartroute::cli {

void add_output_flag(CLI::App& command, Output& output) {
  command.add_option("-o,--output", output, "text or json")
      ->transform(CLI::CheckedTransformer(
          std::map<std::string, Output>{{"text", Output::Text}, {"json", Output::Json}}));
}

void add_admin_flags(CLI::App& command, AdminAccess& access) {
  command.add_option("--admin", access.admin, "HOST:PORT of the admin API")
      ->envname("SMARTROUTE_ADMIN")
      ->capture_default_str();
  command
      .add_option("--state", access.state, "data folder of the gateway, for its admin token")
      ->envname("SMARTROUTE_STATE")
      ->capture_default_str();
  command.add_option("--token", access.token, "admin token")->envname("SMARTROUTE_ADMIN_TOKEN");
}

}  // namespace smartroute::cli

#include "tools/cli/common_flags.hpp"

#include <cstdlib>
#include <string>

namespace smartroute::cli {
namespace {

// Before the flags, which win. CLI11's own way asks the environment for each command that was not named, too: where several commands keep a value
// in the same place, it would win over the flag.
void take(const char* variable, std::string& value) {
  if (const char* text = std::getenv(variable); text != nullptr && *text != '\0') value = text;
}

}  // namespace

void add_output_flag(CLI::App& command, Output& output) {
  const auto set = [&output](const std::string& form) { output = form == "json" ? Output::Json : Output::Text; };
  command.add_option_function<std::string>("-o,--output", set, "text or json")->check(CLI::IsMember({"text", "json"}));
}

void add_admin_flags(CLI::App& command, AdminAccess& access) {
  take("SMARTROUTE_ADMIN", access.admin);
  take("SMARTROUTE_STATE", access.state);
  take("SMARTROUTE_ADMIN_TOKEN", access.token);
  take("SMARTROUTE_ADMIN_CA", access.ca);
  command.add_option("--admin", access.admin, "HOST:PORT of the admin API, https://HOST:PORT if it speaks TLS, or SMARTROUTE_ADMIN")->capture_default_str();
  command.add_option("--admin-ca", access.ca, "with https: PEM file of the authority that signed its certificate (default: the system's), or SMARTROUTE_ADMIN_CA");
  command.add_option("--state", access.state, "data folder of the gateway, for its admin token, or SMARTROUTE_STATE")->capture_default_str();
  command.add_option("--token", access.token, "admin token, or SMARTROUTE_ADMIN_TOKEN");
}

}  // namespace smartroute::cli

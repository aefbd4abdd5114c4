#include "controlplane/admin/set_up_link.hpp"

#include <sys/stat.h>

#include "controlplane/base/files.hpp"

namespace smartroute::control::admin {

std::filesystem::path set_up_file(const std::filesystem::path& state) { return state / "setup.code"; }

std::string set_up_link(std::string_view scheme, const base::Address& admin, const std::string& code) {
  base::Address reached = admin;
  if (reached.host == "0.0.0.0" || reached.host == "::" || reached.host.empty()) reached.host = "127.0.0.1";
  return std::string(scheme) + "://" + base::to_string(reached) + "/set-up?code=" + code;
}

Result<std::optional<std::string>> offer_set_up(accounts::Accounts& accounts, const std::filesystem::path& state,
                                                std::string_view scheme, const base::Address& admin) {
  const auto file = set_up_file(state);
  if (!accounts.set_up_needed()) {
    std::error_code ignored;
    std::filesystem::remove(file, ignored);
    return std::optional<std::string>();
  }
  const std::string code = accounts.renew_set_up_code();
  if (auto written = base::replace_file(file, code + "\n", S_IRUSR | S_IWUSR); !written) return fail(written.error());
  return std::optional<std::string>(set_up_link(scheme, admin, code));
}

}  // namespace smartroute::control::admin

// The one-time link with which the first visitor becomes the first admin. Its code lies in
// <state>/setup.code (0600) so that `smartroute` on this machine can show it; it is void once there is
// an admin, and replaced at each start.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "contract/base/result.hpp"
#include "controlplane/accounts/accounts.hpp"
#include "controlplane/base/address.hpp"

namespace smartroute::control::admin {

std::filesystem::path set_up_file(const std::filesystem::path& state);

// As a browser on this machine opens it: an address that listens everywhere is reached by loopback. `scheme`: http or https.
std::string set_up_link(std::string_view scheme, const base::Address& admin, const std::string& code);

// Makes a code, writes the file and returns the link while there is no admin; else removes the file.
// Error: Storage.
Result<std::optional<std::string>> offer_set_up(accounts::Accounts& accounts, const std::filesystem::path& state,
                                                std::string_view scheme, const base::Address& admin);

}  // namespace smartroute::control::admin

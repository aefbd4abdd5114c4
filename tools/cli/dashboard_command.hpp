// `smartroute dashboard`: where it is, how to make the first account, and the way back in for
// somebody who lost a password.
#pragma once
#include <cstdint>
#include <string>

#include "tools/cli/admin_api.hpp"
#include "tools/cli/validate_command.hpp"

namespace smartroute::cli {

// Prints the address; while nobody has an account, the set-up link, if its code can be read here.
// JSON: {"url","set_up_needed"}.
int dashboard_link(const AdminAccess& access, Output output);

enum class TwoFactor : std::uint8_t { Keep, Remove };
// With the admin token. Prints the new password, which nothing else shows.
int reset_password(const AdminAccess& access, const std::string& name, TwoFactor two_factor, Output output);

// A password that can be read aloud: six groups of four letters and digits, 120 random bits.
std::string random_password();

}  // namespace smartroute::cli

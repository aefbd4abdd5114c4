// The admin API of a running control plane, as the subcommands call it.
#pragma once
#include <chrono>
#include <string>

#include "contract/base/result.hpp"

namespace smartroute::cli {

struct AdminAccess {
  std::string admin = "127.0.0.1:6688";  // see parse_admin_url()
  std::string token;  // empty: read from `state`/admin.token, or its demo's
  std::string state = "./.state/smartroute";
  std::string ca = {};  // of an https `admin`: PEM file of the authorities that may have signed its certificate; empty: the system's
};

// POST /smartroute.admin.v1.METHOD with a JSON message; the JSON answer. `method`: "ConfigService/GetConfig". Errors: Unauthorized with
// what to do, those of refused() with the API's own sentence, or why nobody could be reached.
Result<std::string> ask_admin(const AdminAccess& access, const std::string& method, std::string json,
                              std::chrono::milliseconds timeout = std::chrono::seconds(30));

// For calls in other forms: the token as `access` has it, empty if it has none; why nobody was reached, with what to do about it; and what an
// answer that is not 200 says.
std::string admin_token(const AdminAccess& access);
Error out_of_reach(const Error& error);
Error refused(int status, const std::string& body);  // Unauthorized (401), PermissionDenied (403), RateLimited (429), else Invalid
Error without_token(const AdminAccess& access);      // 401, and nothing was sent because there was nothing

}  // namespace smartroute::cli

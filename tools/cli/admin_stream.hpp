// Long answers of the admin API: downloads and WebSockets.
#pragma once
#include <functional>
#include <string>
#include <string_view>

#include "contract/base/result.hpp"
#include "tools/cli/admin_api.hpp"

namespace smartroute::cli {

// GET `target`, whose body goes to `take` piece by piece as it comes; an error of `take` ends it. Errors: as ask_admin(); UpstreamBroke for a body that ends
// early, UpstreamTimeout for one that is silent for a minute.
Result<void> download(const AdminAccess& access, const std::string& target, const std::function<Result<void>(std::string_view)>& take);

// Opens a WebSocket at `target` and gives each text message to `take` until that says false (Ok), or the other side ends it (UpstreamBroke). A peer that is
// gone without a word is noticed within a minute. Errors: as ask_admin().
Result<void> listen(const AdminAccess& access, const std::string& target, const std::function<bool(std::string_view)>& take);

}  // namespace smartroute::cli

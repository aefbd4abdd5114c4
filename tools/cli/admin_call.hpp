// A typed call of the admin API.
#pragma once
#include <chrono>
#include <cstdio>
#include <string>

#include "tools/cli/admin_api.hpp"
#include "tools/cli/preview.hpp"
#include "tools/cli/up.hpp"

namespace smartroute::cli {

// `method`: "FleetService/ListInstances". Errors: as ask_admin(), and UpstreamBroke for an answer in another form.
template <class Response, class Request>
Result<Response> ask_typed(const AdminAccess& access, const std::string& method, const Request& request,
                           std::chrono::milliseconds timeout = std::chrono::seconds(30)) {
  const auto json = ask_admin(access, method, to_json(request), timeout);
  if (!json) return tl::unexpected(json.error());
  Response response;
  if (auto read = from_json(*json, response); !read) return tl::unexpected(read.error());
  return response;
}

// One line on stderr; `code`.
inline int complain(const Error& error, int code) {
  std::fprintf(stderr, "smartroute: %s\n", error.text().c_str());
  return code;
}

}  // namespace smartroute::cli

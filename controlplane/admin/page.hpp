// The page at "/" of the admin port where the dashboard's files are not: what this is, and how to talk to it
// with curl.
#pragma once
#include <string>
#include <string_view>

namespace smartroute::control::admin {

// `url`: of this port, without a path. `token_file`: where the admin token lies; the token itself is
// never in the page.
std::string make_page(std::string_view url, std::string_view token_file);

}  // namespace smartroute::control::admin

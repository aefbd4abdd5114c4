#include "controlplane/http/message.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace smartroute::control::http {
namespace {

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace

Response error_response(int status, std::string_view code, std::string_view message) {
  nlohmann::ordered_json body;
  body["code"] = code;
  body["message"] = message;
  body["details"] = nlohmann::json::array();
  Response response;
  response.status = status;
  response.body = body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return response;
}

bool same_origin(const Head& head) {
  if (head.origin.empty()) return true;
  std::string_view authority = head.origin;
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (authority.substr(0, scheme.size()) != scheme) continue;
    authority.remove_prefix(scheme.size());
    return !head.host.empty() && equal_ignoring_case(authority, head.host);
  }
  return false;  // "null", extensions, files
}

bool exact_origin(const Head& head) {
  return !head.host.empty() &&
         (head.origin == "http://" + head.host || head.origin == "https://" + head.host);
}

}  // namespace smartroute::control::http

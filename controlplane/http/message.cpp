#include "controlplane/http/message.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace smartroute::control::http {
namespace {

constexpr std::string_view kHttp = "http://", kHttps = "https://";

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
  for (const std::string_view scheme : {kHttp, kHttps}) {
    if (authority.substr(0, scheme.size()) != scheme || (head.secure && scheme == kHttp)) continue;
    authority.remove_prefix(scheme.size());
    return !head.host.empty() && equal_ignoring_case(authority, head.host);
  }
  return false;  // "null", extensions, files
}

bool exact_origin(const Head& head) {
  if (head.host.empty()) return false;
  return head.origin == std::string(kHttps) + head.host || (!head.secure && head.origin == std::string(kHttp) + head.host);
}

bool is_public_name(std::string_view host) {
  if (host.empty() || host.front() == '[') return false;
  host = host.substr(0, host.find(':'));
  constexpr std::string_view kLocal = "localhost";
  const std::string_view last = host.substr(host.rfind('.') + 1);      // of an address a number
  return !equal_ignoring_case(last, kLocal) && last.find_first_not_of("0123456789") != std::string_view::npos;
}

}  // namespace smartroute::control::http

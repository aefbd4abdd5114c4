#include "controlplane/http/browser_fields.hpp"

#include <algorithm>

#include "dataplane/core/http1/chars.hpp"
#include "dataplane/core/http1/field_reader.hpp"

namespace smartroute::control::http {
namespace {

constexpr std::string_view kOwnPrefix = "x-smartroute-";

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return out;
}

void join(std::string& into, std::string_view value, std::string_view by) {
  if (!into.empty()) into += by;
  into += value;
}

}  // namespace

void read_browser_fields(std::string_view head, Head& out) {
  head.remove_prefix(std::min(head.size(), head.find('\n') + 1));  // the request line
  http1::FieldReader reader(head);
  http1::Field field;
  while (reader.next(field) == http1::FieldReader::Next::Field) {
    if (http1::spells(field.name, "cookie")) {
      join(out.cookie, field.value, "; ");
    } else if (http1::spells(field.name, "user-agent")) {
      join(out.user_agent, field.value, ", ");
    } else if (http1::spells(field.name, "sec-fetch-site")) {
      join(out.sec_fetch_site, field.value, ", ");
    } else if (http1::spells(field.name, "x-smartroute-csrf")) {
      join(out.csrf, field.value, ", ");
    } else if (http1::spells(field.name, "accept")) {
      join(out.accept, field.value, ", ");
    } else if (http1::spells(field.name, "accept-encoding")) {
      join(out.accept_encoding, field.value, ", ");
    } else if (http1::spells(field.name, "if-none-match")) {
      join(out.if_none_match, field.value, ", ");
    } else if (std::string name = lower(field.name); name.starts_with(kOwnPrefix)) {
      out.own_fields.emplace_back(std::move(name), field.value);
    }
  }
}

}  // namespace smartroute::control::http

// The head that every answer has, whatever its body. Private to this folder.
#pragma once
#include <algorithm>
#include <boost/beast/http/message.hpp>

#include "controlplane/http/message.hpp"
#include "dataplane/core/http1/chars.hpp"

namespace smartroute::control::http {

// A field that would end its line, or the head, is somebody else's: a value may come from a data plane or
// a provider. It is left out.
inline bool is_field(std::string_view name, std::string_view value) {
  const bool token = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) { return (http1::classes_of(c) & http1::kToken) != 0; });
  return token && std::all_of(value.begin(), value.end(), [](char c) {
    return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
  });
}

// Status, content type, the handler's headers, and the security headers of every answer.
inline void fill_head(const Response& response, boost::beast::http::response_header<>& head) {
  using boost::beast::http::field;
  head.version(11);
  head.result(static_cast<unsigned>(response.status));
  head.set(field::content_type, is_field("content-type", response.content_type) ? response.content_type : "application/octet-stream");
  head.set("x-content-type-options", "nosniff");
  head.set("referrer-policy", "no-referrer");
  head.set("cross-origin-resource-policy", "same-origin");
  head.set(field::cache_control, "no-store");
  head.set("content-security-policy",
           "default-src 'none'; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'; "
           "base-uri 'none'; form-action 'none'");
  for (const auto& [name, value] : response.headers) {
    if (!is_field(name, value)) continue;
    if (name == "set-cookie") {
      head.insert(field::set_cookie, value);
    } else {
      head.set(name, value);
    }
  }
}

}  // namespace smartroute::control::http

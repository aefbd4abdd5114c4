// The head that every answer has, whatever its body. Private to this folder.
#pragma once
#include <boost/beast/http/message.hpp>

#include "controlplane/http/message.hpp"

namespace smartroute::control::http {

// Status, content type, the handler's headers, and the security headers of every answer.
inline void fill_head(const Response& response, boost::beast::http::response_header<>& head) {
  using boost::beast::http::field;
  head.version(11);
  head.result(static_cast<unsigned>(response.status));
  head.set(field::content_type, response.content_type);
  head.set("x-content-type-options", "nosniff");
  head.set("referrer-policy", "no-referrer");
  head.set("cross-origin-resource-policy", "same-origin");
  head.set(field::cache_control, "no-store");
  head.set("content-security-policy",
           "default-src 'none'; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'; "
           "base-uri 'none'; form-action 'none'");
  for (const auto& [name, value] : response.headers) {
    if (name == "set-cookie") {
      head.insert(field::set_cookie, value);
    } else {
      head.set(name, value);
    }
  }
}

}  // namespace smartroute::control::http

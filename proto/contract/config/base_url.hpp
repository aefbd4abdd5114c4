// The strict reading of a provider's base URL: what cannot be misread by a second parser.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "contract/base/result.hpp"

namespace smartroute::config {

struct BaseUrl {
  bool tls = false;
  std::string host;            // lower case; IPv6 without brackets
  std::uint16_t port = 0;      // 443 or 80 when the URL names none
  std::string path;            // "" or "/v1", never a trailing slash
  bool default_port = true;    // the URL named none, or the scheme's own

  // "api.openai.com", "127.0.0.1:9000", "[::1]:9000": what the Host header says.
  std::string authority() const;
};

// http or https, a host, no userinfo, query, fragment, control or non-ASCII bytes. Errors: Invalid with what is wrong.
Result<BaseUrl> parse_base_url(std::string_view text);

}  // namespace smartroute::config

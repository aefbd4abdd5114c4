// Where the admin API of a gateway is, as --admin says it.
#pragma once
#include <string>
#include <string_view>

#include "contract/base/result.hpp"
#include "tools/cli/address.hpp"

namespace smartroute::cli {

struct AdminUrl {
  HostPort address;   // to connect to
  std::string host;   // as written: of TLS the certificate must be of this name or address
  bool tls = false;
  // "https://gw.example:6688"
  std::string text() const;
};

// "127.0.0.1:6688", "http://127.0.0.1:6688" or "https://gw.example:6688"; without a port that of the scheme (http: 80, https: 443), except that
// a lone address or port is as in parse_host_port(). Names are looked up, which may block. Errors: Invalid; UpstreamUnreachable for a name that
// nobody knows.
Result<AdminUrl> parse_admin_url(std::string_view text);

}  // namespace smartroute::cli

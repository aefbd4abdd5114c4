// One small blocking HTTP/1.1 request to a SmartRoute process: its ops port or its admin API.
#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "contract/base/result.hpp"
#include "tools/cli/address.hpp"
#include "tools/cli/tls_trust.hpp"

namespace smartroute::cli {

struct HttpCall {
  HostPort address;
  std::optional<TlsTrust> tls;  // nullopt: plain HTTP
  std::string method = "GET";
  std::string target = "/";
  std::string bearer;                        // empty: no authorization header
  std::string json_body;                     // sent when the method is POST
  std::chrono::milliseconds timeout{5'000};  // for the whole call
};

struct HttpAnswer {
  int status = 0;
  std::string body;  // 16 MiB at most
};

// Error: UpstreamUnreachable (nothing listens there), UpstreamTimeout, UpstreamBroke (no HTTP
// answer, or one in a form these processes never use, or TLS that is not to be believed).
Result<HttpAnswer> call(const HttpCall& request);

}  // namespace smartroute::cli

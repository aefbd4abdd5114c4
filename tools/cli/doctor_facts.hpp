// What `smartroute doctor` asks a gateway for, before anything is judged.
#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "contract/base/result.hpp"
#include "smartroute/v1/admin.pb.h"
#include "tools/cli/admin_api.hpp"
#include "tools/cli/http_call.hpp"

namespace smartroute::cli {

struct DoctorOptions {
  AdminAccess access;
  std::string config;                  // a document to check instead of the running one
  std::vector<std::string> proxy_ops;  // HOST:PORT each; none: a proxy on this machine, if there is one
  std::string control_ops;             // empty: as the control plane says, if it is on this machine
  std::vector<std::string> certificates;
  std::chrono::milliseconds timeout{5'000};  // of each check that waits for somebody
  bool offline = false;                      // no provider is called
  bool admin_was_named = false;              // by a flag or a variable: then it must be there
};

// One ops listener.
struct OpsFacts {
  std::string address;
  bool was_named = false;  // by the operator: then it must answer
  Result<HttpAnswer> live, ready, metrics;
};

struct GatewayFacts {
  Result<admin::v1::GetAboutResponse> about;
  Result<admin::v1::ListInstancesResponse> fleet;
  Result<admin::v1::GetConfigResponse> config;
  Result<admin::v1::ValidateConfigResponse> validated;
  Result<admin::v1::LogStorage> storage;
  Result<admin::v1::GetSessionResponse> session;
  std::optional<Result<HttpAnswer>> page;  // "/" of the admin port; nullopt: not asked
  std::int64_t asked_at_ms = 0;            // our clock, halfway through the call of `about`
  std::optional<OpsFacts> control;
  std::vector<OpsFacts> proxies;

  bool is_local = false;       // the admin API is on this machine
  bool admin_has_tls = false;  // as it was asked
  bool control_answers() const { return about.has_value() || about.error().kind() != ErrorKind::UpstreamUnreachable; }
  // The data folder as far as it is known and on this machine; empty: not.
  std::string state;
};

// Asks for all of it at once; each answer is waited for as long as options.timeout.
GatewayFacts gather(const DoctorOptions& options);

}  // namespace smartroute::cli

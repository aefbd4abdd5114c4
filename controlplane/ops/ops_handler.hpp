// The ops port: /metrics, /livez, /readyz. Nothing here needs a token and nothing here tells a
// secret.
#pragma once
#include <functional>
#include <optional>
#include <string>

#include "controlplane/http/message.hpp"
#include "controlplane/ops/metrics.hpp"

namespace smartroute::control::ops {

// Thread rule: both functions are called on the ops server's threads and must be thread-safe.
struct Probes {
  std::function<Readings()> readings;
  // Why this process is not ready, as one line; nullopt: it is.
  std::function<std::optional<std::string>()> not_ready;
};

http::Handlers make_ops_handlers(Probes probes);

}  // namespace smartroute::control::ops

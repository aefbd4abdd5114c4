// The ops port: /metrics for Prometheus, /livez (also /healthz), /readyz and /startupz for an
// orchestrator. Everything else is 404. One thread of its own; nothing here runs on a worker.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "contract/base/result.hpp"

namespace smartroute::ops {

// Called in the ops thread. nullopt: yes. Text: no, and why (shown to the caller with 503).
using Probe = std::function<std::optional<std::string>()>;

struct OpsHandlers {
  std::function<std::string()> metrics;  // Prometheus text
  Probe live;                            // the workers' heartbeats are fresh
  Probe ready;                           // there is a View, and no drain has begun
  Probe started;                         // all workers listen, and there is something to serve with
};

class OpsServer {
 public:
  static constexpr std::size_t kMaxConnections = 64;  // further ones are closed unanswered
  static constexpr std::size_t kMaxHeadBytes = 8 * 1024;
  static constexpr int kTimeoutSeconds = 5;  // for each read and each write

  // Binds, listens and serves before it returns. Port 0 picks a free one. Error: Internal, naming
  // address and reason.
  static Result<std::unique_ptr<OpsServer>> start(const std::string& host, std::uint16_t port,
                                                  OpsHandlers handlers);
  // Cuts what is open and joins the thread.
  ~OpsServer();
  OpsServer(const OpsServer&) = delete;
  OpsServer& operator=(const OpsServer&) = delete;

  std::uint16_t port() const noexcept;

 private:
  class Engine;
  explicit OpsServer(std::unique_ptr<Engine> engine);
  std::unique_ptr<Engine> engine_;
};

}  // namespace smartroute::ops

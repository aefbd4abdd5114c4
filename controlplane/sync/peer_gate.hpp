// Applies PeerRule to calls, and keeps count and log of whom it turned away. Private to who serves gRPC: its types are
// in here.
#pragma once
#include <grpcpp/support/status.h>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

#include "contract/base/clock.hpp"
#include "controlplane/base/log.hpp"
#include "controlplane/core/identity/line_pace.hpp"
#include "controlplane/core/peer_rule.hpp"

namespace grpc {
class ServerContextBase;
}

namespace smartroute::control::sync {

// Who is at the other end of a connection.
struct Peer {
  std::string address;                                   // as gRPC writes it
  std::optional<certificates::Certificate> certificate;  // nullopt: it showed none
};
Peer peer_of(const grpc::ServerContextBase& context);

// Thread rule: every method may be called from any thread.
class PeerGate {
 public:
  // `clock` and `log` must outlive the gate.
  PeerGate(PeerRule rule, const Clock& clock, base::Log& log) : rule_(std::move(rule)), clock_(clock), log_(log) {}

  // OK; else UNAUTHENTICATED or PERMISSION_DENIED with the reason, counted, and logged at most once a second for each
  // address and instance.
  grpc::Status admit(const Peer& peer, const std::string& instance);
  std::uint64_t refused() const noexcept { return refused_.load(std::memory_order_relaxed); }

 private:
  const PeerRule rule_;
  const Clock& clock_;
  base::Log& log_;
  std::atomic<std::uint64_t> refused_{0};
  std::mutex mutex_;
  identity::LinePace pace_;  // guarded by it
};

}  // namespace smartroute::control::sync

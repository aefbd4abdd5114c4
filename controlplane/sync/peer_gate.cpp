#include "controlplane/sync/peer_gate.hpp"

#include <grpc/grpc_security_constants.h>
#include <grpcpp/server_context.h>

namespace smartroute::control::sync {
namespace {

// Connections of one host have ports of their own.
std::string_view without_port(std::string_view address) { return address.substr(0, address.rfind(':')); }

}  // namespace

Peer peer_of(const grpc::ServerContextBase& context) {
  Peer peer{context.peer(), std::nullopt};
  const auto authentication = context.auth_context();
  if (!authentication || !authentication->IsPeerAuthenticated()) return peer;
  const auto found = authentication->FindPropertyValues(GRPC_X509_PEM_CERT_PROPERTY_NAME);
  if (found.empty()) return peer;
  if (auto decoded = certificates::parse_certificate({found.front().data(), found.front().size()}))
    peer.certificate = std::move(*decoded);
  return peer;
}

grpc::Status PeerGate::admit(const Peer& peer, const std::string& instance) {
  const auto refusal = rule_.refusal(peer.certificate ? &*peer.certificate : nullptr, instance, clock_.wall());
  if (!refusal) return grpc::Status::OK;
  refused_.fetch_add(1, std::memory_order_relaxed);
  std::optional<std::uint64_t> left_out;
  {
    const std::lock_guard lock(mutex_);
    left_out = pace_.due(std::string(without_port(peer.address)) + " " + instance, clock_.steady());
  }
  if (left_out)
    log_.warn("a data plane was turned away",
              {{"why", refusal->text()}, {"instance", instance}, {"peer", peer.address}, {"left_out", *left_out}});
  return {refusal->kind() == ErrorKind::PermissionDenied ? grpc::StatusCode::PERMISSION_DENIED
                                                         : grpc::StatusCode::UNAUTHENTICATED,
          refusal->text()};
}

}  // namespace smartroute::control::sync

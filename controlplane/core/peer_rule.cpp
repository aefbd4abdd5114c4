#include "controlplane/core/peer_rule.hpp"

#include "contract/certificates/identity.hpp"

namespace smartroute::control {

PeerRule PeerRule::by_certificate(std::string group) {
  PeerRule rule;
  rule.asks_ = true;
  rule.group_ = std::move(group);
  return rule;
}

std::optional<Error> PeerRule::refusal(const certificates::Certificate* peer, std::string_view instance,
                                       WallTime now) const {
  if (!asks_) return std::nullopt;
  if (peer == nullptr)
    return Error(ErrorKind::Unauthorized, "a data plane has to show a certificate");
  if (now > peer->not_after)
    return Error(ErrorKind::Unauthorized, "the certificate of this connection ended at " +
                                              certificates::date_text(peer->not_after) +
                                              ": connect again with a new one");
  if (now < peer->not_before)
    return Error(ErrorKind::Unauthorized, "the certificate of this connection begins at " +
                                              certificates::date_text(peer->not_before));
  if (certificates::is_instance(*peer, instance) || certificates::has_uri(*peer, group_)) return std::nullopt;
  return Error(ErrorKind::PermissionDenied,
               "the certificate is not of instance '" + std::string(instance) + "': it has " +
                   certificates::names_text(*peer) + "; wanted is URI " + certificates::instance_uri(instance) +
                   " or DNS " + std::string(instance));
}

}  // namespace smartroute::control

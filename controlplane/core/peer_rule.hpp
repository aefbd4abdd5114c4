// In whose name a data plane may speak to the control plane. Pure: the certificate was believed by a TLS handshake
// before it comes here, and the time is passed in.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "contract/base/clock.hpp"
#include "contract/base/error.hpp"
#include "contract/certificates/certificate.hpp"

namespace smartroute::control {

class PeerRule {
 public:
  // Anybody in any name: for a socket that only this machine, or a network the operator trusts, can reach.
  PeerRule() = default;
  // Who shows a certificate of the instance it says it is (contract/certificates/identity.hpp), or one with the URI
  // `group`, if that is not empty, and then any instance.
  static PeerRule by_certificate(std::string group);

  // Why `peer` (null: it showed none) may not speak as `instance`; nullopt: it may. Unauthorized: no certificate, or
  // not one of now, which an open connection does not notice by itself. PermissionDenied: one of somebody else.
  std::optional<Error> refusal(const certificates::Certificate* peer, std::string_view instance, WallTime now) const;

 private:
  bool asks_ = false;
  std::string group_;
};

}  // namespace smartroute::control

#include "dataplane/net/address_policy.hpp"

#include "contract/config/base_url.hpp"

namespace smartroute::net {

AddressVerdict judge_address(const boost::asio::ip::address& address, std::string_view host, bool allow_private) {
  using config::HostKind;
  const HostKind kind = address.is_v4() ? config::classify_address(address.to_v4().to_bytes())
                                        : config::classify_address(address.to_v6().to_bytes());
  switch (kind) {
    case HostKind::Public: return AddressVerdict::Allowed;
    case HostKind::LinkLocal: return AddressVerdict::LinkLocal;
    case HostKind::Unusable: return AddressVerdict::NotUnicast;
    case HostKind::Loopback:
    case HostKind::Private: break;
  }
  const bool asked_for = allow_private || config::classify_host(host) != HostKind::Public;
  return asked_for ? AddressVerdict::Allowed : AddressVerdict::PrivateFromPublicName;
}

const char* text_of(AddressVerdict verdict) noexcept {
  switch (verdict) {
    case AddressVerdict::Allowed: return "allowed";
    case AddressVerdict::LinkLocal: return "link-local and metadata addresses are never connected to";
    case AddressVerdict::PrivateFromPublicName: return "a public name resolved to a private address (allow_private permits it)";
    case AddressVerdict::NotUnicast: return "not a unicast address";
  }
  return "";
}

}  // namespace smartroute::net

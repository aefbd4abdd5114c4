// Which addresses a plane may connect to for a provider. A base URL that writes an address out is its operator's will; a public name that
// resolves to a private one is an attack until allow_private says otherwise; link-local and metadata addresses are never right. What an
// address is, base_url.hpp says: the same code judged the URL when it was configured. Both planes judge by this, on the address's bytes.
// A name is judged by all of its addresses: if one is refused, none is connected to, because who answered for the name is not to be trusted.
#pragma once
#include <cstdint>
#include <string_view>

#include "contract/config/base_url.hpp"

namespace smartroute::config {

enum class AddressVerdict : std::uint8_t { Allowed, LinkLocal, PrivateFromPublicName, NotUnicast };

inline AddressVerdict judge_address(HostKind address, std::string_view host, bool allow_private) {
  switch (address) {
    case HostKind::Public: return AddressVerdict::Allowed;
    case HostKind::LinkLocal: return AddressVerdict::LinkLocal;
    case HostKind::Unusable: return AddressVerdict::NotUnicast;
    case HostKind::Loopback:
    case HostKind::Private: break;
  }
  const bool asked_for = allow_private || classify_host(host) != HostKind::Public;
  return asked_for ? AddressVerdict::Allowed : AddressVerdict::PrivateFromPublicName;
}

// `host`: as the base URL writes it, a name or an address.
inline AddressVerdict judge_address(const Ipv4& address, std::string_view host, bool allow_private) {
  return judge_address(classify_address(address), host, allow_private);
}
inline AddressVerdict judge_address(const Ipv6& address, std::string_view host, bool allow_private) {
  return judge_address(classify_address(address), host, allow_private);
}

inline const char* text_of(AddressVerdict verdict) noexcept {
  switch (verdict) {
    case AddressVerdict::Allowed: return "allowed";
    case AddressVerdict::LinkLocal: return "link-local and metadata addresses are never connected to";
    case AddressVerdict::PrivateFromPublicName: return "a public name resolved to a private address (allow_private permits it)";
    case AddressVerdict::NotUnicast: return "not a unicast address";
  }
  return "";
}

}  // namespace smartroute::config

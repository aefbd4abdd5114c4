#include "dataplane/net/address_policy.hpp"

#include <array>

namespace smartroute::net {
namespace {

using boost::asio::ip::address;
using boost::asio::ip::address_v4;

bool in(std::uint32_t ip, std::uint32_t network, int bits) { return (ip >> (32 - bits)) == (network >> (32 - bits)); }

AddressVerdict judge_v4(std::uint32_t ip, bool private_ok) {
  if (in(ip, 0xA9FE0000, 16)) return AddressVerdict::LinkLocal;                        // 169.254/16, cloud metadata
  if (in(ip, 0xE0000000, 4) || in(ip, 0xF0000000, 4) || in(ip, 0, 8)) return AddressVerdict::NotUnicast;
  const bool is_private = in(ip, 0x0A000000, 8) || in(ip, 0xAC100000, 12) || in(ip, 0xC0A80000, 16) ||
                          in(ip, 0x7F000000, 8) || in(ip, 0x64400000, 10);             // RFC 1918, loopback, CGNAT
  return is_private && !private_ok ? AddressVerdict::PrivateFromPublicName : AddressVerdict::Allowed;
}

bool ends_with(std::string_view text, std::string_view tail) {
  return text.size() >= tail.size() && text.substr(text.size() - tail.size()) == tail;
}

}  // namespace

HostKind kind_of_host(std::string_view host) {
  boost::system::error_code ec;
  boost::asio::ip::make_address(std::string(host), ec);
  if (!ec) return HostKind::Literal;
  if (host.find('.') == std::string_view::npos) return HostKind::LocalName;
  constexpr std::array<std::string_view, 8> kLocal{".local", ".localhost", ".internal", ".svc",
                                                   ".cluster.local", ".lan", ".home.arpa", ".test"};
  for (const auto tail : kLocal)
    if (ends_with(host, tail)) return HostKind::LocalName;
  return HostKind::PublicName;
}

AddressVerdict judge_address(const address& a, HostKind host, bool allow_private) {
  const bool private_ok = host != HostKind::PublicName || allow_private;
  if (a.is_v4()) return judge_v4(a.to_v4().to_uint(), private_ok);
  const auto v6 = a.to_v6();
  if (v6.is_v4_mapped())
    return judge_v4(boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, v6).to_uint(), private_ok);
  const auto bytes = v6.to_bytes();
  if (v6.is_link_local()) return AddressVerdict::LinkLocal;
  if (v6.is_multicast() || v6.is_unspecified()) return AddressVerdict::NotUnicast;
  constexpr std::array<unsigned char, 16> kEc2Metadata{0xfd, 0x00, 0x0e, 0xc2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0x54};
  if (bytes == kEc2Metadata) return AddressVerdict::LinkLocal;
  const bool is_private = v6.is_loopback() || (bytes[0] & 0xfe) == 0xfc || v6.is_site_local();
  return is_private && !private_ok ? AddressVerdict::PrivateFromPublicName : AddressVerdict::Allowed;
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

// The address of a provider, read strictly: one spelling for every host, nothing that two programs
// could read differently.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "contract/base/result.hpp"

namespace smartroute::config {

constexpr std::size_t kMaxUrlBytes = 2048;

struct BaseUrl {
  bool tls = true;
  std::string host;  // lower case; an IPv6 address without its brackets
  std::uint16_t port = 443;
  std::string path;  // "" or "/v1": begins with a slash, never ends with one
  friend bool operator==(const BaseUrl&, const BaseUrl&) = default;
};

// http:// or https://, a host, optionally a port and a path; no user, query, fragment, escape of a
// delimiter, `..`, control or non-ASCII character. Host: a DNS name, dotted-quad IPv4 (no octal,
// hexadecimal or shortened form), or [IPv6] without zone and not a costume of an IPv4 address
// (mapped, compatible; 6to4, Teredo and NAT64 of one that is not public). Error: Invalid, whose text
// says what is wrong without repeating the URL (it may hold a password); where an address has a
// plain form, it names that.
Result<BaseUrl> parse_base_url(std::string_view text);

// "api.openai.com", "api.openai.com:8443", "[::1]:8080": what the Host header and connection pools
// call it.
std::string authority(const BaseUrl& url);

// Where a host points, as far as its spelling tells. Names are not looked up.
enum class HostKind : std::uint8_t {
  Public,     // a routable address, or a name with a dot. Also 198.18.0.0/15, which resolvers of
              // local proxies answer for names that are public
  Loopback,   // 127.0.0.0/8, ::1, localhost
  Private,    // RFC 1918, RFC 6598, RFC 4193, 192.0.0.0/24, and names that resolve only inside: without a dot,
              // .local, .internal, .svc, .lan, .test, .home.arpa
  LinkLocal,  // 169.254.0.0/16, fe80::/10, and the metadata services of clouds that lie elsewhere:
              // 100.100.100.200, 168.63.129.16, 192.0.0.192, fd00:ec2::/32, fd20:ce::/32,
              // fd00:42::/32, fd00:c1::/32, and their names
  Unusable,   // unspecified, multicast, broadcast, reserved
};
HostKind classify_host(std::string_view host);

using Ipv4 = std::array<std::uint8_t, 4>;
using Ipv6 = std::array<std::uint8_t, 16>;
HostKind classify_address(const Ipv4& address);
// An IPv4 address inside (mapped, compatible, translated, 6to4, Teredo, NAT64) decides.
HostKind classify_address(const Ipv6& address);

}  // namespace smartroute::config

#include "contract/config/base_url.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace smartroute::config {
namespace {

constexpr std::size_t kMaxHostBytes = 253;
constexpr std::size_t kMaxLabelBytes = 63;

auto refuse(std::string text) { return fail(ErrorKind::Invalid, std::move(text)); }

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_alnum(char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

std::string dotted(const Ipv4& a) {
  return std::to_string(a[0]) + "." + std::to_string(a[1]) + "." + std::to_string(a[2]) + "." +
         std::to_string(a[3]);
}

template <class Address>
std::optional<Address> parse_address(int family, std::string_view text) {
  Address address{};
  const std::string copy(text);
  if (inet_pton(family, copy.c_str(), address.data()) != 1) return std::nullopt;
  return address;
}

std::string_view last_label(std::string_view host) {
  const auto dot = host.rfind('.');
  return dot == std::string_view::npos ? host : host.substr(dot + 1);
}

// What inet_aton and browsers would take for an IPv4 address: a last label that is a number in any
// base.
bool looks_like_ipv4(std::string_view host) {
  const auto label = last_label(host);
  if (label.empty()) return false;
  if (std::all_of(label.begin(), label.end(), is_digit)) return true;
  if (!label.starts_with("0x")) return false;
  return std::all_of(label.begin() + 2, label.end(),
                     [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); });
}

Result<std::string> parse_name(std::string_view text) {
  std::string host = lower(text);
  if (host.size() > kMaxHostBytes) return refuse("has a host longer than 253 bytes");
  for (std::size_t start = 0; start <= host.size();) {
    const std::size_t end = std::min(host.find('.', start), host.size());
    const std::string_view label = std::string_view(host).substr(start, end - start);
    if (label.empty()) return refuse("has a host with an empty label or a dot at its end");
    if (label.size() > kMaxLabelBytes)
      return refuse("has a host with a label longer than 63 bytes");
    if (label.front() == '-' || label.back() == '-')
      return refuse("has a host with a label that begins or ends with '-'");
    for (const char c : label)
      if (!is_alnum(c) && c != '-' && c != '_')
        return refuse("has a character in its host that names cannot have");
    start = end + 1;
  }
  if (looks_like_ipv4(host) && !parse_address<Ipv4>(AF_INET, host)) {
    std::string fault = "has an IPv4 address that is not written as four decimal numbers";
    // What many programs make of decimal, octal, hexadecimal and shortened forms.
    in_addr meant{};
    if (inet_aton(host.c_str(), &meant) != 0) {
      Ipv4 bytes;
      std::memcpy(bytes.data(), &meant, bytes.size());
      fault += "; if " + dotted(bytes) + " is meant, write that";
    }
    return refuse(std::move(fault));
  }
  return host;
}

bool in_prefix(const Ipv6& address, const Ipv6& prefix, std::size_t bits) {
  if (std::memcmp(address.data(), prefix.data(), bits / 8) != 0) return false;
  if (bits % 8 == 0) return true;
  const unsigned mask = 0xffu << (8 - bits % 8);
  return ((address[bits / 8] ^ prefix[bits / 8]) & mask) == 0;
}

// How an IPv6 address carries an IPv4 address that packets to it would reach.
struct Carried {
  Ipv4 address;
  bool costume;  // only another spelling of the IPv4 address: mapped, compatible
};

std::optional<Carried> carried_ipv4(const Ipv6& a) {
  constexpr Ipv6 kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};        // RFC 4291 2.5.5.2
  constexpr Ipv6 kTranslated{0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0};    // RFC 2765
  constexpr Ipv6 kNat64{0, 0x64, 0xff, 0x9b};                              // RFC 6052
  constexpr Ipv6 kLoopback{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  const auto at = [&a](std::size_t i) { return Ipv4{a[i], a[i + 1], a[i + 2], a[i + 3]}; };
  if (a == Ipv6{} || a == kLoopback) return std::nullopt;
  if (in_prefix(a, kMapped, 96) || in_prefix(a, Ipv6{}, 96)) return Carried{at(12), true};
  if (in_prefix(a, kTranslated, 96) || in_prefix(a, kNat64, 96)) return Carried{at(12), false};
  if (a[0] == 0x20 && a[1] == 0x02) return Carried{at(2), false};  // 6to4, RFC 3056
  if (a[0] == 0x20 && a[1] == 0x01 && a[2] == 0 && a[3] == 0) {    // Teredo, RFC 4380
    Ipv4 client = at(12);
    for (auto& byte : client) byte = static_cast<std::uint8_t>(~byte);
    return Carried{client, false};
  }
  return std::nullopt;
}

// One way to write an address, so that lists and eyes that look for it find it.
std::string costume_fault(const Ipv6& address) {
  const auto carried = carried_ipv4(address);
  if (!carried) return {};
  if (!carried->costume && classify_address(carried->address) == HostKind::Public) return {};
  return "has an IPv6 address that stands for the IPv4 address " + dotted(carried->address) +
         "; write that";
}

struct Authority {
  std::string host;
  std::string_view port;  // digits after the colon; empty and has_port when nothing follows it
  bool has_port = false;
};

Result<Authority> parse_authority(std::string_view text) {
  Authority out;
  if (text.find('@') != std::string_view::npos)
    return refuse("must not hold a user or password; use api_key");
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos)
      return refuse("has an IPv6 address without its closing bracket");
    const auto inside = text.substr(1, close - 1);
    const auto address = parse_address<Ipv6>(AF_INET6, inside);
    if (!address) return refuse("has a wrong IPv6 address in its brackets");
    if (std::string fault = costume_fault(*address); !fault.empty())
      return refuse(std::move(fault));
    out.host = lower(inside);
    text.remove_prefix(close + 1);
    if (text.empty()) return out;
    if (!text.starts_with(':'))
      return refuse("has something other than a port after its IPv6 address");
    out.has_port = true;
    out.port = text.substr(1);
    return out;
  }
  const auto colon = text.find(':');
  if (colon != std::string_view::npos) {
    out.has_port = true;
    out.port = text.substr(colon + 1);
    if (out.port.find(':') != std::string_view::npos)
      return refuse("has an IPv6 address without brackets, or two ports");
    text = text.substr(0, colon);
  }
  if (text.empty()) return refuse("has no host");
  auto host = parse_name(text);
  if (!host) return fail(std::move(host.error()));
  out.host = std::move(*host);
  return out;
}

Result<std::uint16_t> parse_port(std::string_view digits) {
  std::uint32_t port = 0;
  const auto* end = digits.data() + digits.size();
  const auto parsed = std::from_chars(digits.data(), end, port);
  if (digits.empty() || digits.size() > 5 || !is_digit(digits[0]) || digits[0] == '0' ||
      parsed.ptr != end || port > 65535)
    return refuse("has a port that is not a number from 1 to 65535");
  return static_cast<std::uint16_t>(port);
}

bool hex_value(char c, unsigned& value) {
  if (is_digit(c))
    value = value * 16 + static_cast<unsigned>(c - '0');
  else if (c >= 'a' && c <= 'f')
    value = value * 16 + static_cast<unsigned>(c - 'a' + 10);
  else if (c >= 'A' && c <= 'F')
    value = value * 16 + static_cast<unsigned>(c - 'A' + 10);
  else
    return false;
  return true;
}

Result<std::string> parse_path(std::string_view path) {
  constexpr std::string_view kExtra = "-._~!$&'()*+,;=:@/%";
  while (path.ends_with('/')) path.remove_suffix(1);
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (!is_alnum(path[i]) && kExtra.find(path[i]) == std::string_view::npos)
      return refuse("has a character in its path that must be escaped");
    if (path[i] != '%') continue;
    unsigned byte = 0;
    if (path.size() - i < 3 || !hex_value(path[i + 1], byte) || !hex_value(path[i + 2], byte))
      return refuse("has a broken %-escape in its path");
    if (byte < 0x20 || byte == 0x7f || byte == '/' || byte == '\\' || byte == '.' || byte == '%' ||
        byte == '?' || byte == '#')
      return refuse("has an escape in its path that hides a control character or a delimiter");
  }
  for (std::size_t start = 1; start < path.size();) {
    const std::size_t end = std::min(path.find('/', start), path.size());
    const auto segment = path.substr(start, end - start);
    if (segment.empty()) return refuse("has an empty segment (//) in its path");
    if (segment == "." || segment == "..") return refuse("has a '.' or '..' segment in its path");
    start = end + 1;
  }
  return std::string(path);
}

}  // namespace

Result<BaseUrl> parse_base_url(std::string_view text) {
  if (text.empty()) return refuse("is empty");
  if (text.size() > kMaxUrlBytes) return refuse("is longer than 2048 bytes");
  for (const char c : text)
    if (static_cast<unsigned char>(c) <= 0x20 || static_cast<unsigned char>(c) >= 0x7f)
      return refuse(
          "holds a space, a control character or a letter outside ASCII; write such a host in its "
          "xn-- form");
  const auto colon = text.find("://");
  if (colon == std::string_view::npos) return refuse("must begin with https:// or http://");
  const std::string scheme = lower(text.substr(0, colon));
  if (scheme != "https" && scheme != "http") return refuse("must begin with https:// or http://");
  text.remove_prefix(colon + 3);
  if (text.find('?') != std::string_view::npos) return refuse("must not have a query (?)");
  if (text.find('#') != std::string_view::npos) return refuse("must not have a fragment (#)");
  if (text.find('\\') != std::string_view::npos) return refuse("must not hold a backslash");
  const std::size_t slash = std::min(text.find('/'), text.size());

  BaseUrl url;
  url.tls = scheme == "https";
  url.port = url.tls ? 443 : 80;
  auto parts = parse_authority(text.substr(0, slash));
  if (!parts) return fail(std::move(parts.error()));
  url.host = std::move(parts->host);
  if (parts->has_port) {
    const auto port = parse_port(parts->port);
    if (!port) return fail(port.error());
    url.port = *port;
  }
  auto path = parse_path(text.substr(slash));
  if (!path) return fail(std::move(path.error()));
  url.path = std::move(*path);
  return url;
}

std::string authority(const BaseUrl& url) {
  const bool ipv6 = url.host.find(':') != std::string::npos;
  std::string out = ipv6 ? "[" + url.host + "]" : url.host;
  if (url.port != (url.tls ? 443 : 80)) out += ":" + std::to_string(url.port);
  return out;
}

HostKind classify_address(const Ipv4& a) {
  if (a[0] == 127) return HostKind::Loopback;
  if (a[0] == 169 && a[1] == 254) return HostKind::LinkLocal;
  if (a == Ipv4{100, 100, 100, 200})
    return HostKind::LinkLocal;                                 // Alibaba Cloud's metadata service
  if (a == Ipv4{192, 0, 0, 192}) return HostKind::LinkLocal;    // Oracle Cloud's
  if (a == Ipv4{168, 63, 129, 16}) return HostKind::LinkLocal;  // Azure's host agent
  if (a[0] == 0 || a[0] >= 224) return HostKind::Unusable;
  if (a[0] == 10 || (a[0] == 172 && (a[1] & 0xf0) == 16) || (a[0] == 192 && a[1] == 168))
    return HostKind::Private;
  if (a[0] == 100 && (a[1] & 0xc0) == 64) return HostKind::Private;
  if (a[0] == 192 && a[1] == 0 && a[2] == 0) return HostKind::Private;  // IETF protocols, RFC 6890
  return HostKind::Public;
}

HostKind classify_address(const Ipv6& a) {
  constexpr Ipv6 kLocalNat64{0, 0x64, 0xff, 0x9b, 0, 1};  // RFC 8215
  constexpr Ipv6 kAws{0xfd, 0x00, 0x0e, 0xc2};
  constexpr Ipv6 kGoogle{0xfd, 0x20, 0x00, 0xce};
  constexpr Ipv6 kScaleway{0xfd, 0x00, 0x00, 0x42};
  constexpr Ipv6 kOracle{0xfd, 0x00, 0x00, 0xc1};
  constexpr Ipv6 kLoopback{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  if (a == Ipv6{}) return HostKind::Unusable;
  if (a == kLoopback) return HostKind::Loopback;
  for (const auto& metadata : {kAws, kGoogle, kScaleway, kOracle})
    if (in_prefix(a, metadata, 32)) return HostKind::LinkLocal;
  if (const auto carried = carried_ipv4(a)) return classify_address(carried->address);
  // Where in it the IPv4 address stands is up to its network: behind the prefix, or at the end.
  if (in_prefix(a, kLocalNat64, 48)) {
    const bool local = classify_address(Ipv4{a[6], a[7], a[9], a[10]}) == HostKind::LinkLocal ||
                       classify_address(Ipv4{a[12], a[13], a[14], a[15]}) == HostKind::LinkLocal;
    return local ? HostKind::LinkLocal : HostKind::Private;
  }
  if (a[0] == 0xff) return HostKind::Unusable;
  if (a[0] == 0xfe && (a[1] & 0xc0) == 0x80) return HostKind::LinkLocal;
  if (a[0] == 0xfe && (a[1] & 0xc0) == 0xc0) return HostKind::Private;  // site-local, deprecated
  if ((a[0] & 0xfe) == 0xfc) return HostKind::Private;
  return HostKind::Public;
}

HostKind classify_host(std::string_view host) {
  if (const auto address = parse_address<Ipv6>(AF_INET6, host)) return classify_address(*address);
  if (const auto address = parse_address<Ipv4>(AF_INET, host)) return classify_address(*address);
  const std::string name = lower(host);
  if (name == "localhost" || name.ends_with(".localhost")) return HostKind::Loopback;
  for (const std::string_view metadata :
       {"metadata.google.internal", "metadata.goog", "metadata", "instance-data",
        "instance-data.ec2.internal", "metadata.azure.internal", "metadata.azure.com",
        "metadata.tencentyun.com", "metadata.platformequinix.com", "metadata.packet.net"})
    if (name == metadata) return HostKind::LinkLocal;
  if (name.find('.') == std::string::npos) return HostKind::Private;
  for (const std::string_view suffix :
       {".local", ".internal", ".svc", ".lan", ".home.arpa", ".test"})
    if (name.ends_with(suffix)) return HostKind::Private;
  return HostKind::Public;
}

}  // namespace smartroute::config

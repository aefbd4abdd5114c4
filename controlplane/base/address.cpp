#include "controlplane/base/address.hpp"

#include <arpa/inet.h>

#include <charconv>

namespace smartroute::control::base {
namespace {

auto refuse(std::string_view text) {
  return fail(ErrorKind::Invalid,
              "'" + std::string(text) +
                  "' is no address: write HOST:PORT, for example 127.0.0.1:6688 or [::1]:6688 "
                  "(port 0 picks a free one)");
}

}  // namespace

Result<Address> parse_address(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return refuse(text);
  std::string_view host = text.substr(0, colon);
  const std::string_view digits = text.substr(colon + 1);
  if (host.front() == '[') {
    if (host.size() < 3 || host.back() != ']') return refuse(text);
    host = host.substr(1, host.size() - 2);
    in6_addr v6{};
    if (inet_pton(AF_INET6, std::string(host).c_str(), &v6) != 1) return refuse(text);
  } else if (host.find_first_of(":[] \t/") != std::string_view::npos) {
    return refuse(text);
  }
  std::uint16_t port = 0;
  const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (ec != std::errc{} || end != digits.data() + digits.size() || digits.empty())
    return refuse(text);
  return Address{std::string(host), port};
}

std::string to_string(const Address& address) {
  const bool v6 = address.host.find(':') != std::string::npos;
  return (v6 ? "[" + address.host + "]" : address.host) + ":" + std::to_string(address.port);
}

bool is_loopback(const Address& address) {
  if (address.host == "localhost") return true;
  in_addr v4{};
  if (inet_pton(AF_INET, address.host.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
  in6_addr v6{};
  if (inet_pton(AF_INET6, address.host.c_str(), &v6) == 1) return IN6_IS_ADDR_LOOPBACK(&v6);
  return false;
}

}  // namespace smartroute::control::base

#include "dataplane/outgoing/dial.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace smartroute::outgoing {
namespace {

config::AddressVerdict judge(const SocketAddress& address, std::string_view host, bool allow_private) {
  if (address.storage.ss_family == AF_INET && address.size >= sizeof(sockaddr_in)) {
    config::Ipv4 bytes;
    std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in&>(address.storage).sin_addr, bytes.size());
    return config::judge_address(bytes, host, allow_private);
  }
  if (address.storage.ss_family == AF_INET6 && address.size >= sizeof(sockaddr_in6)) {
    config::Ipv6 bytes;
    std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in6&>(address.storage).sin6_addr, bytes.size());
    return config::judge_address(bytes, host, allow_private);
  }
  return config::AddressVerdict::NotUnicast;  // no Unix socket, nor anything else that is not the internet
}

}  // namespace

std::string CheckedAddress::text() const {
  char host[INET6_ADDRSTRLEN] = "";
  if (family() == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address_.storage);
    ::inet_ntop(AF_INET, &v4.sin_addr, host, sizeof host);
    return std::string(host) + ":" + std::to_string(ntohs(v4.sin_port));
  }
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address_.storage);
  ::inet_ntop(AF_INET6, &v6.sin6_addr, host, sizeof host);
  return "[" + std::string(host) + "]:" + std::to_string(ntohs(v6.sin6_port));
}

tl::expected<CheckedAddresses, config::AddressVerdict> check(const std::vector<SocketAddress>& addresses, std::string_view host, bool allow_private) {
  CheckedAddresses checked;
  checked.reserve(addresses.size());
  for (const auto& address : addresses) {
    const auto verdict = judge(address, host, allow_private);
    if (verdict != config::AddressVerdict::Allowed) return tl::unexpected<config::AddressVerdict>(verdict);
    checked.push_back(CheckedAddress(address));
  }
  return checked;
}

Dialled dial(const CheckedAddress& address, void (*tune)(int fd)) {
  Dialled out;
  out.fd = ::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (out.fd < 0) {
    out.error = errno;
    return out;
  }
  if (tune != nullptr) tune(out.fd);
  if (::connect(out.fd, address.data(), address.size()) == 0) return out;
  out.error = errno;
  if (out.error == EINPROGRESS) return out;
  ::close(out.fd);
  out.fd = -1;
  return out;
}

}  // namespace smartroute::outgoing

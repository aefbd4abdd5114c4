#include "controlplane/outgoing/lookup.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <thread>

namespace smartroute::control::outgoing {
namespace {

using config::AddressVerdict;

// Appends the text of `address` to `out` if it is allowed.
AddressVerdict take(const sockaddr& address, const std::string& host, bool allow_private, std::vector<std::string>& out) {
  char text[INET6_ADDRSTRLEN] = "";
  AddressVerdict verdict = AddressVerdict::NotUnicast;
  std::string written;
  if (address.sa_family == AF_INET) {
    config::Ipv4 bytes;
    std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in&>(address).sin_addr, bytes.size());
    verdict = config::judge_address(bytes, host, allow_private);
    written = ::inet_ntop(AF_INET, bytes.data(), text, sizeof text);
  } else if (address.sa_family == AF_INET6) {
    config::Ipv6 bytes;
    std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr, bytes.size());
    verdict = config::judge_address(bytes, host, allow_private);
    written = std::string("[") + ::inet_ntop(AF_INET6, bytes.data(), text, sizeof text) + "]";
  }
  if (verdict == AddressVerdict::Allowed && std::find(out.begin(), out.end(), written) == out.end()) out.push_back(std::move(written));
  return verdict;
}

Found addresses_of(const std::string& host, bool allow_private) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  Found found;
  const int code = ::getaddrinfo(host.c_str(), nullptr, &hints, &list);
  for (auto* at = list; code == 0 && at != nullptr && found.verdict == AddressVerdict::Allowed; at = at->ai_next)
    found.verdict = take(*at->ai_addr, host, allow_private, found.addresses);
  if (list != nullptr) ::freeaddrinfo(list);
  if (found.verdict != AddressVerdict::Allowed) found.addresses.clear();
  if (code != 0) found.failure = ::gai_strerror(code);
  return found;
}

}  // namespace

bool is_address(const std::string& host) {
  in_addr v4;
  in6_addr v6;
  return ::inet_pton(AF_INET, host.c_str(), &v4) == 1 || ::inet_pton(AF_INET6, host.c_str(), &v6) == 1;
}

void look_up(std::string host, bool allow_private, std::function<void(Found)> done) {
  std::thread([host = std::move(host), allow_private, done = std::move(done)] { done(addresses_of(host, allow_private)); }).detach();
}

}  // namespace smartroute::control::outgoing

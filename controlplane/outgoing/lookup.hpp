// Names to addresses: all that a name has are judged before one of them is connected to.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "contract/config/address_policy.hpp"

namespace smartroute::control::outgoing {

struct Found {
  std::vector<std::string> addresses;   // all allowed; an IPv6 address in brackets. Empty: `verdict` or `failure` says why
  config::AddressVerdict verdict = config::AddressVerdict::Allowed;
  std::string failure;                  // of the lookup, in the resolver's words
};

// "192.0.2.1", "2001:db8::1"
bool is_address(const std::string& host);

// On a thread of its own, which is left behind when nobody waits any more: getaddrinfo(3) cannot be interrupted. `done` is called on it, once.
void look_up(std::string host, bool allow_private, std::function<void(Found)> done);

}  // namespace smartroute::control::outgoing

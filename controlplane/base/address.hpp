// "HOST:PORT" as flags write it.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "contract/base/result.hpp"

namespace smartroute::control::base {

struct Address {
  std::string host;  // name or IP literal, without brackets
  std::uint16_t port = 0;
  friend bool operator==(const Address&, const Address&) = default;
};

// Takes "127.0.0.1:6688", "localhost:0", "[::1]:80". Error: Invalid, with a sentence that says what
// a right one looks like.
Result<Address> parse_address(std::string_view text);

// "host:port", an IPv6 literal in brackets.
std::string to_string(const Address& address);

// Whether only this machine can reach a listener there: "localhost", 127.0.0.0/8, ::1. A name that
// needs DNS is not.
bool is_loopback(const Address& address);

}  // namespace smartroute::control::base

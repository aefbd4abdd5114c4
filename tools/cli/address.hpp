// Addresses as the flags of `smartroute` write them.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "contract/base/result.hpp"

namespace smartroute::cli {

// A numeric address and a port; port 0 means "a free one".
struct HostPort {
  std::string host;  // IPv4 or IPv6 literal, without brackets
  std::uint16_t port = 0;
  bool is_loopback() const;
  friend bool operator==(const HostPort&, const HostPort&) = default;
};

// Takes "127.0.0.1:8080", "[::1]:8080", "localhost:8080" and a lone port, which means this machine
// only. Error: Invalid, with a sentence that shows a right one.
Result<HostPort> parse_host_port(std::string_view text);

// "host:port", an IPv6 literal in brackets.
std::string to_string(const HostPort& address);

// The same as a client on this machine would dial it: 0.0.0.0 and [::] become loopback.
HostPort dialled(const HostPort& address);

// Fails when nothing can listen there, naming the flag, the address and what to do. Port 0 always
// succeeds. The daemons share ports among their own workers (SO_REUSEPORT), so they would not
// notice a second gateway; this does.
Result<void> check_free(const HostPort& address, std::string_view flag);

// "unix:/run/x.sock" stays as it is, everything else must be HOST:PORT.
Result<std::string> parse_grpc_address(std::string_view text);

// Longest path of a Unix socket, in bytes (sun_path less its end mark).
constexpr std::size_t kMaxSocketPath = 107;

}  // namespace smartroute::cli

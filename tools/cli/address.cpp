#include "tools/cli/address.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>

namespace smartroute::cli {
namespace {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;
};

bool to_socket_address(const HostPort& address, SocketAddress& out) {
  auto* v4 = reinterpret_cast<sockaddr_in*>(&out.storage);
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&out.storage);
  if (inet_pton(AF_INET, address.host.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(address.port);
    out.length = sizeof(sockaddr_in);
    return true;
  }
  if (inet_pton(AF_INET6, address.host.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(address.port);
    out.length = sizeof(sockaddr_in6);
    return true;
  }
  return false;
}

tl::unexpected<Error> not_an_address(std::string_view text, std::string_view why) {
  return fail(ErrorKind::Invalid, "'" + std::string(text) + "' is no address: " + std::string(why) +
                                      "; write HOST:PORT, for example 127.0.0.1:8080");
}

std::string taken(const HostPort& address, std::string_view flag) {
  return "port " + std::to_string(address.port) + " on " + address.host +
         " is taken: another program listens there. Stop it, or choose another address with " +
         std::string(flag) + " " + to_string(HostPort{address.host, 0}) + " (0 picks a free port)";
}

}  // namespace

bool HostPort::is_loopback() const { return host == "::1" || host.starts_with("127."); }

Result<HostPort> parse_host_port(std::string_view text) {
  HostPort address;
  std::string_view port = text;
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) {
    address.host = "127.0.0.1";
  } else {
    std::string_view host = text.substr(0, colon);
    port = text.substr(colon + 1);
    if (host.starts_with('[') && host.ends_with(']')) {
      host = host.substr(1, host.size() - 2);
    } else if (host.find(':') != std::string_view::npos) {
      return not_an_address(text, "an IPv6 address stands in brackets, as in [::1]:8080");
    }
    address.host = host == "localhost" ? "127.0.0.1" : std::string(host);
  }
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), address.port);
  if (error != std::errc{} || end != port.data() + port.size())
    return not_an_address(text, "the port must be a number from 0 to 65535");
  SocketAddress numeric;
  if (!to_socket_address(address, numeric))
    return not_an_address(text, "the host must be an IP address of this machine");
  return address;
}

std::string to_string(const HostPort& address) {
  const bool v6 = address.host.find(':') != std::string::npos;
  return (v6 ? "[" + address.host + "]" : address.host) + ":" + std::to_string(address.port);
}

HostPort dialled(const HostPort& address) {
  if (address.host == "0.0.0.0") return HostPort{"127.0.0.1", address.port};
  if (address.host == "::") return HostPort{"::1", address.port};
  return address;
}

Result<void> check_free(const HostPort& address, std::string_view flag) {
  if (address.port == 0) return {};
  SocketAddress numeric;
  if (!to_socket_address(address, numeric))
    return not_an_address(to_string(address), "not numeric");
  const int fd = ::socket(numeric.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return fail(ErrorKind::Internal, std::string("socket: ") + std::strerror(errno));
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const int bound = ::bind(fd, reinterpret_cast<sockaddr*>(&numeric.storage), numeric.length);
  const int error = errno;
  ::close(fd);
  if (bound == 0) return {};
  if (error == EADDRINUSE) return fail(ErrorKind::Invalid, taken(address, flag));
  if (error == EACCES)
    return fail(ErrorKind::Invalid, "port " + std::to_string(address.port) +
                                        " may only be opened by root; choose one above 1023 with " +
                                        std::string(flag));
  if (error == EADDRNOTAVAIL)
    return fail(ErrorKind::Invalid, "this machine has no address " + address.host +
                                        "; choose another with " + std::string(flag));
  return fail(ErrorKind::Invalid,
              std::string(flag) + " " + to_string(address) + ": " + std::strerror(error));
}

Result<std::string> parse_grpc_address(std::string_view text) {
  if (text.starts_with("unix:")) {
    const auto path = text.substr(5);
    if (path.empty())
      return fail(ErrorKind::Invalid, "'unix:' names no socket; write unix:/path/to/control.sock");
    if (path.size() > kMaxSocketPath)
      return fail(ErrorKind::Invalid, "the socket path '" + std::string(path) +
                                          "' is longer than " + std::to_string(kMaxSocketPath) +
                                          " bytes; choose a shorter one with --grpc");
    return std::string(text);
  }
  auto address = parse_host_port(text);
  if (!address) return tl::unexpected(address.error());
  return to_string(*address);
}

}  // namespace smartroute::cli

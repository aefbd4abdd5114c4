// The one place of the data plane that calls connect(2). What is connected to was judged by contract/config/address_policy.hpp, all addresses
// of a name together, and is the very address that was judged: CheckedAddress has no other maker than check(). tools/check_layers refuses
// connect() anywhere else.
#pragma once
#include <sys/socket.h>

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "contract/config/address_policy.hpp"

namespace smartroute::outgoing {

// An IPv4 or IPv6 address with its port.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

class CheckedAddress {
 public:
  const sockaddr* data() const noexcept { return reinterpret_cast<const sockaddr*>(&address_.storage); }
  socklen_t size() const noexcept { return address_.size; }
  int family() const noexcept { return address_.storage.ss_family; }
  // "192.0.2.1:443", "[2001:db8::1]:443"
  std::string text() const;

 private:
  friend tl::expected<std::vector<CheckedAddress>, config::AddressVerdict> check(const std::vector<SocketAddress>&, std::string_view, bool);
  explicit CheckedAddress(const SocketAddress& address) : address_(address) {}
  SocketAddress address_;
};
using CheckedAddresses = std::vector<CheckedAddress>;

// All of `addresses`, in their order, if every one of them is allowed for `host` (as the URL writes it); else why the first of the others is not.
tl::expected<CheckedAddresses, config::AddressVerdict> check(const std::vector<SocketAddress>& addresses, std::string_view host, bool allow_private);

// A connection that has begun: non-blocking, close-on-exec.
struct Dialled {
  int fd = -1;    // the caller's to close; -1: there is none
  int error = 0;  // 0: connected; EINPROGRESS: under way; else errno of what failed
};
// `tune` is called on the socket before it connects; may be null.
Dialled dial(const CheckedAddress& address, void (*tune)(int fd));

}  // namespace smartroute::outgoing

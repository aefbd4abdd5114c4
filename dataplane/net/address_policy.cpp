#include "dataplane/net/address_policy.hpp"

namespace smartroute::net {

AddressVerdict judge_address(const boost::asio::ip::address& address, std::string_view host, bool allow_private) {
  return address.is_v4() ? config::judge_address(address.to_v4().to_bytes(), host, allow_private)
                         : config::judge_address(address.to_v6().to_bytes(), host, allow_private);
}

}  // namespace smartroute::net

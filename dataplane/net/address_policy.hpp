// contract/config/address_policy.hpp for the addresses of this folder: which of them the gateway may connect to.
#pragma once
#include <boost/asio/ip/address.hpp>
#include <string_view>

#include "contract/config/address_policy.hpp"

namespace smartroute::net {

using config::AddressVerdict;
using config::text_of;

// `host`: as the base URL writes it, a name or an address.
AddressVerdict judge_address(const boost::asio::ip::address& address, std::string_view host, bool allow_private);

}  // namespace smartroute::net

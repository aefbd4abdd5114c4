// Which addresses the gateway may connect to. A base URL that writes an address out is its operator's will; a public name that resolves to
// a private one is an attack until allow_private says otherwise; link-local and metadata addresses are never right. What an address is,
// contract/config/base_url.hpp says: the same code judged the URL when it was configured.
#pragma once
#include <boost/asio/ip/address.hpp>
#include <string_view>

namespace smartroute::net {

enum class AddressVerdict : unsigned char { Allowed, LinkLocal, PrivateFromPublicName, NotUnicast };

// `host`: as the base URL writes it, a name or an address.
AddressVerdict judge_address(const boost::asio::ip::address& address, std::string_view host, bool allow_private);
const char* text_of(AddressVerdict verdict) noexcept;

}  // namespace smartroute::net

// Which addresses the gateway may connect to. A base URL that writes an address out is its operator's will; a public name that resolves to
// a private one is an attack until allow_private says otherwise; link-local and metadata addresses are never right.
#pragma once
#include <boost/asio/ip/address.hpp>
#include <string_view>

namespace smartroute::net {

enum class HostKind : unsigned char { Literal, LocalName, PublicName };

// Literal: an IP address. LocalName: localhost, a single label, or below .local .localhost .internal .svc .cluster.local .lan .home.arpa .test.
HostKind kind_of_host(std::string_view host);

enum class AddressVerdict : unsigned char { Allowed, LinkLocal, PrivateFromPublicName, NotUnicast };

// v4-mapped v6 addresses are judged as the v4 address they carry.
AddressVerdict judge_address(const boost::asio::ip::address& address, HostKind host, bool allow_private);
const char* text_of(AddressVerdict verdict) noexcept;

}  // namespace smartroute::net

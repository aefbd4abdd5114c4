// Whom guesses are counted against. One customer of a network has as many IPv6 addresses as he likes, all
// below one prefix of 64 bits; of IPv4 he has one. Pure.
#pragma once
#include <string>
#include <string_view>

namespace smartroute::control::identity {

// "2001:db8:1:2::/64" of an IPv6 address, "192.0.2.1" of an IPv4 one, in whatever form it was written;
// what is neither stays as it is.
std::string network_of(std::string_view address);

}  // namespace smartroute::control::identity

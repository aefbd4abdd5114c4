// Base32 (RFC 4648 section 6) without padding: how authenticator apps take secrets. Pure.
#pragma once
#include <string>
#include <string_view>

namespace smartroute::control::identity {

std::string base32(std::string_view bytes);

}  // namespace smartroute::control::identity

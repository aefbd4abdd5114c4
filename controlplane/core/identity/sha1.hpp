// SHA-1 (FIPS 180-4) and HMAC of it (RFC 2104), for one-time codes only: that is what authenticator
// apps know, and HMAC does not need what SHA-1 has lost. Pure.
#pragma once
#include <array>
#include <string_view>

namespace smartroute::control::identity {

using Sha1Digest = std::array<unsigned char, 20>;

Sha1Digest sha1(std::string_view bytes);
Sha1Digest hmac_sha1(std::string_view key, std::string_view bytes);

}  // namespace smartroute::control::identity

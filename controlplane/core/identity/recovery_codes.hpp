// Codes that stand in for a lost authenticator. 80 random bits each, so a plain digest of one tells
// nobody the code. Pure.
#pragma once
#include <string>
#include <string_view>

namespace smartroute::control::identity {

constexpr std::size_t kRecoveryCodes = 10;
constexpr std::size_t kRecoveryBytes = 10;

// "ABCD-EFGH-IJKL-MNOP" of kRecoveryBytes random bytes.
std::string recovery_code(std::string_view random);
// 32 bytes. Case, spaces and dashes do not count. Empty: it does not look like one.
std::string recovery_digest(std::string_view code);

}  // namespace smartroute::control::identity

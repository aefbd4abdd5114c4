// One-time codes of an authenticator app: TOTP (RFC 6238) of HOTP (RFC 4226), SHA-1, six digits, a
// new code each 30 s. Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace smartroute::control::identity {

constexpr std::int64_t kStepSeconds = 30;
constexpr int kCodeDigits = 6;
constexpr std::size_t kTotpSecretBytes = 20;  // RFC 4226 section 4: at least 16, 20 recommended
// Steps before and after now whose code is taken: clocks differ, and people type slowly.
constexpr std::int64_t kStepSkew = 1;

constexpr std::int64_t step_at(std::int64_t unix_seconds) { return unix_seconds / kStepSeconds; }

std::string code_of_step(std::string_view secret, std::int64_t step);

// The step that `code` is of, if it is now's or one of its neighbours', and later than `last_used`:
// a code is taken once. Spaces in the code are ignored.
std::optional<std::int64_t> accept_code(std::string_view secret, std::string_view code, std::int64_t unix_seconds,
                                        std::int64_t last_used);

// For the QR code: otpauth://totp/SmartRoute:NAME?...
std::string totp_uri(std::string_view secret, std::string_view account);

}  // namespace smartroute::control::identity

#include "controlplane/core/identity/totp.hpp"

#include <sodium.h>

#include "controlplane/core/identity/base32.hpp"
#include "controlplane/core/identity/sha1.hpp"

namespace smartroute::control::identity {
namespace {

constexpr std::string_view kIssuer = "SmartRoute";

std::string escaped(std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                       c == '.' || c == '_' || c == '~';
    if (plain) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out.append({'%', kHex[byte >> 4], kHex[byte & 15]});
    }
  }
  return out;
}

}  // namespace

std::string code_of_step(std::string_view secret, std::int64_t step) {
  std::string counter;
  for (int shift = 56; shift >= 0; shift -= 8) counter += static_cast<char>(static_cast<std::uint64_t>(step) >> shift);
  const Sha1Digest mac = hmac_sha1(secret, counter);
  const std::size_t at = mac[19] & 15;
  std::uint32_t number = std::uint32_t{mac[at]} << 24 | std::uint32_t{mac[at + 1]} << 16 |
                         std::uint32_t{mac[at + 2]} << 8 | mac[at + 3];
  number = (number & 0x7fffffff) % 1'000'000;
  std::string code(kCodeDigits, '0');
  for (std::size_t i = code.size(); i-- > 0; number /= 10) code[i] = static_cast<char>('0' + number % 10);
  return code;
}

std::optional<std::int64_t> accept_code(std::string_view secret, std::string_view code, std::int64_t unix_seconds,
                                        std::int64_t last_used) {
  std::string digits;
  for (const char c : code) {
    if (c != ' ') digits += c;
    if (digits.size() > kCodeDigits) return std::nullopt;
  }
  if (digits.size() != kCodeDigits) return std::nullopt;
  std::optional<std::int64_t> accepted;
  const std::int64_t now = step_at(unix_seconds);
  for (std::int64_t step = now - kStepSkew; step <= now + kStepSkew; ++step) {
    const bool same = sodium_memcmp(code_of_step(secret, step).data(), digits.data(), digits.size()) == 0;
    if (same && step > last_used) accepted = step;
  }
  return accepted;
}

std::string totp_uri(std::string_view secret, std::string_view account) {
  std::string uri = "otpauth://totp/";
  uri.append(kIssuer).append(":").append(escaped(account)).append("?secret=").append(base32(secret));
  return uri.append("&issuer=").append(kIssuer).append("&algorithm=SHA1&digits=6&period=30");
}

}  // namespace smartroute::control::identity

#include "controlplane/core/identity/recovery_codes.hpp"

#include <sodium.h>

#include "controlplane/core/identity/base32.hpp"

namespace smartroute::control::identity {
namespace {

constexpr std::size_t kGroup = 4, kLetters = kRecoveryBytes * 8 / 5;

}  // namespace

std::string recovery_code(std::string_view random) {
  std::string code = base32(random.substr(0, kRecoveryBytes));
  for (std::size_t at = kGroup; at < code.size(); at += kGroup + 1) code.insert(at, 1, '-');
  return code;
}

std::string recovery_digest(std::string_view code) {
  std::string letters;
  for (char c : code) {
    if (c == ' ' || c == '-') continue;
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
    if (!((c >= 'A' && c <= 'Z') || (c >= '2' && c <= '7')) || letters.size() == kLetters) return {};
    letters += c;
  }
  if (letters.size() != kLetters) return {};
  letters.insert(0, "smartroute recovery 1 ");
  std::string digest(crypto_hash_sha256_BYTES, '\0');
  crypto_hash_sha256(reinterpret_cast<unsigned char*>(digest.data()),
                     reinterpret_cast<const unsigned char*>(letters.data()), letters.size());
  return digest;
}

}  // namespace smartroute::control::identity

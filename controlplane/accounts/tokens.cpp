#include "controlplane/accounts/tokens.hpp"

#include <sodium.h>

namespace smartroute::control::accounts {
namespace {

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

constexpr std::size_t kIdBytes = 8;
constexpr std::string_view kCsrfPurpose = "smartroute csrf 1";

}  // namespace

RandomBytes system_random() {
  return [](std::string& out) { randombytes_buf(out.data(), out.size()); };
}

std::string base64url(std::string_view bytes) {
  std::string text(sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING), '\0');
  sodium_bin2base64(text.data(), text.size(), bytes_of(bytes), bytes.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  text.pop_back();
  return text;
}

std::string new_token(const RandomBytes& random) {
  std::string bytes(kTokenBytes, '\0');
  random(bytes);
  std::string token = base64url(bytes);
  sodium_memzero(bytes.data(), bytes.size());
  return token;
}

std::string new_id(const RandomBytes& random) {
  std::string bytes(kIdBytes, '\0');
  random(bytes);
  std::string hex(2 * kIdBytes + 1, '\0');
  sodium_bin2hex(hex.data(), hex.size(), bytes_of(std::string_view(bytes)), bytes.size());
  hex.pop_back();
  return hex;
}

std::string token_digest(std::string_view token) {
  std::string digest(crypto_hash_sha256_BYTES, '\0');
  crypto_hash_sha256(bytes_of(digest), bytes_of(token), token.size());
  return digest;
}

std::string csrf_token_of(std::string_view session_token) {
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, bytes_of(session_token), session_token.size());
  crypto_auth_hmacsha256_update(&state, bytes_of(kCsrfPurpose), kCsrfPurpose.size());
  std::string mac(crypto_auth_hmacsha256_BYTES, '\0');
  crypto_auth_hmacsha256_final(&state, bytes_of(mac));
  return base64url(mac);
}

bool equal_digests(std::string_view a, std::string_view b) {
  return !a.empty() && a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace smartroute::control::accounts

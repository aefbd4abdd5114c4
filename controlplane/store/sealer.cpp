#include "controlplane/store/sealer.hpp"

#include <sodium.h>

#include <utility>

namespace smartroute::store {
namespace {

constexpr char kSealVersion = 1;
constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kNonceBytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kTagBytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr std::size_t kDigestBytes = 16;
constexpr std::string_view kCheckPlain = "smartroute";
constexpr std::string_view kCheckContext = "check";

static_assert(crypto_aead_xchacha20poly1305_ietf_KEYBYTES == kKeyBytes);

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char* bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

std::string blake2b(std::string_view input, std::string_view key, std::size_t size) {
  std::string out(size, '\0');
  crypto_generichash(bytes(out), out.size(), bytes(input), input.size(),
                     key.empty() ? nullptr : bytes(key), key.size());
  return out;
}

// 32 bytes of hex, or nothing.
Secret decoded_hex(std::string_view text) {
  if (text.size() != 2 * kKeyBytes) return {};
  std::string out(kKeyBytes, '\0');
  std::size_t length = 0;
  if (sodium_hex2bin(bytes(out), out.size(), text.data(), text.size(), nullptr, &length, nullptr) !=
          0 ||
      length != kKeyBytes)
    return {};
  return Secret(std::move(out));
}

std::string associated(std::string_view context) {
  return std::string(1, kSealVersion).append(context);
}

}  // namespace

Sealer::Sealer(Secret seal_key, Secret digest_key)
    : seal_key_(std::move(seal_key)), digest_key_(std::move(digest_key)) {}

Result<Sealer> Sealer::from_master(const Secret& master) {
  if (sodium_init() < 0) return fail(ErrorKind::Crypto, "libsodium cannot start");
  const std::string_view text = master.reveal();
  if (text.size() < kMinMasterChars)
    return fail(ErrorKind::Crypto, "the master key is too short: it has " +
                                       std::to_string(text.size()) + " characters, and must have " +
                                       std::to_string(kMinMasterChars) +
                                       " or more (64 hex digits are best)");
  Secret root = decoded_hex(text);
  if (root.empty()) root = Secret(blake2b(text, {}, kKeyBytes));
  return Sealer(Secret(blake2b("smartroute seal 1", root.reveal(), kKeyBytes)),
                Secret(blake2b("smartroute digest 1", root.reveal(), kKeyBytes)));
}

std::string Sealer::seal(std::string_view plain, std::string_view context) const {
  std::string out(1 + kNonceBytes + plain.size() + kTagBytes, '\0');
  out[0] = kSealVersion;
  unsigned char* nonce = bytes(out) + 1;
  randombytes_buf(nonce, kNonceBytes);
  const std::string aad = associated(context);
  crypto_aead_xchacha20poly1305_ietf_encrypt(nonce + kNonceBytes, nullptr, bytes(plain),
                                             plain.size(), bytes(std::string_view(aad)), aad.size(),
                                             nullptr, nonce, bytes(seal_key_.reveal()));
  return out;
}

Result<Secret> Sealer::open(std::string_view sealed, std::string_view context) const {
  const auto refused = [] {
    return fail(ErrorKind::Crypto,
                "a stored secret does not open: it was sealed with another master key, belongs to "
                "another record, or is damaged");
  };
  if (sealed.size() < 1 + kNonceBytes + kTagBytes || sealed[0] != kSealVersion) return refused();
  const std::string_view nonce = sealed.substr(1, kNonceBytes);
  const std::string_view cipher = sealed.substr(1 + kNonceBytes);
  const std::string aad = associated(context);
  std::string plain(cipher.size() - kTagBytes, '\0');
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(
          bytes(plain), nullptr, nullptr, bytes(cipher), cipher.size(),
          bytes(std::string_view(aad)), aad.size(), bytes(nonce), bytes(seal_key_.reveal())) != 0)
    return refused();
  return Secret(std::move(plain));
}

std::string Sealer::digest(std::string_view secret) const {
  const std::string raw = blake2b(secret, digest_key_.reveal(), kDigestBytes);
  std::string hex(2 * kDigestBytes + 1, '\0');
  sodium_bin2hex(hex.data(), hex.size(), bytes(std::string_view(raw)), raw.size());
  hex.pop_back();
  return hex;
}

std::string Sealer::check_value() const { return seal(kCheckPlain, kCheckContext); }

Result<void> Sealer::verify(std::string_view check_value) const {
  if (open(check_value, kCheckContext)) return {};
  return fail(ErrorKind::Crypto,
              "the master key is not the one this store was sealed with: put back the former "
              "SMARTROUTE_MASTER_KEY, or the former file master.key of the state directory");
}

}  // namespace smartroute::store

#include "controlplane/store/own_key.hpp"

#include <sodium.h>

namespace smartroute::store {
namespace {

constexpr std::string_view kPrefix = "srd_";
constexpr std::string_view kSealContext = "meta/own_gateway_key";   // part of what is stored; never change it
constexpr std::size_t kRandomBytes = 32;

Secret make_key() {
  unsigned char random[kRandomBytes];
  randombytes_buf(random, sizeof random);
  char text[sodium_base64_ENCODED_LEN(kRandomBytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING)];
  sodium_bin2base64(text, sizeof text, random, sizeof random, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  Secret key(std::string(kPrefix) + text);
  sodium_memzero(random, sizeof random);
  sodium_memzero(text, sizeof text);
  return key;
}

}  // namespace

Result<Secret> load_or_create_own_key(Store& store, const Sealer& sealer) {
  if (sodium_init() < 0) return fail(ErrorKind::Crypto, "libsodium could not be initialised");
  const auto kept = store.meta(kMetaOwnKey);
  if (!kept) return fail(kept.error());
  if (*kept) return sealer.open(**kept, kSealContext);
  Secret key = make_key();
  if (auto stored = store.put_meta(kMetaOwnKey, sealer.seal(key.reveal(), kSealContext)); !stored) return fail(stored.error());
  return key;
}

}  // namespace smartroute::store

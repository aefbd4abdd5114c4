#include "controlplane/accounts/password_hasher.hpp"

#include <sodium.h>

namespace smartroute::control::accounts {
namespace {

std::string base64_of_random(std::size_t size) {
  std::string bytes(size, '\0');
  randombytes_buf(bytes.data(), bytes.size());
  std::string text(sodium_base64_encoded_len(size, sodium_base64_VARIANT_ORIGINAL_NO_PADDING), '\0');
  sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()), size,
                    sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
  text.pop_back();
  return text;
}

// The form of crypto_pwhash_str, with a result that nothing has.
std::string hash_of_nobody(PasswordCost cost) {
  return "$argon2id$v=19$m=" + std::to_string(cost.memory_bytes / 1024) + ",t=" + std::to_string(cost.passes) +
         ",p=1$" + base64_of_random(16) + "$" + base64_of_random(32);
}

class Place {
 public:
  explicit Place(std::counting_semaphore<PasswordHasher::kAtOnce>& places) : places_(places) { places_.acquire(); }
  ~Place() { places_.release(); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

 private:
  std::counting_semaphore<PasswordHasher::kAtOnce>& places_;
};

}  // namespace

PasswordHasher::PasswordHasher(PasswordCost cost) : cost_(cost), nobody_(hash_of_nobody(cost)) {}

Result<std::string> PasswordHasher::hash(std::string_view password) {
  const Place place(places_);
  std::string hash(crypto_pwhash_STRBYTES, '\0');
  if (crypto_pwhash_str_alg(hash.data(), password.data(), password.size(), cost_.passes, cost_.memory_bytes,
                            crypto_pwhash_ALG_ARGON2ID13) != 0)
    return fail(ErrorKind::Internal, "there is not enough memory to hash a password");
  hash.resize(hash.find('\0'));
  return hash;
}

bool PasswordHasher::verify(std::string_view hash, std::string_view password) {
  const Place place(places_);
  const bool known = !hash.empty();
  const std::string expected = known ? std::string(hash) : nobody_;
  return crypto_pwhash_str_verify(expected.c_str(), password.data(), password.size()) == 0 && known;
}

}  // namespace smartroute::control::accounts

// Secrets at rest. XChaCha20-Poly1305 (libsodium) with a random 24-byte nonce for each seal.
// Sealed form: one version byte (1) | 24 bytes nonce | ciphertext | 16 bytes tag.
// Associated data: the version byte and the caller's `context` (which record this is), so that a
// ciphertext moved to another record does not open. Sealing and digest keys are derived from the
// master key with keyed BLAKE2b.
//
// Thread rule: const after construction; any thread.
#pragma once
#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "contract/base/result.hpp"
#include "contract/base/secret.hpp"

namespace smartroute::store {

class Sealer {
 public:
  // `master`: 64 hex digits, or any text of at least kMinMasterChars. ErrorKind::Crypto otherwise.
  static Result<Sealer> from_master(const Secret& master);

  Sealer(Sealer&&) noexcept = default;
  Sealer& operator=(Sealer&&) noexcept = default;

  std::string seal(std::string_view plain, std::string_view context) const;
  // ErrorKind::Crypto when sealed with another key, for another context, or damaged.
  Result<Secret> open(std::string_view sealed, std::string_view context) const;

  // Keyed one-way digest, 32 hex digits. Equal secrets give equal digests; without the key nothing
  // can be tested.
  std::string digest(std::string_view secret) const;

  // A sealed constant to keep beside the data; verify says whether this sealer has the key it was
  // made with.
  std::string check_value() const;
  Result<void> verify(std::string_view check_value) const;

  static constexpr std::size_t kMinMasterChars = 32;

 private:
  Sealer(Secret seal_key, Secret digest_key);
  Secret seal_key_;
  Secret digest_key_;
};

// What to do when there is no master key yet. MustExist: sealed data exists, a new key could not
// open it.
enum class MissingKey { Create, MustExist };

// The master key: `environment` (value of SMARTROUTE_MASTER_KEY) if set and not empty, else
// <state_dir>/master.key, which is created with mode 0600, whole or not at all, when absent.
// ErrorKind::Crypto with a sentence for people when the file may be read by group or others, is no
// regular file, is too short, or is missing under MustExist.
Result<Secret> load_master_key(const std::filesystem::path& state_dir,
                               const std::optional<std::string>& environment, MissingKey missing);

}  // namespace smartroute::store

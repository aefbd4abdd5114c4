// The configuration that ran last, on disk, so that a data plane which starts while the control
// plane is away can serve.
//
// <state>/last-known-good, replaced atomically, mode 0600:
//   4 bytes   "SRLK"
//   1 byte    version, 1
//   24 bytes  nonce, random for each save
//   n bytes   XSalsa20-Poly1305 (libsodium secretbox, 16 bytes tag first) of the serialized
//   smartroute.v1.ConfigPush 32 bytes  BLAKE2b-256 of everything before: tells a damaged file from
//   a wrong key
// The key is BLAKE2b-256 of the master key if there is one, else the 32 bytes of <state>/lkg.key
// (mode 0600, made at the first save).
#pragma once
#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "contract/base/result.hpp"
#include "contract/base/secret.hpp"

namespace smartroute::v1 {
class ConfigPush;
}

namespace smartroute::sync {

class LastKnownGood {
 public:
  static constexpr std::size_t kMaxBytes = 17 * 1024 * 1024;  // a whole push and its envelope
  static constexpr std::size_t kKeyBytes = 32;

  // `state_dir` empty: nothing is kept, save() succeeds and load() finds nothing. `master_key`
  // empty: the key file is used. A master key must be hard to guess: it is not stretched.
  LastKnownGood(std::filesystem::path state_dir, Secret master_key);

  // Durable when it returns. The directory is made (0700) if it is missing.
  Result<void> save(const v1::ConfigPush& push) const;
  // Null: there is none. Errors say what is wrong with the file (Crypto: damaged, of another
  // version or key; Storage: not readable).
  Result<std::unique_ptr<v1::ConfigPush>> load() const;

  // <state>/last-known-good; empty when nothing is kept.
  std::filesystem::path file() const;

 private:
  enum class MissingKey : std::uint8_t { Create, Fail };
  Result<Secret> key(MissingKey missing) const;

  std::filesystem::path state_dir_;
  Secret master_key_;
};

// The envelope alone, for any plain text. `key` has kKeyBytes.
std::string seal_snapshot(std::string_view plain, const Secret& key);
// ErrorKind::Crypto unless `sealed` is exactly what seal_snapshot made with this key.
Result<Secret> open_snapshot(std::string_view sealed, const Secret& key);

}  // namespace smartroute::sync

// Which caller a presented gateway key belongs to, decided by comparing keyed hashes in constant
// time.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "contract/base/secret.hpp"
#include "dataplane/core/admission/key_load.hpp"

namespace smartroute::admission {

struct Caller {
  std::string key_id;  // first 8 hex digits of SHA-256(key); empty for a caller admitted because no
                       // keys are configured
  std::shared_ptr<KeyLoad> load;  // never null; shared by every ring that was made with the same KeyLoads
  std::string name;               // empty: none
  std::optional<bool> log_bodies; // instead of logs.bodies
};

struct NamedKey {
  Secret key;
  std::string name;
  std::optional<bool> log_bodies;
};

// Immutable after construction; safe from any thread.
class KeyRing {
 public:
  // `seed` keys the hash (random for each process; tests pass a fixed one). `loads` gives the callers their load, and only during the
  // call; nullptr: each ring's own.
  KeyRing(const std::vector<Secret>& keys, std::array<std::uint8_t, 16> seed, KeyLoads* loads = nullptr);
  KeyRing(const std::vector<NamedKey>& keys, std::array<std::uint8_t, 16> seed, KeyLoads* loads = nullptr);

  bool empty() const noexcept { return entries_.empty(); }

  // The caller of `key`, or nullptr. Time depends on the length of `key` and the number of
  // configured keys only, not on their content.
  const Caller* find(std::string_view key) const noexcept;

  // The load of those who are admitted without a key, while none is configured.
  KeyLoad& keyless() const noexcept { return *keyless_; }

 private:
  struct Entry {
    std::array<std::uint8_t, 16> tag;
    Caller caller;
  };
  std::array<std::uint8_t, 16> seed_;
  std::vector<Entry> entries_;
  std::shared_ptr<KeyLoad> keyless_;
};

// The key in any of the accepted headers: "Bearer x" (scheme in any case) from authorization, else
// x-api-key, api-key, x-goog-api-key. Empty if none.
std::string_view presented_key(std::string_view authorization, std::string_view x_api_key,
                               std::string_view api_key, std::string_view x_goog_api_key) noexcept;

}  // namespace smartroute::admission

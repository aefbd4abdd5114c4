// What messages came to, by what they spell. Internal to tokens.
//
// The key is SipHash-2-4 with 128 bits of output and a secret key: a client cannot make two messages that share a count, as it could for faster
// hashes that are not pseudo-random functions, and libsodium has it. Measured on messages of 100 kB: 2.8 GB/s, where counting does 0.12.
// Four entries a set; the one touched longest ago gives way.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "dataplane/core/tokens/prompt_reader.hpp"

namespace smartroute::tokens {

class TallyCache {
 public:
  // `entries` is rounded up to a power of two, at least one set.
  TallyCache(std::uint64_t seed, std::size_t entries);

  struct Key {
    std::uint64_t low = 0, high = 0;
    const PromptRules* rules = nullptr;
    Encoding encoding = Encoding::O200kBase;
    bool tools = false;  // a list of tools, not a message
    friend bool operator==(const Key&, const Key&) = default;
  };
  Key key_of(std::string_view json, Encoding encoding, const PromptRules& rules, bool tools) const noexcept;

  // Null: not known. Good until the next put().
  const Tally* find(const Key& key) noexcept;
  void put(const Key& key, const Tally& tally) noexcept;

 private:
  static constexpr std::size_t kWays = 4;
  struct Entry {
    Key key;
    Tally tally;
    std::uint64_t touched = 0;  // 0: empty
  };
  Entry* set_of(const Key& key) noexcept { return &entries_[(key.low & set_mask_) * kWays]; }

  std::array<unsigned char, 16> secret_;
  std::vector<Entry> entries_;
  std::uint64_t set_mask_;
  std::uint64_t clock_ = 0;
};

}  // namespace smartroute::tokens

#include "dataplane/core/tokens/tally_cache.hpp"

#include <sodium.h>

#include <algorithm>
#include <bit>
#include <cstring>

namespace smartroute::tokens {

TallyCache::TallyCache(std::uint64_t seed, std::size_t entries)
    : entries_(std::bit_ceil(std::max(entries, kWays))), set_mask_(entries_.size() / kWays - 1) {
  const std::uint64_t halves[2] = {seed, ~seed * 0x9e3779b97f4a7c15};
  static_assert(sizeof halves == sizeof secret_ && crypto_shorthash_siphashx24_KEYBYTES == sizeof secret_);
  std::memcpy(secret_.data(), halves, sizeof halves);
}

TallyCache::Key TallyCache::key_of(std::string_view json, Encoding encoding, const PromptRules& rules, bool tools) const noexcept {
  Key key{.rules = &rules, .encoding = encoding, .tools = tools};
  unsigned char hash[crypto_shorthash_siphashx24_BYTES];
  crypto_shorthash_siphashx24(hash, reinterpret_cast<const unsigned char*>(json.data()), json.size(), secret_.data());
  std::memcpy(&key.low, hash, 8);
  std::memcpy(&key.high, hash + 8, 8);
  return key;
}

const Tally* TallyCache::find(const Key& key) noexcept {
  Entry* const set = set_of(key);
  for (std::size_t i = 0; i < kWays; ++i) {
    if (set[i].touched == 0 || !(set[i].key == key)) continue;
    set[i].touched = ++clock_;
    return &set[i].tally;
  }
  return nullptr;
}

void TallyCache::put(const Key& key, const Tally& tally) noexcept {
  Entry* const set = set_of(key);
  Entry* const oldest = std::min_element(set, set + kWays, [](const Entry& a, const Entry& b) { return a.touched < b.touched; });
  *oldest = {key, tally, ++clock_};
}

}  // namespace smartroute::tokens

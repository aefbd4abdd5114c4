// SipHash-2-4 with a 128-bit tag under a key nobody outside the process knows: an attacker cannot
// build near misses, so even the little that a comparison could leak about a tag says nothing about
// a key. All entries are always compared.
#include "dataplane/core/admission/key_ring.hpp"

#include <sodium.h>

namespace smartroute::admission {
namespace {

static_assert(crypto_shorthash_siphashx24_BYTES == 16);
static_assert(crypto_shorthash_siphashx24_KEYBYTES == 16);

using Tag = std::array<std::uint8_t, 16>;

Tag tag_of(std::string_view key, const Tag& seed) noexcept {
  Tag tag;
  crypto_shorthash_siphashx24(tag.data(), reinterpret_cast<const unsigned char*>(key.data()),
                              key.size(), seed.data());
  return tag;
}

std::string key_id_of(std::string_view key) {
  constexpr std::size_t kShownBytes = 4;
  constexpr char kHex[] = "0123456789abcdef";
  std::array<unsigned char, crypto_hash_sha256_BYTES> digest;
  crypto_hash_sha256(digest.data(), reinterpret_cast<const unsigned char*>(key.data()), key.size());
  std::string id;
  for (std::size_t i = 0; i < kShownBytes; ++i) {
    id += kHex[digest[i] >> 4];
    id += kHex[digest[i] & 15];
  }
  return id;
}

std::string_view trim(std::string_view text) noexcept {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// The token of "Bearer x", empty for any other scheme.
std::string_view bearer_token(std::string_view authorization) noexcept {
  constexpr std::string_view kScheme = "bearer";
  authorization = trim(authorization);
  if (authorization.size() <= kScheme.size()) return {};
  for (std::size_t i = 0; i < kScheme.size(); ++i)
    if ((authorization[i] | 0x20) != kScheme[i]) return {};
  const char separator = authorization[kScheme.size()];
  if (separator != ' ' && separator != '\t') return {};
  return trim(authorization.substr(kScheme.size()));
}

std::vector<NamedKey> without_names(const std::vector<Secret>& keys) {
  std::vector<NamedKey> named;
  for (const Secret& key : keys) named.push_back({key, {}, std::nullopt});
  return named;
}

}  // namespace

KeyRing::KeyRing(const std::vector<Secret>& keys, std::array<std::uint8_t, 16> seed, KeyLoads* loads)
    : KeyRing(without_names(keys), seed, loads) {}

KeyRing::KeyRing(const std::vector<NamedKey>& keys, std::array<std::uint8_t, 16> seed, KeyLoads* loads) : seed_(seed) {
  KeyLoads own;
  KeyLoads& all = loads != nullptr ? *loads : own;
  keyless_ = all.of("");
  entries_.reserve(keys.size());
  for (const NamedKey& named : keys) {
    const Secret& key = named.key;
    // A key that could not be resolved admits nobody, but it still means that keys are asked for:
    // the ring must not become empty.
    std::string id = key.empty() ? std::string() : key_id_of(key.reveal());
    auto load = all.of(id);
    entries_.push_back({tag_of(key.reveal(), seed_), {std::move(id), std::move(load), named.name, named.log_bodies}});
  }
}

const Caller* KeyRing::find(std::string_view key) const noexcept {
  if (key.empty()) return nullptr;
  const Tag tag = tag_of(key, seed_);
  std::size_t found = entries_.size();
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const std::size_t same =
        sodium_memcmp(tag.data(), entries_[i].tag.data(), tag.size()) == 0 ? 1 : 0;
    found = found * (1 - same) + i * same;
  }
  return found == entries_.size() ? nullptr : &entries_[found].caller;
}

std::string_view presented_key(std::string_view authorization, std::string_view x_api_key,
                               std::string_view api_key, std::string_view x_goog_api_key) noexcept {
  if (const std::string_view token = bearer_token(authorization); !token.empty()) return token;
  for (const std::string_view value : {x_api_key, api_key, x_goog_api_key})
    if (const std::string_view key = trim(value); !key.empty()) return key;
  return {};
}

}  // namespace smartroute::admission

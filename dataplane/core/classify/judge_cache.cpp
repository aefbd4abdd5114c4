#include "dataplane/core/classify/judge_cache.hpp"

#include <sodium.h>

#include <algorithm>
#include <bit>

namespace smartroute::classify {
namespace {

std::array<std::uint64_t, 2> siphash128(std::string_view text, const std::array<std::uint64_t, 2>& key) noexcept {
  static_assert(sizeof key == crypto_shorthash_siphashx24_KEYBYTES);
  std::array<std::uint64_t, 2> out;
  static_assert(sizeof out == crypto_shorthash_siphashx24_BYTES);
  crypto_shorthash_siphashx24(reinterpret_cast<unsigned char*>(out.data()), reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                              reinterpret_cast<const unsigned char*>(key.data()));
  return out;
}

}  // namespace

// The judge's name makes the key under which its questions are hashed: no joint between the two texts can be moved.
JudgeCache::Key JudgeCache::key_of(std::string_view judge, std::string_view request) const noexcept {
  return siphash128(request, siphash128(judge, secret_));
}

void JudgeCache::resize(std::size_t entries, std::chrono::milliseconds ttl) {
  ttl_ = ttl;
  if (ttl.count() <= 0) entries = 0;
  if (entries == capacity_) return;
  std::rotate(ring_.begin(), ring_.begin() + static_cast<std::ptrdiff_t>(oldest_), ring_.end());
  if (ring_.size() > entries) {
    counters_.evictions += ring_.size() - entries;
    ring_.erase(ring_.begin(), ring_.end() - static_cast<std::ptrdiff_t>(entries));
    ring_.shrink_to_fit();
  }
  oldest_ = 0;
  capacity_ = entries;
  buckets_.assign(entries == 0 ? 0 : std::bit_ceil(entries), kNone);
  buckets_.shrink_to_fit();
  for (std::uint32_t i = 0; i < ring_.size(); ++i) link(i);
}

std::uint32_t JudgeCache::index_of(const Key& key) noexcept {
  std::uint32_t index = bucket_of(key);
  while (index != kNone && ring_[index].key != key) index = ring_[index].next;
  return index;
}

void JudgeCache::link(std::uint32_t index) noexcept {
  std::uint32_t& first = bucket_of(ring_[index].key);
  ring_[index].next = first;
  first = index;
}

void JudgeCache::unlink(std::uint32_t index) noexcept {
  std::uint32_t* at = &bucket_of(ring_[index].key);
  while (*at != index) at = &ring_[*at].next;
  *at = ring_[index].next;
}

std::optional<config::TierName> JudgeCache::find(const Key& key, SteadyTime now) noexcept {
  if (capacity_ == 0) return std::nullopt;
  const std::uint32_t index = index_of(key);
  if (index == kNone || !alive(ring_[index], now)) {
    ++counters_.misses;
    return std::nullopt;
  }
  ++counters_.hits;
  return ring_[index].tier;
}

void JudgeCache::put(const Key& key, config::TierName tier, SteadyTime now) {
  if (capacity_ == 0) return;
  std::uint32_t index = index_of(key);
  if (index != kNone) {
    ring_[index].tier = tier;
    ring_[index].put_at = now;
    return;
  }
  if (ring_.size() < capacity_) {
    index = static_cast<std::uint32_t>(ring_.size());
    ring_.emplace_back();
  } else {
    index = static_cast<std::uint32_t>(oldest_);
    oldest_ = (oldest_ + 1) % capacity_;
    if (alive(ring_[index], now)) ++counters_.evictions;
    unlink(index);
  }
  ring_[index].key = key;
  ring_[index].put_at = now;
  ring_[index].tier = tier;
  link(index);
}

}  // namespace smartroute::classify

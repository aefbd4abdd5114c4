// What the judge has said lately, so that the same words are not judged twice. A bounded table: a ring of answers in the order in which
// they came, and buckets of indices into it. Everything is O(1); when the ring is full the oldest answer gives way.
// Keys are 128-bit SipHash values under a secret of this cache: whoever writes the prompts cannot make two of them collide.
// Thread rule: one thread.
#pragma once
#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "contract/base/clock.hpp"
#include "contract/config/model.hpp"

namespace smartroute::classify {

class JudgeCache {
 public:
  using Secret128 = std::array<std::uint64_t, 2>;
  using Key = std::array<std::uint64_t, 2>;
  struct Counters {
    std::uint64_t hits = 0, misses = 0;
    std::uint64_t evictions = 0;  // answers that gave way before their time
  };

  explicit JudgeCache(Secret128 secret) noexcept : secret_(secret) {}

  // At most `entries` answers (0: none is kept), each for `ttl` from when it was put; also for those that are here. Memory comes with the
  // answers: about 36 bytes for each. Free when nothing changes; of a smaller cache the newest answers stay.
  void resize(std::size_t entries, std::chrono::milliseconds ttl);

  // `judge`: who is asked, where; `request`: with which words.
  Key key_of(std::string_view judge, std::string_view request) const noexcept;

  // Counts a hit or a miss, unless nothing is kept at all.
  std::optional<config::TierName> find(const Key& key, SteadyTime now) noexcept;
  // A key that is here takes the new answer and its time.
  void put(const Key& key, config::TierName tier, SteadyTime now);

  const Counters& counters() const noexcept { return counters_; }
  std::size_t size() const noexcept { return ring_.size(); }  // expired ones included
  std::size_t capacity() const noexcept { return capacity_; }

 private:
  static constexpr std::uint32_t kNone = 0xffff'ffff;
  struct Answer {
    Key key;
    SteadyTime put_at;
    std::uint32_t next = kNone;  // in its bucket
    config::TierName tier = config::TierName::T2;
  };
  std::uint32_t& bucket_of(const Key& key) noexcept { return buckets_[key[0] & (buckets_.size() - 1)]; }
  std::uint32_t index_of(const Key& key) noexcept;
  void link(std::uint32_t index) noexcept;
  void unlink(std::uint32_t index) noexcept;
  bool alive(const Answer& answer, SteadyTime now) const noexcept { return now - answer.put_at < ttl_; }

  Secret128 secret_;
  std::size_t capacity_ = 0;
  std::chrono::milliseconds ttl_{0};
  std::vector<Answer> ring_;              // grows up to capacity_, then goes round
  std::size_t oldest_ = 0;                // once it is full: who gives way next
  std::vector<std::uint32_t> buckets_;    // a power of two, at least capacity_
  Counters counters_;
};

}  // namespace smartroute::classify

// Plans drawn at random, yet the same ones for the same seed: draw(seed, number) depends on nothing
// else, so that any run can be replayed.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/fault_proxy/plan.hpp"

namespace smartroute::fault_proxy {

// splitmix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014).
class Dice {
 public:
  explicit Dice(std::uint64_t seed) noexcept : state_(seed) {}
  // Another sequence for each pair.
  Dice(std::uint64_t seed, std::uint64_t number) noexcept;
  std::uint64_t next() noexcept;
  std::uint64_t between(std::uint64_t low, std::uint64_t high) noexcept;  // both ends included

 private:
  std::uint64_t state_;
};

enum class Kind : std::uint8_t {
  Clean,
  Cut,        // response ends at a drawn offset
  Reset,      // likewise, by RST
  HalfClose,  // likewise, the request direction lives on
  Stall,      // silence from a drawn offset, until the client goes
  Split,      // response in writes of 1 to 1..64 bytes
  Drip,       // response in writes of 1..16 bytes, 1 ms apart
  Delay,      // 1..200 ms before the response
  Corrupt,    // a byte flipped, inserted or left out at a drawn offset
  Refuse,
  Blackhole,
};

class Mix {
 public:
  // Offsets are drawn from 0 to `span`.
  static constexpr std::uint64_t kDefaultSpan = 4096;

  // "cut:20,reset:10,clean:70": kinds with their weights.
  static Result<Mix> parse(std::string_view text, std::uint64_t span = kDefaultSpan);
  Plan draw(std::uint64_t seed, std::uint64_t number) const;

 private:
  std::vector<std::pair<Kind, std::uint64_t>> weights_;
  std::uint64_t total_ = 0;
  std::uint64_t span_ = kDefaultSpan;
};

}  // namespace smartroute::fault_proxy

// Randomness behind a seam. Pure code receives a Random&; a seed replays every choice.
#pragma once
#include <cstdint>

namespace smartroute {

// Thread rule: an instance belongs to one thread.
class Random {
 public:
  virtual ~Random() = default;
  virtual std::uint64_t next() noexcept = 0;

  // Uniform in [0, bound); bound > 0. Multiply-shift (Lemire 2019, "Fast random integer generation in an interval"), bias below 2^-32 for small bounds.
  std::uint64_t below(std::uint64_t bound) noexcept {
    return static_cast<std::uint64_t>((static_cast<unsigned __int128>(next()) * bound) >> 64);
  }
  // Uniform in [0, 1).
  double unit() noexcept { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
};

// SplitMix64 (Steele, Lea, Flood 2014): small, fast, good enough for load spreading; not for secrets.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) noexcept : state_(seed) {}
  std::uint64_t next() noexcept override {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }

 private:
  std::uint64_t state_;
};

}  // namespace smartroute

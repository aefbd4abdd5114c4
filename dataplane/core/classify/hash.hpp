// The mixing that turns characters and words into feature hashes. Integers only: the same on every machine.
#pragma once
#include <cstdint>

namespace smartroute::classify {

inline constexpr std::uint64_t kMixFactor = 0x9e3779b97f4a7c15;

// Order matters: mix(a, b) and mix(b, a) differ.
constexpr std::uint32_t mix(std::uint32_t a, std::uint32_t b) noexcept {
  const std::uint64_t x = (static_cast<std::uint64_t>(a) << 32 | b) * kMixFactor;
  return static_cast<std::uint32_t>(x >> 32) ^ static_cast<std::uint32_t>(x >> 7);
}

}  // namespace smartroute::classify

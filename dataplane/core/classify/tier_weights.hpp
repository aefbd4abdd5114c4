// The weights file of the embedded classifier. Everything is little-endian; sections start at multiples of 64.
//
//   0   4 bytes  "SRTW"
//   4   u32      format, kWeightsFormat
//   8   u32      kFeatureVersion of the features it was trained on
//   12  u32      bytes of the whole file
//   16  u32      CRC-32 (polynomial 0xEDB88320) of everything after this field
//   20  u32      sections, at most kMostSections
//   24  sections times {u32 number, u32 offset, u32 bytes}, in rising offsets, not overlapping
//
// Sections (a reader skips numbers it does not know, so a second head over the same rows can be added):
//   1 plan      u32 groups, u32 dimensions of a row (kDimensions), u32 pools (kPoolCount), u32 hidden units,
//               float size of one step of a row's numbers
//   2 tags      groups times kGroupSlots bytes: which feature a slot holds, 0 for none
//   3 rows      groups times kGroupSlots times kDimensions int8: the vector of each slot
//   4 network   floats: hidden weights [input][unit], hidden biases, output weights [tier][unit], direct
//               output weights [tier][input], output biases
//   5 decision  floats: 1 / temperature, cost[judged tier][true tier]
//
// A feature lies in the group `hash * groups / 2^32` in a slot with its tag; one without a slot is unknown and
// says nothing: rare n-grams do not share rows, but for the one unknown in 64 that meets an equal tag.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "contract/base/result.hpp"
#include "contract/config/model.hpp"
#include "dataplane/core/classify/features.hpp"

namespace smartroute::classify {

inline constexpr std::uint32_t kWeightsFormat = 1;
inline constexpr std::size_t kMostSections = 16;
inline constexpr std::size_t kDimensions = 4;  // of a row
inline constexpr std::size_t kInputs = kPoolCount * kDimensions;
inline constexpr std::size_t kMostHidden = 128;
inline constexpr std::size_t kGroupSlots = 4;
inline constexpr std::size_t kMostGroups = 1 << 16;
using config::kTierCount;

enum class Section : std::uint32_t { Plan = 1, Tags = 2, Rows = 3, Network = 4, Decision = 5 };

// What a file says. Tags and rows are views of the bytes it was read from; floats are copies.
struct TierWeights {
  std::uint32_t groups = 0;
  std::uint32_t hidden = 0;
  float step = 0;  // what 1 of a row stands for
  std::span<const std::uint8_t> tags;
  std::span<const std::int8_t> rows;
  std::vector<float> hidden_weights, hidden_biases, output_weights, direct_weights, output_biases;
  float sharpness = 1;  // 1 / temperature
  std::array<std::array<float, kTierCount>, kTierCount> cost{};  // [judged][true]
  std::uint32_t checksum = 0;
};

constexpr std::uint32_t group_of(std::uint32_t hash, std::uint32_t groups) noexcept {
  return static_cast<std::uint32_t>(static_cast<std::uint64_t>(hash) * groups >> 32);
}
constexpr std::uint8_t tag_of(std::uint32_t hash) noexcept {
  return static_cast<std::uint8_t>((hash & 0xff) % 255 + 1);
}

// Errors: Invalid, with what is wrong. Never reads outside `bytes`.
Result<TierWeights> read_weights(std::span<const std::byte> bytes);

// The file that reads back as `weights`. Needs sizes that fit each other.
std::vector<std::byte> write_weights(const TierWeights& weights);

}  // namespace smartroute::classify

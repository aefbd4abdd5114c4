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
// Sections (a reader skips numbers it does not know, so a second head over the same features can be added):
//   1 plan      u32 groups, u32 kMarginCount, u32 kPoolCount, then a float a pool: what 1 in its rows stands for
//   2 table     groups times kGroupBytes: kGroupSlots tags (which feature a slot holds, 0 for none), a zero, and for each slot
//               kMarginCount int8: how much the feature speaks for T2 and for T3, both against T1
//   3 decision  floats: margin of T2 and of T3 over T1 before any feature, 1 / temperature, cost[judged tier][true tier]
//
// A feature lies in the group `hash * groups / 2^32` in a slot with its tag; one without a slot is unknown and says nothing: rare
// n-grams do not share numbers, but for the one unknown in 51 that meets an equal tag. A group is read with one cache miss.
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
inline constexpr std::size_t kMarginCount = config::kTierCount - 1;  // T2 and T3 over T1
inline constexpr std::size_t kGroupSlots = 5;
inline constexpr std::size_t kGroupBytes = 16;
inline constexpr std::size_t kRowsInGroup = kGroupSlots + 1;  // where the numbers begin
static_assert(kRowsInGroup + kGroupSlots * kMarginCount == kGroupBytes);
inline constexpr std::size_t kMostGroups = 1 << 16;
using config::kTierCount;

enum class Section : std::uint32_t { Plan = 1, Table = 2, Decision = 3 };

// What a file says. The table is a view of the bytes it was read from.
struct TierWeights {
  std::uint32_t groups = 0;
  std::array<float, kPoolCount> step{};  // what 1 in a row of the pool stands for
  std::span<const std::byte> table;
  std::array<float, kMarginCount> start{};
  float sharpness = 1;  // 1 / temperature
  std::array<std::array<float, kTierCount>, kTierCount> cost{};  // [judged][true]
  std::uint32_t checksum = 0;
};

constexpr std::uint32_t group_of(std::uint32_t hash, std::uint32_t groups) noexcept {
  return static_cast<std::uint32_t>(static_cast<std::uint64_t>(hash) * groups >> 32);
}
constexpr std::uint8_t tag_of(std::uint32_t hash) noexcept {
  return static_cast<std::uint8_t>((hash & 0xff) + ((hash & 0xff) == 0 ? 1 : 0));
}

// Errors: Invalid, with what is wrong. Never reads outside `bytes`.
Result<TierWeights> read_weights(std::span<const std::byte> bytes);

// The file that reads back as `weights`. Needs sizes that fit each other.
std::vector<std::byte> write_weights(const TierWeights& weights);

}  // namespace smartroute::classify

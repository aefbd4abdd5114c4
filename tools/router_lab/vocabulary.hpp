// Which features get a slot of the table.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "tools/router_lab/corpus.hpp"

namespace smartroute::router_lab {

inline constexpr std::uint32_t kNoSlot = 0xffffffffu;

struct Vocabulary {
  std::vector<std::uint8_t> tags;      // groups times kGroupSlots
  std::vector<std::uint32_t> slot_of;  // by feature id; kNoSlot. What a look-up finds, an equal tag included.
};

// Ids of the features seen in at least `least_rows` of the chosen rows, and in how many, by id.
struct Seen {
  std::vector<std::uint32_t> ids, rows;
};
Seen seen_features(const Corpus& corpus, std::span<const std::uint32_t> chosen, std::uint32_t least_rows);

// Gives slots to `ids`, the first come first, as long as their groups have room.
Vocabulary give_slots(const Corpus& corpus, std::span<const std::uint32_t> ids, std::uint32_t groups);

}  // namespace smartroute::router_lab

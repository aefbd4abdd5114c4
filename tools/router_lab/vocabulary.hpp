// Which features get a slot of the table.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "tools/router_lab/corpus.hpp"

namespace smartroute::router_lab {

inline constexpr std::uint32_t kNoSlot = 0xffffffffu;

struct Vocabulary {
  std::vector<std::uint8_t> tags;      // of the table
  std::vector<std::uint32_t> slot_of;  // by feature id; kNoSlot. What a look-up finds, an equal tag included.
};

// Features seen in most rows and most families come first: what only one source says is a trait of the source.
Vocabulary choose_features(const Corpus& corpus, std::span<const std::uint32_t> chosen, std::uint32_t groups,
                           std::uint32_t least_rows);

}  // namespace smartroute::router_lab

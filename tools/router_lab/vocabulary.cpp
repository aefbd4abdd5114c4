#include "tools/router_lab/vocabulary.hpp"

#include "dataplane/core/classify/tier_weights.hpp"

namespace smartroute::router_lab {

using classify::kGroupSlots;

Seen seen_features(const Corpus& corpus, std::span<const std::uint32_t> chosen, std::uint32_t least_rows) {
  Seen seen;
  seen.rows.resize(corpus.hash.size());
  for (const std::uint32_t number : chosen)
    for (const auto& ids : corpus.rows[number].ids)
      for (const std::uint32_t id : ids) ++seen.rows[id];
  for (std::uint32_t id = 0; id < seen.rows.size(); ++id)
    if (seen.rows[id] >= least_rows) seen.ids.push_back(id);
  return seen;
}

Vocabulary give_slots(const Corpus& corpus, std::span<const std::uint32_t> ids, std::uint32_t groups) {
  Vocabulary out;
  out.tags.assign(std::size_t{groups} * kGroupSlots, 0);
  for (const std::uint32_t id : ids) {
    const std::uint32_t hash = corpus.hash[id];
    std::uint8_t* group = out.tags.data() + std::size_t{classify::group_of(hash, groups)} * kGroupSlots;
    const std::uint8_t tag = classify::tag_of(hash);
    for (std::size_t slot = 0; slot < kGroupSlots && group[slot] != tag; ++slot)
      if (group[slot] == 0) {
        group[slot] = tag;
        break;
      }
  }
  out.slot_of.resize(corpus.hash.size());
  for (std::size_t id = 0; id < corpus.hash.size(); ++id) {
    const std::uint32_t hash = corpus.hash[id];
    const std::size_t first = std::size_t{classify::group_of(hash, groups)} * kGroupSlots;
    out.slot_of[id] = kNoSlot;
    for (std::size_t slot = first; slot < first + kGroupSlots; ++slot)
      if (out.tags[slot] == classify::tag_of(hash)) out.slot_of[id] = static_cast<std::uint32_t>(slot);
  }
  return out;
}

}  // namespace smartroute::router_lab

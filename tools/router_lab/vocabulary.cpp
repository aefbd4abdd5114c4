#include "tools/router_lab/vocabulary.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "dataplane/core/classify/tier_weights.hpp"

namespace smartroute::router_lab {
namespace {

using classify::kGroupSlots;

struct Seen {
  std::uint32_t rows = 0;
  std::uint64_t families = 0;  // a bit each, modulo 64
};

struct Candidate {
  float worth;
  std::uint32_t id;
};

constexpr float kWorthOfFamily = 0.7f;

std::vector<Candidate> candidates(const Corpus& corpus, std::span<const std::uint32_t> chosen,
                                  std::uint32_t least_rows) {
  std::vector<Seen> seen(corpus.hash.size());
  for (const std::uint32_t number : chosen) {
    const Row& row = corpus.rows[number];
    for (const auto& ids : row.ids)
      for (const std::uint32_t id : ids) {
        ++seen[id].rows;
        seen[id].families |= std::uint64_t{1} << row.family % 64;
      }
  }
  std::vector<Candidate> out;
  for (std::uint32_t id = 0; id < seen.size(); ++id)
    if (seen[id].rows >= least_rows)
      out.push_back({std::log(static_cast<float>(seen[id].rows)) +
                         kWorthOfFamily * static_cast<float>(std::popcount(seen[id].families)),
                     id});
  std::sort(out.begin(), out.end(),
            [](const Candidate& a, const Candidate& b) { return a.worth != b.worth ? a.worth > b.worth : a.id < b.id; });
  return out;
}

}  // namespace

Vocabulary choose_features(const Corpus& corpus, std::span<const std::uint32_t> chosen, std::uint32_t groups,
                           std::uint32_t least_rows) {
  Vocabulary out;
  out.tags.assign(std::size_t{groups} * kGroupSlots, 0);
  for (const Candidate& candidate : candidates(corpus, chosen, least_rows)) {
    const std::uint32_t hash = corpus.hash[candidate.id];
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

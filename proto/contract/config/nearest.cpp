#include "contract/config/nearest.hpp"

#include <algorithm>
#include <array>

#include "contract/config/validate.hpp"

namespace smartroute::config {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::size_t default_limit(std::string_view name) {
  return std::max<std::size_t>(2, name.size() / 3);
}

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t limit) {
  const std::size_t gap = a.size() > b.size() ? a.size() - b.size() : b.size() - a.size();
  if (gap > limit || a.size() > kMaxComparedBytes || b.size() > kMaxComparedBytes) return limit + 1;
  using Row = std::array<std::size_t, kMaxComparedBytes + 1>;
  Row rows[3];
  Row *before = &rows[0], *above = &rows[1], *row = &rows[2];
  for (std::size_t j = 0; j <= b.size(); ++j) (*above)[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    (*row)[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t differs = lower(a[i - 1]) == lower(b[j - 1]) ? 0 : 1;
      std::size_t cell = std::min({(*above)[j] + 1, (*row)[j - 1] + 1, (*above)[j - 1] + differs});
      if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
          lower(a[i - 2]) == lower(b[j - 1]))
        cell = std::min(cell, (*before)[j - 2] + 1);
      (*row)[j] = cell;
    }
    std::swap(before, above);
    std::swap(above, row);
  }
  return std::min((*above)[b.size()], limit + 1);
}

std::string NearestNames::find(std::string_view name, const std::vector<std::string>& candidates) {
  return find(name, candidates, default_limit(name));
}

std::string NearestNames::find(std::string_view name, const std::vector<std::string>& candidates,
                               std::size_t limit) {
  if (name.empty() || name.size() > kMaxComparedBytes) return {};
  const std::string* best = nullptr;
  for (const auto& candidate : candidates) {
    // Too far apart to be worth a comparison, or so short that every byte would have changed.
    const std::size_t longer = std::max(name.size(), candidate.size());
    if (cells_ == 0) return {};
    --cells_;  // looking costs too
    if (longer - std::min(name.size(), candidate.size()) > limit || limit == 0 || candidate.empty())
      continue;
    const std::size_t cost = name.size() * candidate.size();
    if (cost > cells_) return {};
    cells_ -= cost;
    const std::size_t distance = edit_distance(name, candidate, limit);
    if (distance > limit || distance >= longer) continue;
    best = &candidate;
    if (distance == 0) break;
    limit = distance - 1;
  }
  return best ? *best : std::string{};
}

std::string nearest_name(std::string_view name, const std::vector<std::string>& candidates) {
  return NearestNames(static_cast<std::size_t>(-1)).find(name, candidates);
}

}  // namespace smartroute::config

#include "dataplane/core/tokens/learned_factor.hpp"

#include <algorithm>

namespace smartroute::tokens {
namespace {

constexpr double kLeast = 0.25, kMost = 4;

}  // namespace

void LearnedFactors::learn(std::string_view model, std::uint64_t ours, std::uint64_t theirs) {
  if (ours == 0 || theirs == 0) return;
  auto found = models_.find(std::string(model));
  if (found == models_.end()) {
    if (models_.size() >= kMaxModels)
      models_.erase(std::min_element(models_.begin(), models_.end(),
                                     [](const auto& a, const auto& b) { return a.second.touched < b.second.touched; }));
    found = models_.emplace(model, Entry()).first;
  }
  Entry& entry = found->second;
  entry.touched = ++clock_;
  // No single report outweighs what any tokenizer could do.
  const double seen = static_cast<double>(ours);
  entry.ours += seen;
  entry.theirs += std::clamp(static_cast<double>(theirs), kLeast * seen, kMost * seen);
  while (entry.ours > static_cast<double>(kMemoryTokens)) {
    entry.ours /= 2;
    entry.theirs /= 2;
  }
}

double LearnedFactors::factor(std::string_view model, double fallback) const {
  const auto found = models_.find(std::string(model));
  if (found == models_.end()) return std::clamp(fallback, kLeast, kMost);
  const Entry& entry = found->second;
  const double missing = std::max(0.0, static_cast<double>(kTrustTokens) - entry.ours);
  return std::clamp((entry.theirs + fallback * missing) / (entry.ours + missing), kLeast, kMost);
}

}  // namespace smartroute::tokens

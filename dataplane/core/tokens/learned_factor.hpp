// What a provider's own counts say about our estimate of a model whose tokenizer we do not have: estimate * factor = what it will say.
//
// factor = sum(theirs) / sum(ours) over requests that had both, older ones fading: each new sample weighs in with its own tokens, and both sums are
// halved whenever ours exceeds kMemoryTokens. Below kTrustTokens of evidence it leans on the family's factor, in proportion. Clamped to 0.25..4.
//
// Thread rule: one thread.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

namespace smartroute::tokens {

class LearnedFactors {
 public:
  static constexpr std::size_t kMaxModels = 4'096;      // more: the model that was heard of longest ago gives way
  static constexpr std::uint64_t kMemoryTokens = 2'000'000;
  static constexpr std::uint64_t kTrustTokens = 2'000;

  // `ours` unscaled (choice.encoding's count), `theirs` the provider's. Zeroes teach nothing.
  void learn(std::string_view model, std::uint64_t ours, std::uint64_t theirs);
  // `fallback` is the family's factor.
  double factor(std::string_view model, double fallback) const;
  std::size_t models() const noexcept { return models_.size(); }

 private:
  struct Entry { double ours = 0, theirs = 0; std::uint64_t touched = 0; };
  std::unordered_map<std::string, Entry> models_;
  std::uint64_t clock_ = 0;
};

}  // namespace smartroute::tokens

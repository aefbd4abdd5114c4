#include "dataplane/core/tokens/prefix_walk.hpp"

namespace smartroute::tokens {

void PrefixWalk::push(const Vocabulary& vocabulary, unsigned char byte) noexcept {
  // In a run of alike bytes it is mostly the last token that grows by one; asking it first spares the longer ones.
  const Token previous = ends_[taken_ % kRing].last;
  const std::size_t growing = previous == Vocabulary::kNone ? 1 : vocabulary.length(previous) + 1;
  open_[starts_++] = {{}, static_cast<std::uint8_t>(taken_ % kRing)};
  ++taken_;

  struct Candidate {
    Token token;
    std::uint8_t at;  // as Start's
  };
  std::array<Candidate, tables::kMaxLongest + 1> candidates;  // the longest first
  std::size_t found = 0, alive = 0, guess = 0;
  for (std::size_t i = 0; i < starts_; ++i) {
    Start& start = open_[i];
    const Vocabulary::Step step = vocabulary.step(start.walk, byte);
    if (step.token != Vocabulary::kNone) {
      if (start.walk.depth == growing) guess = found;
      candidates[found++] = {step.token, start.at};
    }
    if (!step.alive) continue;
    if (alive != i) open_[alive] = start;
    ++alive;
  }
  starts_ = alive;

  const auto fits = [&](const Candidate& candidate) {
    const Token before = ends_[candidate.at].last;
    return before == Vocabulary::kNone || vocabulary.compatible(before, candidate.token);
  };
  std::size_t chosen = guess;
  if (!fits(candidates[guess]))
    for (chosen = 0; chosen + 1 < found; ++chosen)
      if (chosen != guess && fits(candidates[chosen])) break;
  ends_[taken_ % kRing] = {candidates[chosen].token, ends_[candidates[chosen].at].tokens + 1};
}

}  // namespace smartroute::tokens

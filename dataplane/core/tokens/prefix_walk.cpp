#include "dataplane/core/tokens/prefix_walk.hpp"

namespace smartroute::tokens {

void PrefixWalk::push(const Vocabulary& vocabulary, unsigned char byte) noexcept {
  open_[starts_++] = {{}, static_cast<std::uint8_t>(taken_ % kRing)};
  // In a run of alike bytes it is mostly the last token that grows by one; asking it first spares the longer ones.
  const End previous = ends_[taken_ % kRing];
  const std::size_t growing = taken_ == 0 ? 1 : vocabulary.length(previous.last) + 1;
  ++taken_;

  const auto fits = [&](const Start& start, Token token) {
    const End& before = ends_[start.at];
    return before.last == Vocabulary::kNone || vocabulary.compatible(before.last, token);
  };
  std::array<Token, tables::kMaxLongest + 1> ending;
  std::array<Start, tables::kMaxLongest + 1> from;
  std::size_t candidates = 0, alive = 0, guess = 0;
  for (std::size_t i = 0; i < starts_; ++i) {
    Start start = open_[i];
    const Vocabulary::Step step = vocabulary.step(start.walk, byte);
    if (step.token != Vocabulary::kNone) {
      if (start.walk.depth == growing) guess = candidates;
      ending[candidates] = step.token;
      from[candidates++] = start;
    }
    if (step.alive) open_[alive++] = start;
  }
  starts_ = alive;

  std::size_t chosen = guess;
  if (!fits(from[guess], ending[guess]))
    for (chosen = 0; chosen + 1 < candidates; ++chosen)
      if (chosen != guess && fits(from[chosen], ending[chosen])) break;
  ends_[taken_ % kRing] = {ending[chosen], ends_[from[chosen].at].tokens + 1};
}

}  // namespace smartroute::tokens

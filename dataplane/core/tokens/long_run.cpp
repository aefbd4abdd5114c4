#include "dataplane/core/tokens/long_run.hpp"

#include <cstring>

namespace smartroute::tokens {
namespace {

Opening opening_by(Rules rules, const unsigned char* at, const unsigned char* end) noexcept {
  switch (rules) {
    case Rules::O200k: return opening<Rules::O200k>(at, end);
    case Rules::Cl100k: return opening<Rules::Cl100k>(at, end);
    case Rules::Gpt2: break;
  }
  return opening<Rules::Gpt2>(at, end);
}

}  // namespace

std::size_t LongRun::begin(const Vocabulary& vocabulary, Rules rules, std::string_view held) noexcept {
  rules_ = rules;
  cut_ = false;
  whole_.reset();
  const auto* at = reinterpret_cast<const unsigned char*>(held.data());
  const auto* const end = at + held.size();
  const Opening begun = opening_by(rules, at, end);
  switch (begun.run) {
    case Run::CasedWord: phase_ = Phase::Capitals; break;
    case Run::Letters: phase_ = Phase::Letters; break;
    case Run::Digits: phase_ = Phase::Digits; break;
    case Run::Symbols: phase_ = Phase::Symbols; break;
    case Run::FewDigits:    // never long
    case Run::Contraction:  // never long
    case Run::Space: phase_ = Phase::Space; break;
  }
  push(vocabulary, at, static_cast<std::size_t>(begun.body - at));
  for (at = begun.body; at != end;) {
    const Character c = character_at(at);
    if (!take(vocabulary, at, c)) break;
    at += c.size;
  }
  return held.size() - static_cast<std::size_t>(end - at);
}

bool LongRun::take(const Vocabulary& vocabulary, const unsigned char* text, Character c) noexcept {
  const auto among = [&](ClassSet set) { return holds(set, c.kind); };
  switch (phase_) {
    case Phase::Capitals:
      if (c.kind == CharacterClass::Lower) {
        cut_ = false;  // it needs none: the small letters have come
        phase_ = Phase::Small;
        break;
      }
      if (!among(kCapitals)) return false;
      break;
    case Phase::Small:
      if (!among(kSmall)) return false;
      break;
    case Phase::Letters:
      if (!among(kLetters)) return false;
      break;
    case Phase::Digits:
      if (!among(kNumbers)) return false;
      break;
    case Phase::Symbols:
      if (among(kSymbols)) break;
      if (rules_ == Rules::Gpt2 || !among(kNewlines)) return false;
      phase_ = Phase::LineEnds;
      break;
    case Phase::LineEnds:
      if (!among(kNewlines) && !(rules_ == Rules::O200k && *text == '/')) return false;
      break;
    case Phase::Space:
      if (!among(kSpaces)) return false;
      break;
  }
  push(vocabulary, text, c.size);
  last_size_ = c.size;
  std::memcpy(last_, text, c.size);
  if (phase_ == Phase::Capitals && among(kCaseless)) cut();
  if (phase_ == Phase::Space && rules_ != Rules::Gpt2 && among(kNewlines)) cut();
  return true;
}

void LongRun::take_contraction(const Vocabulary& vocabulary, std::string_view text) noexcept {
  // Right behind the cut it belongs to the piece that would have ended there.
  if (ends_at_cut()) cut_ = false;
  push(vocabulary, reinterpret_cast<const unsigned char*>(text.data()), text.size());
}

std::uint64_t LongRun::settle() const noexcept {
  const std::size_t left_bytes = left().size();
  return cut_ ? tokens_to_cut_ + behind_cut_.tokens_before(left_bytes) : whole_.tokens_before(left_bytes);
}

void LongRun::push(const Vocabulary& vocabulary, const unsigned char* text, std::size_t size) noexcept {
  for (std::size_t i = 0; i < size; ++i) whole_.push(vocabulary, text[i]);
  if (!cut_) return;
  for (std::size_t i = 0; i < size; ++i) behind_cut_.push(vocabulary, text[i]);
}

void LongRun::cut() noexcept {
  cut_ = true;
  tokens_to_cut_ = whole_.tokens();
  behind_cut_.reset();
}

}  // namespace smartroute::tokens

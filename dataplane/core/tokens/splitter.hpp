// Cuts a text into the pieces that are encoded one by one, as the regular expressions of the encodings do (pat_str in tiktoken):
//
//   Gpt2    's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
//   Cl100k  (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
//   O200k   [^\r\n\p{L}\p{N}]?U*S+C?|[^\r\n\p{L}\p{N}]?U+S*C?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+
//           with U = [\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}], S = [\p{Ll}\p{Lm}\p{Lo}\p{M}], C = (?i:'s|'t|'re|'ve|'m|'ll|'d)
//
// A piece begins with an opening, which tells what kind of run it is and where the run's body begins, and goes on to the run's end. Texts
// are valid UTF-8, and `end` is where the text ends: more text might move the end of a piece that is `open`.
#pragma once
#include <cstdint>

#include "dataplane/core/tokens/characters.hpp"
#include "dataplane/core/tokens/encoding.hpp"

namespace smartroute::tokens {

enum class Rules : std::uint8_t { O200k, Cl100k, Gpt2 };

constexpr Rules rules_of(Encoding encoding) noexcept {
  switch (encoding) {
    case Encoding::Cl100kBase: return Rules::Cl100k;
    case Encoding::P50kBase:
    case Encoding::R50kBase: return Rules::Gpt2;
    case Encoding::O200kBase:
    case Encoding::O200kHarmony:
    case Encoding::kCount: break;
  }
  return Rules::O200k;
}

enum class Run : std::uint8_t {
  CasedWord,    // O200k
  Letters,      // Cl100k, Gpt2
  FewDigits,    // up to three: O200k, Cl100k
  Digits,       // Gpt2
  Symbols,
  Space,
  Contraction,  // the body is what comes behind it
};

struct Opening {
  Run run;
  bool open;  // it might be another one if the text went on
  const unsigned char* body;
};

struct Piece {
  const unsigned char* end;
  bool open;
};

struct Suffix {
  std::uint8_t size;  // 0: none
  bool open;
};

// 's 't 're 've 'm 'll 'd at `at`. Without regard to case but for Gpt2; the long s is an s then.
template <Rules R>
Suffix contraction(const unsigned char* at, const unsigned char* end) noexcept {
  constexpr unsigned char kFold = R == Rules::Gpt2 ? 0 : 0x20;
  if (at == end) return {0, true};
  if (*at != '\'') return {0, false};
  if (end - at < 2) return {0, true};
  const auto small = [](unsigned char c) { return static_cast<unsigned char>(c >= 'A' && c <= 'Z' ? c | kFold : c); };
  const unsigned char first = small(at[1]);
  if (first == 's' || first == 't' || first == 'm' || first == 'd') return {2, false};
  if (R != Rules::Gpt2 && first == 0xc5 && at[2] == 0xbf) return {3, false};
  if (first != 'r' && first != 'v' && first != 'l') return {0, false};
  if (end - at < 3) return {0, true};
  return {static_cast<std::uint8_t>(small(at[2]) == (first == 'l' ? 'l' : 'e') ? 3 : 0), false};
}

// The end of the run of characters of the set.
template <ClassSet Set>
const unsigned char* skip(const unsigned char* at, const unsigned char* end) noexcept {
  for (;;) {
    while (at != end && kAsciiSets[*at] & Set) ++at;
    if (at == end || *at < 0x80) return at;
    const Character c = character_at(at);
    if (!holds(Set, c.kind)) return at;
    at += c.size;
  }
}

template <Rules R>
Opening opening(const unsigned char* at, const unsigned char* end) noexcept {
  const Character c = character_at(at);
  const unsigned char* const next = at + c.size;
  constexpr ClassSet kWord = R == Rules::O200k ? kLetters | kMarks : kLetters;
  constexpr Run kWordRun = R == Rules::O200k ? Run::CasedWord : Run::Letters;
  if (holds(kWord, c.kind)) return {kWordRun, false, at};
  if (c.kind == CharacterClass::Number) return {R == Rules::Gpt2 ? Run::Digits : Run::FewDigits, false, at};
  if (c.kind == CharacterClass::Newline) return {Run::Space, false, at};

  bool open = next == end;
  if (R != Rules::O200k && *at == '\'') {
    const Suffix suffix = contraction<R>(at, end);
    if (suffix.size > 0) return {Run::Contraction, false, at + suffix.size};
    open = suffix.open;
  }
  const bool symbol = holds(kSymbols, c.kind);
  if (next != end && (R != Rules::Gpt2 || *at == ' ')) {
    const Character d = character_at(next);
    if (holds(kWord, d.kind)) return {kWordRun, open, next};
    if (*at == ' ' && holds(kSymbols, d.kind)) return {Run::Symbols, false, next};
    if (R == Rules::Gpt2 && d.kind == CharacterClass::Number) return {Run::Digits, false, next};
  }
  return {symbol ? Run::Symbols : Run::Space, open, at};
}

template <Rules R>
Piece cased_word_end(const unsigned char* at, const unsigned char* end) noexcept {
  // Capitals as far as they go; small letters must follow, be it by giving back the last one that is both.
  const unsigned char* behind_caseless = nullptr;
  const unsigned char* q = at;
  for (;;) {
    while (q != end && kAsciiSets[*q] & kCapitals) ++q;
    if (q == end || *q < 0x80) break;
    const Character c = character_at(q);
    if (!holds(kCapitals, c.kind)) break;
    q += c.size;
    if (holds(kCaseless, c.kind)) behind_caseless = q;
  }
  if (q == end) return {behind_caseless ? behind_caseless : q, true};
  if (character_at(q).kind == CharacterClass::Lower) {
    q = skip<kSmall>(q, end);
  } else if (behind_caseless != nullptr && behind_caseless != q) {
    return {behind_caseless, false};
  }
  const Suffix suffix = contraction<R>(q, end);
  return {q + suffix.size, suffix.open};
}

template <Rules R>
Piece space_end(const unsigned char* at, const unsigned char* end) noexcept {
  const unsigned char* q = at;
  const unsigned char* last = at;
  const unsigned char* behind_newline = nullptr;
  while (q != end) {
    const Character c = character_at(q);
    if (!holds(kSpaces, c.kind)) break;
    last = q;
    q += c.size;
    if (c.kind == CharacterClass::Newline) behind_newline = q;
  }
  const bool open = q == end;
  if (R != Rules::Gpt2 && behind_newline != nullptr) return {behind_newline, open};
  if (open || last == at) return {q, open};
  return {last, false};
}

// What most pieces are: a word of ASCII letters, maybe behind a blank. Its end, or null if it is another piece or takes a closer look.
template <Rules R>
const unsigned char* plain_word_end(const unsigned char* at, const unsigned char* end) noexcept {
  constexpr ClassSet kUpper = set_of(CharacterClass::Upper), kLower = set_of(CharacterClass::Lower);
  const unsigned char* const body = at + (*at == ' ');
  const unsigned char* q = body;
  if constexpr (R == Rules::O200k) {
    while (q != end && kAsciiSets[*q] & kUpper) ++q;
    while (q != end && kAsciiSets[*q] & kLower) ++q;
  } else {
    while (q != end && kAsciiSets[*q] & (kUpper | kLower)) ++q;
  }
  if (q == body || q == end || *q >= 0x80 || (R == Rules::O200k && *q == '\'')) return nullptr;
  return q;
}

// `at` < `end`.
template <Rules R>
Piece next_piece(const unsigned char* at, const unsigned char* end) noexcept {
  if (const unsigned char* word = plain_word_end<R>(at, end)) return {word, false};
  const Opening begun = opening<R>(at, end);
  const unsigned char* q = begun.body;
  switch (begun.run) {
    case Run::CasedWord: return cased_word_end<R>(q, end);
    case Run::Letters: q = skip<kLetters>(q, end); break;
    case Run::Digits: q = skip<kNumbers>(q, end); break;
    case Run::FewDigits:
      for (int i = 0; i < 3; ++i) {
        if (q == end) return {q, true};
        const Character c = character_at(q);
        if (c.kind != CharacterClass::Number) break;
        q += c.size;
      }
      return {q, false};
    case Run::Symbols:
      q = skip<kSymbols>(q, end);
      if (R != Rules::Gpt2)
        while (q != end && (*q == '\n' || *q == '\r' || (R == Rules::O200k && *q == '/'))) ++q;
      break;
    case Run::Space: return space_end<R>(at, end);
    case Run::Contraction: return {q, false};
  }
  return {q, begun.open || q == end};
}

}  // namespace smartroute::tokens

// The two byte searches that run over every streamed byte. Internal to sse.
#pragma once
#include <cstddef>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace smartroute::sse {

// First LF or CR in [at, end), else `end`.
inline const char* find_line_end(const char* at, const char* end) noexcept {
#if defined(__SSE2__)
  const __m128i lf = _mm_set1_epi8('\n');
  const __m128i cr = _mm_set1_epi8('\r');
  const auto stops = [lf, cr](const char* block_at) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(block_at));
    return static_cast<unsigned>(
        _mm_movemask_epi8(_mm_or_si128(_mm_cmpeq_epi8(block, lf), _mm_cmpeq_epi8(block, cr))));
  };
  if (end - at >= 16) {
    for (; end - at >= 16; at += 16) {
      const unsigned mask = stops(at);
      if (mask != 0) return at + __builtin_ctz(mask);
    }
    // The rest lies in the last whole block; what came before it holds no line end.
    const unsigned mask = stops(end - 16);
    return mask != 0 ? end - 16 + __builtin_ctz(mask) : end;
  }
#endif
  while (at != end && *at != '\n' && *at != '\r') ++at;
  return at;
}

// Calls visit(at) for every quote in [begin, end - 1) that is followed by one of the three letters,
// in order.
template <class Visit>
inline void for_each_quoted(const char* begin, const char* end, char a, char b, char c,
                            Visit&& visit) {
  const char* at = begin;
#if defined(__SSE2__)
  const __m128i quote = _mm_set1_epi8('"');
  const __m128i first = _mm_set1_epi8(a);
  const __m128i second = _mm_set1_epi8(b);
  const __m128i third = _mm_set1_epi8(c);
  for (; end - at >= 17; at += 16) {
    const __m128i here = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const __m128i next = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at + 1));
    const __m128i letter =
        _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(next, first), _mm_cmpeq_epi8(next, second)),
                     _mm_cmpeq_epi8(next, third));
    auto mask = static_cast<unsigned>(
        _mm_movemask_epi8(_mm_and_si128(_mm_cmpeq_epi8(here, quote), letter)));
    for (; mask != 0; mask &= mask - 1) visit(at + __builtin_ctz(mask));
  }
#endif
  for (; end - at >= 2; ++at) {
    if (*at == '"' && (at[1] == a || at[1] == b || at[1] == c)) visit(at);
  }
}

}  // namespace smartroute::sse

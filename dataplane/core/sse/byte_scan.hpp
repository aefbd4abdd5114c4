// The byte searches that run over every streamed byte. Internal to sse.
#pragma once
#include <cstddef>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace smartroute::sse {

// First LF or CR in [at, end), else `end`. `beyond_ascii` is set if a byte above 0x7f comes before
// it, and perhaps if one comes soon after it.
inline const char* find_line_end(const char* at, const char* end, bool& beyond_ascii) noexcept {
#if defined(__SSE2__)
  const __m128i lf = _mm_set1_epi8('\n');
  const __m128i cr = _mm_set1_epi8('\r');
  __m128i seen = _mm_setzero_si128();
  const auto stops = [lf, cr, &seen](const char* block_at) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(block_at));
    seen = _mm_or_si128(seen, block);
    return static_cast<unsigned>(
        _mm_movemask_epi8(_mm_or_si128(_mm_cmpeq_epi8(block, lf), _mm_cmpeq_epi8(block, cr))));
  };
  if (end - at >= 16) {
    unsigned mask = 0;
    for (; mask == 0 && end - at >= 16; at += 16) mask = stops(at);
    if (mask != 0) {
      at -= 16;
    } else {
      // The rest lies in the last whole block; what came before it holds no line end.
      at = end - 16;
      mask = stops(at);
    }
    beyond_ascii = _mm_movemask_epi8(seen) != 0;
    return mask != 0 ? at + __builtin_ctz(mask) : end;
  }
#endif
  for (; at != end && *at != '\n' && *at != '\r'; ++at)
    beyond_ascii = beyond_ascii || static_cast<signed char>(*at) < 0;
  return at;
}

// Whether a byte of [at, end) is above 0x7f.
inline bool has_high_byte(const char* at, const char* end) noexcept {
#if defined(__SSE2__)
  for (; end - at >= 16; at += 16) {
    if (_mm_movemask_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(at))) != 0) return true;
  }
#endif
  for (; at != end; ++at)
    if (static_cast<signed char>(*at) < 0) return true;
  return false;
}

}  // namespace smartroute::sse

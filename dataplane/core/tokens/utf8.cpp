#include "dataplane/core/tokens/utf8.hpp"

#include <cstdint>
#include <cstring>

namespace smartroute::tokens {
namespace {

constexpr std::uint64_t kHighBits = 0x8080'8080'8080'8080;

// What a first byte asks for: how many bytes, and the range of the second one. Size 0: no character begins so.
struct Lead {
  std::uint8_t size, low, high;
};
Lead lead_of(unsigned char c) noexcept {
  if (c < 0xc2 || c > 0xf4) return {0, 0, 0};
  if (c < 0xe0) return {2, 0x80, 0xbf};
  if (c == 0xe0) return {3, 0xa0, 0xbf};
  if (c == 0xed) return {3, 0x80, 0x9f};  // no surrogates
  if (c < 0xf0) return {3, 0x80, 0xbf};
  if (c == 0xf0) return {4, 0x90, 0xbf};
  if (c == 0xf4) return {4, 0x80, 0x8f};
  return {4, 0x80, 0xbf};
}

const unsigned char* bytes_of(std::string_view text) noexcept { return reinterpret_cast<const unsigned char*>(text.data()); }

// Of the character that begins with a byte above ASCII; 0 if it is none.
std::size_t character_size(const unsigned char* at, const unsigned char* end) noexcept {
  const Lead lead = lead_of(*at);
  if (lead.size == 0 || end - at < lead.size || at[1] < lead.low || at[1] > lead.high) return 0;
  for (std::size_t i = 2; i < lead.size; ++i)
    if ((at[i] & 0xc0) != 0x80) return 0;
  return lead.size;
}

}  // namespace

std::size_t valid_prefix(std::string_view text) noexcept {
  const unsigned char* const begin = bytes_of(text);
  const unsigned char* const end = begin + text.size();
  const unsigned char* at = begin;
  while (at != end) {
    if (*at < 0x80) {
      while (end - at >= 16) {
        std::uint64_t halves[2];
        std::memcpy(halves, at, sizeof halves);
        if ((halves[0] | halves[1]) & kHighBits) break;
        at += sizeof halves;
      }
      while (at != end && *at < 0x80) ++at;
      continue;
    }
    // Most characters that are no letters of an alphabet, without the general case's table.
    if (*at > 0xe0 && *at < 0xed && end - at >= 3 && (at[1] & 0xc0) == 0x80 && (at[2] & 0xc0) == 0x80) {
      at += 3;
      continue;
    }
    const std::size_t size = character_size(at, end);
    if (size == 0) break;
    at += size;
  }
  return static_cast<std::size_t>(at - begin);
}

Broken broken_prefix(std::string_view text) noexcept {
  const unsigned char* at = bytes_of(text);
  const Lead lead = lead_of(*at);
  if (lead.size == 0) return {1, false};
  std::size_t good = 1;
  while (good < lead.size && good < text.size()) {
    const bool fits = good == 1 ? at[1] >= lead.low && at[1] <= lead.high : (at[good] & 0xc0) == 0x80;
    if (!fits) return {good, false};
    ++good;
  }
  return {good, true};
}

}  // namespace smartroute::tokens

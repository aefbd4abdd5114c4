#include "tools/cli/display_width.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "contract/base/utf8.hpp"

namespace smartroute::cli {
namespace {

struct Range {
  std::uint32_t first, last;
};

constexpr std::array<Range, 14> kNothing{{{0x0300, 0x036f},
                                          {0x0483, 0x0489},
                                          {0x0591, 0x05bd},
                                          {0x064b, 0x065f},
                                          {0x093c, 0x093c},
                                          {0x0941, 0x0948},
                                          {0x0e34, 0x0e3a},
                                          {0x1ab0, 0x1aff},
                                          {0x1dc0, 0x1dff},
                                          {0x200b, 0x200f},
                                          {0x20d0, 0x20ff},
                                          {0xfe00, 0xfe0f},
                                          {0xfe20, 0xfe2f},
                                          {0xe0100, 0xe01ef}}};

constexpr std::array<Range, 24> kTwo{{{0x1100, 0x115f},   {0x231a, 0x231b},   {0x23e9, 0x23ec},   {0x2614, 0x2615},   {0x26a1, 0x26a1},   {0x2705, 0x2705},
                                      {0x274c, 0x274c},   {0x2728, 0x2728},   {0x2b50, 0x2b50},   {0x2e80, 0x303e},   {0x3041, 0x33ff},   {0x3400, 0x4dbf},
                                      {0x4e00, 0x9fff},   {0xa000, 0xa4cf},   {0xa960, 0xa97f},   {0xac00, 0xd7a3},   {0xf900, 0xfaff},   {0xfe30, 0xfe6f},
                                      {0xff00, 0xff60},   {0xffe0, 0xffe6},   {0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff}, {0x1f900, 0x1faff}, {0x20000, 0x3fffd}}};

template <std::size_t N>
bool lies_in(std::uint32_t character, const std::array<Range, N>& ranges) {
  return std::any_of(ranges.begin(), ranges.end(), [&](const Range& range) { return character >= range.first && character <= range.last; });
}

struct Piece {
  std::size_t bytes, columns;
};

// The character, or the colour code, at the beginning of a text that is not empty.
Piece first_piece(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  if (text.starts_with("\x1b[")) {
    const auto end = text.find('m');
    if (end != std::string_view::npos) return {end + 1, 0};
  }
  if (lead < 0x80) return {1, lead >= ' ' && lead != 127 ? 1u : 0u};
  const std::size_t bytes = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
  if (bytes == 1 || text.size() < bytes) return {1, 1};
  std::uint32_t character = lead & (0xffu >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) {
    if (!continues_character(text[i])) return {1, 1};
    character = character << 6 | (static_cast<unsigned char>(text[i]) & 0x3fu);
  }
  if (lies_in(character, kNothing)) return {bytes, 0};
  return {bytes, lies_in(character, kTwo) ? 2u : 1u};
}

}  // namespace

std::size_t display_width(std::string_view text) {
  std::size_t columns = 0;
  while (!text.empty()) {
    const Piece piece = first_piece(text);
    columns += piece.columns;
    text.remove_prefix(piece.bytes);
  }
  return columns;
}

std::size_t bytes_within(std::string_view text, std::size_t columns) {
  std::size_t at = 0;
  while (at < text.size()) {
    const Piece piece = first_piece(text.substr(at));
    if (piece.columns > columns) break;
    columns -= piece.columns;
    at += piece.bytes;
  }
  return at;
}

}  // namespace smartroute::cli

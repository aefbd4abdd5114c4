// What the place we print to can show.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace smartroute::cli {

enum class Colour : std::uint8_t { Off, On };
enum class Glyphs : std::uint8_t { Ascii, Unicode };

struct Style {
  Colour colour = Colour::Off;
  Glyphs glyphs = Glyphs::Ascii;
};

// Of a file descriptor. Colour: a terminal that is not dumb, and NO_COLOR is not set. Glyphs beyond ASCII: the same, and the locale says UTF-8.
Style style_of(int fd);

namespace paint {
inline constexpr std::string_view kBold = "\x1b[1m", kDim = "\x1b[2m", kRed = "\x1b[31m", kGreen = "\x1b[32m", kYellow = "\x1b[33m", kCyan = "\x1b[36m";
}

// `text` between `code` and a reset; alone without colour.
std::string painted(std::string_view text, std::string_view code, Colour colour);

// √ or [ok], and so on. As wide as each other within a style.
enum class Tick : std::uint8_t { Ok, Warning, Failed, Skipped };
std::string tick_text(Tick tick, Style style);

struct ScreenSize {
  std::size_t columns = 80;
  std::size_t rows = 24;
};
ScreenSize screen_size(int fd);

}  // namespace smartroute::cli

#include "tools/cli/terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>

namespace smartroute::cli {
namespace {

std::string_view variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

// As setlocale() would choose, without changing anything.
bool speaks_utf8() {
  std::string locale;
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"})
    if (locale.empty()) locale = variable(name);
  for (char& c : locale)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return locale.find("utf-8") != std::string::npos || locale.find("utf8") != std::string::npos;
}

std::string_view code_of(Tick tick) {
  switch (tick) {
    case Tick::Ok: return paint::kGreen;
    case Tick::Warning: return paint::kYellow;
    case Tick::Failed: return paint::kRed;
    case Tick::Skipped: break;
  }
  return paint::kDim;
}

std::string_view mark_of(Tick tick, Glyphs glyphs) {
  const bool ascii = glyphs == Glyphs::Ascii;
  switch (tick) {
    case Tick::Ok: return ascii ? "[ok]  " : "√";
    case Tick::Warning: return ascii ? "[warn]" : "‼";
    case Tick::Failed: return ascii ? "[fail]" : "×";
    case Tick::Skipped: break;
  }
  return ascii ? "[skip]" : "-";
}

}  // namespace

Style style_of(int fd) {
  if (::isatty(fd) == 0 || !variable("NO_COLOR").empty() || variable("TERM") == "dumb") return {};
  return {Colour::On, speaks_utf8() ? Glyphs::Unicode : Glyphs::Ascii};
}

std::string painted(std::string_view text, std::string_view code, Colour colour) {
  if (colour == Colour::Off || text.empty()) return std::string(text);
  return std::string(code) + std::string(text) + "\x1b[0m";
}

std::string tick_text(Tick tick, Style style) { return painted(mark_of(tick, style.glyphs), code_of(tick), style.colour); }

ScreenSize screen_size(int fd) {
  winsize size{};
  if (::ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return {};
  return {size.ws_col, size.ws_row};
}

}  // namespace smartroute::cli

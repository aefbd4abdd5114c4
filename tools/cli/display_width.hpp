// How many columns of a terminal a text takes.
#pragma once
#include <cstddef>
#include <string_view>

namespace smartroute::cli {

// Of UTF-8: Chinese, Japanese and Korean characters and emoji are two columns wide, combining marks none. Bytes that are no UTF-8 count one each. Colour codes
// (ESC [ ... m) count nothing. After Unicode 15.1, EastAsianWidth W and F.
std::size_t display_width(std::string_view text);

// Bytes at the beginning of `text` that fit into `columns`; whole characters.
std::size_t bytes_within(std::string_view text, std::size_t columns);

}  // namespace smartroute::cli

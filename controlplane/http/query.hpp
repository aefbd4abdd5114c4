// The query of a request target, taken apart as application/x-www-form-urlencoded:
// "a=b&a=c&x=%20" is (a,b), (a,c), (x," "). Pure.
#pragma once
#include <charconv>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "contract/base/result.hpp"

namespace smartroute::control::http {

constexpr std::size_t kMaxQueryPairs = 64;
constexpr std::size_t kMaxQueryBytes = 8 * 1024;

// In the order they were sent.
using QueryPairs = std::vector<std::pair<std::string, std::string>>;

// `raw` is without '?'. '+' is a space, "%XX" a byte; a name without '=' has an empty value, and
// nothing between two '&' is nothing. Error: Invalid for a '%' without two hex digits, an escaped
// NUL, an empty name, or more than the bounds.
Result<QueryPairs> parse_query(std::string_view raw);

// Of the first pair of that name; nullopt: there is none.
std::optional<std::string_view> find(const QueryPairs& pairs, std::string_view name);

// All of `text` as a decimal number. False: it is none, or not one that fits.
template <class Number>
bool read_number(std::string_view text, Number& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace smartroute::control::http

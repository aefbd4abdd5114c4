// What tokens cost, in whole nano-dollars, and where a price comes from.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace smartroute::prices {

// Nano-dollars (1e-9 US dollars) for a million tokens; $1.25 is 1,250,000,000. Absent: unknown, which is not zero.
struct Price {
  std::optional<std::int64_t> input, output;
  std::optional<std::int64_t> cached_input;    // absent: as input
  std::optional<std::int64_t> cache_write;     // absent: as input
  std::optional<std::int64_t> audio_input;     // absent: as input
  std::optional<std::int64_t> audio_output;    // absent: as output
  std::string source;                          // "config", or the catalogue's name and version; empty: unknown price
  std::string as_of;                           // date of the catalogue, YYYY-MM-DD; empty for config
  bool known() const noexcept { return input.has_value() && output.has_value(); }
  friend bool operator==(const Price&, const Price&) = default;
};

// What was used, as providers count it: the details are parts of prompt and completion, not additions.
struct Quantities {
  std::uint64_t prompt = 0, completion = 0;
  std::uint64_t cached = 0, cache_write = 0, audio_input = 0, audio_output = 0;
};

// Nano-dollars, exact up to one rounding (half up) of the sum. nullopt: the price is unknown. Details that exceed their whole are cut to it.
// A sum beyond int64 is its greatest value.
std::optional<std::int64_t> cost(const Price& price, const Quantities& used) noexcept;

// US dollars for a million tokens, as people write them, to nano-dollars; half up. nullopt for what is negative, not finite or above 1e9 dollars.
std::optional<std::int64_t> nano_dollars(double dollars) noexcept;

}  // namespace smartroute::prices

// The catalogue as it is compiled in: rows of a table that tools/price_table writes at build time.
// Only catalogue.cpp and tests read it.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace smartroute::prices::table {

// A part of kText. All of it is printable ASCII, and all that is compared is in lower case.
struct Text {
  std::uint32_t at = 0;
  std::uint16_t size = 0;
};

enum class Test : std::uint8_t {
  Equals,
  StartsWith,
  EndsWith,
  Contains,
  Lacks,
  LacksEnd,
  Shape,       // equals, where '#' stands for any digit
  ShapeStart,  // starts with, in the same way
};

struct Rule {
  Text text;
  std::uint16_t model = 0;  // what it leads to
  Test test = Test::Equals;
  bool more = false;  // the next rule must hold too
};

enum Kind : std::uint8_t {
  kInput,
  kOutput,
  kCachedInput,
  kCacheWrite,
  kAudioInput,
  kAudioOutput,
  kKinds
};

struct Model {
  Text name;
  std::array<std::int64_t, kKinds> nano_dollars;  // for a million tokens; negative: not said
  std::int64_t context_window = 0;                // 0: not said
};

// Half-open.
struct Range {
  std::uint32_t begin = 0, end = 0;
};

struct Provider {
  Text id;
  Range models;     // rules, in the order in which they are tried
  Range made_here;  // rules of the names of models that it makes; empty: it only sells others'
  Range called;     // rules of other spellings of its id
  Range fallbacks;  // kFallbacks: providers whose models it sells, too
};

// Of the base URL. One '*' in each stands for characters other than '/'; a path is the beginning of
// the URL's, to the end of a segment.
struct Address {
  Text host, path;
  std::uint16_t provider = 0;
};

extern const std::string_view kName, kDate, kText;
extern const std::span<const Rule> kRules;
extern const std::span<const Model> kModels;
extern const std::span<const Address> kAddresses;
extern const std::span<const Provider> kProviders;
extern const std::span<const std::uint16_t> kFallbacks;

inline std::string_view text_of(Text text) noexcept { return kText.substr(text.at, text.size); }

}  // namespace smartroute::prices::table

// The outward form of a text: what is counted while it is read, and the features made of the counts.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "dataplane/core/classify/subject.hpp"

namespace smartroute::classify {

struct Shape {
  std::array<std::uint16_t, 128> ascii{};  // folded characters below 128 by value
  std::uint32_t ask_bytes = 0;             // of the whole ask, also what was not read
  std::uint32_t read_bytes = 0;
  std::uint32_t words = 0;  // words and numbers, no ideographs
  std::uint32_t ideographs = 0;
  std::uint32_t letters = 0, latin_letters = 0, capitals = 0, shouted_words = 0, inner_capitals = 0;
  std::uint32_t numbers = 0, long_numbers = 0;
  std::uint32_t lines = 1, empty_lines = 0, indented_lines = 0, list_lines = 0, colon_lines = 0, longest_line = 0;
  std::uint32_t sentences = 0, questions = 0;
  std::uint32_t options = 0;  // A, B, C, D in this order, each before a stop or in brackets
  std::uint32_t fences = 0;   // ``` runs
  std::uint32_t tags = 0;     // <x or </x
  std::uint32_t math_marks = 0;  // beyond ASCII: Greek letters, operators, super- and subscripts
  std::uint32_t pictures = 0;    // emoji
  std::uint32_t commands = 0;    // backslash and a letter: LaTeX
  std::uint32_t last_mark = 0;   // the last character that is no space; folded
  bool begins_with_capital = false;
};

inline constexpr std::size_t kShapeRoom = 80;

struct ShapeFeature {
  std::uint32_t hash;
  std::string_view name;
};

struct ShapeFeatures {
  std::array<ShapeFeature, kShapeRoom> feature;
  std::size_t count = 0;
};

void describe_shape(const Shape& shape, const Subject& subject, ShapeFeatures& out) noexcept;

}  // namespace smartroute::classify

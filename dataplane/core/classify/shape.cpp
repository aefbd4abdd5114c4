#include "dataplane/core/classify/shape.hpp"

#include <algorithm>
#include <bit>

#include "dataplane/core/classify/hash.hpp"

namespace smartroute::classify {
namespace {

constexpr std::uint32_t kShapeSeed = 0x53484150;

// 0, 1, 2, 3-4, 5-8, 9-16, ... by doubling.
std::uint32_t doubling(std::uint32_t count) noexcept { return count < 2 ? count : 1 + std::bit_width(count - 1); }

// Two steps to each doubling, for lengths.
std::uint32_t half_doubling(std::uint32_t count) noexcept {
  if (count < 4) return count;
  const auto width = static_cast<std::uint32_t>(std::bit_width(count));
  return width * 2 + (count >> (width - 2) & 1);
}

// Share of `part` in `whole` in buckets; 0 only for none.
std::uint32_t share(std::uint32_t part, std::uint32_t whole) noexcept {
  if (part == 0 || whole == 0) return 0;
  const std::uint32_t per_mille = std::min<std::uint32_t>(1000, part * 1000 / whole);
  return 1 + static_cast<std::uint32_t>(std::bit_width(per_mille / 4));
}

enum class Script : std::uint32_t { None, Latin, Ideographic, Other };

Script script_of(const Shape& s) noexcept {
  if (s.ideographs * 3 > s.letters) return Script::Ideographic;
  if (s.letters == 0) return Script::None;
  return s.latin_letters * 2 > s.letters ? Script::Latin : Script::Other;
}

class Describer {
 public:
  explicit Describer(ShapeFeatures& out) noexcept : out_(out) { out_.count = 0; }

  void add(std::string_view name, std::uint32_t id, std::uint32_t bucket, std::uint32_t other = 0) noexcept {
    if (out_.count == kShapeRoom) return;
    out_.feature[out_.count++] = {mix(mix(kShapeSeed, id), bucket * 256 + other), name};
  }

 private:
  ShapeFeatures& out_;
};

struct Derived {
  std::uint32_t script, length, code, math, ends_as_question;
};

std::uint32_t sum(const Shape& s, std::string_view marks) noexcept {
  std::uint32_t total = 0;
  for (const char c : marks) total += s.ascii[static_cast<unsigned char>(c) & 127];
  return total;
}

void describe_text(const Shape& s, const Derived& d, Describer& to) noexcept {
  to.add("length", 1, d.length);
  to.add("length and script", 2, d.length, d.script);
  to.add("script", 3, d.script);
  to.add("words", 4, half_doubling(s.words), d.script);
  to.add("ideographs", 5, half_doubling(s.ideographs));
  to.add("lines", 6, doubling(s.lines));
  to.add("empty lines", 7, doubling(s.empty_lines));
  to.add("longest line", 8, doubling(s.longest_line), d.script);
  to.add("sentences", 9, doubling(s.sentences), d.script);
  to.add("questions", 10, std::min(s.questions, 6u));
  to.add("ending", 11, s.last_mark < 128 ? s.last_mark : 128, d.script);
  to.add("ending and length", 12, d.ends_as_question, d.length);
  to.add("beginning", 13, s.begins_with_capital ? 1 : 0, d.script);
  to.add("capitals", 14, share(s.capitals, s.letters));
  to.add("shouted words", 15, doubling(s.shouted_words));
  to.add("commas", 16, doubling(sum(s, ",")), d.script);
  to.add("exclamations", 17, std::min<std::uint32_t>(sum(s, "!"), 3));
  to.add("pictures", 18, std::min(s.pictures, 3u));
  to.add("quotes", 19, doubling(sum(s, "\"")));
  to.add("brackets", 20, doubling(sum(s, "(")));
  to.add("colons", 21, doubling(sum(s, ":")));
  to.add("questions and sentences", 22, std::min(s.questions, 3u), doubling(s.sentences));
  to.add("two scripts", 23, share(std::min(s.latin_letters, s.ideographs), s.letters + s.ideographs));
}

void describe_material(const Shape& s, const Derived& d, Describer& to) noexcept {
  to.add("code marks", 31, d.code);
  to.add("code marks and lines", 32, d.code, doubling(s.lines));
  to.add("code block", 33, std::min(s.fences, 5u));
  to.add("indented lines", 34, doubling(s.indented_lines));
  to.add("inner capitals", 35, doubling(s.inner_capitals));
  to.add("underscores", 36, doubling(sum(s, "_")));
  to.add("braces", 37, doubling(sum(s, "{")));
  to.add("semicolons", 38, doubling(sum(s, ";")));
  to.add("equals", 39, doubling(sum(s, "=")));
  to.add("math marks", 40, d.math);
  to.add("math and length", 41, d.math, d.length);
  to.add("latex", 42, doubling(s.commands), std::min<std::uint32_t>(sum(s, "$"), 2));
  to.add("powers", 43, std::min<std::uint32_t>(sum(s, "^"), 5));
  to.add("numbers", 44, doubling(s.numbers));
  to.add("numbers to words", 45, share(s.numbers, s.words + s.ideographs), d.script);
  to.add("long numbers", 46, doubling(s.long_numbers));
  to.add("numbers and question", 47, doubling(s.numbers), d.ends_as_question);
  to.add("options", 48, s.options);
  to.add("list lines", 49, doubling(s.list_lines));
  to.add("lines that end with a colon", 50, doubling(s.colon_lines));
  to.add("markup", 51, doubling(s.tags));
  to.add("table", 52, doubling(sum(s, "|")));
  to.add("list lines and questions", 53, doubling(s.list_lines), std::min(s.questions, 3u));
  to.add("percents", 54, std::min<std::uint32_t>(sum(s, "%"), 4));
  to.add("code and question", 55, d.code, d.ends_as_question);
}

}  // namespace

void describe_shape(const Shape& s, const Subject& subject, ShapeFeatures& out) noexcept {
  Derived d{};
  d.script = static_cast<std::uint32_t>(script_of(s));
  d.length = half_doubling(s.ask_bytes);
  d.code = share(sum(s, "{}[]();=<>_#&|") + 3 * s.indented_lines, s.read_bytes);
  d.math = share(sum(s, "+=^<>/*\\$") + s.math_marks, s.read_bytes);
  d.ends_as_question = s.last_mark == '?' ? 2 : (s.questions > 0 ? 1 : 0);
  Describer to(out);
  describe_text(s, d, to);
  describe_material(s, d, to);
  if (subject.tools > 0) to.add("tools offered", 60, doubling(subject.tools));
  if (subject.images > 0) to.add("images", 61, std::min(subject.images, 3u));
  if (subject.human_turns > 1) to.add("turns", 62, doubling(subject.human_turns));
}

}  // namespace smartroute::classify

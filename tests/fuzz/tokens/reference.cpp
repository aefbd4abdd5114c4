#include "tests/fuzz/tokens/reference.hpp"

#include <fstream>
#include <limits>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "dataplane/core/tokens/characters.hpp"
#include "tests/fuzz/fuzz_support.hpp"

namespace smartroute::fuzz {
namespace {

using tokens::CharacterClass;
using tokens::ClassSet;
using tokens::Encoding;
using tokens::set_of;

// Text as characters; what is not UTF-8 has become U+FFFD.

struct Letter {
  std::uint32_t code_point;
  CharacterClass kind;
  std::string bytes;
};
using Text = std::vector<Letter>;

Letter letter_of(std::uint32_t c) {
  std::string bytes;
  const auto put = [&](std::uint32_t byte) { bytes += static_cast<char>(byte); };
  if (c < 0x80) put(c);
  else if (c < 0x800) put(0xc0 | c >> 6);
  else if (c < 0x10000) put(0xe0 | c >> 12), put(0x80 | (c >> 6 & 0x3f));
  else put(0xf0 | c >> 18), put(0x80 | (c >> 12 & 0x3f)), put(0x80 | (c >> 6 & 0x3f));
  if (c >= 0x80) put(0x80 | (c & 0x3f));
  return {c, c < 0x80 ? tokens::kAsciiClasses[c] : tokens::class_of(c), bytes};
}

// The decoder of the Encoding Standard, step by step.
Text decode(std::string_view bytes) {
  Text text;
  std::uint32_t point = 0;
  int needed = 0, seen = 0;
  unsigned char low = 0x80, high = 0xbf;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    if (needed == 0) {
      if (byte < 0x80) text.push_back(letter_of(byte));
      else if (byte >= 0xc2 && byte <= 0xdf) needed = 1, point = byte & 0x1f;
      else if (byte >= 0xe0 && byte <= 0xef) {
        if (byte == 0xe0) low = 0xa0;
        if (byte == 0xed) high = 0x9f;
        needed = 2, point = byte & 0xf;
      } else if (byte >= 0xf0 && byte <= 0xf4) {
        if (byte == 0xf0) low = 0x90;
        if (byte == 0xf4) high = 0x8f;
        needed = 3, point = byte & 7;
      } else text.push_back(letter_of(0xfffd));
      continue;
    }
    const bool fits = byte >= low && byte <= high;
    low = 0x80, high = 0xbf;
    if (!fits) {
      needed = seen = 0;
      text.push_back(letter_of(0xfffd));
      --i;
      continue;
    }
    point = point << 6 | (byte & 0x3f);
    if (++seen < needed) continue;
    text.push_back(letter_of(point));
    needed = seen = 0;
  }
  if (needed > 0) text.push_back(letter_of(0xfffd));
  return text;
}

// A regular expression: one of some rows of items, each so many characters of a set, as many as the rest lets it have.

enum class Behind : std::uint8_t { Anything, BlankOrEnd };
struct Item {
  ClassSet set = 0;
  std::size_t least = 1, most = 1;
  std::u32string_view also = {}, only = {};  // `only`: of these letters, whatever the set
  bool fold = false;
};
struct Row {
  std::vector<Item> items;
  Behind behind = Behind::Anything;
};
using Expression = std::vector<Row>;

constexpr std::size_t kMany = std::numeric_limits<std::size_t>::max();
constexpr std::size_t kNoMatch = kMany;

bool fits(const Item& item, const Letter& letter) {
  if (item.only.empty()) return tokens::holds(item.set, letter.kind) || item.also.find(static_cast<char32_t>(letter.code_point)) != item.also.npos;
  char32_t c = letter.code_point;
  if (item.fold && c >= 'A' && c <= 'Z') c += 'a' - 'A';
  if (item.fold && c == 0x17f) c = 's';
  return item.only.find(c) != item.only.npos;
}

std::size_t match(const Text& text, std::size_t at, const Row& row, std::size_t item) {
  if (item == row.items.size()) {
    const bool blank = at == text.size() || tokens::holds(tokens::kSpaces, text[at].kind);
    return row.behind == Behind::Anything || blank ? at : kNoMatch;
  }
  const Item& wanted = row.items[item];
  std::size_t there = 0;
  while (there < wanted.most && at + there < text.size() && fits(wanted, text[at + there])) ++there;
  for (std::size_t taken = there + 1; taken-- > wanted.least;)
    if (const std::size_t end = match(text, at + taken, row, item + 1); end != kNoMatch) return end;
  return kNoMatch;
}

Item letters(std::u32string_view only, bool fold) { return {.only = only, .fold = fold}; }

std::vector<std::vector<Item>> contractions(bool fold) {
  std::vector<std::vector<Item>> all;
  for (const std::u32string_view end : {U"s", U"t", U"re", U"ve", U"m", U"ll", U"d"}) {
    std::vector<Item> one{letters(U"'", false)};
    for (std::size_t i = 0; i < end.size(); ++i) one.push_back(letters(end.substr(i, 1), fold));
    all.push_back(one);
  }
  return all;
}

void add_white_space(Expression& expression, bool line_ends) {
  const Item some{.set = tokens::kSpaces, .least = 1, .most = kMany};
  if (line_ends) expression.push_back({{{.set = tokens::kSpaces, .least = 0, .most = kMany}, {.set = tokens::kNewlines, .least = 1, .most = kMany}}});
  expression.push_back({{some}, Behind::BlankOrEnd});
  expression.push_back({{some}});
}

Expression expression_of(Encoding encoding) {
  using C = CharacterClass;
  const ClassSet not_prefix = tokens::kNewlines | tokens::kLetters | tokens::kNumbers;
  const Item prefix{.set = static_cast<ClassSet>(~not_prefix), .least = 0};
  const Item blank{.least = 0, .only = U" "};
  const auto many = [](ClassSet set, std::size_t least) { return Item{.set = set, .least = least, .most = kMany}; };
  const ClassSet symbols = static_cast<ClassSet>(~(tokens::kSpaces | tokens::kLetters | tokens::kNumbers));
  Expression all;
  if (encoding == Encoding::P50kBase || encoding == Encoding::R50kBase) {
    for (auto& one : contractions(false)) all.push_back({one});
    all.push_back({{blank, many(tokens::kLetters, 1)}});
    all.push_back({{blank, many(tokens::kNumbers, 1)}});
    all.push_back({{blank, many(symbols, 1)}});
    add_white_space(all, false);
    return all;
  }
  const Item number{.set = tokens::kNumbers, .least = 1, .most = 3};
  if (encoding == Encoding::Cl100kBase) {
    for (auto& one : contractions(true)) all.push_back({one});
    all.push_back({{prefix, many(tokens::kLetters, 1)}});
    all.push_back({{number}});
    all.push_back({{blank, many(symbols, 1), many(tokens::kNewlines, 0)}});
    add_white_space(all, true);
    return all;
  }
  const ClassSet upper = set_of(C::Upper) | set_of(C::Letter) | set_of(C::Mark), lower = set_of(C::Lower) | set_of(C::Letter) | set_of(C::Mark);
  for (const std::size_t capitals : {std::size_t{0}, std::size_t{1}}) all.push_back({{prefix, many(upper, capitals), many(lower, 1 - capitals)}});
  all.push_back({{number}});
  all.push_back({{blank, many(symbols, 1), {.set = tokens::kNewlines, .least = 0, .most = kMany, .also = U"/"}}});
  add_white_space(all, true);
  return all;
}

std::size_t piece_end(const Text& text, std::size_t at, const Expression& expression, bool contract) {
  for (std::size_t row = 0; row < expression.size(); ++row) {
    const std::size_t end = match(text, at, expression[row], 0);
    if (end == kNoMatch) continue;
    // o200k: the first two rows are words, and a word ends with a contraction if it can; being optional it never makes the word shorter.
    if (contract && row < 2)
      for (auto& one : contractions(true))
        if (const std::size_t longer = match(text, end, {one}, 0); longer != kNoMatch) return longer;
    return end;
  }
  require(false, "every character is in a piece");
  return kNoMatch;
}

// Byte pair encoding.

using Ranks = std::unordered_map<std::string, std::uint32_t>;

std::string from_base64(std::string_view text) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  std::uint32_t bits = 0, held = 0;
  for (const char c : text.substr(0, text.find('='))) {
    bits = bits << 6 | static_cast<std::uint32_t>(kDigits.find(c));
    if ((held += 6) >= 8) out += static_cast<char>(bits >> (held -= 8) & 0xff);
  }
  return out;
}

const Ranks& ranks_of(Encoding encoding) {
  static std::map<Encoding, Ranks> read;
  Ranks& ranks = read[encoding];
  if (!ranks.empty()) return ranks;
  std::string name(tokens::name_of(encoding == Encoding::O200kHarmony ? Encoding::O200kBase : encoding));
  std::ifstream in(SMARTROUTE_RANKS "/" + name + ".tiktoken");
  std::string bytes;
  for (std::uint32_t rank = 0; in >> bytes >> rank;) ranks.emplace(from_base64(bytes), rank);
  require(ranks.size() > 256, "the rank files are there");
  return ranks;
}

std::uint64_t encode(const Ranks& ranks, const std::string& piece) {
  if (ranks.count(piece) > 0) return 1;
  std::vector<std::string> parts;
  for (const char c : piece) parts.emplace_back(1, c);
  for (;;) {
    std::size_t best = 0;
    std::uint32_t lowest = std::numeric_limits<std::uint32_t>::max();
    for (std::size_t i = 0; i + 1 < parts.size(); ++i)
      if (const auto rank = ranks.find(parts[i] + parts[i + 1]); rank != ranks.end() && rank->second < lowest) lowest = rank->second, best = i;
    if (lowest == std::numeric_limits<std::uint32_t>::max()) return parts.size();
    parts[best] += parts[best + 1];
    parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(best) + 1);
  }
}

}  // namespace

std::uint64_t reference_count(Encoding encoding, std::string_view bytes) {
  const Expression expression = expression_of(encoding);
  const bool contract = encoding == Encoding::O200kBase || encoding == Encoding::O200kHarmony;
  const Text text = decode(bytes);
  std::uint64_t count = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = piece_end(text, at, expression, contract);
    std::string piece;
    for (; at < end; ++at) piece += text[at].bytes;
    count += encode(ranks_of(encoding), piece);
  }
  return count;
}

}  // namespace smartroute::fuzz

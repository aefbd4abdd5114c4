#include "dataplane/core/tokens/counter.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "contract/base/random.hpp"

namespace smartroute::tokens {
namespace {

using namespace std::string_view_literals;

constexpr std::array kEncodings{Encoding::O200kBase, Encoding::Cl100kBase, Encoding::P50kBase, Encoding::R50kBase};

// What tiktoken 1.0.22 says.
struct Known {
  std::string_view text;
  std::array<std::uint64_t, kEncodings.size()> tokens;
};
constexpr Known kKnown[] = {
    {"", {0, 0, 0, 0}},
    {"a", {1, 1, 1, 1}},
    {"hello world", {2, 2, 2, 2}},
    {"it's", {1, 2, 2, 2}},
    {"it'S", {2, 2, 3, 3}},
    {"it'\xc5\xbfo", {4, 5, 5, 5}},  // the long s is an s without regard to case
    {"IT'LL", {3, 3, 3, 3}},
    {"\r\n\r\n  x", {3, 3, 6, 6}},
    {"a  \n  b", {4, 4, 5, 6}},
    {"end   ", {2, 2, 2, 4}},
    {"12345678", {3, 3, 3, 3}},
    {"e\u0301a \u0301b", {6, 6, 8, 8}},
    {"!\u0301", {2, 2, 3, 3}},
    {"//\n/x", {3, 2, 4, 4}},
    {":/\n\n/", {2, 3, 4, 4}},
    {"\u4e2d\u6587\uff0c\u4f60\u597d\u3002", {4, 6, 11, 11}},
    {"\u4e2dAAAA!", {3, 3, 3, 3}},
    {"\u4e2dAAAAb", {3, 3, 3, 3}},
    {"\U0001f600\U0001f44d\U0001f3fd", {4, 8, 7, 7}},
    {"<|endoftext|>", {7, 7, 7, 7}},
    {" \u00a0\u3000x", {3, 3, 4, 4}},
    {"don't stop", {2, 3, 3, 3}},
    {"\0\0"sv, {1, 2, 2, 2}},
    {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", {5, 5, 9, 9}},
};

TEST(Count, IsWhatTiktokenSays) {
  for (const Known& known : kKnown)
    for (std::size_t i = 0; i < kEncodings.size(); ++i)
      EXPECT_EQ(count(kEncodings[i], known.text), known.tokens[i]) << name_of(kEncodings[i]) << ": " << known.text;
}

// The vectors that come with the rank files: the name of the encoding, a text, its tokens as [1, 2, 3].
TEST(Count, AgreesWithTheVectorsOfTheRankFiles) {
  std::ifstream in(SMARTROUTE_TOKEN_VECTORS);
  ASSERT_TRUE(in);
  std::size_t checked = 0;
  std::string encoding, sample;
  const auto starts = [](const std::string& line, std::string_view with) { return line.compare(0, with.size(), with) == 0; };
  for (std::string line; std::getline(in, line);) {
    if (starts(line, "EncodingName: ")) {
      encoding = line.substr(14);
    } else if (starts(line, "Sample: ")) {
      sample = line.substr(8);
    } else if (starts(line, "Encoded: ")) {
      const auto known = encoding_named(encoding);
      if (!known) continue;
      const auto commas = static_cast<std::uint64_t>(std::count(line.begin(), line.end(), ','));
      EXPECT_EQ(count(*known, sample), line == "Encoded: []" ? 0 : commas + 1) << encoding << ": " << sample;
      ++checked;
    } else if (!line.empty()) {
      sample += "\n" + line;
    }
  }
  EXPECT_GT(checked, 200u);
}

TEST(Count, HarmonyDiffersInSpecialTokensOnly) {
  EXPECT_EQ(count(Encoding::O200kHarmony, "<|start|>user hello"), count(Encoding::O200kBase, "<|start|>user hello"));
}

TEST(Count, TakesOneReplacementForEachMaximalBrokenPiece) {
  const struct {
    std::string_view name, bytes, same_as;
  } rows[] = {
      {"continuation alone", "a\x80z", "a\ufffdz"},
      {"cut at the end", "a\xe4\xb8", "a\ufffd"},
      {"cut in the middle", "\xf0\x9f\x98z", "\ufffdz"},
      {"overlong", "\xc0\xaf", "\ufffd\ufffd"},
      {"overlong by its second byte", "\xe0\x80\xaf", "\ufffd\ufffd\ufffd"},
      {"surrogate", "\xed\xa0\x80", "\ufffd\ufffd\ufffd"},
      {"beyond Unicode", "\xf4\x90\x80\x80", "\ufffd\ufffd\ufffd\ufffd"},
      {"good after bad", "\xe4\xe4\xb8\xad", "\ufffd\u4e2d"},
  };
  for (const auto& row : rows)
    for (const Encoding encoding : kEncodings) EXPECT_EQ(count(encoding, row.bytes), count(encoding, row.same_as)) << row.name;
}

// A million bytes that take as many tries as there are: a count that grows with their square would not end.
TEST(Count, IsLinearOnHostileText) {
  SeededRandom random(7);
  std::string noise, letters;
  for (int i = 0; i < 1'000'000; ++i) {
    noise += static_cast<char>(random.below(256));
    letters += static_cast<char>('a' + random.below(26));
  }
  for (const Encoding encoding : kEncodings) {
    for (const char c : "a =7\n"sv) EXPECT_GT(count(encoding, std::string(1'000'000, c)), 0u);
    EXPECT_GT(count(encoding, noise), 100'000u);
    EXPECT_GT(count(encoding, letters), 100'000u);
  }
}

// Stream counter: what it says after every piece is the count of what came so far.

void expect_same_at_every_cut(Encoding encoding, std::string_view text, SeededRandom& random, std::size_t longest_piece) {
  StreamCounter counter(encoding);
  std::size_t fed = 0;
  while (fed < text.size()) {
    const std::size_t size = std::min<std::size_t>(text.size() - fed, 1 + random.below(longest_piece));
    counter.feed(text.substr(fed, size));
    fed += size;
    ASSERT_EQ(counter.total(), count(encoding, text.substr(0, fed))) << name_of(encoding) << " after " << fed << " bytes of " << text.substr(0, 40);
  }
}

TEST(StreamCounter, CountsWhatCameSoFarAtEveryByte) {
  SeededRandom random(1);
  for (const Known& known : kKnown)
    for (const Encoding encoding : kEncodings) expect_same_at_every_cut(encoding, known.text, random, 1);
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string all;
  while (times-- > 0) all += text;
  return all;
}

TEST(StreamCounter, CountsPiecesThatAreTooLongToHold) {
  const std::string capitals = repeated("ABCDEFGH", 80), blanks(700, ' ');
  const struct {
    std::string_view name;
    std::string text;
  } rows[] = {
      {"small letters", repeated("abcdefgh", 100) + " x"},
      {"capitals", capitals + " x"},
      {"capitals, then small", capitals + "xyzABC"},
      {"capitals behind a caseless letter", "\u4e2d" + capitals + "!"},
      {"capitals behind a caseless letter, then small", "\u4e2d" + capitals + "x!"},
      {"capitals with caseless letters among them", "!" + repeated("AB\u4e2dC", 200) + " end"},
      {"a mark first", "\u0301" + capitals + "\u0301" + capitals + "'s"},
      {"contraction", repeated("abc", 200) + "'re not"},
      {"contraction cut short", repeated("abc", 200) + "'r not"},
      {"contraction of capitals", repeated("ABC", 200) + "'LL"},
      {"contraction behind a caseless letter", capitals + "\u4e2d'veX"},
      {"contraction behind what follows a caseless letter", "\u4e2d" + capitals + "'s"},
      {"contraction with a long s", repeated("abc", 200) + "'\xc5\xbfo"},
      {"no contraction", repeated("abc", 200) + "'\U0001f600'"},
      {"apostrophe last", repeated("abc", 200) + "'"},
      {"contraction as the piece becomes long", std::string(255, 'a') + "'s x"},
      {"half a contraction as the piece becomes long", std::string(254, 'a') + "'re" + std::string(300, 'b')},
      {"digits", repeated("1234567890", 80) + "a"},
      {"symbols", repeated("=-*", 300) + "x"},
      {"symbols behind a blank, then lines", " " + repeated("=", 600) + repeated("\n/", 300) + "x"},
      {"line breaks and more symbols", repeated("=", 600) + "\r\n\r\n=="},
      {"blanks", blanks + "x"},
      {"blanks before a digit", blanks + "7"},
      {"blanks before a symbol", blanks + "="},
      {"wide blanks", repeated("\u3000", 400) + "x"},
      {"lines of blanks", repeated("  \n", 300) + "x"},
      {"a line break, then blanks", "\n" + blanks + "x"},
      {"a line break, then blanks, then another", "\n" + blanks + "\n x"},
      {"blanks, then a line break", blanks + "\nx"},
      {"blanks to the end", "x" + blanks},
      {"hangul", repeated("\uac00\ub098", 300) + "."},
      {"marks", repeated("\u0301\u0302", 300) + "a"},
      {"emoji", repeated("\U0001f600", 300) + "a"},
  };
  SeededRandom random(2);
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    for (const Encoding encoding : kEncodings) {
      expect_same_at_every_cut(encoding, row.text, random, 1);
      expect_same_at_every_cut(encoding, row.text, random, 100);
      expect_same_at_every_cut(encoding, row.text + row.text, random, 900);
    }
  }
}

TEST(StreamCounter, CountsAnythingCutAnywhere) {
  constexpr std::string_view kAtoms[] = {"a",  "A",  "'s",     "'",      " ",      "  ",     "\n",         "\r\n",   "1",  "!",  "/",    "\u4e2d", "\u0301",
                                         "ing", "The", "\u3000", "\u00e9", "\u0130", "'\u017f", "\U0001f600", "\u02b0", "=", "\t", "\u0660", "'LL", "\xff", "\xe4\xb8", "\xf0"};
  SeededRandom random(3);
  for (int round = 0; round < 150; ++round) {
    std::string text;
    for (auto atoms = 1 + random.below(40); atoms > 0; --atoms) {
      const std::string_view atom = kAtoms[random.below(std::size(kAtoms))];
      text += repeated(atom, random.below(12) == 0 ? 1 + random.below(300) : 1);
    }
    for (const Encoding encoding : kEncodings) expect_same_at_every_cut(encoding, text, random, 1 + random.below(64));
  }
}

TEST(StreamCounter, GoesOnWhereItWasAfterAMove) {
  StreamCounter counter(Encoding::O200kBase);
  counter.feed("hel");
  StreamCounter moved(std::move(counter));
  moved.feed("lo world");
  EXPECT_EQ(moved.total(), 2u);
  StreamCounter other(Encoding::R50kBase);
  other = std::move(moved);
  EXPECT_EQ(other.total(), 2u);
}

TEST(StreamCounter, ForgetsEverythingWhenReset) {
  StreamCounter counter(Encoding::O200kBase);
  counter.feed(std::string(1000, 'x') + "\xe4");
  counter.reset(Encoding::R50kBase);
  EXPECT_EQ(counter.total(), 0u);
  counter.feed("\u4e2d\u6587");
  EXPECT_EQ(counter.total(), count(Encoding::R50kBase, "\u4e2d\u6587"));
}

TEST(Encoding, IsKnownByItsName) {
  for (int i = 0; i < static_cast<int>(Encoding::kCount); ++i) {
    const auto encoding = static_cast<Encoding>(i);
    EXPECT_EQ(encoding_named(name_of(encoding)), encoding);
  }
  EXPECT_EQ(encoding_named("p50k"), std::nullopt);
}

}  // namespace
}  // namespace smartroute::tokens

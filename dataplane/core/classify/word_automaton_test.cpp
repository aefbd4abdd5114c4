#include "dataplane/core/classify/word_automaton.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "contract/base/random.hpp"

namespace smartroute::classify {
namespace {

constexpr auto kNone = WordAutomaton::kNone;

std::vector<WordAutomaton::Word> ranked(const std::vector<std::string>& texts) {
  std::vector<WordAutomaton::Word> words;
  for (const std::string& text : texts)
    words.push_back({text, static_cast<std::uint32_t>(words.size())});
  return words;
}

TEST(WordAutomaton, FindsWordsAtWordBoundaries) {
  struct Row {
    const char *name, *word, *text;
    bool found;
  };
  const Row rows[] = {
      {"whole text", "prove", "prove", true},
      {"in a sentence", "prove", "please prove it", true},
      {"before punctuation", "prove", "prove.", true},
      {"upper case text", "prove", "PROVE IT", true},
      {"upper case word", "PROVE", "prove it", true},
      {"inside a word", "prove", "improved", false},
      {"start of a word", "prove", "prover", false},
      {"end of a word", "prove", "improve", false},
      {"next to a digit", "prove", "prove2", false},
      {"next to an underscore", "prove", "_prove", false},
      {"next to a hyphen", "prove", "re-prove-it", true},
      {"next to Chinese", "prove", "请prove这个", true},
      {"next to an accented letter", "ve", "naïve", false},
      {"between accented letters", "a", "éaé", false},
      {"phrase", "step by step", "think step by step!", true},
      {"phrase over a line end", "step by step", "step\nby\tstep", true},
      {"phrase with other space", "step by step", "step  by step", false},
      {"word that ends in punctuation", "c++", "write c++17", true},
      {"word that starts with punctuation", ".net", "asp.net core", true},
      {"the same, letter behind", ".net", "asp.network", false},
      {"Chinese anywhere", "证明", "请证明这个定理", true},
      {"Chinese next to letters", "证明", "a证明b", true},
      {"half a Chinese character", "证明", "证", false},
      {"Cyrillic whole word", "код", "мой код тут", true},
      {"Cyrillic inside a word", "код", "кодекс", false},
      {"second chance after a false start", "aab", "aaab aab", true},
      {"empty text", "prove", "", false},
  };
  for (const Row& row : rows)
    for (const std::size_t cells : {WordAutomaton::kMaxCells, std::size_t{1}}) {
      const WordAutomaton automaton({{row.word, 0}}, cells);
      EXPECT_EQ(automaton.best(row.text, kNone) == 0, row.found) << row.name << " cells " << cells;
    }
}

TEST(WordAutomaton, TheSmallestRankWins) {
  const WordAutomaton automaton(ranked({"she", "he", "hers", "his"}));
  EXPECT_EQ(automaton.best("his hers he she", kNone), 0u);
  EXPECT_EQ(automaton.best("his hers he", kNone), 1u);
  EXPECT_EQ(automaton.best("his hers", kNone), 2u);
  EXPECT_EQ(automaton.best("his", kNone), 3u);
  EXPECT_EQ(automaton.best("this", kNone), kNone);
}

TEST(WordAutomaton, OnlyWhatBeatsTheBoundCounts) {
  const WordAutomaton automaton(ranked({"a", "b", "c"}));
  EXPECT_EQ(automaton.best("b c", 1), kNone);
  EXPECT_EQ(automaton.best("b c", 2), 1u);
  EXPECT_EQ(automaton.best("a b c", 0), kNone);
}

TEST(WordAutomaton, AWordGivenTwiceHasItsBetterRank) {
  const WordAutomaton automaton({{"x", 5}, {"X", 3}, {"x", 7}});
  EXPECT_EQ(automaton.best("x", kNone), 3u);
}

TEST(WordAutomaton, AShorterWordInsideALongerOneIsFoundWhenItsBoundaryHolds) {
  const WordAutomaton automaton(ranked({"by step", "step by step"}));
  EXPECT_EQ(automaton.best("step by step", kNone), 0u);
  EXPECT_EQ(automaton.best("standby step", kNone), kNone);
}

TEST(WordAutomaton, WithoutWordsIsEmpty) {
  EXPECT_TRUE(WordAutomaton({}).empty());
  EXPECT_TRUE(WordAutomaton({{"", 0}}).empty());
  EXPECT_EQ(WordAutomaton({}).best("anything", kNone), kNone);
}

bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; }

// The same by definition: every word at every place.
std::uint32_t by_search(const std::vector<std::string>& words, const std::string& text) {
  for (std::uint32_t rank = 0; rank < words.size(); ++rank)
    for (std::size_t at = text.find(words[rank]); at != std::string::npos;
         at = text.find(words[rank], at + 1)) {
      const std::size_t end = at + words[rank].size();
      const bool left = at > 0 && is_word(words[rank].front()) && is_word(text[at - 1]);
      const bool right = end < text.size() && is_word(words[rank].back()) && is_word(text[end]);
      if (!left && !right) return rank;
    }
  return kNone;
}

TEST(WordAutomaton, AgreesWithPlainSearchAtAnySize) {
  SeededRandom random(2026);
  constexpr std::string_view kLetters = "ab .";
  const auto text_of = [&](std::size_t bytes) {
    std::string out;
    while (out.size() < bytes) out += kLetters[random.below(kLetters.size())];
    return out;
  };
  int hits = 0, misses = 0;
  for (int round = 0; round < 1'500; ++round) {
    std::vector<std::string> words;
    for (std::size_t n = 1 + random.below(6); n > 0; --n)
      words.push_back(text_of(4 + random.below(9)));
    // Short texts are walked in one lane, long ones in four; the last ones hold a word across the
    // lanes' borders.
    std::string text = text_of(random.below(700));
    if (round % 3 == 0)
      text = std::string(text.size(), 'b')
                 .insert(random.below(text.size() + 1), " " + words.back() + " ");
    const std::uint32_t want = by_search(words, text);
    for (const std::size_t cells : {WordAutomaton::kMaxCells, std::size_t{40}, std::size_t{1}})
      ASSERT_EQ(WordAutomaton(ranked(words), cells).best(text, kNone), want)
          << "round " << round << " cells " << cells;
    ++(want == kNone ? misses : hits);
  }
  EXPECT_GT(hits, 300);
  EXPECT_GT(misses, 300);
}

TEST(WordAutomaton, FindsAWordAtEveryPlaceOfALongText) {
  const WordAutomaton automaton({{"needle", 0}});
  for (const std::size_t size : {255u, 256u, 257u, 1003u})
    for (std::size_t at = 0; at + 6 <= size; ++at) {
      std::string text(size, ' ');
      text.replace(at, 6, "needle");
      ASSERT_EQ(automaton.best(text, kNone), 0u) << size << " " << at;
    }
}

TEST(WordAutomaton, TakesManyWords) {
  std::vector<std::string> words;
  for (int i = 0; i < 10'000; ++i) words.push_back("词" + std::to_string(i * 7919) + "号");
  const WordAutomaton automaton(ranked(words));
  for (const std::uint32_t i : {0u, 1u, 4999u, 9999u})
    EXPECT_EQ(automaton.best("前" + words[i] + "后", kNone), i);
  EXPECT_EQ(automaton.best("词5号", kNone), kNone);
}

}  // namespace
}  // namespace smartroute::classify

#include "dataplane/core/classify/ask_ends.hpp"

#include <gtest/gtest.h>

namespace smartroute::classify {
namespace {

TEST(AskEnds, LeavesOrdinaryAsksAlone) {
  std::string text(2 * kEndBytes, 'x');
  const std::string before = text;
  keep_ends(text);
  EXPECT_EQ(text, before);
}

TEST(AskEnds, KeepsBothEndsOfALongAsk) {
  std::string text = "prove this" + std::string(100'000, 'x') + "in Chinese";
  keep_ends(text);
  EXPECT_EQ(text.size(), 2 * kEndBytes + 1);
  EXPECT_EQ(text.substr(0, 10), "prove this");
  EXPECT_EQ(text.substr(text.size() - 10), "in Chinese");
}

TEST(AskEnds, NeverCutsInsideACharacter) {
  for (std::size_t shift = 0; shift < 3; ++shift) {
    std::string text(shift, 'x');
    while (text.size() < 20'000) text += "证";
    keep_ends(text);
    for (std::size_t at = shift; at < text.size();) {
      if (text[at] == '\n') {
        ++at;
        continue;
      }
      ASSERT_EQ(text.substr(at, 3), "证") << shift << " at " << at;
      at += 3;
    }
  }
}

}  // namespace
}  // namespace smartroute::classify

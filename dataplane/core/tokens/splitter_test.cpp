#include "dataplane/core/tokens/splitter.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace smartroute::tokens {
namespace {

using Pieces = std::vector<std::string_view>;

template <Rules R>
Pieces split(std::string_view text) {
  Pieces pieces;
  const auto* at = reinterpret_cast<const unsigned char*>(text.data());
  const auto* const end = at + text.size();
  while (at != end) {
    const auto* next = next_piece<R>(at, end).end;
    pieces.emplace_back(reinterpret_cast<const char*>(at), static_cast<std::size_t>(next - at));
    at = next;
  }
  return pieces;
}

template <Rules R>
bool open(std::string_view text) {
  const auto* at = reinterpret_cast<const unsigned char*>(text.data());
  return next_piece<R>(at, at + text.size()).open;
}

TEST(Splitter, CutsByTheRulesOfO200k) {
  const struct {
    std::string_view text;
    Pieces pieces;
  } rows[] = {
      {"Hello world", {"Hello", " world"}},
      {"camelCase HTTPServer", {"camel", "Case", " HTTPServer"}},
      {"it's IT'S it'x", {"it's", " IT'S", " it", "'x"}},
      {"\u4e2dABC!", {"\u4e2d", "ABC", "!"}},  // small letters must follow: the last letter without case is one
      {"\u4e2dABCd", {"\u4e2dABCd"}},
      {"!\u0301a", {"!\u0301a"}},
      {"\u0301ABC", {"\u0301", "ABC"}},
      {"1234567", {"123", "456", "7"}},
      {"a://\n/b", {"a", "://\n/", "b"}},
      {"a  \n \n  b", {"a", "  \n \n", " ", " b"}},
      {"x   ", {"x", "   "}},
      {"\t\tx", {"\t", "\tx"}},
      {" \u3000!", {" ", "\u3000", "!"}},
  };
  for (const auto& row : rows) EXPECT_EQ(split<Rules::O200k>(row.text), row.pieces) << row.text;
}

TEST(Splitter, CutsByTheRulesOfCl100k) {
  const struct {
    std::string_view text;
    Pieces pieces;
  } rows[] = {
      {"camelCase", {"camelCase"}},
      {"it's IT'LLx", {"it", "'s", " IT", "'LL", "x"}},
      {"'\u017fx 'xy", {"'\u017f", "x", " '", "xy"}},
      {"\u4e2d\u0301a", {"\u4e2d", "\u0301a"}},
      {"://\n/b", {"://\n", "/b"}},
      {"a\r\n\r\n b", {"a", "\r\n\r\n", " b"}},
  };
  for (const auto& row : rows) EXPECT_EQ(split<Rules::Cl100k>(row.text), row.pieces) << row.text;
}

TEST(Splitter, CutsByTheRulesOfGpt2) {
  const struct {
    std::string_view text;
    Pieces pieces;
  } rows[] = {
      {"it's IT'S", {"it", "'s", " IT", "'", "S"}},
      {" 1234567 abc1", {" 1234567", " abc", "1"}},
      {"\tx \n\n\ny", {"\t", "x", " \n\n", "\n", "y"}},
      {" !!\n", {" !!", "\n"}},
      {"a   b", {"a", "  ", " b"}},
  };
  for (const auto& row : rows) EXPECT_EQ(split<Rules::Gpt2>(row.text), row.pieces) << row.text;
}

TEST(Splitter, SaysWhatMoreTextMightChange) {
  EXPECT_TRUE(open<Rules::O200k>("word"));
  EXPECT_TRUE(open<Rules::O200k>("word'"));
  EXPECT_TRUE(open<Rules::O200k>("word'r"));
  EXPECT_FALSE(open<Rules::O200k>("word's"));
  EXPECT_FALSE(open<Rules::O200k>("word "));
  EXPECT_TRUE(open<Rules::O200k>("\u4e2dABC"));
  EXPECT_FALSE(open<Rules::O200k>("123"));
  EXPECT_TRUE(open<Rules::O200k>("12"));
  EXPECT_TRUE(open<Rules::O200k>("!"));
  EXPECT_TRUE(open<Rules::O200k>("!\n"));
  EXPECT_TRUE(open<Rules::O200k>("\n  "));
  EXPECT_TRUE(open<Rules::Cl100k>("'r"));
  EXPECT_FALSE(open<Rules::Cl100k>("'re"));
  EXPECT_TRUE(open<Rules::Gpt2>("'r"));
  EXPECT_FALSE(open<Rules::Gpt2>("'x"));
  EXPECT_TRUE(open<Rules::Gpt2>("1234"));
}

}  // namespace
}  // namespace smartroute::tokens

#include "dataplane/core/classify/fold.hpp"

#include <gtest/gtest.h>

namespace smartroute::classify {
namespace {

std::string folded(std::string_view text) {
  std::string scratch = "left over";
  return std::string(fold_width(text, scratch));
}

TEST(FoldWidth, MakesFullWidthHalfWidth) {
  struct Row {
    const char *name, *text, *folded;
  };
  const Row rows[] = {
      {"letters", "ＰＲＯＶＥ ｐｒｏｖｅ", "PROVE prove"},
      {"digits", "０１２３４５６７８９", "0123456789"},
      {"first and last", "！～", "!~"},
      {"around the block border", "＿｀ａ", "_`a"},
      {"ideographic space", "a　b", "a b"},
      {"punctuation of Chinese text", "证明，对吗？", "证明,对吗?"},
      {"other characters stay", "。、「」证é😀", "。、「」证é😀"},
      {"half-width katakana stay", "ｱｲｳ", "ｱｲｳ"},
      {"neighbours of the block stay", "\xef\xbc\x80\xef\xbd\x9f", "\xef\xbc\x80\xef\xbd\x9f"},
      {"cut at the end", "a\xef\xbc", "a\xef\xbc"},
      {"lead byte at the end", "a\xef", "a\xef"},
      {"empty", "", ""},
  };
  for (const Row& row : rows) EXPECT_EQ(folded(row.text), row.folded) << row.name;
}

TEST(FoldWidth, TextWithoutThemIsNotCopied) {
  const std::string text = "plain ASCII, 证明 and more";
  std::string scratch;
  EXPECT_EQ(fold_width(text, scratch).data(), text.data());
}

TEST(FoldPattern, KeepsFullWidthPunctuationLiteral) {
  EXPECT_EQ(fold_pattern("ａ+（x）"), "a+\\(x\\)");
  EXPECT_EQ(fold_pattern("证明.*　９"), "证明.* 9");
}

}  // namespace
}  // namespace smartroute::classify

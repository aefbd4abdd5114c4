#include "tools/cli/display_width.hpp"

#include <gtest/gtest.h>

#include "tools/cli/text.hpp"

namespace smartroute::cli {
namespace {

TEST(DisplayWidth, IsWhatATerminalTakes) {
  const struct {
    const char* name;
    std::string text;
    std::size_t columns;
  } rows[] = {{"nothing", "", 0},
              {"ascii", "abc", 3},
              {"latin", "größe", 5},
              {"chinese", "合同审查", 8},
              {"full width", "ＡＢ", 4},
              {"korean", "한글", 4},
              {"kana", "かな", 4},
              {"combining", "e\xcc\x81", 1},
              {"emoji", "🙂", 2},
              {"a colour code", "\x1b[31mred\x1b[0m", 3},
              {"broken", "\xe4\xbd", 2},
              {"a lone continuation", "\x80", 1}};
  for (const auto& row : rows) EXPECT_EQ(display_width(row.text), row.columns) << row.name;
}

TEST(DisplayWidth, CutsBetweenCharacters) {
  EXPECT_EQ(bytes_within("合同", 3), 3u);
  EXPECT_EQ(bytes_within("a合", 2), 1u);
  EXPECT_EQ(bytes_within("abc", 9), 3u);
}

TEST(Table, AlignsWideCharacters) {
  Table table({{"A"}, {"B"}});
  table.add({"合同", "x"});
  table.add({"abcd", "y"});
  EXPECT_EQ(table.text(), "A     B\n合同  x\nabcd  y\n");
  EXPECT_EQ(clipped("合同审查", 7), "合同...");
}

}  // namespace
}  // namespace smartroute::cli

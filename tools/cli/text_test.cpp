#include "tools/cli/text.hpp"

#include <gtest/gtest.h>

#include <cstdint>

namespace smartroute::cli {
namespace {

TEST(Dollars, KeepFourDigitsThatCount) {
  const struct {
    std::int64_t nanos;
    const char* rounded;
    const char* exact;
  } rows[] = {{0, "$0", "$0"},
              {1, "$0.000000001", "$0.000000001"},
              {1'604'938, "$0.001605", "$0.001604938"},
              {12'345'678'901, "$12.35", "$12.345678901"},
              {1'234'567'000'000'000, "$1,234,567", "$1,234,567"},
              {999'999, "$0.001", "$0.000999999"},
              {-2'500'000'000, "-$2.5", "-$2.5"}};
  for (const auto& row : rows) {
    EXPECT_EQ(dollars(row.nanos), row.rounded) << row.nanos;
    EXPECT_EQ(exact_dollars(row.nanos), row.exact) << row.nanos;
  }
  EXPECT_EQ(exact_dollars(INT64_MIN), "-$9,223,372,036.854775808");
  EXPECT_FALSE(dollars(INT64_MIN).empty());
}

TEST(Shown, LeavesNothingThatATerminalObeys) {
  EXPECT_EQ(shown("a\x1b[31m\nb\tc\x7f"), "a [31m b c ");
  EXPECT_EQ(shown("caf\xc3\xa9 \xc2\x9b" "1m"), "caf\xc3\xa9   1m");
  EXPECT_EQ(shown_lines("a\n\rb"), "a\n b");
}

TEST(Clipped, CutsBetweenCharacters) {
  EXPECT_EQ(clipped("short", 5), "short");
  EXPECT_EQ(clipped("longer", 5), "lo...");
  EXPECT_EQ(clipped("\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9", 4), "\xc3\xa9...");
  EXPECT_EQ(clipped("abc", 2), "..");
}

TEST(UtcText, IsReadableAndExact) {
  EXPECT_EQ(utc_text(1'700'000'000'000'042), "2023-11-14 22:13:20.000042");
  EXPECT_EQ(short_utc_text(1'700'000'000'000'042), "11-14 22:13:20");
  EXPECT_EQ(utc_text(0), "-");
}

TEST(Table, LinesUpCharactersNotBytes) {
  Table table({{"A"}, {"N", Table::Align::Right}, {"LAST"}});
  table.add({"\xc3\xa9", "1", "x"});
  table.add({"long", "1234", ""});
  EXPECT_EQ(table.text(),
            "A        N  LAST\n"
            "\xc3\xa9        1  x\n"
            "long  1234\n");
}

TEST(LabelledRows, SayALabelOnce) {
  EXPECT_EQ(LabelledRows(4).row("a", "1").row("a", "2").row("b", "3").take(), "a   1\n    2\nb   3\n");
}

}  // namespace
}  // namespace smartroute::cli

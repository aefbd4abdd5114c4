#include "dataplane/sync/log_lines.hpp"

#include <gtest/gtest.h>

#include "dataplane/core/openai/json_text.hpp"

namespace smartroute::sync {
namespace {

TEST(LogLines, GivesWhatWaitsOnce) {
  LogLines lines;
  EXPECT_FALSE(lines.waiting());
  lines.add(1, "info", "first");
  lines.add(2, "warn", "second");
  EXPECT_TRUE(lines.waiting());
  const auto taken = lines.take();
  ASSERT_EQ(taken.lines.size(), 2u);
  EXPECT_EQ(taken.lines[1].text, "second");
  EXPECT_EQ(taken.lines[1].level, "warn");
  EXPECT_EQ(taken.lines[1].at_us, 2);
  EXPECT_EQ(taken.dropped, 0u);
  EXPECT_FALSE(lines.waiting());
}

TEST(LogLines, TheOldestGiveWayAndAreCounted) {
  LogLines lines;
  for (std::size_t i = 0; i < LogLines::kMaxLines + 3; ++i) lines.add(0, "info", std::to_string(i));
  const auto taken = lines.take();
  EXPECT_EQ(taken.dropped, 3u);
  EXPECT_EQ(taken.lines.front().text, "3");
  lines.lost(taken);
  EXPECT_TRUE(lines.waiting());
  EXPECT_EQ(lines.take().dropped, LogLines::kMaxLines + 3);
}

TEST(LogLines, AReportTakesABoundedPart) {
  LogLines lines;
  for (int i = 0; i < 300; ++i) lines.add(0, "info", std::string(2 * LogLines::kMaxLineBytes, 'x'));
  const auto taken = lines.take();
  EXPECT_EQ(taken.lines.size(), LogLines::kMaxTakenBytes / LogLines::kMaxLineBytes);
  EXPECT_EQ(taken.lines[0].text.size(), LogLines::kMaxLineBytes);
  EXPECT_EQ(lines.take().lines.size(), 300 - taken.lines.size());
}

TEST(LogLines, HoldNoKeysAndNothingThatAMessageCannotCarry) {
  LogLines lines;
  const std::string key = "sk-proj-" + std::string(48, 'a') + "1B";
  lines.add(0, "info", "refused with " + key);
  lines.add(0, "info", "bytes \xff\xfe");
  lines.add(0, "info", std::string(LogLines::kMaxLineBytes - 1, 'x') + "é");
  const auto taken = lines.take();
  EXPECT_EQ(taken.lines[0].text.find(key), std::string::npos);
  EXPECT_NE(taken.lines[0].text.find("[redacted]"), std::string::npos) << taken.lines[0].text;
  for (const auto& line : taken.lines) EXPECT_TRUE(openai::is_utf8(line.text)) << line.text;
}

}  // namespace
}  // namespace smartroute::sync

#include "tools/cli/moment.hpp"

#include <gtest/gtest.h>

namespace smartroute::cli {
namespace {

constexpr std::int64_t kNow = 1'700'000'000'000'000;  // 2023-11-14 22:13:20
constexpr std::int64_t kHour = 3'600'000'000;

TEST(ParseMoment, TakesHowLongAgoAndDates) {
  const struct {
    const char* text;
    std::int64_t at;
  } rows[] = {{"0s", kNow},
              {"90m", kNow - kHour * 3 / 2},
              {"7d", kNow - 7 * 24 * kHour},
              {"36500d", 0},
              {"2023-11-14T22:13:20Z", kNow},
              {"2023-11-14T22:13:20", kNow},
              {"2023-11-14 22:13:20", kNow},
              {"2023-11-15T00:13:20+02:00", kNow},
              {"2023-11-14T19:43:20-02:30", kNow},
              {"2023-11-14T22:13:20.25z", kNow + 250'000},
              {"2023-11-14T22:13", kNow - 20'000'000},
              {"2023-11-14", kNow - (22 * 3'600 + 13 * 60 + 20) * 1'000'000LL}};
  for (const auto& row : rows) {
    const auto at = parse_moment_us(row.text, kNow);
    ASSERT_TRUE(at) << row.text << ": " << at.error().text();
    EXPECT_EQ(*at, row.at) << row.text;
  }
}

TEST(ParseMoment, RefusesTheRestAndShowsARightOne) {
  for (const char* text : {"", "yesterday", "d", "-1d", "1.5d", "2023-13-01", "2023-11-14T22:13:20.", "2023-11-14T22:13:20+2", "2023-11-14T22:13:20+25:00",
                           "2023-11-14T22:13:20 UTC", "1969-12-31", "99999999d"}) {
    const auto at = parse_moment_us(text, kNow);
    ASSERT_FALSE(at) << text;
    EXPECT_NE(at.error().text().find("24h"), std::string::npos) << text;
  }
}

TEST(ParseSpan, TakesDaysToo) {
  EXPECT_EQ(*parse_span_ms("15m"), 900'000);
  EXPECT_EQ(*parse_span_ms("2d"), 172'800'000);
  EXPECT_FALSE(parse_span_ms("2023-11-14"));
}

}  // namespace
}  // namespace smartroute::cli

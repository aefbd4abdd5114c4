#include "controlplane/core/stats_range.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace smartroute::control {
namespace {

constexpr std::int64_t kNow = 20'000 * kDayUs + 13 * kHourUs + 37 * kMinuteUs + 12'345'678;
constexpr RollupsKept kAll{};

std::function<std::uint64_t(Resolution)> rows_of_values(const TimeSpan& span, std::uint64_t values) {
  return [=](Resolution resolution) { return values * static_cast<std::uint64_t>((span.to_us - span.from_us) / width_of(resolution)); };
}

TimeSpan last(std::int64_t length_us) { return *stats_range((kNow - length_us) / 1'000, 0, kNow, kAll); }

TEST(StatsRange, AnswersWithAsManyMinutesAsWereAskedForAndTheOneThatRuns) {
  const TimeSpan hour = last(kHourUs);
  EXPECT_EQ(hour.to_us - hour.from_us, kHourUs);
  EXPECT_GE(hour.to_us, kNow);
  EXPECT_LT(hour.to_us - kNow, kMinuteUs);
  EXPECT_EQ(last(1'000'000).to_us - last(1'000'000).from_us, kMinuteUs);
}

TEST(StatsRange, KeepsWholeMinutesAsTheyAre) {
  const TimeSpan asked{19'000 * kDayUs + 7 * kMinuteUs, 19'001 * kDayUs + kMinuteUs};
  EXPECT_EQ(*stats_range(asked.from_us / 1'000, asked.to_us / 1'000, kNow, kAll), asked);
}

TEST(StatsRange, WidensToWhatIsStillKept) {
  const RollupsKept kept{kNow - 10 * kDayUs, kNow - 100 * kDayUs};
  const std::int64_t from = 19'980 * kDayUs + 5 * kHourUs + 7 * kMinuteUs;
  const TimeSpan hours = *stats_range(from / 1'000, (from + kHourUs) / 1'000, kNow, kept);
  EXPECT_EQ(hours.from_us, 19'980 * kDayUs + 5 * kHourUs);
  EXPECT_EQ(hours.to_us, hours.from_us + 2 * kHourUs);
  const std::int64_t old = 19'000 * kDayUs + kHourUs;
  const TimeSpan days = *stats_range(old / 1'000, (old + kMinuteUs) / 1'000, kNow, kept);
  EXPECT_EQ(days, (TimeSpan{19'000 * kDayUs, 19'001 * kDayUs}));
}

TEST(StatsRange, SaysWhatIsWrong) {
  const struct {
    const char* name;
    std::int64_t since, until;
    const char* says;
  } rows[] = {{"negative", -1, 0, "since_ms"}, {"backwards", 5, 4, "after since_ms"}, {"empty", 5, 5, "after since_ms"},
              {"nanoseconds", 1, std::int64_t{1} << 60, "until_ms"}};
  for (const auto& row : rows) {
    const auto range = stats_range(row.since, row.until, kNow, kAll);
    ASSERT_FALSE(range) << row.name;
    EXPECT_NE(range.error().text().find(row.says), std::string::npos) << row.name << ": " << range.error().text();
  }
}

TEST(Cover, MakesUpAnySpanOfAdjacentWholeBuckets) {
  std::mt19937_64 random(3);
  for (int i = 0; i < 2'000; ++i) {
    const auto from = static_cast<std::int64_t>(random() % 100'000) * kMinuteUs;
    const TimeSpan span{from, from + static_cast<std::int64_t>(1 + random() % (i % 2 == 0 ? 200 : 100'000)) * kMinuteUs};
    const auto widest = static_cast<Resolution>(1 + random() % 3);
    std::int64_t at = span.from_us;
    std::int64_t minutes = 0;
    for (const RollupSpan& part : cover(span, widest)) {
      EXPECT_EQ(part.span.from_us, at);
      EXPECT_LT(part.span.from_us, part.span.to_us);
      EXPECT_LE(part.resolution, widest);
      EXPECT_EQ(part.span.from_us % width_of(part.resolution), 0);
      EXPECT_EQ(part.span.to_us % width_of(part.resolution), 0);
      if (part.resolution == Resolution::Minute) minutes += (part.span.to_us - part.span.from_us) / kMinuteUs;
      at = part.span.to_us;
    }
    EXPECT_EQ(at, span.to_us);
    if (widest != Resolution::Minute) {
      EXPECT_LT(minutes, 120);
    }
  }
}

TEST(AutoStep, IsANiceWidthWithAtMostAHundredAndTwentyPoints) {
  const struct {
    const char* name;
    std::int64_t length, step;
  } rows[] = {{"a minute", kMinuteUs, kMinuteUs},          {"an hour", kHourUs, kMinuteUs},       {"three hours", 3 * kHourUs, 2 * kMinuteUs},
              {"a day", kDayUs, 15 * kMinuteUs},           {"two days", 2 * kDayUs, 30 * kMinuteUs}, {"a week", 7 * kDayUs, 2 * kHourUs},
              {"a month", 30 * kDayUs, 12 * kHourUs},      {"a quarter", 90 * kDayUs, kDayUs},    {"half a year", 180 * kDayUs, 2 * kDayUs},
              {"two years", 730 * kDayUs, 7 * kDayUs},     {"twenty years", 7'300 * kDayUs, 63 * kDayUs}};
  for (const auto& row : rows) {
    const TimeSpan span = last(row.length);
    EXPECT_EQ(auto_step(span, kAll, rows_of_values(span, 1)), row.step) << row.name;
    EXPECT_LE(points_in(span, row.step), kAutoPoints) << row.name;
  }
}

TEST(AutoStep, WidensWhereNarrowPointsWouldTakeTooManyRows) {
  const TimeSpan day = last(kDayUs);
  EXPECT_EQ(auto_step(day, kAll, rows_of_values(day, 100)), kHourUs);
  EXPECT_EQ(auto_step(day, kAll, rows_of_values(day, 10'000)), kDayUs);
  const RollupsKept kept{kNow - kHourUs, 0};
  EXPECT_EQ(auto_step(day, kept, rows_of_values(day, 1)), kHourUs) << "minutes are gone";
}

TEST(CheckStep, RefusesWhatCannotBeAndSaysWhatCan) {
  const TimeSpan year = last(365 * kDayUs);
  EXPECT_TRUE(check_step(kDayUs, year, kAll));
  EXPECT_TRUE(check_step(90 * kMinuteUs, last(kDayUs), kAll));
  EXPECT_FALSE(check_step(90'000'000, last(kDayUs), kAll));
  EXPECT_FALSE(check_step(-2, last(kDayUs), kAll));
  const auto narrow = check_step(kMinuteUs, year, kAll);
  ASSERT_FALSE(narrow);
  EXPECT_NE(narrow.error().text().find("2000"), std::string::npos);
  const auto at = narrow.error().text().find("; ");
  const std::int64_t offered = std::stoll(narrow.error().text().substr(at + 2));
  EXPECT_TRUE(check_step(offered * 1'000, year, kAll)) << narrow.error().text();
  EXPECT_FALSE(check_step(kHourUs, last(20 * kDayUs), RollupsKept{kNow, kNow - kDayUs}));
}

TEST(PointBegin, IsAMultipleSince1970AndOfWeeksAMonday) {
  EXPECT_EQ(point_begin(kDayUs + 61 * kMinuteUs, 15 * kMinuteUs), kDayUs + kHourUs);
  EXPECT_EQ(point_begin(5 * kDayUs, 7 * kDayUs), 4 * kDayUs) << "1970-01-05";
  EXPECT_EQ(points_in({4 * kDayUs, 11 * kDayUs}, 7 * kDayUs), 1u);
  EXPECT_EQ(points_in({3 * kDayUs, 11 * kDayUs + kMinuteUs}, 7 * kDayUs), 3u);
}

}  // namespace
}  // namespace smartroute::control

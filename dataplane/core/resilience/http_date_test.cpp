#include "dataplane/core/resilience/http_date.hpp"

#include <gtest/gtest.h>

#include <string>

namespace smartroute::resilience {
namespace {

using namespace std::chrono;

constexpr sys_days kToday = sys_days(2026y / November / 23d);

TEST(HttpDate, ReadsTheThreeFormsOfOneMoment) {
  constexpr sys_seconds kMoment = sys_days(1994y / November / 6d) + 8h + 49min + 37s;
  for (const char* text : {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
                           "sun, 06 nov 1994 08:49:37 gmt", "Sun, 06 Nov 1994 08:49:37 UTC", "Mon, 06 Nov 1994 08:49:37 GMT"}) {
    const auto date = parse_http_date(text, kToday);
    ASSERT_TRUE(date.has_value()) << text;
    EXPECT_EQ(*date, kMoment) << text;
  }
  EXPECT_EQ(parse_http_date("Wed Nov 16 08:49:37 1994", kToday), sys_days(1994y / November / 16d) + 8h + 49min + 37s);
}

TEST(HttpDate, AYearOfTwoDigitsIsTheNearestNotFarAhead) {
  const auto year_of = [](const char* text) {
    const auto date = parse_http_date(text, kToday);
    return date ? static_cast<int>(year_month_day(floor<days>(*date)).year()) : 0;
  };
  EXPECT_EQ(year_of("Sunday, 06-Nov-26 08:49:37 GMT"), 2026);
  EXPECT_EQ(year_of("Sunday, 06-Nov-00 08:49:37 GMT"), 2000);
  EXPECT_EQ(year_of("Sunday, 06-Nov-76 08:49:37 GMT"), 2076);
  EXPECT_EQ(year_of("Sunday, 06-Nov-77 08:49:37 GMT"), 1977);
}

TEST(HttpDate, KnowsTheCalendar) {
  EXPECT_TRUE(parse_http_date("Tue, 29 Feb 2028 00:00:00 GMT", kToday).has_value());
  EXPECT_TRUE(parse_http_date("Sat, 31 Dec 2016 23:59:60 GMT", kToday).has_value());  // a leap second
  for (const char* text : {"Mon, 29 Feb 2027 00:00:00 GMT", "Mon, 31 Apr 2027 00:00:00 GMT", "Mon, 00 Apr 2027 00:00:00 GMT",
                           "Mon, 32 Jan 2027 00:00:00 GMT", "Mon, 01 Jan 2027 24:00:00 GMT", "Mon, 01 Jan 2027 00:60:00 GMT",
                           "Mon, 01 Jan 2027 00:00:61 GMT"})
    EXPECT_FALSE(parse_http_date(text, kToday).has_value()) << text;
}

TEST(HttpDate, RefusesWhatIsNoDate) {
  for (const char* text :
       {"", " ", "Sun", "Sun,", "Sun, ", "tomorrow", "06 Nov 1994 08:49:37 GMT", "Xun, 06 Nov 1994 08:49:37 GMT",
        "Sun, 6 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 94 08:49:37 GMT", "Sun, 06-Nov-1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49 GMT",
        "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 PST", "Sun, 06 Nov 1994 08:49:37 +0000",
        "Sun, 06 Nov 1994 08:49:37 GMT ", "Sun, 06 Nov 1994 08:49:37 GMTX", "Sun, 06 Foo 1994 08:49:37 GMT", "Sun Nov 6 08:49:37 1994",
        "Sun Nov  6 08:49:37 94", "Sun, -6 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 19940 08:49:37 GMT"})
    EXPECT_FALSE(parse_http_date(text, kToday).has_value()) << text;
  const std::string whole = "Sun, 06 Nov 1994 08:49:37 GMT";
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(parse_http_date(whole.substr(0, size), kToday).has_value()) << size;
}

}  // namespace
}  // namespace smartroute::resilience

#include "dataplane/core/resilience/http_date.hpp"

#include <cstddef>

namespace smartroute::resilience {
namespace {

using namespace std::chrono;

constexpr std::string_view kMonths[] = {"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::string_view kDays[] = {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"};

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool is_letter(char c) noexcept { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; }

// `lower` is lower-case letters.
bool same_letters(std::string_view text, std::string_view lower) noexcept {
  if (text.size() != lower.size()) return false;
  for (std::size_t at = 0; at < text.size(); ++at)
    if (!is_letter(text[at]) || (text[at] | 0x20) != lower[at]) return false;
  return true;
}

// Reads from the front; once something was not there, everything else is not.
class Reader {
 public:
  explicit Reader(std::string_view text) noexcept : rest_(text) {}

  bool ok() const noexcept { return ok_; }
  bool at_end() const noexcept { return rest_.empty(); }

  bool skip(char c) noexcept {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void expect(char c) noexcept {
    if (!skip(c)) ok_ = false;
  }
  std::string_view word() noexcept {
    std::size_t size = 0;
    while (size < rest_.size() && is_letter(rest_[size])) ++size;
    const std::string_view found = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return found;
  }
  // Exactly `digits` of them.
  int number(std::size_t digits) noexcept {
    std::size_t size = 0;
    int value = 0;
    for (; size < rest_.size() && size < digits && is_digit(rest_[size]); ++size) value = value * 10 + (rest_[size] - '0');
    if (size != digits) ok_ = false;
    rest_.remove_prefix(size);
    return value;
  }
  unsigned month() noexcept {
    const std::string_view name = word();
    for (unsigned at = 0; at < 12; ++at)
      if (same_letters(name, kMonths[at])) return at + 1;
    ok_ = false;
    return 0;
  }
  seconds time_of_day() noexcept {
    const int hour = number(2);
    expect(':');
    const int minute = number(2);
    expect(':');
    const int second = number(2);
    if (hour > 23 || minute > 59 || second > 60) ok_ = false;  // 60: a leap second
    return hours(hour) + minutes(minute) + seconds(second);
  }
  // As the header of every form that has one says.
  void zone() noexcept {
    expect(' ');
    const std::string_view name = word();
    if (!same_letters(name, "gmt") && !same_letters(name, "utc")) ok_ = false;
  }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

bool is_day_name(std::string_view name) noexcept {
  for (const std::string_view day : kDays)
    if (same_letters(name, day) || same_letters(name, day.substr(0, 3))) return true;
  return false;
}

int whole_year(int two_digits, sys_days today) noexcept {
  const int now = static_cast<int>(year_month_day(today).year());
  const int guess = now - now % 100 + two_digits;
  return guess > now + 50 ? guess - 100 : guess;
}

}  // namespace

std::optional<sys_seconds> parse_http_date(std::string_view text, sys_days today) noexcept {
  Reader in(text);
  if (!is_day_name(in.word())) return std::nullopt;
  int year_number = 0, day_number = 0;
  unsigned month_number = 0;
  seconds time{};
  if (in.skip(',')) {
    in.expect(' ');
    day_number = in.number(2);
    const bool dashed = in.skip('-');
    if (!dashed) in.expect(' ');
    month_number = in.month();
    in.expect(dashed ? '-' : ' ');
    year_number = dashed ? whole_year(in.number(2), today) : in.number(4);
    in.expect(' ');
    time = in.time_of_day();
    in.zone();
  } else {
    in.expect(' ');
    month_number = in.month();
    in.expect(' ');
    day_number = in.skip(' ') ? in.number(1) : in.number(2);
    in.expect(' ');
    time = in.time_of_day();
    in.expect(' ');
    year_number = in.number(4);
  }
  const year_month_day date{year(year_number), month(month_number), day(static_cast<unsigned>(day_number))};
  if (!in.ok() || !in.at_end() || !date.ok()) return std::nullopt;
  return sys_days(date) + time;
}

}  // namespace smartroute::resilience

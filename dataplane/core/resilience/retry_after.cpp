#include "dataplane/core/resilience/retry_after.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "dataplane/core/resilience/http_date.hpp"

namespace smartroute::resilience {
namespace {

using config::Millis;

// Wide enough for kMaxDigits of the longest unit.
using Nanos = __int128;

constexpr Nanos kMilli = 1'000'000;
constexpr Nanos kSecond = 1'000 * kMilli;
constexpr Nanos kLongestWait = Nanos{10} * 365 * 24 * 3600 * kSecond;
constexpr int kMaxDigits = 15;  // before the point
// A number of seconds from here on is a time since 1970 (of 2001 and later), and from the second on one in milliseconds (of 1973): some
// providers send these instead. As waits, both are longer than any that makes sense.
constexpr std::uint64_t kFirstEpochSecond = 1'000'000'000;
constexpr std::uint64_t kFirstEpochMilli = 100'000'000'000;

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

std::string_view trimmed(std::string_view text) noexcept {
  const auto blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

// 12 or 12.5: digits, and a point only between digits.
struct Decimal {
  std::uint64_t whole = 0;
  std::uint32_t billionths = 0;

  // In units of `unit` nanoseconds; a part of a nanosecond is lost.
  Nanos times(Nanos unit) const noexcept { return whole * unit + billionths * unit / 1'000'000'000; }
};

// Takes a number off the front of `text`; finer than a billionth is not looked at.
std::optional<Decimal> take_decimal(std::string_view& text) noexcept {
  Decimal number;
  int digits = 0;
  for (; !text.empty() && is_digit(text.front()); text.remove_prefix(1)) {
    if (++digits > kMaxDigits) return std::nullopt;
    number.whole = number.whole * 10 + static_cast<std::uint64_t>(text.front() - '0');
  }
  if (digits == 0) return std::nullopt;
  if (text.size() < 2 || text[0] != '.' || !is_digit(text[1])) return number;
  text.remove_prefix(1);
  for (std::uint32_t unit = 100'000'000; !text.empty() && is_digit(text.front()); text.remove_prefix(1), unit /= 10)
    number.billionths += unit * static_cast<std::uint32_t>(text.front() - '0');
  return number;
}

// The unit at the front of `text`, 0 if there is none.
Nanos take_unit(std::string_view& text) noexcept {
  struct Unit {
    std::string_view name;
    Nanos nanos;
  };
  // "ms" before "m".
  constexpr Unit kUnits[] = {
      {"ms", kMilli}, {"us", 1'000}, {"\xc2\xb5s", 1'000}, {"\xce\xbcs", 1'000},   {"ns", 1},
      {"s", kSecond}, {"m", 60 * kSecond}, {"h", 3'600 * kSecond}, {"d", 24 * 3'600 * kSecond},
  };
  for (const Unit& unit : kUnits) {
    if (!text.starts_with(unit.name)) continue;
    text.remove_prefix(unit.name.size());
    return unit.nanos;
  }
  return 0;
}

// Rounded up: too early is worse than a millisecond late.
std::optional<Millis> as_wait(Nanos nanos) noexcept {
  if (nanos > kLongestWait) return std::nullopt;
  if (nanos <= 0) return Millis(0);
  return Millis(static_cast<std::int64_t>((nanos + kMilli - 1) / kMilli));
}

Nanos nanos_of(WallTime wall) noexcept {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(wall.time_since_epoch()).count();
}

std::optional<Millis> read_millis(std::string_view text) noexcept {
  text = trimmed(text);
  const auto number = take_decimal(text);
  if (!number || !text.empty()) return std::nullopt;
  return as_wait(number->times(kMilli));
}

// Seconds, or a time since 1970.
std::optional<Millis> read_seconds(std::string_view text, WallTime wall) noexcept {
  const auto number = take_decimal(text);
  if (!number || !text.empty()) return std::nullopt;
  if (number->whole >= kFirstEpochMilli) return as_wait(number->times(kMilli) - nanos_of(wall));
  if (number->whole >= kFirstEpochSecond) return as_wait(number->times(kSecond) - nanos_of(wall));
  return as_wait(number->times(kSecond));
}

std::optional<Millis> read_retry_after(std::string_view text, WallTime wall) noexcept {
  text = trimmed(text);
  if (const auto wait = read_seconds(text, wall)) return wait;
  const auto date = parse_http_date(text, std::chrono::floor<std::chrono::days>(wall));
  if (!date) return std::nullopt;
  return as_wait(date->time_since_epoch().count() * kSecond - nanos_of(wall));
}

// "1h2m3.5s": units from long to short, each once.
std::optional<Millis> read_duration(std::string_view text) noexcept {
  Nanos sum = 0, last = 0;
  while (!text.empty()) {
    const auto number = take_decimal(text);
    const Nanos unit = number ? take_unit(text) : 0;
    if (unit == 0 || (last != 0 && unit >= last)) return std::nullopt;
    sum += number->times(unit);
    last = unit;
  }
  return last == 0 ? std::nullopt : as_wait(sum);
}

std::optional<Millis> read_reset(std::string_view text, WallTime wall) noexcept {
  text = trimmed(text);
  const auto wait = read_seconds(text, wall);
  return wait ? wait : read_duration(text);
}

enum class Limit : std::uint8_t { UsedUp, Unknown, Left };

Limit limit_of(std::string_view remaining) noexcept {
  remaining = trimmed(remaining);
  const bool overdrawn = remaining.starts_with('-');
  if (overdrawn) remaining.remove_prefix(1);
  const auto number = take_decimal(remaining);
  if (!number || !remaining.empty()) return Limit::Unknown;
  return overdrawn || (number->whole == 0 && number->billionths == 0) ? Limit::UsedUp : Limit::Left;
}

std::optional<Millis> read_resets(const RetryHeaders& headers, WallTime wall) noexcept {
  struct Reset {
    std::string_view reset, remaining;
  };
  const Reset resets[] = {{headers.reset_requests, headers.remaining_requests},
                          {headers.reset_tokens, headers.remaining_tokens},
                          {headers.reset, {}}};
  std::optional<Millis> used_up, unknown;
  for (const Reset& reset : resets) {
    const auto wait = read_reset(reset.reset, wall);
    if (!wait) continue;
    switch (limit_of(reset.remaining)) {
      case Limit::UsedUp:
        used_up = std::max(used_up.value_or(*wait), *wait);
        break;
      case Limit::Unknown:
        unknown = std::min(unknown.value_or(*wait), *wait);
        break;
      case Limit::Left:
        break;
    }
  }
  return used_up ? used_up : unknown;
}

}  // namespace

std::optional<Millis> asked_wait(const RetryHeaders& headers, WallTime wall) noexcept {
  if (const auto wait = read_millis(headers.retry_after_ms)) return wait;
  if (const auto wait = read_retry_after(headers.retry_after, wall)) return wait;
  return read_resets(headers, wall);
}

}  // namespace smartroute::resilience

#include "tools/cli/moment.hpp"

#include <algorithm>
#include <charconv>
#include <ctime>
#include <optional>

#include "contract/config/duration_text.hpp"

namespace smartroute::cli {
namespace {

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::int64_t kMaxDays = 100 * 366;

// Behind the seconds: ".123456" and "Z", "+02:00" or nothing. What it adds to the moment in UTC.
std::optional<std::int64_t> tail_us(const char* at) {
  std::int64_t add = 0;
  if (*at == '.') {
    std::int64_t unit = kSecond / 10;
    const char* const first = ++at;
    for (; *at >= '0' && *at <= '9'; ++at, unit /= 10) add += (*at - '0') * unit;
    if (at == first) return std::nullopt;
  }
  if (*at == '\0') return add;
  if ((*at == 'Z' || *at == 'z') && at[1] == '\0') return add;
  if (*at != '+' && *at != '-') return std::nullopt;
  const std::string_view zone(at + 1);
  int hours = 0, minutes = 0;
  if (zone.size() != 5 || zone[2] != ':') return std::nullopt;
  if (std::from_chars(zone.data(), zone.data() + 2, hours).ptr != zone.data() + 2) return std::nullopt;
  if (std::from_chars(zone.data() + 3, zone.data() + 5, minutes).ptr != zone.data() + 5) return std::nullopt;
  if (hours > 23 || minutes > 59 || hours < 0 || minutes < 0) return std::nullopt;
  const std::int64_t offset = (hours * 60LL + minutes) * 60 * kSecond;
  return *at == '+' ? add - offset : add + offset;
}

std::optional<std::int64_t> date_us(const std::string& text) {
  for (const char* format : {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%d"}) {
    std::tm parts{};
    const char* const end = ::strptime(text.c_str(), format, &parts);
    if (end == nullptr) continue;
    if (const auto add = tail_us(end)) return std::int64_t{::timegm(&parts)} * kSecond + *add;
  }
  return std::nullopt;
}

std::optional<std::int64_t> span_ms(const std::string& text) {
  if (text.ends_with('d')) {
    std::int64_t days = 0;
    const char* const end = text.data() + text.size() - 1;
    const auto read = std::from_chars(text.data(), end, days);
    if (read.ec == std::errc() && read.ptr == end && days >= 0 && days <= kMaxDays) return days * kDayMs;
    return std::nullopt;
  }
  const auto span = config::parse_duration(text);
  return span ? std::optional<std::int64_t>(span->count()) : std::nullopt;
}

}  // namespace

Result<std::int64_t> parse_moment_us(const std::string& text, std::int64_t now_us) {
  if (const auto ago = span_ms(text)) return std::max<std::int64_t>(0, now_us - *ago * 1'000);
  if (const auto date = date_us(text); date && *date >= 0) return *date;
  return fail(ErrorKind::Invalid,
              "'" + text + "' is no moment: write how long ago, as 15m, 24h or 7d, or a date in UTC, as 2026-01-31 or 2026-01-31T08:00:00Z");
}

Result<std::int64_t> parse_span_ms(const std::string& text) {
  if (const auto span = span_ms(text)) return *span;
  return fail(ErrorKind::Invalid, "'" + text + "' is no span of time: write a number and s, m, h or d, as 15m or 1d");
}

}  // namespace smartroute::cli

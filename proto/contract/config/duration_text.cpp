#include "contract/config/duration_text.hpp"

#include <array>

#include "contract/config/report.hpp"

namespace smartroute::config {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t millis;
};
constexpr std::array<Unit, 4> kUnits{{{"ms", 1}, {"s", 1'000}, {"m", 60'000}, {"h", 3'600'000}}};
constexpr std::size_t kMaxDigits =
    13;  // before the point; keeps digits times an hour inside 64 bits together with kMaxFraction
constexpr std::size_t kMaxFraction = 9;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

auto refuse(std::string text) { return fail(ErrorKind::Invalid, std::move(text)); }

}  // namespace

Result<Millis> parse_duration(std::string_view text) {
  if (text.starts_with('-')) return refuse("must not be negative");
  std::size_t whole_end = 0;
  while (whole_end < text.size() && is_digit(text[whole_end])) ++whole_end;
  std::size_t end = whole_end;
  if (end < text.size() && text[end] == '.') {
    ++end;
    while (end < text.size() && is_digit(text[end])) ++end;
  }
  const auto digits = text.substr(0, whole_end);
  const auto fraction =
      end > whole_end ? text.substr(whole_end + 1, end - whole_end - 1) : std::string_view{};
  const auto suffix = text.substr(end);
  if (digits.empty() || (end > whole_end && fraction.empty()))
    return refuse(shown(text) + " is no duration, write it like 5s, 500ms, 5m or 2h");
  if (suffix.empty())
    return refuse(shown(text) + " has no unit, write '" + std::string(digits.substr(0, 16)) +
                  "s' for seconds or '" + std::string(digits.substr(0, 16)) +
                  "ms' for milliseconds");
  for (const auto& unit : kUnits) {
    if (suffix != unit.name) continue;
    if (digits.size() > kMaxDigits || fraction.size() > kMaxFraction)
      return refuse("is too long or too fine a duration");
    std::int64_t whole = 0;
    for (const char c : digits) whole = whole * 10 + (c - '0');
    if (whole > kMaxDuration.count() / unit.millis) return refuse("is longer than a hundred years");
    std::int64_t scale = 1;
    std::int64_t part = 0;
    for (const char c : fraction) {
      part = part * 10 + (c - '0');
      scale *= 10;
    }
    if (part * unit.millis % scale != 0)
      return refuse(shown(text) + " is finer than a millisecond");
    return Millis(whole * unit.millis + part * unit.millis / scale);
  }
  return refuse(shown(text) + " has an unknown unit, use ms, s, m or h");
}

std::string format_duration(Millis value) {
  const auto count = value.count();
  for (std::size_t i = kUnits.size(); i-- > 1;)
    if (count != 0 && count % kUnits[i].millis == 0)
      return std::to_string(count / kUnits[i].millis) + std::string(kUnits[i].name);
  return count == 0 ? "0s" : std::to_string(count) + "ms";
}

}  // namespace smartroute::config

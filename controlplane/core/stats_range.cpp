#include "controlplane/core/stats_range.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace smartroute::control {
namespace {

constexpr std::int64_t kWeekUs = 7 * kDayUs;
constexpr std::int64_t kFirstMonday = 4 * kDayUs;  // 1970 began on a Thursday

constexpr std::array<std::int64_t, 14> kUsualSteps{
    kMinuteUs,   2 * kMinuteUs, 5 * kMinuteUs, 10 * kMinuteUs, 15 * kMinuteUs, 30 * kMinuteUs, kHourUs,
    2 * kHourUs, 3 * kHourUs,   6 * kHourUs,   12 * kHourUs,   kDayUs,         2 * kDayUs,     kWeekUs};

std::int64_t floored(std::int64_t at, std::int64_t width) noexcept { return at - (at % width + width) % width; }
std::int64_t ceiled(std::int64_t at, std::int64_t width) noexcept { return floored(at + width - 1, width); }

Resolution finer(Resolution r) noexcept { return r == Resolution::Day ? Resolution::Hour : Resolution::Minute; }

void add_cover(const TimeSpan& span, Resolution widest, std::vector<RollupSpan>& out) {
  if (span.from_us >= span.to_us) return;
  if (widest == Resolution::Minute) {
    out.push_back({widest, span});
    return;
  }
  const TimeSpan whole{ceiled(span.from_us, width_of(widest)), floored(span.to_us, width_of(widest))};
  if (whole.from_us >= whole.to_us) return add_cover(span, finer(widest), out);
  add_cover({span.from_us, whole.from_us}, finer(widest), out);
  out.push_back({widest, whole});
  add_cover({whole.to_us, span.to_us}, finer(widest), out);
}

// Narrowest buckets that are still kept at `at`.
std::int64_t kept_width(std::int64_t at, const RollupsKept& kept) noexcept {
  if (at < kept.hours_from_us) return kDayUs;
  return at < kept.minutes_from_us ? kHourUs : kMinuteUs;
}

bool is_kept(Resolution resolution, const TimeSpan& span, const RollupsKept& kept) noexcept {
  return kept_width(span.from_us, kept) <= width_of(resolution);
}

std::string minutes_text(std::int64_t step_us) { return std::to_string(step_us / 1'000) + " (" + std::to_string(step_us / kMinuteUs) + " min)"; }

}  // namespace

Result<TimeSpan> stats_range(std::int64_t since_ms, std::int64_t until_ms, std::int64_t now_us, const RollupsKept& kept) {
  for (const auto& [name, ms] : {std::pair("since_ms", since_ms), std::pair("until_ms", until_ms)})
    if (ms < 0 || ms > kMaxStatsMs)
      return fail(ErrorKind::Invalid, std::string(name) + " is " + std::to_string(ms) + "; it must be in milliseconds since 1970, or 0");
  if (until_ms != 0 && until_ms <= since_ms)
    return fail(ErrorKind::Invalid, "until_ms must be after since_ms; it is " + std::to_string(until_ms) + ", since_ms is " + std::to_string(since_ms));
  const std::int64_t asked_to = until_ms == 0 ? now_us : std::min(until_ms * 1'000, now_us);
  TimeSpan span;
  span.to_us = ceiled(asked_to, kMinuteUs);
  // As many minutes as were asked for: "the last hour" is 60 of them, the one that runs included, and not 61.
  const std::int64_t asked = std::max<std::int64_t>(0, asked_to - since_ms * 1'000);
  span.from_us = since_ms == 0 ? 0 : span.to_us - std::max(kMinuteUs, floored(asked + kMinuteUs / 2, kMinuteUs));
  span.from_us = floored(span.from_us, kept_width(span.from_us, kept));
  span.to_us = ceiled(span.to_us, kept_width(span.to_us - 1, kept));
  return span;
}

std::vector<RollupSpan> cover(const TimeSpan& span, Resolution widest) {
  std::vector<RollupSpan> spans;
  add_cover(span, widest, spans);
  return spans;
}

std::int64_t point_begin(std::int64_t at_us, std::int64_t step_us) noexcept {
  const std::int64_t origin = step_us % kWeekUs == 0 ? kFirstMonday : 0;
  return floored(at_us - origin, step_us) + origin;
}

std::size_t points_in(const TimeSpan& span, std::int64_t step_us) noexcept {
  if (span.from_us >= span.to_us) return 0;
  return static_cast<std::size_t>((point_begin(span.to_us - 1, step_us) - point_begin(span.from_us, step_us)) / step_us + 1);
}

Resolution widest_for(std::int64_t step_us) noexcept {
  if (step_us % kDayUs == 0) return Resolution::Day;
  return step_us % kHourUs == 0 ? Resolution::Hour : Resolution::Minute;
}

std::int64_t auto_step(const TimeSpan& span, const RollupsKept& kept, const std::function<std::uint64_t(Resolution)>& rows) {
  for (const std::int64_t step : kUsualSteps) {
    const Resolution widest = widest_for(step);
    if (points_in(span, step) > kAutoPoints || !is_kept(widest, span, kept)) continue;
    if (widest == Resolution::Day || rows(widest) <= kAutoRows) return step;
  }
  std::int64_t step = kWeekUs;
  while (points_in(span, step) > kAutoPoints) step += kWeekUs;
  return step;
}

Result<void> check_step(std::int64_t step_us, const TimeSpan& span, const RollupsKept& kept) {
  if (step_us <= 0 || step_us % kMinuteUs != 0)
    return fail(ErrorKind::Invalid, "step_ms is " + std::to_string(step_us / 1'000) +
                                        "; it must be a multiple of 60000 (a minute), 0 to have one chosen, or -1 for totals only");
  if (const std::size_t points = points_in(span, step_us); points > kMaxPoints) {
    const std::int64_t enough = ceiled((span.to_us - span.from_us) / static_cast<std::int64_t>(kMaxPoints - 1), kMinuteUs);
    return fail(ErrorKind::Invalid, "step_ms " + std::to_string(step_us / 1'000) + " makes " + std::to_string(points) + " points of this range, and " +
                                        std::to_string(kMaxPoints) + " are the most; " + minutes_text(enough) + " or more will do");
  }
  if (!is_kept(widest_for(step_us), span, kept)) {
    const std::int64_t width = kept_width(span.from_us, kept);
    return fail(ErrorKind::Invalid, std::string("of so long ago only ") + (width == kDayUs ? "days" : "hours") + " are kept: step_ms must be a multiple of " +
                                        std::to_string(width / 1'000));
  }
  return {};
}

}  // namespace smartroute::control

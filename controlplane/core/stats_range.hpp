// How a question about a span of time becomes few rows to read, and how wide the points of its chart are. Pure.
#pragma once
#include <cstdint>
#include <functional>
#include <vector>

#include "contract/base/result.hpp"
#include "controlplane/core/rollup.hpp"
#include "smartroute/v1/admin.pb.h"

namespace smartroute::control {

constexpr std::int64_t kMinuteUs = width_of(Resolution::Minute);
constexpr std::int64_t kHourUs = width_of(Resolution::Hour);
constexpr std::int64_t kDayUs = width_of(Resolution::Day);

constexpr std::int64_t kMaxStatsMs = 253'402'300'799'999;  // the year 9999: later is a mistake
constexpr std::size_t kMaxPoints = 2'000;                  // of a chart with a step of the caller's own
constexpr std::size_t kAutoPoints = 120;
// Rows that a chart whose step is ours to choose reads, as far as can be told before: about 20 ms.
constexpr std::uint64_t kAutoRows = 20'000;

// [from, to), microseconds since 1970.
struct TimeSpan {
  std::int64_t from_us = 0, to_us = 0;
  friend bool operator==(const TimeSpan&, const TimeSpan&) = default;
};
struct RollupSpan {
  Resolution resolution = Resolution::Minute;
  TimeSpan span;
  friend bool operator==(const RollupSpan&, const RollupSpan&) = default;
};

// From when on there are rows of a resolution; before that, days.
struct RollupsKept {
  std::int64_t minutes_from_us = 0, hours_from_us = 0;
};

// What [since, until) is answered as: whole minutes, as many as were asked for; where rows of minutes (hours) are no longer kept, whole hours (days) that hold it.
// until_ms 0, and what lies ahead: now. since_ms 0: from 1970. Error: Invalid, with what is wrong.
Result<TimeSpan> stats_range(std::int64_t since_ms, std::int64_t until_ms, std::int64_t now_us, const RollupsKept& kept);

// Adjacent spans that make up `span`, with no bucket wider than `widest`, as few buckets as can be. Bounds of `span`: whole minutes.
std::vector<RollupSpan> cover(const TimeSpan& span, Resolution widest);

// Begin of the point of width `step_us` that `at_us` belongs to: multiples of it since 1970 (UTC); of whole weeks, since the Monday after.
std::int64_t point_begin(std::int64_t at_us, std::int64_t step_us) noexcept;
std::size_t points_in(const TimeSpan& span, std::int64_t step_us) noexcept;
// The widest buckets that points of this width are made of.
Resolution widest_for(std::int64_t step_us) noexcept;

// The narrowest of the usual widths (1 2 5 10 15 30 min, 1 2 3 6 12 h, 1 2 days, weeks) with at most kAutoPoints points and, according to `rows`, at most
// kAutoRows rows of the buckets it is made of, if there is one. Microseconds.
std::int64_t auto_step(const TimeSpan& span, const RollupsKept& kept, const std::function<std::uint64_t(Resolution)>& rows);
// Whether points of this width can be had. Error: Invalid, with a width that can.
Result<void> check_step(std::int64_t step_us, const TimeSpan& span, const RollupsKept& kept);

}  // namespace smartroute::control

#include "controlplane/core/statistics.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <utility>

namespace smartroute::control {
namespace {

namespace rpc = ::smartroute::admin::v1;

using Rows = std::map<std::string, RollupRow, std::less<>>;
constexpr double kMicrosPerMilli = 1'000;
constexpr double kMicrosPerSecond = 1'000'000;

// Reads through `source` and counts.
class Reader {
 public:
  Reader(const RollupSource& source, Dimension dimension) : source_(source), dimension_(dimension) {}

  Result<void> read(const TimeSpan& span, Resolution widest, const std::vector<std::string>& values, const RollupVisit& visit) {
    for (const RollupSpan& part : cover(span, widest)) {
      auto done = source_.read(dimension_, values, part, [&](std::string_view value, std::int64_t begin, const RollupRow& row) {
        return ++rows_ <= kMaxRowsRead && visit(value, begin, row);
      });
      if (!done) return done;
      if (rows_ > kMaxRowsRead)
        return fail(ErrorKind::Invalid, "this would read more than " + std::to_string(kMaxRowsRead) + " rows; ask for a wider step_ms, a shorter range or named values");
    }
    return {};
  }
  std::uint64_t rows() const noexcept { return rows_; }

 private:
  const RollupSource& source_;
  const Dimension dimension_;
  std::uint64_t rows_ = 0;
};

// Sums over a span by value; of which the earliest bucket is remembered.
struct Sums {
  Rows rows;
  std::int64_t earliest_us = -1;
};

// What runs now ends ahead of now; the bucket it lies in is read whole, which is one row instead of many.
TimeSpan read_ahead(TimeSpan span, std::int64_t now_us) {
  if (span.to_us >= now_us) span.to_us = (span.to_us + kDayUs - 1) / kDayUs * kDayUs;
  return span;
}

Result<Sums> sums_of(Reader& reader, const TimeSpan& span, const std::vector<std::string>& values) {
  Sums sums;
  auto done = reader.read(span, Resolution::Day, values, [&](std::string_view value, std::int64_t begin, const RollupRow& row) {
    auto at = sums.rows.find(value);
    if (at == sums.rows.end()) at = sums.rows.emplace(std::string(value), RollupRow()).first;
    at->second.add(row);
    if (sums.earliest_us < 0 || begin < sums.earliest_us) sums.earliest_us = begin;
    return true;
  });
  if (!done) return tl::unexpected(done.error());
  return sums;
}

// The most requests first; kOtherValue, which is many values, last.
std::vector<std::string> ranked(const Rows& rows) {
  std::vector<std::string> values;
  for (const auto& entry : rows) values.push_back(entry.first);
  std::stable_sort(values.begin(), values.end(), [&](const std::string& a, const std::string& b) {
    const auto rank = [&](const std::string& value) { return value == kOtherValue ? 0 : rows.find(value)->second.requests; };
    return rank(a) > rank(b);
  });
  return values;
}

struct Chart {
  const rpc::GetStatsRequest& request;
  TimeSpan span;
  std::int64_t step_us = 0;                          // 0: no points
  std::vector<std::string> series;                   // in their order, kOtherValue last if there is one
  std::map<std::string, std::size_t, std::less<>> place;
  std::int64_t now_us = 0;

  // Where rows of `value` go; none: nobody asked for it.
  std::optional<std::size_t> place_of(std::string_view value) const {
    if (const auto at = place.find(value); at != place.end()) return at->second;
    if (const auto other = place.find(kOtherValue); request.values_size() == 0 && other != place.end()) return other->second;
    return std::nullopt;
  }
  double seconds_of(TimeSpan part, const TimeSpan& of) const {
    part = {std::max(part.from_us, of.from_us), std::min({part.to_us, of.to_us, std::max(now_us, of.from_us)})};
    return std::max(1.0, static_cast<double>(part.to_us - part.from_us) / kMicrosPerSecond);
  }
};

// A series of its own for so many values that all points together stay within kMaxStatsPoints.
std::size_t series_room(const rpc::GetStatsRequest& request, std::size_t points) {
  if (points == 0) return kTopValues + 1;
  return std::max<std::size_t>(1, kMaxStatsPoints / (request.compare() ? 2 : 1) / points);
}

Result<void> choose_series(Chart& chart, const Rows& rows) {
  const std::size_t points = chart.step_us == 0 ? 0 : points_in(chart.span, chart.step_us);
  const std::size_t room = series_room(chart.request, points);
  if (chart.request.values_size() > 0) {
    Rows asked;
    for (const auto& value : chart.request.values()) {
      const auto at = rows.find(value);
      asked[value] = at == rows.end() ? RollupRow() : at->second;
    }
    if (points > 0 && asked.size() > room)
      return fail(ErrorKind::Invalid, std::to_string(asked.size()) + " values of " + std::to_string(points) + " points each are too many; ask for a wider step_ms or at most " +
                                          std::to_string(room) + " values");
    chart.series = ranked(asked);
  } else {
    chart.series = ranked(rows);
    const std::size_t most = std::min(kTopValues, room);
    const bool others = !chart.series.empty() && chart.series.back() == kOtherValue;
    if (chart.series.size() - (others ? 1 : 0) > most) {
      chart.series.resize(most);
      chart.series.emplace_back(kOtherValue);
    }
  }
  for (std::size_t i = 0; i < chart.series.size(); ++i) chart.place.emplace(chart.series[i], i);
  return {};
}

// The series of `span`, which is the chart's own or the one before.
Result<void> fill(const Chart& chart, const TimeSpan& span, const Rows& sums, Reader& reader, google::protobuf::RepeatedPtrField<rpc::StatsSeries>& out) {
  std::vector<RollupRow> totals(chart.series.size());
  for (const auto& [value, row] : sums)
    if (const auto place = chart.place_of(value)) totals[*place].add(row);
  const std::size_t points = chart.step_us == 0 ? 0 : points_in(span, chart.step_us);
  const std::int64_t first = points == 0 ? 0 : point_begin(span.from_us, chart.step_us);
  std::vector<RollupRow> cells(points * chart.series.size());
  if (!cells.empty()) {
    const std::vector<std::string> values(chart.request.values().begin(), chart.request.values().end());
    auto done = reader.read(span, widest_for(chart.step_us), values, [&](std::string_view value, std::int64_t begin, const RollupRow& row) {
      const auto place = chart.place_of(value);
      if (!place || begin < first) return true;
      const auto at = std::min(static_cast<std::size_t>((begin - first) / chart.step_us), points - 1);
      cells[*place * points + at].add(row);
      return true;
    });
    if (!done) return done;
  }
  for (std::size_t i = 0; i < chart.series.size(); ++i) {
    auto& series = *out.Add();
    series.set_value(chart.series[i]);
    *series.mutable_totals() = totals_of(totals[i], chart.seconds_of(span, span));
    for (std::size_t p = 0; p < points; ++p) {
      const RollupRow& cell = cells[i * points + p];
      if (cell.requests == 0) continue;
      const std::int64_t begin = first + static_cast<std::int64_t>(p) * chart.step_us;
      auto& point = *series.add_points();
      point.set_at_ms(begin / 1'000);
      *point.mutable_totals() = totals_of(cell, chart.seconds_of({begin, begin + chart.step_us}, span));
    }
  }
  return {};
}

Result<Dimension> dimension_of(const rpc::GetStatsRequest& request) {
  const auto dimension = dimension_named(request.dimension());
  if (!dimension)
    return fail(ErrorKind::Invalid, "there is no dimension '" + request.dimension() +
                                        "'; there are tier, model, provider, key, error, status, category, ending, attempt, or none for all together");
  if (*dimension == Dimension::All && request.values_size() > 0) return fail(ErrorKind::Invalid, "values need a dimension that they are of");
  if (static_cast<std::size_t>(request.values_size()) > kMaxAskedValues)
    return fail(ErrorKind::Invalid, std::to_string(request.values_size()) + " values are too many; " + std::to_string(kMaxAskedValues) + " are the most");
  return *dimension;
}

// Each value has a row in a bucket at most, and no more rows than requests.
std::uint64_t rows_at_most(const Rows& rows, const TimeSpan& span, Resolution resolution) {
  const auto buckets = static_cast<std::uint64_t>((span.to_us - span.from_us) / width_of(resolution) + 1);
  std::uint64_t sum = 0;
  for (const auto& entry : rows) sum += std::min(buckets, entry.second.requests);
  return sum;
}

Result<void> choose_step(Chart& chart, const Rows& rows, const RollupsKept& kept) {
  const std::int64_t asked = chart.request.step_ms();
  if (asked == -1) return {};
  if (asked == 0) {
    chart.step_us = auto_step(chart.span, kept, [&](Resolution resolution) { return rows_at_most(rows, chart.span, resolution); });
    return {};
  }
  chart.step_us = asked < 0 || asked > kMaxStatsMs ? -1'000 : asked * 1'000;
  return check_step(chart.step_us, chart.span, kept);
}

// The span of the same length before the chart's. None: it is not asked for, or the chart is of all there is.
struct Before {
  TimeSpan span;
  Sums sums;
};
Result<std::optional<Before>> sums_before(const Chart& chart, Reader& reader, const std::vector<std::string>& values, const RollupsKept& kept) {
  if (!chart.request.compare() || chart.request.since_ms() == 0) return std::nullopt;
  const std::int64_t length_us = chart.span.to_us - chart.span.from_us;
  const auto span = stats_range(std::max<std::int64_t>(1, (chart.span.from_us - length_us) / 1'000), chart.span.from_us / 1'000, chart.now_us, kept);
  if (!span) return tl::unexpected(span.error());
  auto sums = sums_of(reader, *span, values);
  if (!sums) return tl::unexpected(sums.error());
  return Before{*span, std::move(*sums)};
}

void set_latency(const Sketch& sketch, std::uint64_t sum_us, std::uint64_t max_us, rpc::Latency& out) {
  out.set_count(sketch.count());
  if (sketch.count() == 0) return;
  const double max = static_cast<double>(max_us);
  const auto ms = [&](double q) { return std::min(sketch.quantile(q), max) / kMicrosPerMilli; };
  out.set_avg_ms(static_cast<double>(sum_us) / static_cast<double>(sketch.count()) / kMicrosPerMilli);
  out.set_p50_ms(ms(0.5));
  out.set_p90_ms(ms(0.9));
  out.set_p99_ms(ms(0.99));
  out.set_max_ms(max / kMicrosPerMilli);
}

}  // namespace

rpc::StatsTotals totals_of(const RollupRow& row, double seconds) {
  rpc::StatsTotals out;
  out.set_requests(row.requests);
  out.set_successes(row.successes);
  out.set_failures(row.failures);
  out.set_qps(seconds > 0 ? static_cast<double>(row.requests) / seconds : 0);
  out.set_success_rate(row.requests == 0 ? 0 : static_cast<double>(row.successes) / static_cast<double>(row.requests));
  set_latency(row.response, row.response_us, row.response_max_us, *out.mutable_response_time());
  set_latency(row.first_byte, row.first_byte_us, row.first_byte_max_us, *out.mutable_first_byte());
  out.set_streams(row.streams);
  out.set_retries(row.retries);
  out.set_retried_requests(row.retried_requests);
  out.set_prompt_tokens_upstream(row.prompt_tokens[0]);
  out.set_prompt_tokens_local(row.prompt_tokens[1]);
  out.set_prompt_tokens_estimate(row.prompt_tokens[2]);
  out.set_completion_tokens_upstream(row.completion_tokens[0]);
  out.set_completion_tokens_local(row.completion_tokens[1]);
  out.set_completion_tokens_estimate(row.completion_tokens[2]);
  out.set_cached_tokens(row.cached_tokens);
  out.set_reasoning_tokens(row.reasoning_tokens);
  out.set_cost_nano_usd(row.cost_nano);
  out.set_unpriced_requests(row.unpriced);
  out.set_saved_nano_usd(row.saved_nano);
  out.set_thrown_away_nano_usd(row.thrown_away_nano);
  return out;
}

Result<rpc::GetStatsResponse> statistics(const rpc::GetStatsRequest& request, const RollupSource& source, std::int64_t now_us) {
  const auto dimension = dimension_of(request);
  if (!dimension) return tl::unexpected(dimension.error());
  const auto span = stats_range(request.since_ms(), request.until_ms(), now_us, source.kept);
  if (!span) return tl::unexpected(span.error());
  Chart chart{request, *span, 0, {}, {}, now_us};
  Reader reader(source, *dimension);
  const std::vector<std::string> values(request.values().begin(), request.values().end());
  auto sums = sums_of(reader, read_ahead(chart.span, now_us), values);
  if (!sums) return tl::unexpected(sums.error());
  auto before = sums_before(chart, reader, values, source.kept);
  if (!before) return tl::unexpected(before.error());
  // "All there is" begins where it begins.
  if (request.since_ms() == 0)
    chart.span.from_us = std::min(sums->earliest_us < 0 ? chart.span.to_us : sums->earliest_us, chart.span.to_us - kMinuteUs);
  // A value that is gone has a series too, to be compared with.
  if (*before)
    for (const auto& entry : (*before)->sums.rows) sums->rows.try_emplace(entry.first);
  if (auto step = choose_step(chart, sums->rows, source.kept); !step) return tl::unexpected(step.error());
  if (auto chosen = choose_series(chart, sums->rows); !chosen) return tl::unexpected(chosen.error());

  rpc::GetStatsResponse response;
  auto filled = fill(chart, chart.span, sums->rows, reader, *response.mutable_series());
  if (filled && *before) filled = fill(chart, (*before)->span, (*before)->sums.rows, reader, *response.mutable_before());
  if (!filled) return tl::unexpected(filled.error());
  response.set_since_ms(chart.span.from_us / 1'000);
  response.set_until_ms(chart.span.to_us / 1'000);
  response.set_step_ms(chart.step_us / 1'000);
  response.set_rows_read(reader.rows());
  return response;
}

Result<rpc::ListFacetsResponse> facets(const rpc::ListFacetsRequest& request, const RollupSource& source, std::int64_t now_us) {
  constexpr std::array kFaceted{Dimension::Tier,   Dimension::Model,    Dimension::Provider, Dimension::Key,
                                Dimension::Status, Dimension::Category, Dimension::Error,    Dimension::Ending};
  const auto span = stats_range(request.since_us() / 1'000, request.until_us() / 1'000, now_us, source.kept);
  if (!span) return tl::unexpected(span.error());
  rpc::ListFacetsResponse response;
  for (const Dimension dimension : kFaceted) {
    Reader reader(source, dimension);
    const auto sums = sums_of(reader, read_ahead(*span, now_us), {});
    if (!sums) return tl::unexpected(sums.error());
    auto& facet = *response.add_facets();
    facet.set_dimension(std::string(name_of(dimension)));
    for (const std::string& value : ranked(sums->rows)) {
      if (value == kOtherValue || static_cast<std::size_t>(facet.values_size()) == kMaxFacetValues) break;
      auto& row = *facet.add_values();
      row.set_value(value);
      row.set_records(sums->rows.find(value)->second.requests);
    }
  }
  return response;
}

}  // namespace smartroute::control

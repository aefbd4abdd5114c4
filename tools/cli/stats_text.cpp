#include "tools/cli/stats_text.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>

#include "smartroute/v1/admin.pb.h"
#include "tools/cli/text.hpp"

namespace smartroute::cli {
namespace {

namespace rpc = ::smartroute::admin::v1;
using Align = Table::Align;

constexpr double kPercent = 100;

std::string ms_text(const rpc::Latency& latency, double ms) { return latency.count() == 0 ? "-" : fixed(ms, ms < 100 ? 1 : 0); }

std::string rate_text(double qps) { return fixed(qps, qps < 10 ? 3 : 1); }

std::vector<std::string> cells_of(const rpc::StatsTotals& t) {
  const std::uint64_t in = t.prompt_tokens_upstream() + t.prompt_tokens_local() + t.prompt_tokens_estimate();
  const std::uint64_t out = t.completion_tokens_upstream() + t.completion_tokens_local() + t.completion_tokens_estimate();
  return {grouped(t.requests()),
          rate_text(t.qps()),
          t.requests() == 0 ? "-" : fixed(t.success_rate() * kPercent, 1) + " %",
          ms_text(t.response_time(), t.response_time().p50_ms()),
          ms_text(t.response_time(), t.response_time().p90_ms()),
          ms_text(t.response_time(), t.response_time().p99_ms()),
          ms_text(t.first_byte(), t.first_byte().p50_ms()),
          grouped(in),
          grouped(out),
          dollars(t.cost_nano_usd()) + (t.unpriced_requests() > 0 ? "+?" : ""),
          dollars(t.saved_nano_usd()),
          grouped(t.retries())};
}

std::string change_text(double now, double before) {
  if (before == 0) return now == 0 ? "0 %" : "new";
  const double change = (now - before) / before * kPercent;
  return (change > 0 ? "+" : "") + fixed(change, std::abs(change) < kPercent ? 1 : 0) + " %";
}

std::string name_text(const rpc::StatsSeries& series) {
  if (series.label().empty()) return shown(series.value());
  return shown(series.label()) + " (" + shown(series.value()) + ")";
}

std::vector<Table::Column> columns_for(const std::string& dimension, bool points, bool compared) {
  std::vector<Table::Column> columns;
  if (points) columns.push_back({"TIME (UTC)"});
  if (!dimension.empty()) {
    std::string heading = dimension;
    std::transform(heading.begin(), heading.end(), heading.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    columns.push_back({heading});
  }
  for (const char* heading : {"REQUESTS", "QPS", "SUCCESS", "P50 MS", "P90 MS", "P99 MS", "FIRST MS", "TOKENS IN", "OUT", "COST", "SAVED", "RETRIES"})
    columns.push_back({heading, Align::Right});
  if (compared)
    for (const char* heading : {"REQUESTS +/-", "COST +/-"}) columns.push_back({heading, Align::Right});
  return columns;
}

std::string table_text(const rpc::GetStatsResponse& said, const std::string& dimension) {
  const bool compared = said.before_size() > 0;
  Table table(columns_for(dimension, false, compared));
  for (int i = 0; i < said.series_size(); ++i) {
    const rpc::StatsSeries& series = said.series(i);
    std::vector<std::string> cells = cells_of(series.totals());
    if (!dimension.empty()) cells.insert(cells.begin(), name_text(series));
    if (compared) {
      const rpc::StatsTotals before = i < said.before_size() ? said.before(i).totals() : rpc::StatsTotals();
      cells.push_back(change_text(static_cast<double>(series.totals().requests()), static_cast<double>(before.requests())));
      cells.push_back(change_text(static_cast<double>(series.totals().cost_nano_usd()), static_cast<double>(before.cost_nano_usd())));
    }
    table.add(std::move(cells));
  }
  return table.text();
}

std::string points_text(const rpc::GetStatsResponse& said, const std::string& dimension) {
  std::multimap<std::int64_t, std::vector<std::string>> rows;  // in time, then as the series are
  for (const rpc::StatsSeries& series : said.series()) {
    for (const rpc::StatsPoint& point : series.points()) {
      std::vector<std::string> cells = cells_of(point.totals());
      if (!dimension.empty()) cells.insert(cells.begin(), name_text(series));
      cells.insert(cells.begin(), short_utc_text(point.at_ms() * 1'000));
      rows.emplace(point.at_ms(), std::move(cells));
    }
  }
  Table table(columns_for(dimension, true, false));
  for (auto& row : rows) table.add(std::move(row.second));
  return table.text();
}

// "2026-01-31 08:00": what statistics are of is whole minutes.
std::string minute_text(std::int64_t ms) {
  const std::string text = utc_text(ms * 1'000);
  return text.substr(0, std::min<std::size_t>(text.size(), 16));
}

}  // namespace

std::string stats_text(const rpc::GetStatsResponse& said, const std::string& dimension) {
  std::string text = minute_text(said.since_ms()) + " to " + minute_text(said.until_ms()) + " UTC; now " + std::to_string(said.in_flight()) +
                     " in flight, " + rate_text(said.qps()) + " requests a second\n\n";
  if (said.series_size() == 0) return text + "no requests\n";
  if (said.step_ms() > 0) text += points_text(said, dimension) + "\n";
  text += table_text(said, dimension);
  for (const rpc::StatsSeries& series : said.series())
    if (series.totals().unpriced_requests() > 0) return text + "+?: and what requests cost whose price is unknown\n";
  return text;
}

}  // namespace smartroute::cli

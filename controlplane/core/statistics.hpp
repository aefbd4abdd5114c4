// What happened over time: totals and charts from rollups. Pure: rows come through a function.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "contract/base/result.hpp"
#include "controlplane/core/rollup.hpp"
#include "controlplane/core/stats_range.hpp"
#include "smartroute/v1/admin.pb.h"

namespace smartroute::control {

// value, begin of the bucket, row. False: stop.
using RollupVisit = std::function<bool(std::string_view, std::int64_t, const RollupRow&)>;
// Rows of `dimension` whose buckets begin within the span, of `values`, or of every value if it is empty; in any order.
using RollupRead = std::function<Result<void>(Dimension dimension, const std::vector<std::string>& values, const RollupSpan& span, const RollupVisit& visit)>;

struct RollupSource {
  RollupRead read;
  RollupsKept kept;
};

constexpr std::size_t kTopValues = 50;       // of a dimension, if none are named; the others are summed as kOtherValue
constexpr std::size_t kMaxAskedValues = 100;
constexpr std::size_t kMaxStatsPoints = 12'500;  // of all series together, with those of the span before: about 3 MB
constexpr std::uint64_t kMaxRowsRead = 2'000'000;
constexpr std::size_t kMaxFacetValues = 200;

// GetStats, but for labels and what is going on now. Points are named by their begin; the first and the last may hold less than their width, which their qps
// heeds. Named values come back also without a request. Error: Invalid, with what is wrong with the question; or what `source` says.
Result<::smartroute::admin::v1::GetStatsResponse> statistics(const ::smartroute::admin::v1::GetStatsRequest& request, const RollupSource& source, std::int64_t now_us);

// ListFacets, but for labels: every dimension but attempts, values in the order of their number of records. kOtherValue cannot be filtered by and is left out.
Result<::smartroute::admin::v1::ListFacetsResponse> facets(const ::smartroute::admin::v1::ListFacetsRequest& request, const RollupSource& source, std::int64_t now_us);

// A row as its readers see it. `seconds`: that it covers, for qps.
::smartroute::admin::v1::StatsTotals totals_of(const RollupRow& row, double seconds);

}  // namespace smartroute::control

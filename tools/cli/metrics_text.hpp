// Reading what /metrics says.
#pragma once
#include <optional>
#include <string_view>

namespace smartroute::cli {

// Sum over every series of this name in a page in Prometheus' text format; nullopt: there is none.
std::optional<double> metric_sum(std::string_view page, std::string_view name);

}  // namespace smartroute::cli

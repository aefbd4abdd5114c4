// Reading what /metrics says.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace smartroute::cli {

// Sum over every series of this name in a page in Prometheus' text format; nullopt: there is none.
std::optional<double> metric_sum(std::string_view page, std::string_view name);

// Each series of this name that has the label, by the label's value. Values of labels that hold a quote are not told apart.
std::vector<std::pair<std::string, double>> metric_by(std::string_view page, std::string_view name, std::string_view label);

}  // namespace smartroute::cli

#include "tools/cli/metrics_text.hpp"

#include <algorithm>
#include <charconv>

namespace smartroute::cli {

std::optional<double> metric_sum(std::string_view page, std::string_view name) {
  std::optional<double> sum;
  while (!page.empty()) {
    const std::string_view line = page.substr(0, page.find('\n'));
    page.remove_prefix(std::min(page.size(), line.size() + 1));
    if (!line.starts_with(name) || line.size() <= name.size() || (line[name.size()] != ' ' && line[name.size()] != '{')) continue;
    const std::string_view number = line.substr(line.rfind(' ') + 1);
    double value = 0;
    if (std::from_chars(number.data(), number.data() + number.size(), value).ec == std::errc{}) sum = sum.value_or(0) + value;
  }
  return sum;
}

}  // namespace smartroute::cli

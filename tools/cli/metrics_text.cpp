#include "tools/cli/metrics_text.hpp"

#include <algorithm>
#include <charconv>

namespace smartroute::cli {

namespace {

// Calls `take` with the labels and the value of each series.
template <class Take>
void each_series(std::string_view page, std::string_view name, Take take) {
  while (!page.empty()) {
    const std::string_view line = page.substr(0, page.find('\n'));
    page.remove_prefix(std::min(page.size(), line.size() + 1));
    if (!line.starts_with(name) || line.size() <= name.size() || (line[name.size()] != ' ' && line[name.size()] != '{')) continue;
    const std::size_t blank = line.rfind(' ');
    const std::string_view number = line.substr(blank + 1);
    double value = 0;
    if (std::from_chars(number.data(), number.data() + number.size(), value).ec == std::errc{}) take(line.substr(name.size(), blank - name.size()), value);
  }
}

}  // namespace

std::optional<double> metric_sum(std::string_view page, std::string_view name) {
  std::optional<double> sum;
  each_series(page, name, [&sum](std::string_view, double value) { sum = sum.value_or(0) + value; });
  return sum;
}

std::vector<std::pair<std::string, double>> metric_by(std::string_view page, std::string_view name, std::string_view label) {
  std::vector<std::pair<std::string, double>> found;
  const std::string begin = std::string(label) + "=\"";
  each_series(page, name, [&](std::string_view labels, double value) {
    const auto at = labels.find(begin);
    if (at == std::string_view::npos) return;
    labels.remove_prefix(at + begin.size());
    found.emplace_back(labels.substr(0, labels.find('"')), value);
  });
  return found;
}

}  // namespace smartroute::cli

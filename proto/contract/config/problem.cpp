#include "contract/config/problem.hpp"

#include "contract/config/decode.hpp"

namespace smartroute::config {

std::string to_string(const Problem& problem) {
  std::string out;
  if (!problem.file.empty()) {
    out += problem.file + ":";
    if (problem.line > 0) out += std::to_string(problem.line) + ":";
    out += ' ';
  } else if (problem.line > 0) {
    out += "line " + std::to_string(problem.line) + ": ";
  }
  if (problem.severity == Severity::Warning) out += "warning: ";
  if (!problem.path.empty()) out += problem.path + ": ";
  out += problem.what;
  if (!problem.nearest.empty()) out += ", did you mean '" + problem.nearest + "'?";
  return out;
}

void attach_lines(Problems& problems, const SourceMap& lines, std::string_view file) {
  for (auto& problem : problems) {
    if (problem.file.empty()) problem.file = file;
    if (problem.line > 0) continue;
    std::string_view prefix = problem.path;
    while (!prefix.empty()) {
      if (const auto it = lines.find(prefix); it != lines.end()) {
        problem.line = it->second;
        break;
      }
      const auto cut = prefix.find_last_of(".[");
      prefix = cut == std::string_view::npos ? std::string_view{} : prefix.substr(0, cut);
    }
  }
}

}  // namespace smartroute::config

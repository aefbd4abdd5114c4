#include "contract/config/check.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <unordered_set>
#include <utility>

#include "contract/config/validate.hpp"
#include "smartroute/v1/config.pb.h"

namespace smartroute::config {

Checked check_document(std::string_view text, std::string_view file, const SecretSource& secrets,
                       std::optional<Format> format) {
  auto document = decode_document(text, file, format);
  Checked out;
  out.message = std::move(document.message);
  out.problems = std::move(document.problems);
  if (has_errors(out.problems) && document.lines.empty())
    return out;  // nothing could be read at all

  auto decoded = decode(*out.message, secrets);
  out.config = std::move(decoded.config);
  Problems later = validate(out.config);
  later.insert(later.begin(), std::make_move_iterator(decoded.problems.begin()),
               std::make_move_iterator(decoded.problems.end()));
  std::unordered_set<std::string> refused;
  for (const auto& problem : out.problems)
    if (problem.severity == Severity::Error) refused.insert(problem.path);
  for (auto& problem : later)
    if (!refused.contains(problem.path)) out.problems.push_back(std::move(problem));
  attach_lines(out.problems, document.lines, file);
  const auto place = [](const Problem& p) {
    return p.line > 0 ? p.line : std::numeric_limits<int>::max();
  };
  std::stable_sort(out.problems.begin(), out.problems.end(),
                   [&](const Problem& a, const Problem& b) { return place(a) < place(b); });
  return out;
}

Problems check_message(const v1::Config& message, const SecretSource& secrets) {
  auto decoded = decode(message, secrets);
  Problems problems = std::move(decoded.problems);
  Problems rules = validate(decoded.config);
  problems.insert(problems.end(), std::make_move_iterator(rules.begin()),
                  std::make_move_iterator(rules.end()));
  return problems;
}

}  // namespace smartroute::config

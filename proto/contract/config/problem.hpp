// One thing wrong with a configuration, as people read it: where, what, why, and the name they probably meant.
#pragma once
#include <string>
#include <vector>

namespace smartroute::config {

enum class Severity { Error, Warning };

struct Problem {
  std::string path;      // tiers.t1.models[2]
  std::string what;      // 'opena/gpt-4o' names no configured provider
  std::string nearest;   // "openai/gpt-4o", empty when nothing is near
  std::string file;      // empty when the document is no file
  int line = 0;          // from 1; 0 when there is no text
  Severity severity = Severity::Error;
  friend bool operator==(const Problem&, const Problem&) = default;
};

using Problems = std::vector<Problem>;

inline bool has_errors(const Problems& problems) {
  for (const auto& p : problems)
    if (p.severity == Severity::Error) return true;
  return false;
}

// "gateway.yaml:14: tiers.t1.models[2]: names no configured provider, did you mean 'openai/gpt-4o'?"
std::string to_string(const Problem& problem);

}  // namespace smartroute::config

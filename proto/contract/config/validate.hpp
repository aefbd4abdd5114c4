// Every rule a configuration must keep, in one place, run by the command line, the control plane and the data plane alike.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "contract/config/model.hpp"
#include "contract/config/problem.hpp"

namespace smartroute::config {

// All problems of `config`, in schema order. Pure; linear in the size of the document plus the cost of compiling its patterns.
Problems validate(const Config& config);

// The candidate within edit distance 2 (Damerau-Levenshtein) or a third of the length, whichever is larger; empty if none.
std::string nearest_name(std::string_view name, const std::vector<std::string>& candidates);

}  // namespace smartroute::config

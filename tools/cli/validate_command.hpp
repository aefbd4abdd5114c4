// `smartroute validate FILE`: every problem of a configuration, without a running gateway or a
// network.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "contract/config/problem.hpp"

namespace smartroute::cli {

enum class Output : std::uint8_t { Text, Json };
enum class Printed : std::uint8_t { Problems, Effective };

// Text: a line for each problem, "gateway.yaml:14: tiers.t1.models[2]: what and why, did you mean
// 'x'?", warnings with "warning:" before the path, and a closing line with their number. JSON:
// {"file","valid","problems":[{severity,path,what,nearest,file,line}]}.
std::string report(const config::Problems& problems, std::string_view file, Output output);

// Reads `file` ("-": standard input), prints its problems on stdout, and returns an exit code of
// up.hpp: kOk with at most warnings, kProblems with errors, kUsage when it cannot be read. With
// Printed::Effective stdout is the document as JSON, every default written out and secrets hidden; its
// problems go to stderr, and with errors there is no document.
int validate(const std::string& file, Output output, Printed printed);

}  // namespace smartroute::cli

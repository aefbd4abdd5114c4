#include "tools/cli/validate_command.hpp"

#include <cstdio>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "contract/config/check.hpp"
#include "contract/config/decode.hpp"
#include "smartroute/v1/config.pb.h"
#include "tools/cli/ready_file.hpp"
#include "tools/cli/up.hpp"

namespace smartroute::cli {
namespace {

using config::Severity;

std::string counted(std::size_t n, std::string_view noun) {
  return std::to_string(n) + " " + std::string(noun) + (n == 1 ? "" : "s");
}

std::string as_json(const config::Problems& problems, std::string_view file) {
  nlohmann::ordered_json document{{"file", file}, {"valid", !config::has_errors(problems)}};
  document["problems"] = nlohmann::ordered_json::array();
  for (const auto& p : problems) {
    nlohmann::ordered_json row;
    row["severity"] = p.severity == Severity::Error ? "error" : "warning";
    row["path"] = p.path;
    row["what"] = p.what;
    row["nearest"] = p.nearest;
    row["file"] = p.file;
    row["line"] = p.line;
    document["problems"].push_back(std::move(row));
  }
  return document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string report(const config::Problems& problems, std::string_view file, Output output) {
  if (output == Output::Json) return as_json(problems, file);
  std::string text;
  std::size_t errors = 0;
  for (const auto& p : problems) {
    errors += p.severity == Severity::Error;
    text += config::to_string(p) + "\n";
  }
  const auto warnings = problems.size() - errors;
  text += std::string(file) + ": " + (errors > 0 ? counted(errors, "error") : "valid");
  if (warnings > 0) text += ", " + counted(warnings, "warning");
  return text + "\n";
}

int validate(const std::string& file, Output output, Printed printed) {
  std::string text;
  const std::string label = file == "-" ? "stdin" : file;
  if (file == "-") {
    text.assign(std::istreambuf_iterator<char>(std::cin), {});
  } else {
    auto read = read_file(file);
    if (!read) {
      std::fprintf(stderr, "smartroute: %s\n", read.error().text().c_str());
      return kUsage;
    }
    text = *std::move(read);
  }
  const auto checked = config::check_document(text, label, config::system_secrets());
  const bool wrong = config::has_errors(checked.problems);
  std::fputs(report(checked.problems, label, output).c_str(), printed == Printed::Effective ? stderr : stdout);
  if (printed == Printed::Effective && !wrong) {
    const auto effective = nlohmann::ordered_json::parse(config::encode_effective_json(*checked.message), nullptr, false);
    std::puts(effective.dump(2, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
  }
  return wrong ? kProblems : kOk;
}

}  // namespace smartroute::cli

// Any bytes as the configuration of another gateway: reading must end, what comes out must have no errors by our own validator, and every value of the
// input must be listed exactly once.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "contract/config/check.hpp"
#include "smartroute/v1/config.pb.h"
#include "tools/cli/import/import.hpp"

namespace {

using namespace smartroute;

void require(bool holds, const char* what, const std::string& detail = {}) {
  if (holds) return;
  std::fprintf(stderr, "%s\n%s\n", what, detail.c_str());
  std::abort();
}

void check(std::string_view text, std::optional<import::Dialect> dialect) {
  const auto done = import::import_config(text, dialect);
  if (!done) return require(!done.error().text().empty(), "an error without words");
  config::SecretSource secrets;
  secrets.environment = [](const std::string& name) { return std::optional<std::string>("value-of-" + name); };
  secrets.file = [](const std::string&) { return std::optional<std::string>("value-of-a-file"); };
  for (const auto& problem : config::check_document(done->yaml, "imported", secrets).problems)
    require(problem.severity == config::Severity::Warning, "what was imported has an error", config::to_string(problem) + "\n" + done->yaml);
  std::vector<std::string_view> paths;
  for (const auto* list : {&done->exactly, &done->approximately, &done->not_at_all})
    for (const auto& finding : *list) paths.push_back(finding.path);
  require(!paths.empty(), "a file without values");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check(text, {});
  check(text, import::Dialect::SmartRoutePython);
  check(text, import::Dialect::LiteLlm);
  return 0;
}

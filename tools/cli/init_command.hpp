// `smartroute init`: a configuration to begin with.
#pragma once
#include <string>
#include <vector>

#include "tools/cli/validate_command.hpp"

namespace smartroute::cli {

struct InitOptions {
  std::string file = "smartroute.yaml";  // "-": standard output
  std::vector<std::string> providers;    // ids of known_providers.hpp; none: those whose keys are in the environment
  bool force = false;                    // overwrite
  Output output = Output::Text;
};

// Writes it, says what to do next, and returns an exit code of up.hpp: kFailed when the file exists or cannot be written, kUsage for a provider nobody knows.
int init(const InitOptions& options);

}  // namespace smartroute::cli

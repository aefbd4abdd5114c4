// The configuration that `smartroute init` writes: complete, commented, and valid as it stands.
#pragma once
#include <string>
#include <vector>

#include "tools/cli/generated_config.hpp"

namespace smartroute::cli {

// A YAML document over these providers, of which there is one at least. Keys are references (${OPENAI_API_KEY}), never values. Everything that has a sensible default
// stands as a comment that can be taken away: such a line begins, behind its indentation, with # and no blank. Equal input gives equal text.
std::string starter_config(const std::vector<FoundProvider>& providers);

}  // namespace smartroute::cli

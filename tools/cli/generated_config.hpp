// Configurations that `smartroute up` writes itself: from provider keys in the environment, and for
// the demo.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "contract/base/result.hpp"
#include "tools/cli/known_providers.hpp"

namespace smartroute::cli {

// Looks a variable up; an unset one and one of blanks only are both nullopt.
using Environment = std::function<std::optional<std::string>(std::string_view name)>;
Environment process_environment();

// A provider whose key is in the environment.
struct FoundProvider {
  const KnownProvider* known;
  std::string base_url;          // without a trailing slash
  bool base_url_is_ours = true;  // false: it came from the environment
};

// In the table's order. Error: Invalid, when a *_BASE_URL is no http(s) URL.
Result<std::vector<FoundProvider>> find_providers(const Environment& environment);

// A YAML document over these providers. Keys stay references (${OPENAI_API_KEY}); equal providers
// give equal text.
std::string config_from_providers(const std::vector<FoundProvider>& providers);

// The demo's YAML: one provider that always answers at once, one that is slow and now and then
// fails.
std::string demo_config(std::uint16_t steady_port, std::uint16_t shaky_port);

}  // namespace smartroute::cli

#include "tools/cli/generated_config.hpp"

#include <cctype>
#include <cstdlib>
#include <nlohmann/json.hpp>

namespace smartroute::cli {
namespace {

// The classifier needs no words of anybody's; the rules are an example for those who have some.
constexpr std::string_view kRouter =
    "router:\n"
    "  mode: cascade            # your own rules, where there are any; else the classifier in the proxy\n"
    "  # keywords:              # rules win over the classifier; /like this/ is a pattern (RE2)\n"
    "  #   t3: [\"contract review\", \"合同审查\"]\n"
    "  #   at_least_t2: ['/\\bCVE-\\d{4}-\\d+\\b/']   # a minimum: the classifier may say more\n";

// A JSON string is a YAML string, whatever stands in it.
std::string yaml_string(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

bool is_blank(std::string_view text) {
  for (const unsigned char c : text)
    if (!std::isspace(c)) return false;
  return true;
}

Result<std::string> base_url_from(std::string url, const KnownProvider& known) {
  const bool has_scheme = url.starts_with("https://") || url.starts_with("http://");
  if (!has_scheme || url.size() <= url.find("://") + 3)
    return fail(ErrorKind::Invalid,
                std::string(known.base_url_variable) +
                    " must be a URL that starts with https:// or http://, such as " +
                    std::string(known.base_url));
  while (url.ends_with('/')) url.pop_back();
  if (!known.version_path.empty() && !url.ends_with(known.version_path)) url += known.version_path;
  return url;
}

// Tier's models: each provider's own choice, in the providers' order, so that the second stands in
// for the first.
std::string tier_line(std::string_view name, std::size_t tier,
                      const std::vector<FoundProvider>& providers) {
  std::string line = "  " + std::string(name) + ": {models: [";
  for (std::size_t i = 0; i < providers.size(); ++i) {
    if (i > 0) line += ", ";
    line += yaml_string(std::string(providers[i].known->id) + "/" +
                        std::string(providers[i].known->models[tier]));
  }
  return line + "]}\n";
}

}  // namespace

Environment process_environment() {
  return [](std::string_view name) -> std::optional<std::string> {
    const char* value = std::getenv(std::string(name).c_str());
    if (value == nullptr || is_blank(value)) return std::nullopt;
    return std::string(value);
  };
}

Result<std::vector<FoundProvider>> find_providers(const Environment& environment) {
  std::vector<FoundProvider> found;
  for (const auto& known : kKnownProviders) {
    if (!environment(known.key_variable)) continue;
    auto url = environment(known.base_url_variable);
    if (!url) {
      found.push_back(FoundProvider{&known, std::string(known.base_url), true});
      continue;
    }
    auto checked = base_url_from(*std::move(url), known);
    if (!checked) return tl::unexpected(checked.error());
    found.push_back(FoundProvider{&known, *std::move(checked), false});
  }
  return found;
}

std::string config_from_providers(const std::vector<FoundProvider>& providers) {
  std::string text =
      "# Written by `smartroute up` from the provider keys in the environment. Keys are "
      "references, not values.\n"
      "# It seeds an empty state directory; to own the configuration as a file, copy it and start "
      "with --config.\n"
      "providers:\n";
  for (const auto& p : providers) {
    text += "  - {id: " + std::string(p.known->id) + ", base_url: " + yaml_string(p.base_url) +
            ", api_key: \"${" + std::string(p.known->key_variable) + "}\"";
    // Whoever sets the address by hand may mean a gateway inside their own network.
    if (!p.base_url_is_ours) text += ", allow_private: true";
    text += "}\n";
  }
  text += "default_provider: " + std::string(providers.front().known->id) + "\ntiers:\n";
  text +=
      tier_line("t1", 0, providers) + tier_line("t2", 1, providers) + tier_line("t3", 2, providers);
  text += kRouter;
  text += "  # llm: {model: " +
          yaml_string(std::string(providers.front().known->id) + "/" +
                      std::string(providers.front().known->models[0])) +
          "}   # a judge, asked about what the classifier is unsure of\n";
  return text;
}

std::string demo_config(std::uint16_t steady_port, std::uint16_t shaky_port) {
  const auto url = [](std::uint16_t port) {
    return yaml_string("http://127.0.0.1:" + std::to_string(port) + "/v1");
  };
  std::string text =
      "# Written by `smartroute up --demo`: two providers that live inside the demo itself.\n"
      "gateway: {unknown_model: route}\n"
      "providers:\n";
  text += "  - {id: steady, base_url: " + url(steady_port) + "}   # answers at once\n";
  text +=
      "  - {id: shaky, base_url: " + url(shaky_port) + "}    # slow; every fourth request fails\n";
  text +=
      "default_provider: steady\n"
      "models:                    # invented prices, $ a million tokens\n"
      "  - {id: steady/demo-small, price: {input: 0.10, output: 0.40}}\n"
      "  - {id: steady/demo-medium, price: {input: 1, output: 4}}\n"
      "  - {id: shaky/demo-medium, price: {input: 1, output: 4}}\n"
      "  - {id: steady/demo-large, price: {input: 5, output: 20}}\n"
      "  - {id: shaky/demo-large, price: {input: 5, output: 20}}\n"
      "tiers:\n"
      "  t1: {models: [steady/demo-small]}\n"
      "  t2: {models: [shaky/demo-medium, steady/demo-medium]}\n"
      "  t3: {models: [shaky/demo-large, steady/demo-large]}\n";
  text += kRouter;
  return text;
}

}  // namespace smartroute::cli

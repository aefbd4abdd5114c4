#include "tools/cli/import/repair.hpp"

#include <algorithm>

#include "contract/config/check.hpp"
#include "smartroute/v1/config.pb.h"

namespace smartroute::import {
namespace {

constexpr int kMaxRounds = 50;

config::SecretSource every_reference() {
  config::SecretSource secrets;
  secrets.environment = [](const std::string& name) { return std::optional<std::string>("value-of-" + name); };
  secrets.file = [](const std::string&) { return std::optional<std::string>("value-of-a-file"); };
  return secrets;
}

void refuse_all(const Draft& draft, const std::string& why, Source& source) {
  if (draft.from != nullptr) source.refuse(*draft.from, why);
  for (const Draft& child : draft.children) refuse_all(child, why, source);
}

// A provider without its address, or a model without its name, is none.
bool holds_its_parent(std::string_view key) { return key == "id" || key == "base_url" || key == "protocol" || key == "name"; }

// What has to go for this problem; false: nothing that is there.
bool doom(Draft& root, const config::Problem& problem, Source& source) {
  const auto chain = chain_to(root, problem.path);
  if (chain.empty()) return false;
  const auto value_of = [](const Spot& spot) -> Draft& { return spot.parent->children[spot.index]; };
  Spot spot = chain.back();
  if (chain.size() >= 2 && holds_its_parent(value_of(spot).key) && chain[chain.size() - 2].parent->kind == config::NodeKind::List) spot = chain[chain.size() - 2];
  refuse_all(value_of(spot), problem.what, source);
  value_of(spot).doomed = true;
  return true;
}

void sweep(Draft& draft) {
  std::erase_if(draft.children, [](const Draft& child) { return child.doomed; });
  for (Draft& child : draft.children) sweep(child);
}

// Without a model in any tier there is nothing to route to, and our validator says so of a configuration with providers.
bool doom_providers(Draft& root, const std::string& why, Source& source) {
  bool changed = false;
  for (Draft& child : root.children) {
    if (child.key != "providers" && child.key != "default_provider" && child.key != "models" && child.key != "model_map" && child.key != "tiers") continue;
    refuse_all(child, why, source);
    child.doomed = changed = true;
  }
  return changed;
}

}  // namespace

Result<void> write_valid(Draft& root, Source& source, Import& into) {
  for (int round = 0; round < kMaxRounds; ++round) {
    tidy(root);
    into.yaml = config::write_yaml(node_of(root));
    const auto checked = config::check_document(into.yaml, "", every_reference());
    if (!config::has_errors(checked.problems)) return {};
    bool changed = false;
    const config::Problem* first = nullptr;
    for (const auto& problem : checked.problems) {
      if (problem.severity != config::Severity::Error) continue;
      if (first == nullptr) first = &problem;
      changed = (problem.path == "tiers" ? doom_providers(root, problem.what, source) : doom(root, problem, source)) || changed;
    }
    if (!changed) return fail(ErrorKind::Invalid, "this configuration cannot be written as one of SmartRoute: " + config::to_string(*first));
    sweep(root);
  }
  return fail(ErrorKind::Invalid, "this configuration cannot be written as one of SmartRoute: too much of it is refused");
}

}  // namespace smartroute::import

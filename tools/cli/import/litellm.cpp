#include "tools/cli/import/litellm.hpp"

#include <algorithm>

#include "tools/cli/import/spelling.hpp"

namespace smartroute::import {
namespace {

using config::Node;

constexpr std::array<std::string_view, 3> kTiers{"t1", "t2", "t3"};

}  // namespace

bool LiteLlm::looks_like(const Node& root) {
  if (is_list(member(&root, "model_list"))) return true;
  for (const char* key : {"litellm_settings", "router_settings", "general_settings"})
    if (is_map(member(&root, key))) return true;
  return false;
}

void LiteLlm::read() {
  into_.form = "config.yaml of the proxy";
  if (const Node* const list = member(&root_, "include")) source_.refuse(*list, "no file is opened while importing: import each of them, or put them into one");
  if (const Node* const variables = member(&root_, "environment_variables"))
    source_.refuse(*variables, "a SmartRoute configuration sets no variables: set them in the environment of smartroute-control");
  models();
  settings();
  tiers();
  alias_notes();
}

Draft& LiteLlm::model(const std::string& name) {
  Draft& models = list_in(out_, "models");
  for (Draft& one : models.children)
    if (const Draft* const id = find(one, "id"); id != nullptr && id->text == name) return one;
  Draft made;
  set(made, "id", text(name));
  add(models, std::move(made));
  return models.children.back();
}

void LiteLlm::complexity_router(const Node& params) {
  const Node* const rules = member(&params, "complexity_router_config");
  const Node* const tiers = member(rules, "tiers");
  for (const auto& [theirs, tier] : {std::pair<const char*, int>{"SIMPLE", 1}, {"MEDIUM", 2}, {"COMPLEX", 3}, {"REASONING", 3}}) {
    const Node* const group = member(tiers, theirs);
    const auto take = [&, at = tier](const Node& name) {
      if (!is_text(&name)) return;
      tier_of_group_.emplace(name.text, at);
      source_.approximate(name, "tier t" + std::to_string(at) + ", which SmartRoute's own classifier decides about");
    };
    if (is_text(group)) take(*group);
    if (is_list(group))
      for (const Node& name : group->children) take(name);
  }
  if (rules != nullptr) source_.refuse_rest(*rules, "SmartRoute's own classifier decides; its threshold is router.min_confidence");
}

void LiteLlm::place(int tier, const Deployment& deployment) {
  Draft& models = list_in(map_in(map_in(out_, "tiers"), kTiers[static_cast<std::size_t>(tier - 1)]), "models");
  for (const Draft& there : models.children)
    if (there.text == deployment.name) return;
  add(models, text(deployment.name, deployment.from));
}

void LiteLlm::tiers() {
  std::vector<std::pair<int, const Deployment*>> all;
  for (auto& [name, deployments] : groups_) {
    std::stable_sort(deployments.begin(), deployments.end(), [](const Deployment& a, const Deployment& b) { return a.order < b.order; });
    const auto told = tier_of_group_.find(name);
    for (const Deployment& one : deployments) {
      if (!one.chats) continue;
      place(told != tier_of_group_.end() ? told->second : tier_by_name(one.name.substr(one.name.find('/') + 1)), one);
    }
  }
  if (tier_of_group_.empty() && find(out_, "tiers") != nullptr)
    into_.notes.push_back("LiteLLM has no tiers: each model was put where its name belongs (small and fast t1, strong t3, the rest t2). Look at `tiers` before you use this.");
}

void LiteLlm::alias_notes() {
  std::string unknown;
  for (const auto& [name, deployments] : groups_) {
    const bool own = std::any_of(deployments.begin(), deployments.end(), [&n = name](const Deployment& one) { return one.name == n || one.name.substr(one.name.find('/') + 1) == n; });
    if (own || deployments.empty()) continue;
    unknown += (unknown.empty() ? "" : ", ") + name;
  }
  if (!unknown.empty())
    into_.notes.push_back("These names are no model's own, so the router answers them by what is asked: " + unknown + ". Clients that want one model name it as \"provider/model\".");
}

}  // namespace smartroute::import

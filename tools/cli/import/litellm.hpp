// config.yaml of LiteLLM's proxy. Internal to import/.
//
// LiteLLM has groups: a name for clients, behind it one or more deployments. SmartRoute has models, which clients name as "provider/model" or by
// their bare name, and tiers. A group becomes the models behind it; a group's own name that is no model's leads to the router. Which tier a model
// serves is told by a complexity router in the file, else guessed by the model's name.
#pragma once
#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tools/cli/import/draft.hpp"
#include "tools/cli/import/import.hpp"
#include "tools/cli/import/source.hpp"

namespace smartroute::import {

class LiteLlm {
 public:
  LiteLlm(Source& source, Draft& out, Import& into) : source_(source), root_(source.root()), out_(out), into_(into) {}
  void read();
  static bool looks_like(const config::Node& root);

 private:
  struct Deployment {
    std::string name;          // ours: provider/model
    std::int64_t order = 0;
    const config::Node* from = nullptr;
    bool chats = true;
  };
  struct Place {  // a provider of ours
    std::string id, base_url, key;
  };

  // litellm.cpp
  void tiers();
  void complexity_router(const config::Node& params);
  void place(int tier, const Deployment& deployment);
  void alias_notes();
  Draft& model(const std::string& name);
  void added(std::string path, std::string value, std::string why) { into_.added.push_back({std::move(path), std::move(value), std::move(why)}); }

  // litellm_models.cpp
  void models();
  void deployment(const config::Node& entry);
  std::optional<std::string> provider_for(const config::Node& params, std::string_view prefix);
  std::string use_place(const std::string& prefix, const std::string& url, const config::Node* url_node, const std::string& key, const config::Node* key_node);
  void provider_extras(const std::string& id, const config::Node& params);
  void deployment_fields(const config::Node& params, const std::string& name);
  void default_params(const config::Node& params, const std::string& name);
  void model_info(const config::Node& entry, const std::string& name, bool& chats);
  void prices(const config::Node* from, const std::string& name);

  // litellm_settings.cpp
  void settings();
  void retries(const config::Node& settings);
  void time_limits(const config::Node& settings);
  void cooling(const config::Node& settings);
  void strategy(const config::Node& settings);
  void fallbacks(const config::Node& settings);
  bool leads_to(const std::string& from, const std::string& to);
  void fallback_list(const config::Node& list, std::string_view how);
  void general(const config::Node& settings);
  void logging(const config::Node& settings);
  void aliases(const config::Node& settings);
  void refuse_known(const config::Node& settings);
  std::vector<const Deployment*> group(std::string_view name) const;

  Source& source_;
  const config::Node& root_;
  Draft& out_;
  Import& into_;
  std::vector<Place> places_;
  std::vector<std::pair<std::string, std::vector<Deployment>>> groups_;  // in the order of the file
  std::map<std::string, int, std::less<>> tier_of_group_;                // as a complexity router says
  bool ordered_ = false;                                                 // a deployment has an order
};

}  // namespace smartroute::import

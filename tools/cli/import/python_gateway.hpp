// config.json of the Python gateway. Internal to import/.
#pragma once
#include <array>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tools/cli/import/draft.hpp"
#include "tools/cli/import/import.hpp"
#include "tools/cli/import/source.hpp"

namespace smartroute::import {

// The flat form has t1_models and its like at the top; the nested one has models.t1. A file may mix them: then the form of its models wins,
// as that gateway has it.
class PythonGateway {
 public:
  PythonGateway(Source& source, Draft& out, Import& into) : source_(source), root_(source.root()), out_(out), into_(into) {}
  void read();
  static bool looks_like(const config::Node& root);

 private:
  struct TierRead {
    std::vector<std::string> names;
    bool written = false;  // the file says which models, perhaps none
  };
  // python_gateway.cpp
  const config::Node* first(std::initializer_list<std::string_view> nested, std::initializer_list<std::string_view> flat);
  void gateway_key();
  void logs();
  void strategies();
  void timeouts();
  void rounds();
  void conditions();
  void router();
  void health();
  void params();
  const config::Node* of_tier(const config::Node* values, std::size_t tier) const;
  void tier_time(const config::Node& value, Draft& tier, std::string_view field, std::string_view how);
  void added(std::string path, std::string value, std::string why) { into_.added.push_back({std::move(path), std::move(value), std::move(why)}); }

  // python_models.cpp
  void providers();
  void add_provider(const std::string& id, const config::Node* origin, const config::Node* fields);
  void provider_fields(const config::Node& fields, Draft& provider, const std::string& id);
  void protocol(const config::Node& value, const std::string& id);
  void provider_map();
  void models();
  void tier_models(const config::Node& list, std::size_t tier);
  std::optional<std::string> model_entry(const config::Node& entry);
  void model_fields(const config::Node& entry, const std::string& name);
  Draft& model(const std::string& name);
  std::string name_here(std::string_view name) const;

  Source& source_;
  const config::Node& root_;
  Draft& out_;
  Import& into_;
  bool flat_ = false;
  std::map<std::string, std::string, std::less<>> ids_;  // of their custom providers -> ours
  std::set<std::string> taken_;                           // ours, in lower case
  std::string upstream_ = "upstream";
  std::array<TierRead, 3> tiers_;
};

}  // namespace smartroute::import

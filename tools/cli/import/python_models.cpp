// Providers and models of the Python gateway.
#include <algorithm>

#include "contract/config/base_url.hpp"
#include "tools/cli/import/python_gateway.hpp"
#include "tools/cli/import/spelling.hpp"

namespace smartroute::import {
namespace {

using config::Node;

constexpr std::string_view kOpenAi = "https://api.openai.com/v1";
constexpr std::array<std::string_view, 3> kTiers{"t1", "t2", "t3"};
// What the Python gateway has where its file names no models.
constexpr std::array<std::array<std::string_view, 2>, 3> kTheirModels{{{"gpt-3.5-turbo", "gpt-4o-mini"}, {"gpt-4", "gpt-4-turbo"}, {"gpt-4-32k", "claude-3-opus"}}};

const Node* any_member(const Node* node, std::initializer_list<std::string_view> keys) {
  for (const auto key : keys)
    if (const Node* const found = member(node, key)) return found;
  return nullptr;
}

const Node* name_node(const Node& entry) {
  if (is_text(&entry)) return &entry;
  const Node* const named = any_member(&entry, {"model", "id", "name", "model_name", "model_id"});
  return is_text(named) ? named : nullptr;
}

}  // namespace

void PythonGateway::providers() {
  const Node* const section = member(&root_, "providers");
  const bool sectioned = is_map(section) && (!flat_ || member(section, "custom") != nullptr || member(section, "upstream") != nullptr);
  const Node* const custom = sectioned ? member(section, "custom") : section;
  const auto taken = [this](const std::string& id) { return taken_.contains(lower(id)); };
  if (is_map(custom) && custom->children.empty()) source_.exact(*custom);
  if (is_map(custom))
    for (const Node& one : custom->children) {
      if (!is_map(&one)) continue;
      const Node* const url = member(&one, "base_url");
      if (!is_text(url) || !config::parse_base_url(base_url(url->text))) {
        source_.refuse_rest(one, url == nullptr ? "a provider needs a base_url" : "its base_url is none that SmartRoute takes");
        continue;
      }
      const std::string id = provider_id(one.key, taken);
      ids_[one.key] = id;
      taken_.insert(lower(id));
      add_provider(id, url, &one);
      if (id != one.key) into_.notes.push_back("Provider \"" + one.key + "\" is called \"" + id + "\" here, wherever it is named.");
    }
  // Names such as "upstream/x" meant the model of that whole name; the id must not catch them.
  upstream_ = provider_id("upstream", taken);
  taken_.insert(lower(upstream_));
  const Node* const upstream = sectioned ? member(section, "upstream") : nullptr;
  const Node* const url = first({"providers.upstream.base_url"}, {"upstream_base_url"});
  const Node* const key = first({"providers.upstream.api_key"}, {"upstream_api_key"});
  Draft provider;
  set(provider, "id", text(upstream_));
  set(provider, "base_url", text(kOpenAi));
  if (is_text(url) && config::parse_base_url(base_url(url->text))) {
    const std::string here = base_url(url->text);
    set(provider, "base_url", text(here, url));
    if (here == url->text) source_.exact(*url);
    else source_.approximate(*url, "written " + here);
  } else if (url != nullptr) {
    source_.refuse(*url, "is no address that SmartRoute takes; " + std::string(kOpenAi) + " stands there now");
  } else {
    added("providers", std::string(kOpenAi), "the Python gateway's upstream unless a file names one");
  }
  if (is_text(key) && !key->text.empty()) set(provider, "api_key", text(secret_here(key->text), key));
  if (is_text(key)) source_.exact(*key);
  if (const Node* const verify = first({"providers.upstream.verify_ssl"}, {"upstream_verify_ssl", "verify_ssl"}); const auto value = truth(verify)) {
    if (!*value) set(provider, "tls_verify", flag(false, verify));
    source_.exact(*verify);
  }
  if (const Node* const spoken = first({"providers.upstream.protocol"}, {"upstream_protocol"}); is_text(spoken)) protocol(*spoken, upstream_);
  if (upstream != nullptr) source_.refuse_rest(*upstream, "SmartRoute has no such setting of a provider");
  add(list_in(out_, "providers"), std::move(provider));
  set(out_, "default_provider", text(upstream_));
  added("default_provider", upstream_, "serves every model that names no provider, as there");
}

void PythonGateway::add_provider(const std::string& id, const Node* url, const Node* fields) {
  Draft provider;
  set(provider, "id", text(id));
  const std::string here = base_url(url->text);
  set(provider, "base_url", text(here, url));
  if (here == url->text) source_.exact(*url);
  else source_.approximate(*url, "written " + here);
  provider_fields(*fields, provider, id);
  add(list_in(out_, "providers"), std::move(provider));
}

void PythonGateway::provider_fields(const Node& fields, Draft& provider, const std::string& id) {
  if (const Node* const key = any_member(&fields, {"api_key", "key"}); is_text(key)) {
    if (!key->text.empty()) set(provider, "api_key", text(secret_here(key->text), key));
    source_.exact(*key);
  }
  if (const Node* const verify = member(&fields, "verify_ssl"); const auto value = truth(verify)) {
    if (!*value) set(provider, "tls_verify", flag(false, verify));
    source_.exact(*verify);
  }
  if (const Node* const spoken = member(&fields, "protocol"); is_text(spoken)) protocol(*spoken, id);
  if (const Node* const headers = member(&fields, "headers"); is_map(headers))
    for (const Node& header : headers->children)
      if (is_text(&header)) {
        set(map_in(provider, "headers"), header.key, text(header.text, &header));
        source_.exact(header);
      }
  source_.refuse_rest(fields, "SmartRoute has no such setting of a provider");
}

void PythonGateway::protocol(const Node& value, const std::string& id) {
  const std::string name = lower(value.text);
  if (name == "openai" || name == "chat-completions" || name == "v1-chat-completions" || name.empty()) return source_.exact(value);
  source_.approximate(value, "SmartRoute speaks chat completions to every provider: see that " + id + "'s base_url is its OpenAI-compatible one (https://api.anthropic.com/v1 is)");
}

void PythonGateway::provider_map() {
  const Node* const map = first({"providers.map", "model_map"}, {"model_provider_map", "model_map"});
  if (!is_map(map)) return;
  for (const Node& entry : map->children) {
    if (!is_text(&entry)) continue;
    const auto found = ids_.find(entry.text);
    if (found == ids_.end()) {
      source_.refuse(entry, entry.text == "upstream" ? "is the default already" : "names no provider; the Python gateway then used its upstream, and so does this");
      continue;
    }
    set(map_in(out_, "model_map"), entry.key, text(found->second, &entry));
    if (found->second == entry.text) source_.exact(entry);
    else source_.approximate(entry, "called " + found->second + " here");
  }
  if (map->children.empty()) source_.exact(*map);
}

std::string PythonGateway::name_here(std::string_view name) const {
  const auto slash = name.find('/');
  if (slash == std::string_view::npos) return std::string(name);
  const auto found = ids_.find(name.substr(0, slash));
  return found == ids_.end() ? std::string(name) : found->second + std::string(name.substr(slash));
}

void PythonGateway::models() {
  for (std::size_t t = 0; t < 3; ++t) {
    const std::string tier(kTiers[t]);
    const std::string nested = "models." + tier, flat = tier + "_models", other = "models." + tier + ".models";
    const Node* list = first({nested, tier}, {flat, tier});
    if (is_map(list) && name_node(*list) == nullptr) list = member(list, "models") != nullptr ? member(list, "models") : list;
    tiers_[t].written = list != nullptr;
    if (list != nullptr) {
      tier_models(*list, t);
      continue;
    }
    for (const auto name : kTheirModels[t]) {
      tiers_[t].names.emplace_back(name);
      add(list_in(map_in(map_in(out_, "tiers"), tier), "models"), text(name));
      added("tiers." + tier + ".models", std::string(name), "what the Python gateway has where a file names no models for a tier");
    }
  }
}

void PythonGateway::tier_models(const Node& list, std::size_t tier) {
  Draft& models = list_in(map_in(map_in(out_, "tiers"), kTiers[tier]), "models");
  const auto take = [&](const Node& entry) {
    const auto name = model_entry(entry);
    if (!name) return;
    auto& names = tiers_[tier].names;
    if (std::find(names.begin(), names.end(), *name) != names.end()) return;
    names.push_back(*name);
    add(models, text(*name, name_node(entry)));
  };
  if (!is_list(&list)) return take(list);
  if (list.children.empty()) source_.exact(list);
  for (const Node& entry : list.children) take(entry);
}

std::optional<std::string> PythonGateway::model_entry(const Node& entry) {
  const Node* const named = name_node(entry);
  if (named == nullptr || named->text.empty()) {
    source_.refuse_rest(entry, "names no model");
    return std::nullopt;
  }
  std::string name = name_here(named->text);
  if (const Node* const provider = any_member(&entry, {"provider", "provider_id"}); is_text(provider)) {
    const auto found = ids_.find(provider->text);
    if (found == ids_.end()) {
      source_.refuse(*provider, "names no provider: the default one serves this model");
    } else {
      if (!name.starts_with(found->second + "/")) name = found->second + "/" + name;
      source_.exact(*provider);
    }
  }
  if (name == named->text || is_map(&entry)) source_.exact(*named);
  else source_.approximate(*named, "called " + name + " here");
  if (is_map(&entry)) model_fields(entry, name);
  if (const Node* const enabled = any_member(&entry, {"enabled", "active"}); const auto value = truth(enabled)) {
    source_.exact(*enabled);
    if (!*value) {
      source_.approximate(*enabled, "is off: the model is known, and in no tier");
      model(name);
      return std::nullopt;
    }
  }
  return name;
}

Draft& PythonGateway::model(const std::string& name) {
  Draft& models = list_in(out_, "models");
  for (Draft& one : models.children)
    if (const Draft* const id = find(one, "id"); id != nullptr && id->text == name) return one;
  Draft made;
  set(made, "id", text(name));
  add(models, std::move(made));
  return models.children.back();
}

void PythonGateway::model_fields(const Node& entry, const std::string& name) {
  const auto take = [&](std::initializer_list<std::string_view> keys, std::string_view here, auto make) {
    const Node* const value = any_member(&entry, keys);
    if (value == nullptr) return;
    if (auto draft = make(*value)) {
      set(model(name), here, std::move(*draft));
      source_.exact(*value);
    }
  };
  const auto as_flag = [](const Node& node) -> std::optional<Draft> {
    const auto value = truth(&node);
    return value ? std::optional(flag(*value, &node)) : std::nullopt;
  };
  const auto as_whole = [](const Node& node) -> std::optional<Draft> {
    const auto value = whole(&node);
    return value ? std::optional(number(*value, &node)) : std::nullopt;
  };
  const auto as_real = [](const Node& node) -> std::optional<Draft> {
    const auto value = real(&node);
    return value ? std::optional(plain(decimal(*value), &node)) : std::nullopt;
  };
  take({"multimodal", "vision", "supports_vision"}, "multimodal", as_flag);
  take({"weight"}, "weight", as_real);
  take({"context_window", "max_context", "context_length"}, "context_window", as_whole);
  if (const Node* const list = member(&entry, "fallbacks"); is_list(list))
    for (const Node& one : list->children)
      if (is_text(&one)) {
        add(list_in(model(name), "fallbacks"), text(name_here(one.text), &one));
        source_.exact(one);
      }
  if (const Node* const retries = member(&entry, "max_retries"); const auto value = whole(retries)) {
    set(model(name), "max_attempts", number(*value + 1, retries));
    source_.approximate(*retries, "so many retries, and the first attempt");
  }
  if (const Node* const span = any_member(&entry, {"timeout", "timeout_ms"}); const auto value = whole(span)) {
    set(map_in(model(name), "timeouts"), "first_byte", text(duration_text(std::chrono::milliseconds(*value)), span));
    source_.approximate(*span, "the time to the first byte of an answer when a client names this model; tiers have their own");
  }
  if (const Node* const params = any_member(&entry, {"params", "parameters"}); is_map(params) && !params->children.empty()) {
    set(map_in(map_in(out_, "params"), "models"), name, copy_of(*params));
    source_.exact(*params);
  }
  source_.exact(*name_node(entry));
  if (const Node* const enabled = any_member(&entry, {"enabled", "active"}); truth(enabled)) source_.exact(*enabled);
  source_.refuse_rest(entry, "SmartRoute has no such setting of a model");
}

}  // namespace smartroute::import

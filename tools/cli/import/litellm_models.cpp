// model_list: groups, their deployments, and the providers behind them.
#include <algorithm>

#include "contract/config/base_url.hpp"
#include "tools/cli/import/litellm.hpp"
#include "tools/cli/import/litellm_providers.hpp"
#include "tools/cli/import/spelling.hpp"

namespace smartroute::import {
namespace {

using config::Node;

constexpr double kPerMillion = 1'000'000;

// Of litellm_params: what goes into the body of every request to the deployment.
constexpr std::string_view kBodyFields[] = {"temperature", "top_p", "max_tokens", "max_completion_tokens", "presence_penalty", "frequency_penalty", "seed", "stop", "n",
                                            "logit_bias", "response_format", "reasoning_effort", "thinking", "tools", "tool_choice", "user", "top_k", "service_tier"};

std::optional<std::chrono::milliseconds> positive_seconds(const Node* node) {
  const auto span = seconds(node);
  return span && span->count() > 0 ? span : std::nullopt;
}

// Of one token, in dollars.
std::optional<double> token_cost(const Node* node) {
  const auto value = real(node);
  return value && *value >= 0 && *value <= 1 ? value : std::nullopt;
}

bool is_body_field(std::string_view key) { return std::find(std::begin(kBodyFields), std::end(kBodyFields), key) != std::end(kBodyFields); }

}  // namespace

void LiteLlm::models() {
  const Node* const list = member(&root_, "model_list");
  if (!is_list(list)) return;
  for (const Node& entry : list->children)
    if (is_map(&entry)) deployment(entry);
}

void LiteLlm::deployment(const Node& entry) {
  const Node* const group = member(&entry, "model_name");
  const Node* const params = member(&entry, "litellm_params");
  const Node* const theirs = member(params, "model");
  if (!is_text(theirs)) return source_.refuse_rest(entry, "names no litellm_params.model");
  std::string prefix, bare = theirs->text;
  if (const Node* const named = member(params, "custom_llm_provider"); is_text(named)) {
    prefix = named->text;
    if (bare.starts_with(prefix + "/")) bare.erase(0, prefix.size() + 1);
    source_.exact(*named);
  } else if (const auto slash = bare.find('/'); slash != std::string::npos) {
    prefix = bare.substr(0, slash);
    if (litellm_provider(prefix) != nullptr || !why_not(prefix).empty()) bare.erase(0, slash + 1);
    else prefix = member(params, "api_base") != nullptr ? "openai" : prefix;
  } else {
    prefix = provider_of_bare(bare);
    if (prefix.empty() && member(params, "api_base") != nullptr) prefix = "openai";
  }
  if (prefix == "auto_router") {
    source_.approximate(*theirs, "SmartRoute routes by itself: clients send model \"auto\"");
    if (is_text(group)) source_.approximate(*group, "the router answers to every name that is no model's");
    complexity_router(*params);
    return source_.refuse_rest(entry, "belongs to LiteLLM's own router");
  }
  if (bare.find('*') != std::string::npos) {
    if (litellm_provider(prefix) != nullptr) provider_for(*params, prefix);
    source_.approximate(*theirs, "any model of the provider can be asked for as \"provider/model\"; tiers need names, so none of them has it");
    if (is_text(group)) source_.approximate(*group, "as above");
    return source_.refuse_rest(entry, "belongs to no single model");
  }
  // An Azure resource with the address of its newer interface speaks as OpenAI does.
  const Node* const base = member(params, "api_base");
  if (prefix.starts_with("azure") && is_text(base) && base_url(base->text).ends_with("/openai/v1")) prefix = "openai";
  const auto provider = provider_for(*params, prefix);
  if (!provider) {
    const std::string_view known = why_not(prefix);
    return source_.refuse_rest(entry, !known.empty() ? known : litellm_provider(prefix) != nullptr ? std::string_view("its api_base is missing, or none that SmartRoute takes")
                                                                                                    : std::string_view("SmartRoute does not know where this provider is: give the model an api_base"));
  }
  Deployment made;
  made.name = *provider + "/" + bare;
  made.from = theirs;
  const LiteLlmProvider* const known = litellm_provider(prefix);
  const std::string note(known != nullptr ? known->note : std::string_view());
  if (note.empty() && (made.name == theirs->text || bare == theirs->text)) source_.exact(*theirs);
  else source_.approximate(*theirs, "called " + made.name + " here" + (note.empty() ? "" : "; " + note));
  model(made.name);
  deployment_fields(*params, made.name);
  model_info(entry, made.name, made.chats);
  if (const Node* const order = member(params, "order"); const auto value = whole(order)) {
    made.order = *value;
    ordered_ = true;
    source_.approximate(*order, "the order inside a tier, which is then tried one after the other");
  }
  const std::string name = is_text(group) ? group->text : made.name;
  if (is_text(group)) {
    if (name == bare || name == made.name) source_.exact(*group);
    else source_.approximate(*group, "SmartRoute has no names of its own for models: ask for \"" + made.name + "\"");
    if (name == bare) set(map_in(out_, "model_map"), name, text(*provider, group));
  }
  source_.refuse_rest(entry, "SmartRoute has no such setting of a model");
  const auto found = std::find_if(groups_.begin(), groups_.end(), [&](const auto& one) { return one.first == name; });
  if (found == groups_.end()) groups_.emplace_back(name, std::vector<Deployment>{std::move(made)});
  else found->second.push_back(std::move(made));
}

std::optional<std::string> LiteLlm::provider_for(const Node& params, std::string_view prefix) {
  const LiteLlmProvider* const known = litellm_provider(prefix);
  if (known == nullptr) return std::nullopt;
  const Node* base = member(&params, "api_base");
  if (base == nullptr) base = member(&params, "base_url");
  std::string url(known->base_url);
  if (is_text(base)) {
    if (is_reference(base->text)) {
      source_.refuse(*base, "an address cannot be a reference here: write it out");
      if (url.empty()) return std::nullopt;
    } else {
      url = base_url(base->text);
      const auto parsed = config::parse_base_url(url);
      if (!parsed) return std::nullopt;
      const bool ollama = prefix.starts_with("ollama");
      if ((ollama || prefix == "anthropic") && parsed->path.empty()) url += "/v1";
      if (url == base->text) source_.exact(*base);
      else source_.approximate(*base, "written " + url);
    }
  }
  if (url.empty()) return std::nullopt;
  const Node* const key = member(&params, "api_key");
  std::string secret = is_text(key) ? secret_here(key->text) : known->key.empty() || is_text(base) ? std::string() : "${" + std::string(known->key) + "}";
  if (is_text(key)) source_.exact(*key);
  if (is_text(key) && !secret.empty() && !is_reference(secret) && into_.notes.end() == std::find_if(into_.notes.begin(), into_.notes.end(), [](const std::string& n) { return n.starts_with("Keys stand"); }))
    into_.notes.push_back("Keys stand in the document as they stood in the file: keep it to yourself, or write ${VARIABLE} instead.");
  const std::string id = use_place(std::string(prefix), url, is_text(base) ? base : nullptr, secret, is_text(key) ? key : nullptr);
  provider_extras(id, params);
  return id;
}

// One provider for each address and key.
std::string LiteLlm::use_place(const std::string& prefix, const std::string& url, const Node* url_node, const std::string& key, const Node* key_node) {
  for (const Place& place : places_)
    if (place.base_url == url && place.key == key) return place.id;
  const auto taken = [this](const std::string& id) { return std::any_of(places_.begin(), places_.end(), [&id](const Place& place) { return place.id == id; }); };
  Place made{provider_id(prefix, taken), url, key};
  Draft provider;
  set(provider, "id", text(made.id));
  set(provider, "base_url", text(url, url_node));
  if (!key.empty()) set(provider, "api_key", text(key, key_node));
  if (!key.empty() && key_node == nullptr) added("providers", key, "the variable from which LiteLLM takes the key of " + made.id);
  add(list_in(out_, "providers"), std::move(provider));
  places_.push_back(made);
  return made.id;
}

void LiteLlm::provider_extras(const std::string& id, const Node& params) {
  Draft* provider = nullptr;
  for (Draft& one : list_in(out_, "providers").children)
    if (find(one, "id")->text == id) provider = &one;
  if (provider == nullptr) return;
  if (const Node* const organization = member(&params, "organization"); is_text(organization) && !is_reference(organization->text)) {
    set(map_in(*provider, "headers"), "openai-organization", text(organization->text, organization));
    source_.exact(*organization);
  }
  for (const char* name : {"extra_headers", "headers"})
    if (const Node* const headers = member(&params, name); is_map(headers))
      for (const Node& header : headers->children) {
        if (!is_text(&header) || is_reference(header.text)) continue;
        set(map_in(*provider, "headers"), header.key, text(header.text, &header));
        source_.approximate(header, "sent with every request to provider " + id);
      }
  if (const Node* const verify = member(&params, "ssl_verify"); const auto value = truth(verify)) {
    if (!*value) set(*provider, "tls_verify", flag(false, verify));
    if (*value) source_.exact(*verify);
    else source_.approximate(*verify, "off for every model of provider " + id);
  }
}

void LiteLlm::deployment_fields(const Node& params, const std::string& name) {
  if (const Node* const weight = member(&params, "weight"); const auto value = real(weight)) {
    set(model(name), "weight", plain(decimal(*value), weight));
    source_.exact(*weight);
  }
  if (const Node* const limit = member(&params, "timeout"); const auto span = positive_seconds(limit)) {
    set(map_in(model(name), "timeouts"), "total", text(duration_text(*span), limit));
    source_.approximate(*limit, "for the whole answer, when a client names this model; tiers have their own");
  }
  if (const Node* const limit = member(&params, "stream_timeout"); const auto span = positive_seconds(limit)) {
    set(map_in(model(name), "timeouts"), "first_byte", text(duration_text(*span), limit));
    source_.approximate(*limit, "the time to the first byte, streamed or not");
  }
  for (const char* key : {"max_retries", "num_retries"})
    if (const Node* const retries = member(&params, key); const auto value = whole(retries)) {
      set(model(name), "max_attempts", number(*value + 1, retries));
      source_.approximate(*retries, "so many retries, and the first attempt, when a client names this model");
    }
  prices(&params, name);
  default_params(params, name);
  for (const char* key : {"rpm", "tpm", "max_parallel_requests"})
    if (const Node* const limit = member(&params, key))
      source_.refuse(*limit, "SmartRoute does not count requests against a limit: a provider's 429 makes it take another model, for as long as Retry-After says");
  if (const Node* const version = member(&params, "api_version")) source_.refuse(*version, "OpenAI-compatible addresses have no such parameter");
}

void LiteLlm::default_params(const Node& params, const std::string& name) {
  const auto take = [&](const Node& field) {
    set(map_in(map_in(map_in(out_, "params"), "models"), name), field.key, copy_of(field));
    source_.approximate(field, "forced here: it wins over what a client sends");
  };
  for (const Node& field : params.children)
    if (is_body_field(field.key)) take(field);
  if (const Node* const extra = member(&params, "extra_body"); is_map(extra))
    for (const Node& field : extra->children) take(field);
}

void LiteLlm::prices(const Node* from, const std::string& name) {
  constexpr std::pair<const char*, const char*> kPrices[] = {{"input_cost_per_token", "input"},
                                                             {"output_cost_per_token", "output"},
                                                             {"cache_read_input_token_cost", "cached_input"},
                                                             {"cache_creation_input_token_cost", "cache_write"},
                                                             {"input_cost_per_audio_token", "audio_input"},
                                                             {"output_cost_per_audio_token", "audio_output"}};
  for (const auto& [theirs, ours] : kPrices)
    if (const Node* const cost = member(from, theirs); const auto value = token_cost(cost)) {
      set(map_in(model(name), "price"), ours, plain(decimal(*value * kPerMillion), cost));
      source_.exact(*cost);
    }
}

void LiteLlm::model_info(const Node& entry, const std::string& name, bool& chats) {
  const Node* const info = member(&entry, "model_info");
  if (!is_map(info)) return;
  prices(info, name);
  if (const Node* const window = member(info, "max_input_tokens"); const auto value = whole(window)) {
    set(model(name), "context_window", number(*value, window));
    source_.exact(*window);
  }
  if (const Node* const vision = member(info, "supports_vision"); const auto value = truth(vision)) {
    set(model(name), "multimodal", flag(*value, vision));
    source_.exact(*vision);
  }
  if (const Node* const mode = member(info, "mode"); is_text(mode)) {
    chats = mode->text == "chat" || mode->text == "completion" || mode->text == "responses";
    if (chats) source_.exact(*mode);
    else source_.approximate(*mode, "the model is known, and in no tier");
  }
  source_.refuse_rest(*info, "only a description, as far as SmartRoute is concerned");
}

}  // namespace smartroute::import

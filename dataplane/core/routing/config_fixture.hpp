// A configuration to vary in tests: three providers, three tiers, facts, a map and keywords.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "contract/config/model.hpp"

namespace smartroute::routing {

inline config::Provider provider(std::string id, std::string base_url, std::string key) {
  config::Provider out;
  out.id = ProviderId(std::move(id));
  out.base_url = std::move(base_url);
  out.api_key = Secret(std::move(key));
  return out;
}

inline std::vector<ModelId> ids(const std::vector<std::string>& names) {
  std::vector<ModelId> out;
  for (const std::string& name : names) out.emplace_back(name);
  return out;
}

inline config::Config sample_config() {
  using config::Millis;
  config::Config out;
  out.providers.push_back(provider("openai", "https://api.openai.com/v1", "sk-openai"));
  out.providers.push_back(provider("deepseek", "http://127.0.0.1:9000", "sk-deepseek"));
  out.providers.push_back(provider("openrouter", "https://openrouter.ai/api/v1", "sk-router"));
  out.default_provider = ProviderId("openai");
  out.model_map = {{"mapped-model", ProviderId("deepseek")}};
  config::Model mini;
  mini.id = ModelId("openai/gpt-4o-mini");
  mini.multimodal = true;
  mini.weight = 0.5;
  mini.context_window = 128'000;
  mini.fallbacks = ids({"deepseek/chat", "openrouter/meta-llama/llama-3"});
  mini.max_attempts = 2;
  mini.timeouts.first_byte = Millis(10'000);
  config::Model chat;
  chat.id = ModelId("deepseek/chat");
  chat.multimodal = false;
  out.models = {mini, chat};
  out.tiers[0].models = ids({"openai/gpt-4o-mini", "deepseek/chat"});
  out.tiers[0].max_attempts = 4;
  out.tiers[1].models = ids({"deepseek/chat", "gpt-4o"});
  out.tiers[1].timeouts.total = Millis(60'000);
  out.tiers[2].models = ids({"openrouter/meta-llama/llama-3"});
  out.router.mode = config::RouterMode::Keyword;
  out.router.default_tier = config::TierName::T2;
  out.router.keywords.tiers[0] = {"hello"};
  out.router.keywords.tiers[2] = {"prove", "证明"};
  return out;
}

}  // namespace smartroute::routing

// Some providers repeat the key they were sent in their error texts. It is ours: it must reach neither a client nor a record.
#pragma once
#include <string>
#include <string_view>

#include "dataplane/core/routing/view.hpp"

namespace smartroute::proxy {

// The key that `model`'s provider is sent; empty when there is none.
inline std::string_view key_of(const routing::View& view, const routing::ModelEntry& model) {
  if (&model == view.judge && view.config.router.llm && !view.config.router.llm->api_key.reveal().empty())
    return view.config.router.llm->api_key.reveal();
  for (const config::Provider& provider : view.config.providers)
    if (provider.id.str() == model.upstream->id) return provider.api_key.reveal();
  return {};
}

// `text` with every occurrence of the key taken out. True: there was one.
inline bool take_out_key(std::string& text, std::string_view key) {
  constexpr std::string_view kInstead = "[key]";
  bool found = false;
  if (key.empty()) return found;
  for (std::size_t at = text.find(key); at != std::string::npos; at = text.find(key, at + kInstead.size())) {
    text.replace(at, key.size(), kInstead);
    found = true;
  }
  return found;
}

}  // namespace smartroute::proxy

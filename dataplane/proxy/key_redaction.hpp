// Some providers repeat the key they were sent in their error texts. It is ours: it must reach neither a client nor a record.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/core/accounting/secret_spellings.hpp"
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

// `text` with every occurrence of the key taken out, however it is spelled. True: there was one.
inline bool take_out_key(std::string& text, std::string_view key) {
  constexpr std::string_view kInstead = "[key]";
  constexpr std::size_t kLeast = 8;   // of another spelling
  bool found = false;
  if (key.empty()) return found;
  std::vector<std::string> spellings(1, std::string(key));
  accounting::append_spellings(key, kLeast, spellings);
  for (const std::string& spelling : spellings)
    for (std::size_t at = text.find(spelling); at != std::string::npos; at = text.find(spelling, at + kInstead.size())) {
      text.replace(at, spelling.size(), kInstead);
      found = true;
    }
  return found;
}

}  // namespace smartroute::proxy

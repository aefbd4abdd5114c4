// Calls a provider as a data plane would, and says in a sentence what came of it and what to do about it.
//
// GET {base_url}/models with the key. Where there is no such list (404, 405), POST {base_url}/chat/completions with "{}", which asks no model
// anything: it tells a provider without a list from a wrong base_url.
#pragma once
#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "contract/config/model.hpp"
#include "controlplane/outgoing/client.hpp"

namespace smartroute::control::outgoing {

constexpr std::chrono::milliseconds kProbeTime{10'000};   // lookup, connection and answers, all together
constexpr std::size_t kMaxProbeBytes = 4 * 1024 * 1024;   // of a list of models
constexpr std::size_t kMaxListedModels = 1'000;
constexpr std::size_t kMaxListedIdBytes = 256;            // longer ids are left out
constexpr std::size_t kMaxQuotedBytes = 300;              // of the provider's own words in a message

struct ProbeResult {
  bool ok = false;
  const char* step = "address";   // how far it came: address, connect, tls, answer, models
  std::string message;            // never holds the key, whatever the provider said
  int status = 0;                 // 0: no answer
  Facts facts;
  std::vector<std::string> models;
};

// `url`: of the provider's base_url, parsed. Blocks for kProbeTime at most; `stopping` (any thread) ends it within 100 ms.
ProbeResult probe(Client& client, const config::Provider& provider, const config::BaseUrl& url, const std::function<bool()>& stopping);

}  // namespace smartroute::control::outgoing

// A configuration compiled for the request path: every name resolved, every constant byte rendered.
// Immutable; a request uses the one View it was born with to its end.
#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "contract/base/result.hpp"
#include "contract/base/secret.hpp"
#include "contract/config/base_url.hpp"
#include "contract/config/model.hpp"
#include "dataplane/core/admission/key_ring.hpp"
#include "dataplane/core/classify/embedded_classifier.hpp"
#include "dataplane/core/classify/keyword_classifier.hpp"
#include "dataplane/core/openai/chat_request.hpp"
#include "dataplane/core/prices/price.hpp"
#include "dataplane/core/resilience/outcome.hpp"
#include "dataplane/core/tokens/tokenizer_choice.hpp"

namespace smartroute::routing {

class ModelStats;
class Scoreboard;

struct Upstream {
  std::uint32_t index = 0;  // position in View::upstreams
  std::string id;
  config::BaseUrl url;
  std::string pool_key;     // same key = same connections: scheme, host, port and TLS settings
  std::string chat_target;  // "/v1/chat/completions" below the base path
  // "Host: ...\r\nAuthorization: Bearer ...\r\n" and the configured extra headers.
  Secret head_block;
  bool tls_verify = true;
  std::string tls_ca_file;
  bool allow_private = false;
  bool credentials_missing = false;
  bool stream_usage = true;  // it is asked for usage in every stream
};

struct ModelEntry {
  // "openai/gpt-4o-mini": what headers and records show as model of a provider. Printable ASCII.
  std::string id;
  std::string upstream_model;  // "gpt-4o-mini": what the provider is asked for
  std::string model_json;      // the same as a JSON string
  const Upstream* upstream = nullptr;
  std::vector<openai::Param> forced;  // params.models
  std::optional<bool> multimodal;
  std::optional<std::int64_t> context_window;  // of the config
  double weight = 1.0;
  prices::Price price;  // of the config if it says any, else of the built-in list; may be unknown
  tokens::TokenizerChoice tokenizer;
  // Never null; shared by every View that was built with the same Scoreboard.
  std::shared_ptr<ModelStats> stats;
};

struct TierEntry {
  std::vector<const ModelEntry*> models;
  config::Tier settings;
};

// Lets a map of strings be asked with a view, without making a string of it.
struct NameHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view name) const noexcept {
    return std::hash<std::string_view>{}(name);
  }
};
template <class Value>
using ByName = std::unordered_map<std::string, Value, NameHash, std::equal_to<>>;

class View {
 public:
  // Problems of a config that validate() let pass cannot occur; a dangling reference is an Internal
  // error with its path.
  // `scoreboard` gives the models their stats, `loads` the keys their load (and only during the call); nullptr: each View's own, for
  // previews and tests.
  static Result<std::shared_ptr<const View>> build(config::Config config, Revision revision,
                                                   std::string fingerprint, Scoreboard* scoreboard = nullptr,
                                                   admission::KeyLoads* loads = nullptr);

  Revision revision;
  std::string fingerprint;
  config::Config config;
  std::vector<std::unique_ptr<const Upstream>> upstreams;
  std::vector<std::unique_ptr<const ModelEntry>> models;  // every model that config names anywhere
  ByName<const Upstream*> by_provider;
  // Configured ids, "provider/model", and bare names that nobody wrote; of several the first.
  ByName<const ModelEntry*> by_name;
  ByName<const config::Model*> facts;  // models[] by id as written and as "provider/model"
  std::array<TierEntry, config::kTierCount> tiers;
  std::vector<openai::Param> global_params;
  // params.models as written; ModelEntry::forced is what of it applies to a model.
  ByName<std::vector<openai::Param>> model_params;
  admission::KeyRing keys{std::vector<admission::NamedKey>(), {}};
  classify::KeywordClassifier keywords{config::Keywords{}};
  std::optional<classify::EmbeddedClassifier> embedded;  // set by build(): the built-in weights
  // The judge, when router.llm names one: a model of the config, or an entry of its own for base_url and api_key.
  const ModelEntry* judge = nullptr;
  // What a request would have cost had all gone to T3 is reckoned with this one: the first model of T3 whose price is known. nullptr: none.
  const ModelEntry* reference = nullptr;
  resilience::RetryRules retry_rules{config::Retry{}};
  // Context windows and router.long_context_tokens: where the length of a prompt decides something. Ascending.
  std::vector<std::uint64_t> token_borders;
  // The estimate of a prompt's tokens is too near a border to go by. Its error is rarely above a third.
  bool needs_exact_count(std::uint64_t estimated_tokens) const noexcept;
  // Ids of GET /v1/models: auto, tiers that have models, every configured model as written.
  std::vector<std::string> listed_models;
  std::string models_json;  // body of GET /v1/models

  // nullptr if no provider has that id.
  const Upstream* upstream(std::string_view provider_id) const;

  // Where a model name leads, known to the config or not: "provider/model" when a provider has that
  // id, else by model_map, else to the default provider (nullptr when there is none) with the whole
  // name.
  struct Target {
    const Upstream* upstream = nullptr;
    std::string_view model;  // part of the name: what that provider is asked for
    bool names_provider = false;
  };
  Target target_of(std::string_view name) const;
  // A model of `target` with everything a request needs, outside `models`.
  ModelEntry make_entry(const Target& target, std::string_view name) const;
  // Body of GET /v1/models/{id}, or nullopt. Answers for every name that a request may use and the
  // config knows.
  std::optional<std::string> model_json(std::string_view id) const;
};

}  // namespace smartroute::routing

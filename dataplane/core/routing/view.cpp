#include "dataplane/core/routing/view.hpp"

#include <sodium.h>

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "dataplane/core/prices/catalogue.hpp"
#include "dataplane/core/routing/ascii.hpp"
#include "dataplane/core/routing/model_list.hpp"
#include "dataplane/core/routing/scoreboard.hpp"

namespace smartroute::routing {
namespace {

bool holds_line_break(std::string_view text) noexcept {
  return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos;
}

std::string at(std::string_view list, std::size_t index) {
  return std::string(list) + "[" + std::to_string(index) + "]";
}

// The judge's provider where it has a base_url of its own. No provider of a configuration has this id: it would need a section's name.
constexpr const char* kJudgeId = "router.llm";

std::string pool_key_of(const config::BaseUrl& url, const config::Provider& provider) {
  // Providers that share a host share connections only when every check of that connection is the
  // same.
  std::string key = url.tls ? "https://" : "http://";
  key += url.host + " " + std::to_string(url.port);
  key += provider.tls_verify ? " verify" : " trust";
  key += provider.allow_private ? " private " : " public ";
  return key + provider.tls_ca_file;
}

// Unknown where the config says nothing of prices at all.
prices::Price configured_price(const config::Price& price) {
  const auto nanos = [](const std::optional<double>& dollars) { return dollars ? prices::nano_dollars(*dollars) : std::nullopt; };
  prices::Price out;
  out.input = nanos(price.input);
  out.output = nanos(price.output);
  out.cached_input = nanos(price.cached_input);
  out.cache_write = nanos(price.cache_write);
  out.audio_input = nanos(price.audio_input);
  out.audio_output = nanos(price.audio_output);
  if (out != prices::Price()) out.source = "config";
  return out;
}

// Fills a View from its config. Each step needs the ones before it.
class Builder {
 public:
  Builder(View& view, Scoreboard& scoreboard, admission::KeyLoads* loads) : view_(view), scoreboard_(scoreboard), loads_(loads) {}

  Result<void> run() {
    if (auto done = upstreams(); !done) return done;
    if (auto done = params(); !done) return done;
    facts();
    if (auto done = models(); !done) return done;
    reference();
    bare_names();
    if (auto done = judge(); !done) return done;  // behind bare_names(): nobody may ask for it by name
    admission_and_rules();
    token_borders();
    if (auto done = classifier(); !done) return done;
    view_.models_json = list_models(view_);
    return {};
  }

 private:
  static auto broken(std::string path, std::string_view what) {
    return smartroute::fail(ErrorKind::Internal, path + ": " + std::string(what));
  }

  Result<void> upstreams();
  Result<const Upstream*> upstream(const config::Provider& provider, const std::string& path);
  Result<Secret> head_block(const config::Provider& provider, const config::BaseUrl& url,
                            const std::string& path);
  Result<void> params();
  void facts();
  Result<void> models();
  Result<const ModelEntry*> entry(const ModelId& id, const std::string& path);
  const ModelEntry* keep(ModelEntry entry);
  void reference();
  void bare_names();
  Result<void> judge();
  void admission_and_rules();
  void token_borders();
  Result<void> classifier();

  View& view_;
  Scoreboard& scoreboard_;
  admission::KeyLoads* loads_;
  std::unordered_set<std::string> listed_;
};

Result<void> Builder::upstreams() {
  for (std::size_t i = 0; i < view_.config.providers.size(); ++i) {
    const std::string path = at("providers", i);
    auto made = upstream(view_.config.providers[i], path);
    if (!made) return fail(std::move(made.error()));
    if (!view_.by_provider.emplace((*made)->id, *made).second)
      return broken(path + ".id", "is used twice");
  }
  const std::string& chosen = view_.config.default_provider.str();
  if (!chosen.empty() && view_.upstream(chosen) == nullptr)
    return broken("default_provider", "is no configured provider");
  for (const auto& [name, provider] : view_.config.model_map)
    if (view_.upstream(provider.str()) == nullptr)
      return broken("model_map." + name, "is no configured provider");
  return {};
}

Result<const Upstream*> Builder::upstream(const config::Provider& provider,
                                          const std::string& path) {
  auto url = config::parse_base_url(provider.base_url);
  if (!url) return broken(path + ".base_url", url.error().text());
  auto head = head_block(provider, *url, path);
  if (!head) return fail(std::move(head.error()));
  auto upstream = std::make_unique<Upstream>();
  upstream->index = static_cast<std::uint32_t>(view_.upstreams.size());
  upstream->id = provider.id.str();
  upstream->pool_key = pool_key_of(*url, provider);
  upstream->chat_target = url->path + "/chat/completions";
  upstream->head_block = std::move(*head);
  upstream->url = std::move(*url);
  upstream->tls_verify = provider.tls_verify;
  upstream->tls_ca_file = provider.tls_ca_file;
  upstream->allow_private = provider.allow_private;
  upstream->credentials_missing = provider.api_key_missing;
  upstream->stream_usage = provider.stream_usage;
  view_.upstreams.push_back(std::move(upstream));
  return view_.upstreams.back().get();
}

Result<Secret> Builder::head_block(const config::Provider& provider, const config::BaseUrl& url,
                                   const std::string& path) {
  // validate() refuses line breaks; a key that slipped through anyway must not become a header of
  // its own.
  if (holds_line_break(provider.api_key.reveal()))
    return broken(path + ".api_key", "holds a line break");
  std::string block = "Host: " + config::authority(url) + "\r\n";
  if (!provider.api_key.empty()) {
    block += "Authorization: Bearer ";
    block += provider.api_key.reveal();
    block += "\r\n";
  }
  for (const auto& [name, value] : provider.headers) {
    if (holds_line_break(name) || holds_line_break(value))
      return broken(path + ".headers", "hold a line break");
    block += name;
    block += ": ";
    block += value;
    block += "\r\n";
  }
  return Secret(std::move(block));
}

Result<void> Builder::params() {
  auto global = openai::parse_params(view_.config.params.global);
  if (!global) return broken("params.global", global.error().text());
  view_.global_params = std::move(*global);
  for (const auto& [name, json] : view_.config.params.models) {
    auto forced = openai::parse_params(json);
    if (!forced) return broken("params.models." + name, forced.error().text());
    view_.model_params.emplace(name, std::move(*forced));
  }
  return {};
}

void Builder::facts() {
  for (const config::Model& model : view_.config.models) {
    view_.facts.emplace(model.id.str(), &model);
    const View::Target target = view_.target_of(model.id.str());
    if (target.upstream != nullptr)
      view_.facts.emplace(target.upstream->id + "/" + std::string(target.model), &model);
  }
}

// The entry of a configured name, made at its first mention.
Result<const ModelEntry*> Builder::entry(const ModelId& id, const std::string& path) {
  const std::string& name = id.str();
  const View::Target target = view_.target_of(name);
  if (target.upstream == nullptr || target.model.empty())
    return broken(path, "names no provider that is configured");
  const std::string canonical = target.upstream->id + "/" + std::string(target.model);
  auto known = view_.by_name.find(canonical);
  if (known == view_.by_name.end()) {
    known = view_.by_name.emplace(canonical, keep(view_.make_entry(target, name))).first;
  }
  const ModelEntry* const found = known->second;
  view_.by_name.emplace(name, found);
  return found;
}

const ModelEntry* Builder::keep(ModelEntry entry) {
  entry.stats = scoreboard_.of(entry.id);
  view_.models.push_back(std::make_unique<const ModelEntry>(std::move(entry)));
  return view_.models.back().get();
}

Result<void> Builder::models() {
  view_.listed_models.emplace_back("auto");
  for (std::size_t tier = 0; tier < config::kTierCount; ++tier)
    if (!view_.config.tiers[tier].models.empty())
      view_.listed_models.emplace_back(config::name_of(static_cast<config::TierName>(tier)));

  const auto list = [&](const ModelId& id, const std::string& path) -> Result<const ModelEntry*> {
    auto made = entry(id, path);
    if (made && listed_.insert(id.str()).second) view_.listed_models.push_back(id.str());
    return made;
  };
  const auto& written = view_.config.models;
  for (std::size_t i = 0; i < written.size(); ++i)
    if (auto made = list(written[i].id, at("models", i) + ".id"); !made)
      return fail(std::move(made.error()));
  for (std::size_t t = 0; t < config::kTierCount; ++t) {
    const config::Tier& settings = view_.config.tiers[t];
    TierEntry& tier = view_.tiers[t];
    tier.settings = settings;
    std::unordered_set<const ModelEntry*> seen;
    for (std::size_t i = 0; i < settings.models.size(); ++i) {
      const std::string path =
          "tiers." + std::string(config::name_of(static_cast<config::TierName>(t))) + ".models";
      auto made = list(settings.models[i], at(path, i));
      if (!made) return fail(std::move(made.error()));
      if (seen.insert(*made).second) tier.models.push_back(*made);
    }
  }
  for (std::size_t i = 0; i < written.size(); ++i)
    for (std::size_t f = 0; f < written[i].fallbacks.size(); ++f)
      if (auto made = list(written[i].fallbacks[f], at(at("models", i) + ".fallbacks", f)); !made)
        return fail(std::move(made.error()));
  for (const auto& [name, provider] : view_.config.model_map)
    if (auto made = list(ModelId(name), "model_map." + name); !made)
      return fail(std::move(made.error()));
  // The judge's own model may be asked for, but is nobody's offer: it is not listed.
  const auto& llm = view_.config.router.llm;
  if (llm && llm->base_url.empty() && !llm->model.empty()) {
    auto made = entry(llm->model, "router.llm.model");
    if (!made) return fail(std::move(made.error()));
    view_.judge = *made;
  }
  return {};
}

void Builder::reference() {
  for (const ModelEntry* model : view_.tiers[static_cast<std::size_t>(config::TierName::T3)].models)
    if (model->price.known()) {
      view_.reference = model;
      return;
    }
}

// "gpt-4o" finds "openai/gpt-4o" when nobody wrote "gpt-4o" itself.
void Builder::bare_names() {
  for (const auto& model : view_.models) view_.by_name.emplace(model->upstream_model, model.get());
}

// A judge with an address of its own is an upstream that no name leads to.
Result<void> Builder::judge() {
  const auto& llm = view_.config.router.llm;
  if (!llm || llm->base_url.empty()) return {};
  config::Provider provider;
  provider.id = ProviderId(kJudgeId);
  provider.base_url = llm->base_url;
  provider.api_key = llm->api_key;
  provider.api_key_missing = llm->api_key_missing;
  provider.allow_private = llm->allow_private;
  auto made = upstream(provider, kJudgeId);
  if (!made) return fail(std::move(made.error()));
  const View::Target target{*made, llm->model.str(), true};
  view_.judge = keep(view_.make_entry(target, llm->model.str()));
  return {};
}

void Builder::token_borders() {
  auto& borders = view_.token_borders;
  for (const TierEntry& tier : view_.tiers)
    for (const ModelEntry* model : tier.models)
      if (model->context_window && *model->context_window > 0) borders.push_back(static_cast<std::uint64_t>(*model->context_window));
  if (const auto long_context = view_.config.router.long_context_tokens; long_context > 0) borders.push_back(static_cast<std::uint64_t>(long_context));
  std::sort(borders.begin(), borders.end());
  borders.erase(std::unique(borders.begin(), borders.end()), borders.end());
}

void Builder::admission_and_rules() {
  std::array<std::uint8_t, 16> seed;
  randombytes_buf(seed.data(), seed.size());
  std::vector<admission::NamedKey> keys;
  for (const Secret& key : view_.config.gateway.api_keys) keys.push_back({key, {}, std::nullopt});
  for (const auto& key : view_.config.gateway.keys) keys.push_back({key.key, key.name, key.log_bodies});
  view_.keys = admission::KeyRing(keys, seed, loads_);
  view_.keywords = classify::KeywordClassifier(view_.config.router.keywords);
  view_.retry_rules = resilience::RetryRules(view_.config.retry);
}

// In every mode: a mode that does not ask it costs nothing, and a judge that is silent leaves the choice to it.
Result<void> Builder::classifier() {
  const auto& loaded = classify::built_in_classifier();
  if (!loaded) return broken("weights of the classifier", loaded.error().text());
  view_.embedded.emplace(*loaded);
  return {};
}

}  // namespace

Result<std::shared_ptr<const View>> View::build(config::Config config, Revision revision,
                                                std::string fingerprint,
                                                Scoreboard* scoreboard,
                                                admission::KeyLoads* loads) {
  Scoreboard own;
  auto view = std::make_shared<View>();
  view->config = std::move(config);
  view->revision = revision;
  view->fingerprint = std::move(fingerprint);
  if (auto done = Builder(*view, scoreboard != nullptr ? *scoreboard : own, loads).run(); !done) return fail(std::move(done.error()));
  return view;
}

const Upstream* View::upstream(std::string_view provider_id) const {
  const auto found = by_provider.find(provider_id);
  return found == by_provider.end() ? nullptr : found->second;
}

View::Target View::target_of(std::string_view name) const {
  if (const std::size_t slash = name.find('/'); slash != std::string_view::npos)
    if (const Upstream* named = upstream(name.substr(0, slash)))
      return {named, name.substr(slash + 1), true};
  const auto mapped = config.model_map.find(std::string(name));
  const ProviderId& provider =
      mapped == config.model_map.end() ? config.default_provider : mapped->second;
  return {upstream(provider.str()), name, false};
}

bool View::needs_exact_count(std::uint64_t estimated) const noexcept {
  const auto above = std::lower_bound(token_borders.begin(), token_borders.end(), estimated - estimated / 3);
  return above != token_borders.end() && *above <= estimated + estimated / 2;
}

ModelEntry View::make_entry(const Target& target, std::string_view name) const {
  ModelEntry entry;
  entry.upstream = target.upstream;
  entry.upstream_model = std::string(target.model);
  entry.model_json = openai::json_quote(target.model);
  const std::string canonical = target.upstream->id + "/" + entry.upstream_model;
  entry.id = ascii_text(canonical);
  entry.tokenizer = tokens::tokenizer_of(target.model);
  entry.stats = std::make_shared<ModelStats>();  // of its own; build() gives it the shared one
  // The most exact name decides; params written for a bare name apply to that model at every
  // provider.
  for (const std::string_view key : {std::string_view(canonical), name, target.model})
    if (const auto forced = model_params.find(key); forced != model_params.end()) {
      entry.forced = forced->second;
      break;
    }
  if (const auto fact = facts.find(canonical); fact != facts.end()) {
    entry.multimodal = fact->second->multimodal;
    entry.context_window = fact->second->context_window;
    entry.weight = fact->second->weight;
    entry.price = configured_price(fact->second->price);
  }
  // Only the price: a listed window that is out of date would keep prompts away from a model that takes them.
  if (entry.price.source.empty())
    if (auto listed = prices::look_up(target.upstream->url.host, target.model, target.upstream->url.path)) entry.price = std::move(listed->price);
  return entry;
}

}  // namespace smartroute::routing

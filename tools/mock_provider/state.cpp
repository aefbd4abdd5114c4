#include "tools/mock_provider/state.hpp"

namespace smartroute::mock_provider {
namespace {

// splitmix64: the same seed and position give the same fate.
double unit_interval(std::uint64_t seed, std::uint64_t position) {
  std::uint64_t z = seed * 0x9e3779b97f4a7c15ull + position * 0xbf58476d1ce4e5b9ull;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
  return static_cast<double>((z ^ (z >> 31)) >> 11) * 0x1.0p-53;
}

}  // namespace

ScriptBook::Entry ScriptBook::entry_of(Behaviour behaviour) {
  auto healthy = std::make_shared<const Behaviour>(behaviour.healthy());
  return {std::make_shared<const Behaviour>(std::move(behaviour)), std::move(healthy), 0};
}

std::shared_ptr<const Behaviour> ScriptBook::next(Entry& entry) {
  const Behaviour& faulty = *entry.faulty;
  if (!faulty.sometimes()) return entry.faulty;
  ++entry.seen;
  const bool by_count = faulty.fail_every > 0 && entry.seen % faulty.fail_every == 0;
  const bool by_chance = unit_interval(faulty.seed, entry.seen) < faulty.fail_ratio;
  return by_count || by_chance ? entry.faulty : entry.healthy;
}

void ScriptBook::set(Script script) {
  const std::lock_guard lock(mutex_);
  fallback_ = entry_of(std::move(script.fallback));
  models_.clear();
  for (auto& [model, behaviour] : script.models)
    models_.emplace(model, entry_of(std::move(behaviour)));
}

std::vector<std::string> ScriptBook::models() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  for (const auto& [model, entry] : models_) names.push_back(model);
  return names;
}

Result<std::shared_ptr<const Behaviour>> ScriptBook::choose_inline(std::string_view json,
                                                                   const std::string& model) {
  auto found = inline_.find(json);
  if (found == inline_.end() && is_script(json)) {
    // Kept for each model: the key is no JSON, so it cannot be mistaken for a behaviour.
    const std::string key = model + "\n" + std::string(json);
    found = inline_.find(key);
    if (found == inline_.end()) {
      auto script = parse_script(json);
      if (!script) return fail(std::move(script).error());
      if (inline_.size() >= kMaxInline) inline_.clear();
      const auto named = script->models.find(model);
      Behaviour& chosen = named == script->models.end() ? script->fallback : named->second;
      found = inline_.emplace(key, entry_of(std::move(chosen))).first;
    }
  }
  if (found == inline_.end()) {
    auto behaviour = parse_behaviour(json);
    if (!behaviour) return fail(std::move(behaviour).error());
    if (inline_.size() >= kMaxInline) inline_.clear();
    found = inline_.emplace(std::string(json), entry_of(*std::move(behaviour))).first;
  }
  return next(found->second);
}

Result<std::shared_ptr<const Behaviour>> ScriptBook::choose(std::string_view header_script,
                                                            const ChatRequest& request) {
  const std::lock_guard lock(mutex_);
  if (!header_script.empty()) return choose_inline(header_script, request.model);
  if (!request.directive.empty()) return choose_inline(request.directive, request.model);
  const auto model = models_.find(request.model);
  return next(model == models_.end() ? fallback_ : model->second);
}

void RequestLog::add(const HttpRequest& request) {
  SeenRequest seen{std::string(request.method),
                   std::string(request.target),
                   {},
                   std::string(request.body.substr(0, kMaxBodyBytesKept)),
                   request.body.size()};
  for (const auto& [name, value] : request.headers) seen.headers.emplace_back(name, value);
  const std::lock_guard lock(mutex_);
  bytes_ += seen.body.size();
  requests_.push_back(std::move(seen));
  while (requests_.size() > kMaxRequests || bytes_ > kMaxBytes) {
    bytes_ -= requests_.front().body.size();
    requests_.pop_front();
  }
}

void RequestLog::clear() {
  const std::lock_guard lock(mutex_);
  requests_.clear();
  bytes_ = 0;
}

std::vector<SeenRequest> RequestLog::all() const {
  const std::lock_guard lock(mutex_);
  return {requests_.begin(), requests_.end()};
}

void Shared::count_model(const std::string& model) {
  const std::lock_guard lock(mutex_);
  if (per_model_.size() < kMaxModels || per_model_.contains(model)) ++per_model_[model];
}

Stats Shared::stats() const {
  Stats stats{requests, connections, open_connections, active, aborted, {}};
  const std::lock_guard lock(mutex_);
  stats.per_model = per_model_;
  return stats;
}

}  // namespace smartroute::mock_provider

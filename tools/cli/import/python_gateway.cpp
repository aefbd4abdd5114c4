#include "tools/cli/import/python_gateway.hpp"

#include <algorithm>
#include <cmath>

#include "tools/cli/import/spelling.hpp"

namespace smartroute::import {
namespace {

using config::Node;
using config::NodeKind;

constexpr std::array<std::string_view, 3> kTiers{"t1", "t2", "t3"};
constexpr std::array<std::string_view, 5> kStrategies{"sequential", "random", "adaptive", "fastest", "cheapest"};
constexpr std::int64_t kJudgeTurnBytes = 800, kMaxRounds = 10, kMaxAttempts = 20;

bool is_strategy(std::string_view name) { return std::find(kStrategies.begin(), kStrategies.end(), name) != kStrategies.end(); }

}  // namespace

bool PythonGateway::looks_like(const Node& root) {
  for (const char* key : {"t1_models", "t2_models", "t3_models", "upstream_base_url", "router_config", "retry_config", "model_provider_map"})
    if (member(&root, key) != nullptr) return true;
  const Node* const models = member(&root, "models");
  const Node* const providers = member(&root, "providers");
  for (const auto tier : kTiers)
    if (member(models, tier) != nullptr) return true;
  return member(providers, "upstream") != nullptr || member(providers, "custom") != nullptr || member_at(root, "retries.conditions") != nullptr;
}

void PythonGateway::read() {
  const auto has = [this](std::string_view key) { return member(&root_, key) != nullptr; };
  flat_ = has("t1_models") || (!is_map(member(&root_, "models")) && !is_map(member_at(root_, "providers.upstream")) && member_at(root_, "providers.custom") == nullptr);
  into_.form = flat_ ? "flat form" : "nested form";
  gateway_key();
  providers();
  provider_map();
  models();
  strategies();
  timeouts();
  rounds();
  conditions();
  router();
  health();
  params();
  logs();
  into_.notes.push_back("The Python gateway ignored the model that a client named. Here a name that is configured is served by that model; send \"auto\" to be routed.");
}

// The value under the names of the form that wins, else of the other. One that is also written in the other form is told so.
const Node* PythonGateway::first(std::initializer_list<std::string_view> nested, std::initializer_list<std::string_view> flat) {
  const Node* found = nullptr;
  const auto look = [&](std::initializer_list<std::string_view> paths) {
    for (const std::string_view path : paths) {
      const Node* const at = member_at(root_, path);
      if (at == nullptr) continue;
      if (found == nullptr) {
        found = at;
      } else if (at != found) {
        source_.refuse_rest(*at, "the same is written in the other form, too, and that one counts");
      }
    }
  };
  look(flat_ ? flat : nested);
  look(flat_ ? nested : flat);
  return found;
}

void PythonGateway::gateway_key() {
  const Node* const value = first({"general.gateway_api_key", "general.gateway_api_keys"}, {"gateway_api_key", "gateway_api_keys"});
  if (value == nullptr) return;
  const auto take = [this](const Node& key) {
    if (!is_text(&key)) return;
    if (key.text.empty()) return source_.approximate(key, "no key: anybody could call the Python gateway, SmartRoute then serves its own machine only");
    add(list_in(map_in(out_, "gateway"), "api_keys"), text(secret_here(key.text), &key));
    source_.exact(key);
  };
  take(*value);
  if (is_list(value))
    for (const Node& key : value->children) take(key);
  source_.refuse_rest(*value, "is no key");
}

void PythonGateway::logs() {
  const Node* const days = first({"general.log_retention_days"}, {"log_retention_days"});
  if (const auto value = whole(days)) {
    set(map_in(out_, "logs"), "retention_days", number(*value, days));
    source_.exact(*days);
  }
  if (const Node* const minutes = member_at(root_, "security.access_token_expire_minutes"))
    source_.refuse(*minutes, "sessions of SmartRoute's dashboard have a fixed life");
  if (const Node* const security = member(&root_, "security"))
    source_.refuse_rest(*security, "accounts are made anew: open the dashboard, or use the admin token");
}

const Node* PythonGateway::of_tier(const Node* values, std::size_t tier) const {
  if (is_text(values)) return values;
  const Node* const small = member(values, kTiers[tier]);
  return small != nullptr ? small : member(values, tier == 0 ? "T1" : tier == 1 ? "T2" : "T3");
}

void PythonGateway::strategies() {
  const Node* const values = first({"models.strategies", "models.strategy"}, {"routing_strategies", "strategies", "routing_strategy"});
  for (std::size_t t = 0; t < 3; ++t) {
    const Node* const value = of_tier(values, t);
    if (!is_text(value)) continue;
    const std::string name = lower(value->text);
    if (is_strategy(name)) {
      set(map_in(map_in(out_, "tiers"), kTiers[t]), "strategy", text(name, value));
      source_.exact(*value);
    } else {
      source_.approximate(*value, "is no strategy: sequential, as the Python gateway has it");
    }
  }
}

void PythonGateway::tier_time(const Node& value, Draft& tier, std::string_view field, std::string_view how) {
  const auto ms = whole(&value);
  if (!ms || *ms <= 0) return source_.refuse(value, "is no number of milliseconds");
  set(map_in(tier, "timeouts"), field, text(duration_text(std::chrono::milliseconds(*ms)), &value));
  if (how.empty()) {
    source_.exact(value);
  } else {
    source_.approximate(value, std::string(how));
  }
}

void PythonGateway::timeouts() {
  const bool split = is_map(member_at(root_, "timeouts.connect")) || is_map(member_at(root_, "timeouts.generation")) || is_text(member_at(root_, "timeouts.connect"));
  const Node* const connect = first({split ? "timeouts.connect" : "timeouts"}, {split ? "timeouts.connect" : "timeouts"});
  const Node* const whole_answer = first({"timeouts.generation"}, {"stream_timeouts"});
  for (std::size_t t = 0; t < 3; ++t) {
    Draft& tier = map_in(map_in(out_, "tiers"), kTiers[t]);
    if (const Node* const value = of_tier(connect, t)) tier_time(*value, tier, "first_byte", "the time to the first byte of an answer; connecting has its own");
    if (const Node* const value = of_tier(whole_answer, t)) tier_time(*value, tier, "total", {});
  }
}

void PythonGateway::rounds() {
  const Node* const values = first({"retries.rounds"}, {"retry_rounds"});
  const Node* const most = first({"retries.max_retries"}, {"max_retries"});
  for (std::size_t t = 0; t < 3; ++t) {
    Draft& tier = map_in(map_in(out_, "tiers"), kTiers[t]);
    std::int64_t times = 1;
    if (const Node* const value = of_tier(values, t); const auto n = whole(value)) {
      times = std::clamp<std::int64_t>(*n, 1, kMaxRounds);
      set(tier, "rounds", number(times, value));
      if (times == *n) source_.exact(*value);
      else source_.approximate(*value, times < *n ? "10 rounds are the most" : "one round at least, as the Python gateway has it");
    }
    if (const Node* const value = of_tier(most, t); const auto n = whole(value)) {
      set(tier, "max_attempts", number(std::clamp<std::int64_t>(*n, 0, kMaxAttempts - 1) + 1, value));
      source_.approximate(*value, *n >= kMaxAttempts ? "20 attempts are the most" : "so many retries, and the first attempt");
      continue;
    }
    // Their gateway tried every model of the tier in each round; ours stops after three attempts unless told.
    const auto all = std::min<std::int64_t>(kMaxAttempts, static_cast<std::int64_t>(tiers_[t].names.size()) * times);
    if (all <= 3) continue;
    set(tier, "max_attempts", number(all));
    added("tiers." + std::string(kTiers[t]) + ".max_attempts", std::to_string(all), "the Python gateway tried every model of a tier in each round");
  }
}

void PythonGateway::conditions() {
  const Node* const from = first({"retries.conditions"}, {"retry_config", "retry"});
  if (!is_map(from)) return;
  Draft& retry = map_in(out_, "retry");
  if (const Node* const codes = member(from, "status_codes"); is_list(codes))
    for (const Node& code : codes->children)
      if (const auto value = whole(&code)) {
        add(list_in(retry, "status_codes"), number(*value, &code));
        source_.exact(code);
      }
  if (const Node* const words = member(from, "error_keywords"); is_list(words))
    for (const Node& word : words->children)
      if (is_text(&word)) {
        add(list_in(retry, "error_keywords"), text(word.text, &word));
        source_.exact(word);
      }
  for (const char* name : {"status_codes", "error_keywords"})
    if (const Node* const list = member(from, name); is_list(list) && list->children.empty())
      source_.refuse(*list, "an empty list means SmartRoute's own; a configuration cannot ask for none");
  if (const Node* const empty = member(from, "retry_on_empty"); const auto value = truth(empty)) {
    set(retry, "retry_on_empty", flag(*value, empty));
    source_.exact(*empty);
  }
}

void PythonGateway::router() {
  const Node* const from = first({"router"}, {"router_config"});
  Draft& router = map_in(out_, "router");
  const Node* const enabled = member(from, "enabled");
  const bool judge = truth(enabled).value_or(false);
  set(router, "mode", text(judge ? "llm" : "random", enabled));
  constexpr std::string_view kOff = "without its router some versions of the Python gateway took a tier by chance, some always t1: mode random. Mode embedded decides in microseconds without a model";
  if (enabled != nullptr) {
    if (judge) source_.exact(*enabled);
    else source_.approximate(*enabled, std::string(kOff));
  } else {
    added("router.mode", "random", "the Python gateway's router is off unless a file turns it on");
  }
  if (!is_map(from)) return;
  Draft& llm = map_in(router, "llm");
  const auto take = [&](std::string_view key) -> const Node* {
    const Node* const value = member(from, key);
    if (!is_text(value) || value->text.empty()) {
      if (value != nullptr) source_.exact(*value);
      return nullptr;
    }
    const std::string here = key == "api_key" ? secret_here(value->text) : key == "base_url" ? base_url(value->text) : value->text;
    set(llm, key, text(here, value));
    if (key == "base_url" && here != value->text) source_.approximate(*value, "written " + here);
    else source_.exact(*value);
    return value;
  };
  take("model");
  if (take("base_url") == nullptr && judge) {
    set(llm, "base_url", text("https://api.openai.com/v1"));
    added("router.llm.base_url", "https://api.openai.com/v1", "where the Python gateway asks its router unless a file says so");
  }
  take("api_key");
  take("prompt_template");
  if (const Node* const verify = member(from, "verify_ssl"); const auto value = truth(verify)) {
    if (*value) source_.exact(*verify);
    else source_.refuse(*verify, "the judge's certificate is always checked: name a provider with tls_verify: false as router.llm.model's instead");
  }
  if (!judge) return;
  set(llm, "timeout", text("5s"));
  set(llm, "max_turn_bytes", number(kJudgeTurnBytes));
  added("router.llm.timeout", "5s", "as the Python gateway waits");
  added("router.llm.max_turn_bytes", "800", "as the Python gateway cuts what it shows to its router");
}

void PythonGateway::health() {
  const Node* const rate = first({"health.decay_rate"}, {"health_check_config.decay_rate"});
  const auto value = real(rate);
  if (!value) return;
  if (*value <= 0) return source_.refuse(*rate, "penalties that never fade are not to be had: they halve every five minutes");
  // A point of penalty was gone after 1 / rate minutes, half of it after half that time.
  const double minutes = std::clamp(0.5 / *value, 1.0 / 60, 30.0 * 24 * 60);
  const std::string half = duration_text(std::chrono::seconds(std::max<std::int64_t>(1, std::llround(minutes * 60))));
  set(map_in(out_, "health"), "half_life", text(half, rate));
  source_.approximate(*rate, "penalties fade by halves, not by points a minute: half_life " + half);
}

void PythonGateway::params() {
  Draft& params = map_in(out_, "params");
  if (const Node* const all = first({"params.global_params", "params.global"}, {"global_params"}); is_map(all)) {
    if (!all->children.empty()) set(params, "global", copy_of(*all));
    source_.exact(*all);
  }
  const Node* const each = first({"params.model_params", "params.models"}, {"model_params"});
  if (!is_map(each)) return;
  for (const Node& one : each->children) {
    if (!is_map(&one)) continue;
    Draft copy = copy_of(one);
    set(map_in(params, "models"), name_here(one.key), std::move(copy));
    source_.exact(one);
  }
  if (each->children.empty()) source_.exact(*each);
}

}  // namespace smartroute::import

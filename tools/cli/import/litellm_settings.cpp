// router_settings, litellm_settings, general_settings.
#include <algorithm>
#include <cmath>

#include "tools/cli/import/litellm.hpp"
#include "tools/cli/import/spelling.hpp"

namespace smartroute::import {
namespace {

using config::Node;

constexpr std::array<std::string_view, 3> kTiers{"t1", "t2", "t3"};
constexpr std::int64_t kMostAttempts = 20;

struct Known {
  std::string_view key, why;
};
// Settings that need nothing here, or have nothing that answers them.
constexpr Known kKnown[] = {
    {"drop_params", "parameters go to the provider as the client wrote them"},
    {"modify_params", "requests go to the provider as the client wrote them"},
    {"set_verbose", "--log-level of each process says how much is logged"},
    {"json_logs", "a process logs JSON unless it is on a terminal"},
    {"detailed_debug", "--log-level of each process says how much is logged"},
    {"cache", "answers are not cached"},
    {"cache_params", "answers are not cached"},
    {"database_url", "nothing but the state folder is needed"},
    {"database_connection_pool_limit", "nothing but the state folder is needed"},
    {"store_model_in_db", "the control plane keeps the configuration with its history"},
    {"salt_key", "secrets are sealed with SMARTROUTE_MASTER_KEY, or STATE/master.key"},
    {"redis_host", "data planes share health and configuration through the control plane"},
    {"redis_port", "data planes share health and configuration through the control plane"},
    {"redis_password", "data planes share health and configuration through the control plane"},
    {"redis_url", "data planes share health and configuration through the control plane"},
    {"retry_policy", "retries do not differ by kind of error: retry.status_codes says which are retried"},
    {"model_group_retry_policy", "retries do not differ by group"},
    {"allowed_fails_policy", "penalties by kind of error are health.penalties"},
    {"enable_pre_call_checks", "always on: context window, images and health are looked at first"},
    {"background_health_checks", "health is told by the traffic itself; no provider is asked for it"},
    {"health_check_interval", "health is told by the traffic itself; no provider is asked for it"},
    {"alerting", "alerts are Prometheus's: rules lie in deploy/"},
    {"routing_strategy_args", "SmartRoute's strategies have no arguments"},
    {"disable_spend_logs", "costs are kept with the request records"},
    {"proxy_batch_write_at", "records are written as they come"},
    {"max_parallel_requests", "limits.max_streams bounds what is in flight in each data plane"},
    {"global_max_parallel_requests", "limits.max_streams bounds what is in flight in each data plane"},
    {"default_team_settings", "there are no teams; gateway.keys have names"},
    {"max_internal_user_budget", "there are no budgets"},
    {"max_budget", "there are no budgets"},
    {"budget_duration", "there are no budgets"},
    {"guardrails", "there are no guardrails"},
    {"custom_auth", "no code of others runs inside"},
    {"custom_prompt_dict", "prompts go to the provider as the client wrote them"},
    {"ui_access_mode", "the dashboard has accounts of its own"},
};

std::string_view why_known(std::string_view key) {
  for (const Known& known : kKnown)
    if (known.key == key) return known.why;
  return {};
}

}  // namespace

std::vector<const LiteLlm::Deployment*> LiteLlm::group(std::string_view name) const {
  std::vector<const Deployment*> found;
  for (const auto& [theirs, deployments] : groups_) {
    if (theirs != name) continue;
    for (const Deployment& one : deployments) found.push_back(&one);
  }
  return found;
}

void LiteLlm::settings() {
  for (const char* name : {"router_settings", "litellm_settings", "general_settings"}) {
    const Node* const section = member(&root_, name);
    if (!is_map(section)) continue;
    strategy(*section);
    retries(*section);
    time_limits(*section);
    cooling(*section);
    fallbacks(*section);
    aliases(*section);
    logging(*section);
    general(*section);
    refuse_known(*section);
  }
  if (find(out_, "tiers") == nullptr && ordered_)
    for (const auto tier : kTiers) set(map_in(map_in(out_, "tiers"), tier), "strategy", text("sequential"));
}

void LiteLlm::strategy(const Node& settings) {
  const Node* const named = member(&settings, "routing_strategy");
  if (!is_text(named)) return;
  const std::string& theirs = named->text;
  const char* ours = theirs == "simple-shuffle"          ? "random"
                     : theirs == "latency-based-routing" ? "fastest"
                     : theirs == "cost-based-routing"    ? "cheapest"
                     : theirs.starts_with("usage-based-routing") || theirs == "least-busy" ? "adaptive"
                                                                                           : nullptr;
  if (ours == nullptr) return source_.refuse(*named, "SmartRoute has no such strategy");
  if (ordered_) ours = "sequential";
  for (const auto tier : kTiers) set(map_in(map_in(out_, "tiers"), tier), "strategy", text(ours, named));
  source_.approximate(*named, std::string("strategy ") + ours + " of every tier" + (ordered_ ? ", because models have an order" : theirs == "simple-shuffle" ? ", by weight" : ""));
}

void LiteLlm::retries(const Node& settings) {
  const Node* const times = member(&settings, "num_retries");
  const auto value = whole(times);
  if (!value) return;
  const auto attempts = std::clamp<std::int64_t>(*value, 0, kMostAttempts - 1) + 1;
  for (const auto tier : kTiers) set(map_in(map_in(out_, "tiers"), tier), "max_attempts", number(attempts, times));
  source_.approximate(*times, "max_attempts of every tier: so many retries, and the first attempt, each with another model if there is one");
}

void LiteLlm::time_limits(const Node& settings) {
  const auto take = [&](const char* key, const char* field, const char* how) {
    const Node* const limit = member(&settings, key);
    const auto span = seconds(limit);
    if (!span || span->count() <= 0) return;
    for (const auto tier : kTiers) set(map_in(map_in(map_in(out_, "tiers"), tier), "timeouts"), field, text(duration_text(*span), limit));
    source_.approximate(*limit, how);
  };
  take("timeout", "total", "of every tier, for all attempts of a request together");
  take("request_timeout", "total", "of every tier, for all attempts of a request together");
  take("stream_timeout", "first_byte", "of every tier, streamed or not");
}

void LiteLlm::cooling(const Node& settings) {
  if (const Node* const fails = member(&settings, "allowed_fails"); const auto value = whole(fails)) {
    set(map_in(out_, "health"), "eject_after", number(*value + 1, fails));
    source_.approximate(*fails, "failures in a row, not in a minute, after which a model rests");
  }
  if (const Node* const rest = member(&settings, "cooldown_time"); const auto span = seconds(rest)) {
    set(map_in(map_in(out_, "health"), "cooldowns"), "failing", text(duration_text(*span), rest));
    source_.approximate(*rest, "the first rest of a model that fails; it doubles while it goes on failing");
  }
  if (const Node* const off = member(&settings, "disable_cooldowns"); truth(off).value_or(false)) {
    set(map_in(out_, "health"), "eject_after", number(0, off));
    source_.approximate(*off, "no rest after failures in a row; a provider's Retry-After is heeded all the same");
  }
}

// By the fallbacks that are written so far.
bool LiteLlm::leads_to(const std::string& from, const std::string& to) {
  std::vector<std::string> open{from}, seen;
  while (!open.empty()) {
    const std::string name = std::move(open.back());
    open.pop_back();
    if (name == to) return true;
    if (std::find(seen.begin(), seen.end(), name) != seen.end()) continue;
    seen.push_back(name);
    if (const Draft* const list = find(model(name), "fallbacks"))
      for (const Draft& one : list->children) open.push_back(one.text);
  }
  return false;
}

void LiteLlm::fallback_list(const Node& list, std::string_view how) {
  if (!is_list(&list)) return;
  const auto add_to = [&](const Deployment& from, const Node& name) {
    bool known = false, circle = false;
    for (const Deployment* const to : group(name.text)) {
      known = true;
      if (to->name != from.name && leads_to(to->name, from.name)) {
        circle = true;
        continue;
      }
      Draft& fallbacks = list_in(model(from.name), "fallbacks");
      const bool there = to->name == from.name || std::any_of(fallbacks.children.begin(), fallbacks.children.end(), [to](const Draft& one) { return one.text == to->name; });
      if (!there) add(fallbacks, text(to->name, &name));
    }
    if (!known) source_.refuse(name, "no model of this name was taken");
    else if (circle) source_.refuse(name, "would lead back to the model itself, which has other fallbacks before this one");
    else if (how.empty()) source_.exact(name);
    else source_.approximate(name, std::string(how));
  };
  for (const Node& item : list.children) {
    if (!is_map(&item)) continue;
    for (const Node& entry : item.children) {
      const auto from = entry.key == "*" ? std::vector<const Deployment*>() : group(entry.key);
      if (from.empty()) {
        source_.refuse_rest(entry, entry.key == "*" ? "models of the same tier, then of another one, stand in anyway" : "no model of the name it is for was taken");
        continue;
      }
      const auto each = [&](const Node& name) {
        if (!is_text(&name)) return;
        for (const Deployment* const one : from) add_to(*one, name);
      };
      if (is_text(&entry)) each(entry);
      for (const Node& name : entry.children) each(name);
    }
  }
}

void LiteLlm::fallbacks(const Node& settings) {
  if (const Node* const list = member(&settings, "fallbacks")) fallback_list(*list, {});
  if (const Node* const list = member(&settings, "context_window_fallbacks")) fallback_list(*list, "one of the fallbacks; what does not fit a model is never sent to it, where context_window is known");
  if (const Node* const list = member(&settings, "content_policy_fallbacks"); is_list(list) && !list->children.empty()) {
    fallback_list(*list, "one of the fallbacks, and retry.on_content_policy is on");
    set(map_in(out_, "retry"), "on_content_policy", flag(true));
    added("retry.on_content_policy", "true", "because the file has content_policy_fallbacks");
  }
  if (const Node* const list = member(&settings, "default_fallbacks"); is_list(list))
    source_.refuse_rest(*list, "models of the same tier, then of another one, stand in anyway");
}

void LiteLlm::aliases(const Node& settings) {
  const Node* const map = member(&settings, "model_group_alias");
  if (!is_map(map)) return;
  for (const Node& alias : map->children) source_.refuse(alias, "SmartRoute has no names of its own for models; a name it does not know is answered by the router");
}

void LiteLlm::logging(const Node& settings) {
  if (const Node* const off = member(&settings, "turn_off_message_logging"); const auto value = truth(off)) {
    if (*value) set(map_in(out_, "logs"), "bodies", flag(false, off));
    source_.exact(*off);
  }
  if (const Node* const days = member(&settings, "maximum_spend_logs_retention_period"); is_text(days) && days->text.ends_with('d')) {
    Node whole_days = *days;
    whole_days.text.pop_back();
    if (const auto value = whole(&whole_days)) {
      set(map_in(out_, "logs"), "retention_days", number(*value, days));
      source_.exact(*days);
    }
  }
  for (const char* key : {"callbacks", "success_callback", "failure_callback", "service_callback"}) {
    const Node* const list = member(&settings, key);
    const auto each = [&](const Node& name) {
      if (!is_text(&name)) return;
      if (name.text == "prometheus") return source_.approximate(name, "metrics are always at /metrics of each process, under names of their own");
      if (name.text == "otel") return source_.approximate(name, "traces go where OTEL_EXPORTER_OTLP_ENDPOINT of a data plane, or tracing.endpoint, says");
      source_.refuse(name, "SmartRoute sends nothing there; request records can be exported, traces go to OpenTelemetry");
    };
    if (is_text(list)) each(*list);
    if (is_list(list))
      for (const Node& name : list->children) each(name);
  }
}

void LiteLlm::general(const Node& settings) {
  const Node* const key = member(&settings, "master_key");
  if (!is_text(key) || key->text.empty()) return;
  add(list_in(map_in(out_, "gateway"), "api_keys"), text(secret_here(key->text), key));
  source_.approximate(*key, "a key of callers; the admin API has a token of its own");
}

void LiteLlm::refuse_known(const Node& settings) {
  for (const Node& setting : settings.children)
    if (const auto why = why_known(setting.key); !why.empty()) source_.refuse_rest(setting, why);
}

}  // namespace smartroute::import

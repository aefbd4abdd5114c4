#include "tools/cli/starter_config.hpp"

#include <cstddef>

namespace smartroute::cli {
namespace {

constexpr const char* kHead = R"(# Configuration of SmartRoute, written by `smartroute init`.
#
# To check it: smartroute validate FILE
# To run it:   smartroute up --config FILE (it is read again whenever it changes)
#
# A line that begins with # and no blank is a setting with its default, or an example: take the # away to use it, and that of the lines below it.
# Secrets are references: ${NAME} is a variable of the control plane's environment, file:/path a file there.

gateway:
  # Keys that callers present. Without any, only this machine may call.
  #api_keys: ["${SMARTROUTE_API_KEY}"]
  #keys:                              # the same with names, which logs and statistics show
  #  - {name: batch, key: "file:/run/secrets/batch_key"}
  #unknown_model: route               # a model name nobody knows: route | reject | pass

providers:
)";

constexpr const char* kTiersHead = R"(
# The router puts each request into a tier. A tier's models are tried in this order: the second stands in when the first
# fails, before a byte of its answer has gone to the caller.
tiers:
)";

constexpr const char* kRest = R"(
router:
  # cascade: your own rules where there are any, else the classifier inside the proxy (under a millisecond, no call anywhere).
  # Also: keyword, embedded, llm, random.
  mode: cascade
  #default_tier: t2                   # for what nothing has decided
  #min_confidence: 0.8                # below it cascade does not take the classifier's answer
  #session_ttl: 1h                    # a conversation keeps its tier for so long
  #keywords:                          # rules; /like this/ is a pattern (RE2)
  #  t3: ["contract review", "合同审查"]
  #  at_least_t2: ['/\bCVE-\d{4}-\d+\b/']

#models:                              # what is special about one model
#  - {id: "@MODEL@", context_window: 128000, max_attempts: 2}
#  - {id: "@MODEL@", price: {input: 0.20, output: 1.25}}   # US dollars for a million tokens, instead of the list price

#retry:
#  budget_percent: 20                 # of all requests, so many in a hundred may cost one attempt more
#  on_content_policy: false           # another model may answer what a provider's policy refused

#logs:
#  retention_days: 7
#  bodies: true                       # keep what was asked and answered
#  redact: ['\b\d{16}\b']             # patterns that are taken out of every kept text; keys are taken out always

#limits:
#  max_streams: 8000                  # model requests in flight
#  drain_timeout: 25s                 # how long running answers may finish when a proxy is told to stop
)";

std::string in_quotes(std::string_view text) { return "\"" + std::string(text) + "\""; }

std::string provider_line(const FoundProvider& found) {
  std::string line = "  - {id: " + std::string(found.known->id) + ", base_url: " + in_quotes(found.base_url) + ", api_key: \"${" +
                     std::string(found.known->key_variable) + "}\"";
  if (!found.base_url_is_ours) line += ", allow_private: true";
  return line + "}\n";
}

std::string tier_text(const char* name, const char* what, std::size_t tier, const std::vector<FoundProvider>& providers) {
  std::string text = std::string("  ") + name + ":" + std::string(35 - 3 - std::string_view(name).size(), ' ') + "# " + what + "\n    models:\n";
  for (const FoundProvider& found : providers) text += "      - " + in_quotes(std::string(found.known->id) + "/" + std::string(found.known->models[tier])) + "\n";
  if (tier == 2) text += "    #strategy: sequential              # sequential | random | adaptive | fastest | cheapest\n    #guarantee: live                   # buffered: a streamed answer is held back whole, so that it never breaks off\n";
  return text;
}

std::string with_model(std::string text, const std::vector<std::string>& models) {
  constexpr std::string_view kPlace = "@MODEL@";
  std::size_t next = 0;
  for (std::size_t at = text.find(kPlace); at != std::string::npos; at = text.find(kPlace, at))
    text.replace(at, kPlace.size(), models[next++ % models.size()]);
  return text;
}

}  // namespace

std::string starter_config(const std::vector<FoundProvider>& providers) {
  std::string text = kHead;
  for (const FoundProvider& found : providers) text += provider_line(found);
  text +=
      "  # Any service that speaks OpenAI's API, such as a model server of your own:\n"
      "  #- {id: local, base_url: \"http://127.0.0.1:8000/v1\"}\n"
      "\n# Provider of a model that is named without one.\ndefault_provider: " +
      std::string(providers.front().known->id) + "\n" + kTiersHead;
  text += tier_text("t1", "small talk, look-ups, extraction", 0, providers);
  text += tier_text("t2", "everyday writing and code", 1, providers);
  text += tier_text("t3", "proofs, hard code, long reasoning", 2, providers);
  const KnownProvider& first = *providers.front().known;
  const auto id = [&first](std::size_t tier) { return std::string(first.id) + "/" + std::string(first.models[tier]); };
  return text + with_model(kRest, {id(2), id(0) == id(2) ? id(1) : id(0)});
}

}  // namespace smartroute::cli

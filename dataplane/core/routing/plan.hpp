// Row 4 and 5 of a request: which tier, which candidates, in which order, and why. Pure: the View,
// the request's facts and a Random in, a Plan out.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "contract/base/random.hpp"
#include "contract/base/result.hpp"
#include "dataplane/core/routing/view.hpp"

namespace smartroute::routing {

// How the asked model name was understood.
enum class Asked : std::uint8_t { Auto, Tier, Named, Unknown };

struct TierDecision {
  std::optional<config::TierName> tier;  // empty for a named model
  std::string_view mode;                 // static: "random", "keyword", "tier", "named", "default"
  // Short, header-safe ASCII: "keyword:prove", "random", "default_tier", "asked", with what changed
  // it behind semicolons: "asked; t1 empty, t2 serves".
  std::string reason;
  double confidence = 0;  // 0..1; 1 when asked for by name or by a configured rule
};

struct Candidate {
  const ModelEntry* model = nullptr;  // of the View, or of the Plan's own storage
  // Why it must not be tried ("no_credentials", "not_multimodal"); empty: may be tried.
  std::string_view skip;
};

// Points into the View it was made from.
struct Plan {
  TierDecision decision;
  // In order of preference, each model at most once per round, never twice in a row. Skipped ones
  // are there in the first round only.
  std::vector<Candidate> candidates;
  config::Timeouts timeouts;
  int max_attempts = 1;
  // A model that was named as provider/model (or passed on) and is not in the config.
  std::unique_ptr<const ModelEntry> own;
};

struct Ask {
  std::string_view model;  // as the client wrote it
  std::string_view text;   // latest human ask (may be empty); only read when wants_text() says so
  bool has_images = false;
};

// Whether plan() will look at the text for this model name: false for named models and tiers and
// for mode random.
bool wants_text(const View& view, std::string_view model);

// Errors: ModelNotFound (unknown_model: reject), NoRoute (no tier has a model). `scratch` is reused
// memory. Rules: ARCHITECTURE.md, "Tier decision"; a/b/c is provider a only if one has that id.
// Modes embedded, llm and cascade use the keyword rules and else the default tier until they exist;
// validate() says so.
Result<Plan> plan(const View& view, const Ask& ask, Random& random, std::string& scratch);

}  // namespace smartroute::routing

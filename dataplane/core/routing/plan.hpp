// Row 5 of a request: which candidates, in which order, and why. Pure: the View, the decided tier, the request's facts, what is known
// about the models right now and a Random in, a Plan out.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "contract/base/clock.hpp"
#include "contract/base/random.hpp"
#include "contract/base/result.hpp"
#include "dataplane/core/routing/tier_decision.hpp"
#include "dataplane/core/routing/view.hpp"

namespace smartroute::routing {

struct Candidate {
  const ModelEntry* model = nullptr;  // of the View, or of the Plan's own storage
  // Out of its cooldown when the plan was made: claim_probe() decides at the attempt. It stands where it would stand if it were fit.
  bool probe = false;
  // Why it must not be tried ("no_credentials", "not_multimodal", "context_window"); empty: may be tried. Static.
  std::string_view skip;
  // Why it stands where it stands ("cooling", "stalled", "probe", "first byte 412 ms, 2 in flight", "$0.000034"); for the explanation, may be empty.
  std::string note;
};

// Points into the View it was made from.
struct Plan {
  TierDecision decision;  // with the tier that serves, which may be another one than was decided
  std::string_view strategy;  // static: that ordered the candidates; empty when a model was named
  // In order of preference, each model at most once per round, never twice in a row. Skipped ones
  // are there in the first round only.
  std::vector<Candidate> candidates;
  config::Timeouts timeouts;
  int max_attempts = 1;
  config::Guarantee guarantee = config::Guarantee::Live;
  config::OnBreak on_break = config::OnBreak::Error;
  config::HoldBack hold_back;
  // A model that was named as provider/model (or passed on) and is not in the config.
  std::unique_ptr<const ModelEntry> own;
};

struct Facts {
  std::string_view model;  // as the client wrote it
  bool has_images = false;
  std::uint64_t prompt_tokens = 0;      // estimate of the whole request
  std::uint64_t max_output_tokens = 0;  // that the client allows; 0: did not say
};

// `decision`: from row 4 when goes_through_router(view, name), else ignored: a named tier or model decides itself.
// Errors: ModelNotFound (unknown_model: reject), NoRoute (no tier has a model, no provider). `now` and the models' stats decide only the order.
Result<Plan> plan(const View& view, const Name& name, TierDecision decision, const Facts& facts, SteadyTime now, Random& random);

}  // namespace smartroute::routing

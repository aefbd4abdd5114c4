// Row 4 of a request: which tier, and why. Pure: the View, what the request asks and a Random in, a decision out. In three steps,
// because one of them may be a call over the network that the caller makes:
//   first_opinion()   names, rules and the classifier in the proxy; says whether the judge should be asked
//   hear_judge()      what the judge said, or why it said nothing
//   settle()          what may only raise a tier: minimum rules, long context, the tier the conversation already has
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "contract/base/random.hpp"
#include "contract/base/result.hpp"
#include "dataplane/core/classify/subject.hpp"
#include "dataplane/core/routing/view.hpp"

namespace smartroute::routing {

// How the asked model name was understood.
enum class Asked : std::uint8_t { Auto, Tier, Named, Unknown };

// A model name, understood. Points into the View.
struct Name {
  Asked asked = Asked::Unknown;
  config::TierName tier = config::TierName::T2;  // when Tier
  const ModelEntry* model = nullptr;             // when Named and configured
  View::Target target;                           // when Named or Unknown and not configured
};
// Rules: ARCHITECTURE.md, "Tier decision"; a/b/c is provider a only if one has that id.
Name read_name(const View& view, std::string_view model);

// Whether the choice is the router's: auto, or an unknown name while unknown_model is `route`.
bool goes_through_router(const View& view, const Name& name) noexcept;

struct TierDecision {
  std::optional<config::TierName> tier;  // empty for a named model
  // Static: "tier" and "named" (asked), "random", "keyword", "embedded", "llm", "session", "default".
  std::string_view mode;
  // Short, header-safe ASCII: "keyword:prove", "embedded:0.93", "llm", "llm:cached", "session", "random", "default_tier", "asked", with what
  // changed it behind semicolons: "asked; t1 empty, t2 serves", "embedded:0.91; raised from t1 by session".
  std::string reason;
  double confidence = 0;  // 0..1; 1 when asked for by name or by a configured rule

  // For the explanation.
  std::optional<std::array<float, config::kTierCount>> probability;  // when the classifier was asked
  std::vector<std::string_view> rules;    // keyword rules that fired, entries of the View's config; the one that decided first
  std::string_view judge;                 // static: name of the JudgeOutcome; empty: not called
  std::uint32_t judge_us = 0;
  std::string_view raised_by;             // static: "keyword", "long_context", "session"; empty: nothing
  std::optional<config::TierName> first_tier;  // before it was raised

  // Only between the steps.
  bool wants_judge = false;
  config::TierName floor = config::TierName::T1;  // of the minimum rules that fired
};

// By the mode of the View: random, keyword, embedded, llm, cascade. Never fails: what nobody decides goes to default_tier. `pinned`: the tier this
// conversation has, if it has one; a turn that answers a tool call keeps it, and nothing is judged that could not raise it. A tier without
// models can be decided; the plan says who serves instead. `scratch` is reused memory.
TierDecision first_opinion(const View& view, const classify::Subject& subject, std::optional<config::TierName> pinned, Random& random,
                           std::string& scratch);

// What came of asking the judge. Closed; the names are metric labels and trace words.
enum class JudgeOutcome : std::uint8_t {
  Answered,     // ok
  Cached,       // answered before
  Timeout,
  Unreachable,  // could not connect, or the connection broke
  Refused,      // a status other than 200
  Babble,       // an answer without exactly one of T1, T2, T3
  Open,         // the breaker is open; not called
  NoCredentials,
  Abandoned,    // the client left, or the gateway was shutting down
  kCount
};
std::string_view name_of(JudgeOutcome outcome) noexcept;

struct JudgeVerdict {
  JudgeOutcome outcome = JudgeOutcome::Timeout;
  config::TierName tier = config::TierName::T2;  // when Answered or Cached
  std::uint32_t took_us = 0;
};
// With a verdict: mode "llm". Without: the classifier's best guess stands, and the reason says "judge timeout".
void hear_judge(const JudgeVerdict& verdict, TierDecision& decision);

// What may only raise a tier, in this order: minimum rules, long context (`prompt_tokens`: estimate of the whole request), `pinned`. Mode random
// is left alone: it spreads load.
void settle(const View& view, std::uint64_t prompt_tokens, std::optional<config::TierName> pinned, TierDecision& decision);

// Whether a decided tier is worth remembering for its conversation: session_ttl is not 0 and the mode is not random.
bool sticks(const View& view) noexcept;

}  // namespace smartroute::routing

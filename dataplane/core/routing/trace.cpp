#include "dataplane/core/routing/trace.hpp"

#include <algorithm>
#include <utility>

namespace smartroute::routing {
namespace {

// The first round: up to the first model that comes again.
std::size_t first_round(const std::vector<Candidate>& candidates) noexcept {
  const std::size_t most = std::min(candidates.size(), kMaxTracedCandidates);
  for (std::size_t i = 1; i < most; ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (candidates[j].model == candidates[i].model) return i;
  return most;
}

}  // namespace

Facts facts_of(const openai::ChatRequest& chat, std::string_view model, std::uint64_t prompt_tokens) noexcept {
  Facts facts;
  facts.model = model;
  facts.has_images = chat.has_images();
  facts.prompt_tokens = prompt_tokens;
  facts.max_output_tokens = chat.max_output_tokens;
  return facts;
}

void trace_input(const openai::ChatRequest& chat, std::uint64_t prompt_tokens, classify::Conversation conversation,
                 accounting::RouteTrace& trace) noexcept {
  trace.tools = chat.tool_count;
  trace.images = chat.image_count;
  trace.human_turns = chat.user_turns;
  trace.answers_tool = chat.ends_with_tool_result;
  trace.prompt_tokens = prompt_tokens;
  trace.max_output_tokens = chat.max_output_tokens;
  trace.conversation = conversation.id;
  trace.conversation_named = conversation.named;
  trace.conversation_opening = conversation.opening > 1 ? conversation.opening : 0;
}

void trace_decision(const View& view, const Name& name, Plan& plan, accounting::Record& record) {
  TierDecision& decision = plan.decision;
  if (decision.tier) record.tier = config::name_of(*decision.tier);
  record.mode = decision.mode;
  record.reason = decision.reason;
  record.confidence = decision.confidence;
  record.strategy = plan.strategy;
  record.configured_model = plan.own == nullptr;

  accounting::RouteTrace& trace = record.route;
  if (goes_through_router(view, name)) trace.configured_mode = config::name_of(view.config.router.mode);
  trace.rules.swap(decision.rules);
  trace.probability = decision.probability;
  if (decision.probability && view.embedded) trace.weights = view.embedded->name();
  trace.judge = decision.judge;
  trace.judge_us = decision.judge_us;
  trace.raised_by = decision.raised_by;
  if (decision.first_tier) trace.first_tier = config::name_of(*decision.first_tier);
  trace.candidates.clear();
  const std::size_t count = first_round(plan.candidates);
  trace.candidates.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    Candidate& candidate = plan.candidates[i];
    accounting::CandidateTrace& out = trace.candidates.emplace_back();
    out.model = candidate.model->id;
    out.skip = candidate.skip;
    out.note = std::move(candidate.note);
  }
}

void trace_texts(classify::AskMemory& memory, accounting::RouteTrace& trace) noexcept {
  trace.ask.swap(memory.ask);
  trace.system.swap(memory.system);
  memory.ask.clear();
  memory.system.clear();
}

}  // namespace smartroute::routing

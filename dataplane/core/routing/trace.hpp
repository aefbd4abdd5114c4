// Why a request went where it went, as its record tells it. Pure; the proxy fills a request's record with these, and `explain` and
// `replay` answer with what they filled, so that no preview can tell another story than the proxy.
#pragma once
#include <cstdint>

#include "dataplane/core/accounting/record.hpp"
#include "dataplane/core/classify/ask_reader.hpp"
#include "dataplane/core/openai/chat_request.hpp"
#include "dataplane/core/routing/plan.hpp"

namespace smartroute::routing {

// Candidates that a record shows; a longer list is cut. Later rounds repeat the first and are left out.
inline constexpr std::size_t kMaxTracedCandidates = 64;

// What row 5 asks of a request. `model` is the name that was read: the body's, or one instead of it.
Facts facts_of(const openai::ChatRequest& chat, std::string_view model, std::uint64_t prompt_tokens) noexcept;

// The numbers the router looked at: RouteTrace's tools, images, turns, tokens and conversation. No text.
void trace_input(const openai::ChatRequest& chat, std::uint64_t prompt_tokens, classify::Conversation conversation,
                 accounting::RouteTrace& trace) noexcept;

// The decision: tier, mode, reason, confidence, strategy and configured_model of the record, and all of RouteTrace but the input. Views
// point into `view` and `plan`. Takes the notes of the plan's candidates and the decision's rules, which nobody reads after this.
void trace_decision(const View& view, const Name& name, Plan& plan, accounting::Record& record);

// The texts: only for a request whose bodies are kept and whose subject was read. Exchanges memory with `memory`, whose text is gone then; call
// it when nobody reads the subject any more.
void trace_texts(classify::AskMemory& memory, accounting::RouteTrace& trace) noexcept;

}  // namespace smartroute::routing

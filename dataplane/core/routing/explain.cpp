#include "dataplane/core/routing/explain.hpp"

#include <chrono>
#include <string>
#include <utility>

#include "dataplane/core/accounting/record_encoder.hpp"
#include "dataplane/core/routing/prompt_tokens.hpp"
#include "dataplane/core/routing/request_reader.hpp"
#include "dataplane/core/routing/trace.hpp"

namespace smartroute::routing {
namespace {

void write_signals(const classify::EmbeddedClassifier& classifier, const classify::Subject& subject, v1::RouteDecision& out) {
  out.clear_signals();
  for (classify::Signal& signal : classifier.explain(subject, kShownSignals)) {
    auto& row = *out.add_signals();
    row.set_what(std::move(signal.what));
    row.set_weight(signal.weight);
  }
}

}  // namespace

Result<admin::v1::ExplainRouteResponse> explain(const View& view, const Question& question, const Clock& clock, Random& random) {
  RequestReader reader;
  openai::ParseLimits limits;
  limits.max_depth = view.config.limits.max_json_depth;
  auto request = reader.read(question.request_json, limits);
  if (!request) return tl::unexpected<Error>(std::move(request.error()));
  const std::string_view model = question.model.empty() ? request->chat.model : question.model;
  std::string fold;
  constexpr std::size_t kNoMemory = 1;
  tokens::PromptCounter counter(0, kNoMemory);

  const SteadyTime began = clock.steady();
  request->prompt_tokens = prompt_tokens(view, request->body, request->chat, counter);
  const Name name = read_name(view, model);
  TierDecision decision;
  if (goes_through_router(view, name)) {
    decision = first_opinion(view, request->subject, std::nullopt, random, fold);
    settle(view, request->prompt_tokens, std::nullopt, decision);
  }
  const bool would_call_judge = decision.wants_judge;
  auto planned = plan(view, name, std::move(decision), facts_of(request->chat, model, request->prompt_tokens), began, random);
  const auto took = clock.steady() - began;
  if (!planned) return tl::unexpected<Error>(std::move(planned.error()));

  // The record that the proxy would write, by way of its bytes.
  accounting::Record record;
  const bool routed = goes_through_router(view, name);
  const classify::Conversation conversation = routed && sticks(view) ? request->conversation : classify::Conversation();
  trace_input(request->chat, request->prompt_tokens, conversation, record.route);
  trace_decision(view, name, *planned, record);
  if (routed) {
    record.route.ask = request->subject.ask;
    record.route.system = request->subject.system;
  }
  accounting::RecordEncoder encoder;
  const std::string_view bytes = encoder.encode(record);
  v1::RequestRecord message;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    return fail(ErrorKind::Internal, "the decision cannot be written down");

  admin::v1::ExplainRouteResponse response;
  response.set_tier(message.tier());
  response.set_mode(message.mode());
  response.set_reason(message.reason());
  response.set_confidence(message.confidence());
  response.set_would_call_judge(would_call_judge);
  response.set_decide_us(std::chrono::duration<double, std::micro>(took).count());
  response.mutable_route()->Swap(message.mutable_route());
  if (record.route.probability && view.embedded) write_signals(*view.embedded, request->subject, *response.mutable_route());
  return response;
}

void add_signals(const classify::EmbeddedClassifier& classifier, v1::RouteDecision& decision) {
  const v1::RouteInput& input = decision.input();
  if (decision.probabilities().empty() || decision.weights() != classifier.name() || input.ask().empty()) return;
  classify::Subject subject;
  subject.ask = input.ask();
  subject.system = input.system();
  subject.tools = input.tools();
  subject.images = input.images();
  subject.human_turns = input.human_turns();
  subject.answers_tool = input.answers_tool();
  write_signals(classifier, subject, decision);
}

}  // namespace smartroute::routing

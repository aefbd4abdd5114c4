// What every request of one worker shares: the worker, the ways out, and reusable memory. Thread rule: its worker only.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "dataplane/core/admission/load_gate.hpp"
#include "dataplane/core/openai/chat_request.hpp"
#include "dataplane/core/resilience/retry_budget.hpp"
#include "dataplane/core/routing/conversation_pins.hpp"
#include "dataplane/core/tokens/prompt_counter.hpp"
#include "dataplane/net/connector.hpp"
#include "dataplane/net/worker.hpp"
#include "dataplane/ops/metrics.hpp"
#include "dataplane/proxy/exchange.hpp"
#include "dataplane/proxy/judge_desk.hpp"
#include "dataplane/sync/telemetry_sink.hpp"
#include "dataplane/sync/view_holder.hpp"
#include "dataplane/tracing/span_exporter.hpp"

namespace smartroute::proxy {

struct WorkerContext {
  static constexpr std::size_t kPromptCounts = 4'096;                       // messages whose counts a worker remembers

  WorkerContext(net::Worker& w, const sync::ViewHolder& views, net::Connector& c, sync::TelemetrySink& t, ops::WorkerMetrics& m,
                admission::LoadGate& load, routing::ConversationPins& pins, JudgeDesk& judges,
                classify::JudgeCache::Secret128 judge_secret, const tracing::SpanExporter& traces)
      : traces(traces), worker(w), views(views), connector(c), telemetry(t), metrics(m), load(load), pins(pins), judge(judges, judge_secret) {}

  const tracing::SpanExporter& traces;         // of all workers: does somebody take traces?
  net::Worker& worker;
  sync::ViewHolder::Reader views;
  net::Connector& connector;
  sync::TelemetrySink& telemetry;
  ops::WorkerMetrics& metrics;
  admission::LoadGate& load;                   // of all workers: how much is in flight
  routing::ConversationPins& pins;             // of all workers
  JudgeSeat judge;
  resilience::RetryBudget budget{1};           // this worker's share of it; app.cpp divides
  openai::ChatParser parser;
  tokens::PromptCounter prompts{worker.random().next(), kPromptCounts};    // for prompts whose length decides something
  std::string fold;                            // scratch of row 4
  std::vector<std::unique_ptr<Exchange>> free_exchanges;
};

}  // namespace smartroute::proxy

// The one call of row 4: asks the judge how hard the request is. Never fails and never delays a request past router.llm.timeout: what
// goes wrong is an outcome, and the classifier's best guess stands.
#pragma once
#include "dataplane/core/routing/tier_decision.hpp"
#include "dataplane/net/async.hpp"
#include "dataplane/proxy/exchange.hpp"
#include "dataplane/proxy/worker_context.hpp"

namespace smartroute::proxy {

// Needs x.view->judge. One attempt, on a connection of the pool or a new one; an answer of the last minutes about the same words is
// taken from this worker's cache. When the client leaves or the gateway drains meanwhile, x.client->interrupt().why() says so afterwards.
net::Awaitable<routing::JudgeVerdict> ask_judge(Exchange& x, WorkerContext& w);

}  // namespace smartroute::proxy

// Row 6: tries the plan's candidates in order until one answers, before a single byte has gone to the client.
#pragma once
#include "contract/base/result.hpp"
#include "dataplane/net/async.hpp"
#include "dataplane/proxy/exchange.hpp"
#include "dataplane/proxy/worker_context.hpp"

namespace smartroute::proxy {

// Before the first attempt_candidates() of a request: forgets what an earlier one tried, and pays into the retry budget.
void begin_attempts(Exchange& x, WorkerContext& w);

// Fills x.answer with an answer that may be committed to: a 2xx as far as the hold-back window reaches (a whole one under the buffered
// guarantee), or an upstream's final word about the request itself (another 4xx). Errors: what the last attempt's outcome says, see
// resilience/outcome.cpp. Called again where the answer broke behind the commit point, it goes on with the candidates that are left.
net::Awaitable<Result<void>> attempt_candidates(Exchange& x, WorkerContext& w);

// Puts the upstream's connection back if its answer ended beyond doubt, else closes it. Ends the attempt with x.answer.outcome.
void release_upstream(Exchange& x, WorkerContext& w);

}  // namespace smartroute::proxy

// Row 6: tries the plan's candidates in order until one answers, before a single byte has gone to the client.
#pragma once
#include "contract/base/result.hpp"
#include "dataplane/net/async.hpp"
#include "dataplane/proxy/exchange.hpp"
#include "dataplane/proxy/worker_context.hpp"

namespace smartroute::proxy {

// Fills x.answer with an answer that may be committed to: a 2xx with its first event (streams) or its first kHoldBytes (others), or an
// upstream's final word about the request itself (another 4xx). Errors: what the last attempt's outcome says, see resilience/outcome.cpp.
net::Awaitable<Result<void>> attempt_candidates(Exchange& x, WorkerContext& w);

// Puts the upstream's connection back if its answer ended beyond doubt, else closes it. Ends the attempt with x.answer.outcome.
void release_upstream(Exchange& x, WorkerContext& w);

// Non-streaming answers up to this size are held whole before the first byte goes out, so that an error inside a 200 is still caught.
inline constexpr std::size_t kHoldBytes = 64 * 1024;

}  // namespace smartroute::proxy

// Row 7 for a stream of events.
#pragma once
#include "dataplane/net/async.hpp"
#include "dataplane/proxy/exchange.hpp"
#include "dataplane/proxy/worker_context.hpp"

namespace smartroute::proxy {

// Sends x.answer, events as they come. A break ends it with whole events, one error event and a close without [DONE] and final chunk, unless
// the plan says on_break: restart and another candidate begins the answer anew. Sets record.ending and error, and x.close_after.
net::Awaitable<void> relay_events(Exchange& x, WorkerContext& w);

}  // namespace smartroute::proxy

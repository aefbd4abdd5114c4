// Row 7: the answer on its way to the client, from the commit point to its end. The upstream is read again only when the client has taken
// everything that was read before.
#pragma once
#include "contract/base/result.hpp"
#include "dataplane/net/async.hpp"
#include "dataplane/proxy/exchange.hpp"
#include "dataplane/proxy/worker_context.hpp"

namespace smartroute::proxy {

// Sends x.answer. What was committed can no longer fail over: a break ends a stream with whole events, one error event and a close without
// the final chunk, and any other answer with a cut connection. Sets record.ending, error and bytes; x.close_after when the connection must not be reused.
net::Awaitable<void> relay_answer(Exchange& x, WorkerContext& w);

// Sends a complete answer of the gateway's own: models, errors.
net::Awaitable<void> send_own_answer(Exchange& x, int status, std::string_view content_type, std::string_view body, std::string_view extra_headers);

}  // namespace smartroute::proxy

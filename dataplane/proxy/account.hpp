// Row 8: what the request used, as far as the worker can say: whose number it is, what was thrown away, and the texts for the log (kept_texts.hpp).
// Counting what nobody reported, redaction and prices are the accounting thread's (sync/accountant.hpp).
#pragma once
#include <chrono>
#include <cstddef>

#include "dataplane/proxy/exchange.hpp"
#include "dataplane/proxy/worker_context.hpp"

namespace smartroute::proxy {

// Read of a stream whose client has left: what had come already.
inline constexpr std::size_t kDrainBytes = 256 * 1024;
// ... and so long is its usage waited for, if its last word had come.
inline constexpr std::chrono::milliseconds kUsageGrace{300};

// As the provider has reported so far, of the attempt at hand.
openai::Usage usage_of(const Exchange& x);
// The attempt that just ended was the last but for another one: its tokens were for nothing.
void note_thrown_away(Exchange& x);
// A stream that broke is to begin anew elsewhere: its tokens were for nothing. Then either somebody has begun, or nobody will: what the client got
// before is the answer after all.
void set_aside(Exchange& x);
void forget_broken(Exchange& x);
void take_up_again(Exchange& x);
// The client has left a stream: what the provider had sent by then is what it will ask money for. Takes kUsageGrace at most.
net::Awaitable<void> drain_for_account(Exchange& x, WorkerContext& w);
// Row 8 itself.
void account(Exchange& x);

}  // namespace smartroute::proxy

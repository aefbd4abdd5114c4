// Row 8: what the request used, as far as the worker can say: whose number it is, what was thrown away, and the texts for the log. Counting what nobody
// reported, redaction and prices are the accounting thread's (sync/accountant.hpp).
//
// Texts are copied at the moment they would be gone: the request when its memory is given back, an answer when it is sent. Only what is needed is
// copied: for the log while bodies are kept, else for counting while it is not known that the provider counts.
#pragma once
#include <string_view>

#include "dataplane/proxy/exchange.hpp"
#include "dataplane/proxy/worker_context.hpp"

namespace smartroute::proxy {

// At least so much of an answer that is no stream is kept until its usage has been read, also where the log keeps less.
inline constexpr std::size_t kMinKeptAnswer = 1024 * 1024;
// ... and of a longer one the end, where providers write usage.
inline constexpr std::size_t kKeptTail = 4 * 1024;
// Read of a stream whose client has left: what had come already.
inline constexpr std::size_t kDrainBytes = 256 * 1024;
// ... and so long is its usage waited for, if its last word had come.
inline constexpr std::chrono::milliseconds kUsageGrace{300};

// Row 3: whether texts of this request are logged; and what it asks, once it is parsed.
void choose_texts(Exchange& x);
void note_ask(Exchange& x);
// The request's memory is about to be given back.
void keep_request(Exchange& x);
// Before the attempt at `model`: what it is asked to report, and who reads along.
void read_along(Exchange& x, const routing::ModelEntry& model);
// More of an answer that is no stream is about to be sent.
void keep_answer(Exchange& x, std::string_view bytes);
// The attempt that just ended was the last but for another one: its tokens were for nothing.
void note_thrown_away(Exchange& x);
// The client has left a stream: what the provider had sent by then is what it will ask money for. Takes kUsageGrace at most.
net::Awaitable<void> drain_for_account(Exchange& x, WorkerContext& w);
// Row 8 itself.
void account(Exchange& x);
// After row 9.
void forget_texts(Exchange& x);

}  // namespace smartroute::proxy

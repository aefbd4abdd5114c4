// What of a request and its answer is still to be had in row 8, for the log and for counting.
//
// Texts are copied at the moment they would be gone: the request when its memory is given back, an answer when the next bytes take its place; of an
// answer that is sent without a wait nothing is copied. Only what is needed is copied: for the log while bodies are kept, else for counting while it is
// not known that the provider counts. All copies together are bounded by the load gate; texts of streams up to kFreeBytes each are not asked for.
#pragma once
#include <cstddef>
#include <string_view>

#include "dataplane/proxy/exchange.hpp"

namespace smartroute::proxy {

// At least so much of an answer that is no stream is kept until its usage has been read, also where the log keeps less.
inline constexpr std::size_t kMinKeptAnswer = 1024 * 1024;
// ... and of a longer one the end, where providers write usage.
inline constexpr std::size_t kKeptTail = 4 * 1024;
inline constexpr std::size_t kFreeBytes = 16 * 1024;

// Row 3: whether texts of this request are logged; and what it asks, once it is parsed.
void choose_texts(Exchange& x);
void note_ask(Exchange& x);
// Of each text, in the log.
std::size_t log_bytes(const Exchange& x);
// The request's memory is about to be given back.
void keep_request(Exchange& x);
// Before the attempt at `model`: what it is asked to report, and who reads along.
void read_along(Exchange& x, const routing::ModelEntry& model);
// After each read of a stream: its texts are kept as long as there is room for such copies, else only counted.
void bound_texts(Exchange& x);
// More of an answer that is no stream is about to be sent.
void keep_answer(Exchange& x, std::string_view bytes);
// After row 9.
void forget_texts(Exchange& x);

}  // namespace smartroute::proxy

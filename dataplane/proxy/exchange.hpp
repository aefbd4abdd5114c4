// One request on its way through the table of request_flow.cpp: what each row has found out so far. Reused from request to request
// (clear() keeps the memory). Thread rule: one worker.
#pragma once
#include <sys/uio.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "contract/base/clock.hpp"
#include "dataplane/core/accounting/answer_assembler.hpp"
#include "dataplane/core/accounting/record.hpp"
#include "dataplane/core/admission/load_gate.hpp"
#include "dataplane/core/classify/ask_reader.hpp"
#include "dataplane/core/http1/body_reader.hpp"
#include "dataplane/core/http1/content_decoder.hpp"
#include "dataplane/core/http1/request_head.hpp"
#include "dataplane/core/openai/chat_request.hpp"
#include "dataplane/core/routing/attempt_chain.hpp"
#include "dataplane/core/routing/plan.hpp"
#include "dataplane/core/routing/scoreboard.hpp"
#include "dataplane/core/sse/event_gate.hpp"
#include "dataplane/net/buffer_pool.hpp"
#include "dataplane/net/stream.hpp"

namespace smartroute::net {
class Downstream;
}

namespace smartroute::proxy {

enum class Endpoint : std::uint8_t { ChatCompletions, ModelList, Model, Other };

// What an upstream has answered so far; filled by attempt.cpp, sent on by relay.cpp.
struct Answer {
  std::unique_ptr<net::Stream> stream;
  const routing::ModelEntry* model = nullptr;
  // The attempt that is in flight at `model`, until release_upstream(), and how it will have ended: as row 6 judged, or as row 7 found.
  routing::RunningAttempt running;
  resilience::AttemptOutcome outcome = resilience::AttemptOutcome::Answered;
  std::optional<config::Millis> asked;      // to wait, by the provider
  int status = 0;
  std::string content_type;
  std::optional<http1::BodyReader> reader;
  std::optional<http1::ContentDecoder> decoder;     // when it came compressed
  net::Buffer decoded;                      // of the read at hand
  std::uint64_t content_length = 0;
  bool has_length = false;
  bool keep_alive = false;         // the upstream's connection may serve again
  bool clean = false;              // ... and ended exactly where its framing said
  bool is_events = false;
  bool whole = false;              // nothing of it is still to be read, and nothing is missing
  openai::Usage usage;             // of an answer that is no stream, and ...
  std::string finish, said_model;  // ... its finish reason and the model's own name, as JSON spells them
  // Held back before the commit point: whole events of earlier reads (those of the last read are in the gate), or body bytes. Views
  // either `held_storage`, or the worker's read buffer until the next wait.
  std::string_view held;
  net::Buffer held_storage;
};

// A provider's word about the request itself, kept while other candidates try: the client's answer if they fail as well.
struct Rejection {
  int status = 0;
  std::string content_type, body;
  const routing::ModelEntry* model = nullptr;
};

// Copies of what was asked and answered, for the record; see account.hpp.
struct KeptTexts {
  std::string request, answer;
  std::string tail;                            // the end of an answer that is longer than what is kept
  std::size_t paid_for = 0;                    // of a stream's texts, by the load ticket
  bool request_kept = false, request_cut = false, answer_cut = false, dropped = false;
  bool answer_at_hand = false;                 // it was sent without a wait: `Answer::held` is still there in row 8
};

// A stream that broke and is to begin anew elsewhere. If nobody takes it up, it is the answer that the client got; its text is KeptTexts::answer.
struct BrokenAnswer {
  const routing::ModelEntry* model = nullptr;
  std::size_t attempt = 0;                     // of the record
  openai::Usage usage;
  std::optional<std::uint64_t> streamed_tokens;
  std::uint64_t events = 0;
  bool all_counted = true;
};

struct Exchange {
  explicit Exchange(net::BufferPool& pool) {
    answer.held_storage = pool.get();
    answer.decoded = pool.get();
  }

  net::Downstream* client = nullptr;
  const http1::RequestHead* head = nullptr;
  std::shared_ptr<const routing::View> view;
  Endpoint endpoint = Endpoint::Other;
  std::string_view model_id;                   // of GET /v1/models/{id}
  admission::KeyLoad* key = nullptr;           // of the View: what its caller has in flight
  admission::LoadTicket load;                  // this request's share of it, from row 2 to row 8
  std::optional<admission::Refusal> refused;   // there was no room
  bool close_after = false;
  bool body_read = true;                       // nothing of the request is left unread

  std::string_view body;
  openai::ChatRequest chat;
  // Row 4. `subject` views into `ask`.
  routing::Name name;
  classify::AskMemory ask;
  classify::Subject subject;
  std::uint64_t prompt_tokens = 0;             // estimate of the whole request
  classify::Conversation conversation;         // empty: nothing sticks
  std::optional<config::TierName> pinned;      // the tier the conversation had
  routing::TierDecision decision;              // until row 5 takes it into the plan
  bool routed = false;                         // the subject was read, and its record shows it
  routing::Plan plan;
  config::Guarantee guarantee = config::Guarantee::Live;   // the plan's, or what the client asked for
  routing::AttemptChain chain;                 // row 6's
  std::optional<Rejection> rejection;
  std::optional<config::Millis> retry_after;   // what the client is told when nobody answered
  openai::SplicedBody spliced;
  openai::Param usage_param;                   // of `spliced`, while the upstream is asked for usage
  std::optional<sse::EventGate> gate;          // of the attempt in progress
  Answer answer;

  std::vector<iovec> pieces;                   // of the write in progress
  std::string upstream_head;
  std::uint64_t attempt_span = 0;              // of the attempt in progress; 0: the request is not traced
  std::string client_head;
  std::string chunk_head;

  SteadyTime started, ready, answered;
  std::chrono::nanoseconds waited{0};          // for upstreams, all attempts, and for the judge
  // Behind the commit point: a comment that shows the client that somebody is there, and when it last heard of us. Empty before.
  std::string_view heartbeat;
  SteadyTime told{};
  bool committed = false;

  // Row 8: what the log and the account need of texts that are gone from the way by then.
  const admission::Caller* caller = nullptr;   // of the View
  bool log_bodies = false;
  std::optional<ErrorKind> failure;            // that the client was told of
  bool asks_usage = false;                     // the upstream was asked for it, the client did not
  accounting::AnswerAssembler spoken;          // what the stream at hand has said
  accounting::Record record;
  KeptTexts kept;
  std::optional<BrokenAnswer> broken;
};

}  // namespace smartroute::proxy

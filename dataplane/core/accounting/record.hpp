// Everything known about one request when it has ended. Plain values; made once for each request.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/core/accounting/settlement.hpp"
#include "dataplane/core/openai/usage.hpp"
#include "dataplane/core/prices/price.hpp"
#include "dataplane/core/tokens/tokenizer_choice.hpp"

namespace smartroute::accounting {

// Why a request ended. Closed; also a metric label.
enum class Ending : std::uint8_t {
  Completed,          // the whole answer was delivered
  CompletedNoDone,    // a stream finished without [DONE], which was added
  RejectedByGateway,  // an error of rows 1-5, nothing was sent upstream
  UpstreamError,      // every attempt failed; the client has an error with a real status
  UpstreamPassed,     // an upstream's 4xx about the request itself was passed on
  BrokenStream,  // broke after the commit point; the client has the error event or a cut connection
  ClientGone,
  Drained,  // cut by shutdown
  kCount
};
std::string_view name_of(Ending ending) noexcept;

struct Attempt {
  std::string provider;
  std::string model;
  std::string_view outcome;  // static: resilience::name_of
  int status = 0;
  std::string reason;
  std::int64_t started_us = 0;  // wall clock
  std::uint32_t duration_us = 0;
  bool reused_connection = false;
  std::string_view fault;            // static: client, gateway, upstream
  std::uint32_t waited_ms = 0;       // before it, for a Retry-After or the retry budget
  std::uint64_t retry_after_ms = 0;  // that the provider asked for
  bool probe = false;
  // Only where its answer was thrown away (failed in an answer that had usage, or broke and began anew elsewhere).
  std::optional<TokenAmount> prompt, completion;
  std::optional<std::int64_t> cost_nano;
  std::uint64_t span_id = 0;         // 0: not traced
};

struct TokenUse {
  std::uint64_t prompt = 0, completion = 0;  // as the upstream reported
};

// A candidate as the plan saw it.
struct CandidateTrace {
  std::string_view model;  // of the View that `RouteTrace::keeps` holds, or of the plan's own storage
  std::string_view skip;   // static; empty: could be tried
  std::string note;
};

// Why a request went where it went; RouteDecision of telemetry.proto. Views point into what `keeps` holds and are encoded before the request ends.
struct RouteTrace {
  std::string_view configured_mode;  // static; empty: the router was not asked
  std::vector<std::string_view> rules;
  std::optional<std::array<float, 3>> probability;
  std::string_view weights;          // name of the classifier's
  std::string_view judge;            // static
  std::uint32_t judge_us = 0;
  std::string_view raised_by;        // static
  std::string_view first_tier;       // static
  std::vector<CandidateTrace> candidates;
  // What the router looked at. Texts only while logs.bodies is on.
  std::string ask, system;
  std::uint32_t tools = 0, images = 0, human_turns = 0;
  bool answers_tool = false;
  std::uint64_t prompt_tokens = 0, max_output_tokens = 0, conversation = 0;
  bool conversation_named = false;   // by the caller, not by how it began
  std::uint32_t conversation_opening = 0;  // human turns by which it is known if it is not named; 0: one
  std::shared_ptr<const void> keeps;  // the View
};

// What was asked and answered, on its way to the log, or only to be counted. Views are good until offer() returns.
struct Texts {
  std::string_view request;       // the client's body; empty: not at hand
  bool request_whole = true;      // false: only its first max_bytes
  std::string_view response;      // the chat.completion, of a stream the one it spelled; or the gateway's own error
  bool response_whole = true;     // false: beyond its bound the rest was not kept
  std::optional<std::uint64_t> streamed_tokens;  // of the answer's text, all of it, by Record::tokenizer's encoding; where response is not whole
  bool log = false;               // they are to be kept; else for counting only
  bool dropped = false;           // were to be kept, but there was no room
  std::size_t max_bytes = 0;      // of each, in the log
};
inline constexpr std::size_t kMaxPreviewBytes = 256;

// W3C trace context. All zero: the request is not traced.
struct TraceIds {
  std::uint64_t high = 0, low = 0;  // trace-id
  std::uint64_t span = 0, parent = 0;
  bool sampled = false;
};

struct Record {
  std::string request_id;
  std::int64_t received_us = 0, routed_us = 0, upstream_called_us = 0, first_byte_us = 0,
               completed_us = 0;  // wall clock, 0: not reached
  std::string_view endpoint;      // static
  std::string requested_model;
  bool streaming = false;
  std::string tier;
  std::string_view mode;      // static
  std::string_view strategy;  // static: of the tier; empty when a model was named
  std::string reason;
  double confidence = 0;
  std::vector<Attempt> attempts;
  std::string model, provider;
  bool configured_model = true;  // false: the client named a provider/model that the config does
                                 // not list; metrics call it `other`
  int status = 0;
  Ending ending = Ending::RejectedByGateway;
  std::string error;
  openai::Usage usage;  // as the provider gave it, of the answer the client got
  // What settling the account needs. Pointers into the View that `route.keeps` holds; null where unknown.
  tokens::TokenizerChoice tokenizer;
  const prices::Price* price = nullptr;     // of the model that answered
  const prices::Price* t3_price = nullptr;  // of the reference model
  std::string_view t3_model;
  Texts texts;
  std::string_view category;   // static: chat, tool; empty: no model request
  std::string preview;         // of the ask, at most kMaxPreviewBytes; only while bodies are kept
  std::string finish_reason;
  std::string answered_as;     // the model's name in the answer, where another than asked for
  std::string_view error_kind; // static; empty: no failure
  TraceIds trace;
  std::string key_id;
  std::string_view key_name;   // of the View
  std::uint64_t config_revision = 0;
  std::uint64_t request_bytes = 0, response_bytes = 0;
  std::uint32_t overhead_us = 0;  // gateway's own time before the first byte went out
  std::string client_address;
  std::string_view guarantee;  // static: live, buffered; empty before a plan was made
  std::uint32_t restarts = 0;  // times the answer began anew behind the commit point
  std::uint32_t chunks = 0;    // events of a streamed answer that were passed on
  RouteTrace route;

  // A new record in the memory of the last one.
  void restart();
};

}  // namespace smartroute::accounting

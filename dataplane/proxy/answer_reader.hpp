// Reads an answer from its first byte up to the commit point, and judges it there: everything that still can be undone without the client
// noticing is decided here. Fed with each read; says when it knows enough.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "dataplane/core/http1/response_head.hpp"
#include "dataplane/core/resilience/outcome.hpp"
#include "dataplane/proxy/exchange.hpp"
#include "dataplane/proxy/worker_context.hpp"

namespace smartroute::proxy {

// Held back at most, under the live guarantee.
inline constexpr std::size_t kHoldBytes = 64 * 1024;
// Under the buffered guarantee, what is held back is counted in such steps.
inline constexpr std::size_t kChargeStep = 64 * 1024;
// A short text that holds an error keyword, but may go on, is watched for so long.
inline constexpr std::chrono::milliseconds kSuspicion{2'000};

// What one attempt came to, with the words for its trace.
struct Verdict {
  Verdict(resilience::AttemptOutcome o, std::string why = {}) : outcome(o), detail(std::move(why)) {}
  resilience::AttemptOutcome outcome;
  std::string detail;
  bool nothing_received = false;      // not one byte of an answer: on a reused connection that means it was stale
};

// One attempt's. Fills x.answer and x.gate. Thread rule: one worker.
class AnswerReader {
 public:
  AnswerReader(Exchange& x, WorkerContext& w);

  // nullopt: read on. The views kept in x.answer and x.gate point into `bytes`.
  std::optional<Verdict> feed(std::string_view bytes);
  // The upstream sent FIN.
  Verdict at_end();
  // `bytes` of the last feed() are about to go.
  void before_wait();

  // Under the buffered guarantee, once the answer has begun: silence is now the model's idle time, no longer its first-byte time.
  bool counts_idle() const noexcept { return buffered_ && (begun_ || flows_); }
  std::chrono::milliseconds idle() const noexcept;
  // Nothing came for idle(), or the connection was reset: an answer that lacks only its [DONE] is complete. nullopt: it is not.
  std::optional<Verdict> at_silence();
  // When the hold-back window closes by time; nullopt: when something comes.
  std::optional<SteadyTime> window_ends() const noexcept;
  // ... and it has closed.
  Verdict window_over();

 private:
  std::optional<Verdict> take_head(std::string_view& bytes);
  std::optional<Verdict> judge_head(const http1::ResponseHead& head);
  std::optional<Verdict> choose_coding(const http1::ResponseHead& head);
  std::optional<Verdict> take_body(std::string_view bytes);
  std::optional<Verdict> take_events(std::string_view bytes);
  std::optional<Verdict> judge_events(bool ended);
  std::optional<Verdict> judge_window();
  Verdict judge_stream();
  Verdict judge_whole();
  Verdict judge_refusal();
  Verdict failure(resilience::AttemptOutcome outcome, std::string what, std::string_view body) const;
  Verdict keyword(std::string text) const;
  void take_key_out();
  void keep(std::string_view payload);
  bool has_room(std::size_t held);
  void give_up_guarantee();
  void note_begun();
  SteadyTime now() const noexcept { return w_.worker.clock().steady(); }

  Exchange& x_;
  WorkerContext& w_;
  net::Buffer head_bytes_;
  http1::HeadLimits limits_;
  resilience::AttemptOutcome by_status_ = resilience::AttemptOutcome::Answered;
  std::size_t hold_bytes_;
  std::size_t charged_ = 0;           // of the bytes all answers may hold back together
  std::optional<SteadyTime> first_event_, suspicious_since_;
  int interim_ = 0;
  bool buffered_;
  bool have_head_ = false;
  bool begun_ = false;                // it says something
  bool flows_ = false;                // its body has begun
  bool not_a_stream_ = false;
  bool ended_ = false;                // by FIN
};

}  // namespace smartroute::proxy

#include "dataplane/proxy/stream_relay.hpp"

#include <algorithm>

#include "dataplane/net/downstream.hpp"
#include "dataplane/proxy/account.hpp"
#include "dataplane/proxy/answer_end.hpp"
#include "dataplane/proxy/answer_payload.hpp"
#include "dataplane/proxy/attempt.hpp"
#include "dataplane/proxy/client_writer.hpp"
#include "dataplane/proxy/error_response.hpp"
#include "dataplane/proxy/heartbeat.hpp"
#include "dataplane/proxy/kept_texts.hpp"
#include "dataplane/proxy/key_redaction.hpp"

namespace smartroute::proxy {
namespace {

using accounting::Ending;
using http1::BodyReader;
using net::Cut;
using net::IoResult;
using net::IoStatus;

constexpr std::string_view kDone = "data: [DONE]\n\n";
// A comment, one line: no client sees it, and the official SDKs take a blank line behind it for an empty event.
constexpr std::string_view kComment = ":\n";
constexpr std::string_view kCommentChunk = "2\r\n:\n\r\n";
constexpr std::size_t kWriteSlice = 256 * 1024;            // of what was held back: a slow client's socket takes no more at once
constexpr std::chrono::milliseconds kTailGrace{50};        // for the framing behind [DONE], so that the connection can be reused

// How the upstream's part of a stream came to its end, when it is not the end of the answer.
struct Break {
  Cut cut = Cut::None;
  std::string why;
};

Error error_of(const Exchange& x, const Break& broke) {
  if (broke.cut != Cut::None || !x.gate->facts().error) return break_error(broke.cut);
  openai::ProviderError said = openai::read_provider_error(x.gate->facts().error_text);
  (void)take_out_key(said.message, key_of(*x.view, *x.answer.model));
  return Error(ErrorKind::UpstreamBroke, said.message.empty() ? "the provider reported an error before its answer was complete"
                                                              : "the provider reported an error: " + said.message);
}

// One event of our own, between whole events of the upstream's.
net::Awaitable<bool> send_own_event(Exchange& x, ClientFraming framing, std::string_view event) {
  ClientWriter out(x, framing);
  const std::string_view border = x.gate->mid_event() ? "\n\n" : "";
  out.begin_chunk(border.size() + event.size());
  out.bytes(border);
  out.bytes(event);
  out.end_chunk(border.size() + event.size());
  if (!out.flush_now()) co_return false;
  if (!x.client->has_unsent()) co_return true;
  co_return co_await x.client->flush(x.view->config.limits.client_write_timeout);
}

// Whole events have gone out; now the truth: one error event, FIN, no final chunk, no [DONE].
net::Awaitable<void> end_broken(Exchange& x, ClientFraming framing, const Error& error, const Break& broke) {
  const bool in_its_words = broke.cut == Cut::None && x.gate->facts().error;
  const std::string told = in_its_words && !x.log_bodies ? std::string() : error.text();
  end_as(x, broke.cut == Cut::None ? Ending::BrokenStream : ending_of(broke.cut), told + (told.empty() || broke.why.empty() ? "" : ": ") + broke.why);
  x.close_after = true;
  if (broke.cut == Cut::ClientGone || broke.cut == Cut::ClientWrite) co_return;
  const std::string event = error_event(error);
  x.client->interrupt().reset();
  (void)co_await send_own_event(x, framing, event);
}

// tiers.*.on_break: restart. Tells the client, in a chunk that every SDK passes on, that what it has so far is void.
std::string restart_event(const Exchange& x, std::string_view why) {
  std::string out = R"(data: {"id":)";
  out += openai::json_quote(x.record.request_id);
  out += R"(,"object":"chat.completion.chunk","created":0,"model":)";
  out += openai::json_quote(x.answer.model->id);
  out += R"(,"choices":[],"smartroute":{"restart":{"discard":true,"attempt":)";
  out += std::to_string(x.chain.attempts());
  out += R"(,"reason":)";
  out += openai::json_quote(why);
  out += "}}}\n\n";
  return out;
}

bool may_restart(const Exchange& x, const Break& broke) {
  return x.plan.on_break == config::OnBreak::Restart && (broke.cut == Cut::None || broke.cut == Cut::Idle);
}

// Another candidate begins the answer anew. False: nobody can.
net::Awaitable<bool> restart(Exchange& x, WorkerContext& w, const Break& broke) {
  note_break(x, broke.cut, broke.why);
  set_aside(x);
  const resilience::AttemptOutcome outcome = x.answer.outcome;
  const int status = x.answer.status;
  release_upstream(x, w);
  x.client->interrupt().clear_attempt();
  x.chain.failed(outcome, status, std::nullopt, w.worker.clock().steady(), w.worker.random());
  const auto again = co_await attempt_candidates(x, w);
  if (!again || x.answer.status >= 400) {
    take_up_again(x);
    co_return false;
  }
  forget_broken(x);
  hold_ready(x);      // word of the restart goes first, and may have to wait
  x.record.model = x.answer.model->id;      // who answered in the end
  x.record.provider = x.answer.model->upstream->id;
  ++x.record.restarts;
  w.metrics.stream_restarted();
  x.client->interrupt().set_upstream(x.answer.stream.get());
  co_return true;
}

// Sends what was held back, then the events that are ready; with `last`, the end of the stream too. False: the client is gone or stalled.
net::Awaitable<bool> send_events(Exchange& x, ClientFraming framing, bool with_head, bool last) {
  const auto write_timeout = x.view->config.limits.client_write_timeout;
  if (x.answer.held.size() > kWriteSlice) hold_ready(x);      // there may be waits between the slices
  std::string_view held = std::exchange(x.answer.held, {});
  while (held.size() > kWriteSlice) {
    const std::string_view slice = held.substr(0, kWriteSlice);
    ClientWriter out(x, framing);
    if (std::exchange(with_head, false)) out.head();
    out.begin_chunk(slice.size());
    out.bytes(slice);
    out.end_chunk(slice.size());
    held.remove_prefix(kWriteSlice);
    if (!out.flush_now() || (x.client->has_unsent() && !co_await x.client->flush(write_timeout))) co_return false;
  }
  ClientWriter out(x, framing);
  if (with_head) out.head();
  const std::string_view added = last && !x.gate->facts().done ? kDone : std::string_view();
  const std::size_t n = held.size() + x.gate->ready_bytes() + added.size();
  out.begin_chunk(n);
  out.bytes(held);
  for (const auto piece : x.gate->ready()) out.bytes(piece);
  out.bytes(added);
  out.end_chunk(n);
  if (last) out.last_chunk();
  const bool alive = out.flush_now();
  x.gate->settle();
  x.answer.held_storage.release();
  if (!alive) co_return false;
  if (!x.client->has_unsent()) co_return true;
  co_return co_await x.client->flush(write_timeout);
}

// Reads on for the framing behind the last event, briefly: a connection that ends cleanly can serve again.
net::Awaitable<void> read_tail(Exchange& x, WorkerContext& w) {
  Answer& a = x.answer;
  if (!a.stream || !a.keep_alive || a.reader->state() != BodyReader::State::Open || x.gate->extra_bytes()) co_return;
  net::Interrupt& interrupt = x.client->interrupt();
  interrupt.arm(Cut::Tail, kTailGrace);
  while (interrupt.why() == Cut::None) {
    const IoResult got = a.stream->read_some(w.worker.read_buffer(), net::Worker::kReadBuffer);
    if (got.status == IoStatus::Ok) {
      const std::string_view bytes(w.worker.read_buffer(), got.bytes);
      bool payload = false;
      auto note = [&payload](std::string_view) { payload = true; };
      const std::size_t used = read_payload(a, bytes, note);
      a.clean = payload_state(a) == PayloadState::Done && used == bytes.size() && !payload;
      if (payload_state(a) != PayloadState::Open || payload) break;
      continue;
    }
    if (got.status != IoStatus::WantRead && got.status != IoStatus::WantWrite) break;
    co_await a.stream->wait(got.status);
  }
  interrupt.disarm();
}

// How long the upstream has been silent: between its bytes, not while the client kept us from listening.
class Patience {
 public:
  Patience(Exchange& x, WorkerContext& w) : x_(x), w_(w) { heard(); }

  void heard() noexcept { quiet_since_ = x_.told = w_.worker.wheel().now(); }

  // Before each wait for the upstream.
  void before_wait() {
    const auto idle = has_finished(x_) ? std::min(x_.plan.timeouts.idle, kFinishGrace) : x_.plan.timeouts.idle;
    const auto quiet = std::chrono::floor<std::chrono::milliseconds>(w_.worker.wheel().now() - quiet_since_);
    x_.client->interrupt().arm(Cut::Idle, std::max(std::chrono::milliseconds(0), idle - quiet));
    keep_company(x_, w_);
  }

 private:
  Exchange& x_;
  WorkerContext& w_;
  SteadyTime quiet_since_{};
};

// One read of the upstream into the gate.
IoStatus read_events(Exchange& x, WorkerContext& w) {
  Answer& a = x.answer;
  const IoResult got = a.stream->read_some(w.worker.read_buffer(), net::Worker::kReadBuffer);
  if (got.status != IoStatus::Ok) return got.status;
  const std::string_view bytes(w.worker.read_buffer(), got.bytes);
  auto push = [&x](std::string_view payload) { x.gate->push(payload); };
  const std::size_t used = read_payload(a, bytes, push);
  a.clean = a.keep_alive && payload_state(a) == PayloadState::Done && used == bytes.size();
  bound_texts(x);
  return IoStatus::Ok;
}

// What the events so far and the upstream's end amount to.
enum class StreamState : std::uint8_t { GoesOn, Whole, Broken };

StreamState state_of(const Exchange& x, bool upstream_over, bool ends_well) {
  const sse::Facts& facts = x.gate->facts();
  if (facts.error || facts.malformed) return StreamState::Broken;
  if (facts.done) return StreamState::Whole;
  if (!upstream_over) return StreamState::GoesOn;
  // Behind the last word a FIN inside the framing is an end like any other.
  return ends_well && has_finished(x) ? StreamState::Whole : StreamState::Broken;
}

std::string why_broken(const Exchange& x) {
  const sse::Facts& facts = x.gate->facts();
  if (facts.error) return "the upstream sent an error event";
  if (facts.malformed) return "the upstream sent an event that is no JSON object";
  if (payload_state(x.answer) == PayloadState::Bad) return why_bad(x.answer);
  return "it ended without a finish reason";
}

// From the commit point to the end of one upstream's stream. nullopt: the answer is whole, or the client has gone (x.close_after).
net::Awaitable<std::optional<Break>> relay_one_stream(Exchange& x, WorkerContext& w, ClientFraming framing, bool with_head) {
  Answer& a = x.answer;
  x.gate->stop_watching_text();
  Patience patience(x, w);
  bool eof = false;
  bool silent = false;
  for (;;) {
    const PayloadState payload = payload_state(a);
    const bool upstream_over = a.whole || eof || silent || payload != PayloadState::Open;
    if (upstream_over && !x.gate->facts().done) x.gate->finish();
    const StreamState state = state_of(x, upstream_over, a.whole || payload != PayloadState::Bad);
    if (state == StreamState::Whole && !x.gate->facts().done) x.record.ending = Ending::CompletedNoDone;
    if (!co_await send_events(x, framing, with_head, state == StreamState::Whole)) {
      client_left(x);
      co_return std::nullopt;
    }
    if (std::exchange(with_head, false)) {
      if (x.plan.on_break != config::OnBreak::Restart) release_request(x);
      // A half-closed client is asked between events whether it is still there; not before it has the head.
      x.heartbeat = framing == ClientFraming::Chunked ? kCommentChunk : kComment;
      x.client->allow_probe(x.heartbeat);
    }
    if (state == StreamState::Whole) {
      if (x.record.ending != Ending::CompletedNoDone) x.record.ending = Ending::Completed;
      if (x.gate->facts().done) co_await read_tail(x, w);
      co_return std::nullopt;
    }
    if (state == StreamState::Broken) {
      Break broke;
      broke.why = why_broken(x);
      co_return broke;
    }
    IoStatus got = read_events(x, w);
    for (; got == IoStatus::WantRead || got == IoStatus::WantWrite; got = read_events(x, w)) {
      patience.before_wait();
      co_await a.stream->wait(got);
      Break cut;
      cut.cut = x.client->interrupt().why();
      if (cut.cut == Cut::Idle && has_finished(x)) break;
      // Before it is called silent: a process that stood still has not seen what came meanwhile.
      if (cut.cut == Cut::Idle && (got = read_events(x, w)) == IoStatus::Ok) {
        x.client->interrupt().clear_attempt();
        break;
      }
      if (cut.cut != Cut::None) co_return cut;
    }
    patience.heard();
    // Behind the last word silence and a reset are ends like any other.
    silent = got != IoStatus::Ok && got != IoStatus::Eof && has_finished(x);
    if (silent) x.client->interrupt().clear_attempt();
    eof = got == IoStatus::Eof;
    if (got != IoStatus::Failed || silent) continue;
    Break reset;      // a break whatever the framing says
    reset.why = "connection reset";
    co_return reset;
  }
}

}  // namespace

net::Awaitable<void> relay_events(Exchange& x, WorkerContext& w) {
  const ClientFraming framing = open_framing(x);
  const bool may_begin_anew = x.plan.on_break == config::OnBreak::Restart;
  compose_head(x, 200, "text/event-stream; charset=utf-8", framing, 0,
               may_begin_anew ? "cache-control: no-cache\r\nx-accel-buffering: no\r\nx-smartroute-on-break: restart\r\n"
                              : "cache-control: no-cache\r\nx-accel-buffering: no\r\n");
  bool with_head = true;
  for (;;) {
    const std::optional<Break> broke = co_await relay_one_stream(x, w, framing, with_head);
    x.client->interrupt().cancel_nudge();
    if (!broke) co_return;
    with_head = false;
    const Error error = error_of(x, *broke);
    if (!may_restart(x, *broke)) {
      note_break(x, broke->cut, broke->why);
      co_return co_await end_broken(x, framing, error, *broke);
    }
    if (x.gate->mid_event() && !co_await send_own_event(x, framing, "")) co_return client_left(x);
    if (!co_await restart(x, w, *broke)) {
      Break last = *broke;
      if (const Cut cut = x.client->interrupt().why(); cut != Cut::None) last.cut = cut;
      const Error final_word = last.cut == broke->cut ? error : break_error(last.cut);
      co_return co_await end_broken(x, framing, final_word, last);
    }
    const std::string reason(broke->cut == Cut::Idle ? "idle_timeout" : "broke_mid_stream");
    const std::string event = restart_event(x, reason);
    if (!co_await send_own_event(x, framing, event)) co_return client_left(x);
  }
}

}  // namespace smartroute::proxy

#include "dataplane/proxy/relay.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "dataplane/net/downstream.hpp"
#include "dataplane/proxy/answer_payload.hpp"
#include "dataplane/proxy/attempt.hpp"
#include "dataplane/proxy/error_response.hpp"
#include "dataplane/proxy/heartbeat.hpp"
#include "dataplane/proxy/key_redaction.hpp"

namespace smartroute::proxy {
namespace {

using accounting::Ending;
using http1::BodyReader;
using net::Cut;
using net::IoResult;
using net::IoStatus;

constexpr std::string_view kCrlf = "\r\n";
constexpr std::string_view kLastChunk = "0\r\n\r\n";
constexpr std::string_view kDone = "data: [DONE]\n\n";
// A comment, one line: no client sees it, and the official SDKs take a blank line behind it for an empty event.
constexpr std::string_view kComment = ":\n";
constexpr std::string_view kCommentChunk = "2\r\n:\n\r\n";
constexpr std::size_t kWriteSlice = 256 * 1024;            // of what was held back: a slow client's socket takes no more at once
constexpr std::chrono::milliseconds kTailGrace{50};        // for the framing behind [DONE], so that the connection can be reused

enum class ClientFraming : std::uint8_t { Length, Chunked, UntilClose };

void append_number(std::string& out, std::uint64_t value, int base = 10) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, value, base).ptr;
  out.append(digits, end);
}

void header(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append(kCrlf);
}

// Seconds: 10 below the real idle timeout, so that a client never sends into our close. 0: too short to be told.
std::int64_t told_keep_alive(const Exchange& x) {
  const auto real = x.view ? x.view->config.limits.keep_alive_timeout : config::Limits().keep_alive_timeout;
  return std::max<std::int64_t>(0, std::chrono::floor<std::chrono::seconds>(real).count() - 10);
}

// Head of every answer: who served it and why, then framing and connection.
void compose_head(Exchange& x, int status, std::string_view content_type, ClientFraming framing, std::uint64_t length,
                  std::string_view extra) {
  std::string& h = x.client_head;
  h.assign("HTTP/1.1 ");
  append_number(h, static_cast<std::uint64_t>(status));
  h.append(" ").append(reason_phrase(status)).append(kCrlf);
  header(h, "content-type", content_type);
  header(h, "x-request-id", x.record.request_id);
  const accounting::Record& r = x.record;
  if (!r.tier.empty()) header(h, "x-smartroute-tier", r.tier);
  if (!r.reason.empty()) header(h, "x-smartroute-tier-reason", r.reason);
  if (!r.model.empty()) header(h, "x-smartroute-model", r.model);
  if (!r.provider.empty()) header(h, "x-smartroute-provider", r.provider);
  if (x.endpoint == Endpoint::ChatCompletions) {
    h.append("x-smartroute-attempts: ");
    append_number(h, static_cast<std::uint64_t>(x.chain.attempts()));
    h.append("\r\nx-smartroute-overhead-us: ");
    append_number(h, x.record.overhead_us);
    h.append(kCrlf);
  }
  if (x.guarantee == config::Guarantee::Buffered) header(h, "x-smartroute-guarantee", "buffered");
  h.append(extra);
  if (framing == ClientFraming::Length) {
    h.append("content-length: ");
    append_number(h, length);
    h.append(kCrlf);
  } else if (framing == ClientFraming::Chunked) {
    h.append("transfer-encoding: chunked\r\n");
  } else {
    x.close_after = true;
  }
  if (x.client->worker().draining() || !x.head || !x.head->keep_alive) x.close_after = true;
  if (x.close_after) {
    h.append("connection: close\r\n\r\n");
    return;
  }
  h.append("connection: keep-alive\r\n");
  if (const auto told = told_keep_alive(x); told > 0) {
    h.append("keep-alive: timeout=");
    append_number(h, static_cast<std::uint64_t>(told));
    h.append(kCrlf);
  }
  h.append(kCrlf);
}

void stamp_overhead(Exchange& x, const net::Worker& worker) {
  const SteadyTime now = x.committed ? x.answered : worker.clock().steady();
  const auto own = now - x.ready - x.waited;
  x.record.overhead_us = static_cast<std::uint32_t>(std::max<std::int64_t>(0, std::chrono::duration_cast<std::chrono::microseconds>(own).count()));
  x.record.first_byte_us = worker.wall_us(now);
}

void put(std::vector<iovec>& pieces, std::string_view bytes) {
  if (!bytes.empty()) pieces.push_back({const_cast<char*>(bytes.data()), bytes.size()});
}

// Writes what is ready in one gather write; frames it for the client.
class ClientWriter {
 public:
  ClientWriter(Exchange& x, ClientFraming framing) : x_(x), framing_(framing) { x_.pieces.clear(); }
  void head() { put(x_.pieces, x_.client_head); }
  void begin_chunk(std::size_t bytes) {
    if (framing_ != ClientFraming::Chunked || bytes == 0) return;
    x_.chunk_head.clear();
    append_number(x_.chunk_head, bytes, 16);
    x_.chunk_head.append(kCrlf);
    put(x_.pieces, x_.chunk_head);
  }
  void bytes(std::string_view payload) { put(x_.pieces, payload); }
  void end_chunk(std::size_t bytes) {
    if (framing_ == ClientFraming::Chunked && bytes != 0) put(x_.pieces, kCrlf);
  }
  void last_chunk() {
    if (framing_ == ClientFraming::Chunked) put(x_.pieces, kLastChunk);
  }
  // False: the client is gone.
  bool flush_now() {
    const bool alive = x_.client->send(x_.pieces.data(), static_cast<int>(x_.pieces.size()));
    x_.pieces.clear();
    return alive;
  }

 private:
  Exchange& x_;
  ClientFraming framing_;
};

// The request is not needed any more: neither its memory nor its share of what all bodies may take.
void release_request(Exchange& x) {
  x.client->release_request();
  x.load.release_body();
}

ClientFraming stream_framing(const Exchange& x) {
  return x.head->minor == 0 ? ClientFraming::UntilClose : ClientFraming::Chunked;
}

void end_as(Exchange& x, Ending ending, std::string why = {}) {
  x.record.ending = ending;
  if (!why.empty()) x.record.error = std::move(why);
}

// A wait or a write ended early: whose doing was it?
Ending ending_of(Cut cut) noexcept {
  if (cut == Cut::Drain) return Ending::Drained;
  if (cut == Cut::Idle || cut == Cut::Total) return Ending::BrokenStream;
  return Ending::ClientGone;
}

// What was to be sent could not be.
void client_left(Exchange& x) {
  const Cut cut = x.client->interrupt().why();
  end_as(x, cut == Cut::None ? Ending::ClientGone : ending_of(cut), "the client did not take the answer");
  x.close_after = true;
}

Error break_error(Cut cut) {
  if (cut == Cut::Idle) return Error(ErrorKind::UpstreamTimeout, "the model stopped sending before its answer was complete");
  if (cut == Cut::Total) return Error(ErrorKind::UpstreamTimeout, "the answer took longer than the configured total time");
  if (cut == Cut::Drain) return Error(ErrorKind::Draining, "the gateway is shutting down");
  return Error(ErrorKind::UpstreamBroke, "the model's connection broke before its answer was complete");
}

// The answer broke off. The attempt's trace says how, and what was the model's doing counts against it.
void note_break(Exchange& x, Cut cut, std::string_view why) {
  using resilience::AttemptOutcome;
  const AttemptOutcome outcome = cut == Cut::None    ? AttemptOutcome::BrokeMidStream
                                 : cut == Cut::Idle  ? AttemptOutcome::IdleTimeout
                                 : cut == Cut::Total ? AttemptOutcome::TotalTimeout
                                 : cut == Cut::Drain ? AttemptOutcome::Drained
                                                     : AttemptOutcome::ClientGone;
  x.answer.outcome = outcome;
  if (x.record.attempts.empty()) return;
  accounting::Attempt& attempt = x.record.attempts.back();
  attempt.outcome = resilience::name_of(outcome);
  attempt.reason.assign(why);
  attempt.fault = cut == Cut::None || cut == Cut::Idle || cut == Cut::Total ? "upstream" : cut == Cut::Drain ? "gateway" : "client";
}

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
  end_as(x, broke.cut == Cut::None ? Ending::BrokenStream : ending_of(broke.cut), std::string(error.text()) + (broke.why.empty() ? "" : ": ") + broke.why);
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
  if (x.plan.on_break != config::OnBreak::Restart || x.view == nullptr) return false;
  return broke.cut == Cut::None || broke.cut == Cut::Idle;
}

// Another candidate begins the answer anew. False: nobody can.
net::Awaitable<bool> restart(Exchange& x, WorkerContext& w, const Break& broke) {
  note_break(x, broke.cut, broke.why);
  const resilience::AttemptOutcome outcome = x.answer.outcome;
  const int status = x.answer.status;
  release_upstream(x, w);
  x.client->interrupt().clear_attempt();
  x.chain.failed(outcome, status, std::nullopt, w.worker.clock().steady(), w.worker.random());
  const auto again = co_await attempt_candidates(x, w);
  if (!again || x.answer.status >= 400) co_return false;
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

net::Awaitable<void> relay_events(Exchange& x, WorkerContext& w) {
  const ClientFraming framing = stream_framing(x);
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

// A non-streaming answer that is longer than what is held back: its beginning is here, the rest still coming.
net::Awaitable<void> relay_body(Exchange& x, WorkerContext& w) {
  Answer& a = x.answer;
  net::Interrupt& interrupt = x.client->interrupt();
  const auto write_timeout = x.view->config.limits.client_write_timeout;
  const ClientFraming framing = a.has_length ? ClientFraming::Length : x.head->minor == 0 ? ClientFraming::UntilClose : ClientFraming::Chunked;
  const std::string_view type = a.content_type.empty() ? "application/json" : std::string_view(a.content_type);
  compose_head(x, a.status, type, framing, a.content_length, {});
  bool first = true;
  std::vector<std::string_view> views{a.held};
  for (IoStatus got = IoStatus::Ok;;) {
    const bool over = payload_state(a) == PayloadState::Done || (got == IoStatus::Eof && may_end_here(a));
    ClientWriter out(x, framing);
    if (first) out.head();
    std::size_t n = 0;
    for (const auto view : views) n += view.size();
    out.begin_chunk(n);
    for (const auto view : views) out.bytes(view);
    out.end_chunk(n);
    if (over) out.last_chunk();
    bool alive = out.flush_now();
    if (alive && x.client->has_unsent()) alive = co_await x.client->flush(write_timeout);
    if (!alive) co_return client_left(x);
    if (first) release_request(x);
    first = false;
    views.clear();
    if (over) co_return end_as(x, Ending::Completed);
    // Read on; anything but bytes is a break, except the end that the framing allows.
    do {
      const IoResult read = a.stream->read_some(w.worker.read_buffer(), net::Worker::kReadBuffer);
      got = read.status;
      if (got == IoStatus::Ok) {
        const std::string_view bytes(w.worker.read_buffer(), read.bytes);
        auto keep = [&views](std::string_view piece) { views.push_back(piece); };
        const std::size_t used = read_payload(a, bytes, keep);
        a.clean = a.keep_alive && payload_state(a) == PayloadState::Done && used == bytes.size();
      } else if (got == IoStatus::WantRead || got == IoStatus::WantWrite) {
        interrupt.arm(Cut::Idle, x.plan.timeouts.idle);
        co_await a.stream->wait(got);
      }
    } while ((got == IoStatus::WantRead || got == IoStatus::WantWrite) && interrupt.why() == Cut::None);
    const bool ends_well = got == IoStatus::Eof && may_end_here(a);
    if ((got != IoStatus::Ok && !ends_well) || payload_state(a) == PayloadState::Bad) {
      const Cut cut = interrupt.why();
      end_as(x, cut == Cut::None ? Ending::BrokenStream : ending_of(cut), break_error(cut).text());
      note_break(x, cut, "in the middle of the body");
      x.close_after = true;
      co_return;
    }
  }
}

// The common case, without a coroutine: the whole answer is here. False: the client is gone.
bool send_whole(Exchange& x) {
  const Answer& a = x.answer;
  const std::string_view type = a.content_type.empty() ? "application/json" : std::string_view(a.content_type);
  compose_head(x, a.status, type, ClientFraming::Length, a.held.size(), {});
  ClientWriter out(x, ClientFraming::Length);
  out.head();
  out.bytes(a.held);
  if (!out.flush_now()) {
    end_as(x, Ending::ClientGone, "the client did not take the answer");
    x.close_after = true;
    return false;
  }
  release_request(x);
  end_as(x, a.status >= 400 ? Ending::UpstreamPassed : Ending::Completed);
  return true;
}

net::Awaitable<void> send_unsent(Exchange& x) {
  if (co_await x.client->flush(x.view->config.limits.client_write_timeout)) co_return;
  const Cut cut = x.client->interrupt().why();
  end_as(x, cut == Cut::None ? Ending::ClientGone : ending_of(cut), "the client did not take the answer");
  x.close_after = true;
}

}  // namespace

net::Awaitable<void> relay_answer(Exchange& x, WorkerContext& w) {
  x.committed = true;
  x.client->allow_probe({});
  x.record.status = x.answer.status;
  stamp_overhead(x, w.worker);
  x.client->interrupt().set_upstream(x.answer.stream.get());
  const std::uint64_t before = x.client->bytes_sent();
  if (x.answer.is_events)
    co_await relay_events(x, w);
  else if (!x.answer.whole)
    co_await relay_body(x, w);
  else if (send_whole(x) && x.client->has_unsent())
    co_await send_unsent(x);
  x.client->interrupt().disarm();
  x.client->interrupt().cancel_nudge();
  x.record.response_bytes = x.client->bytes_sent() - before;
  // Cut short by the client's side: it says nothing about the model.
  if (x.record.ending == Ending::ClientGone) x.answer.outcome = resilience::AttemptOutcome::ClientGone;
  if (x.record.ending == Ending::Drained) x.answer.outcome = resilience::AttemptOutcome::Drained;
  if (x.answer.is_events && x.gate->facts().usage) {
    accounting::TokenUse use;
    use.prompt = x.gate->facts().usage->prompt_tokens;
    use.completion = x.gate->facts().usage->completion_tokens;
    x.record.tokens = use;
  }
}

net::Awaitable<void> send_own_answer(Exchange& x, int status, std::string_view content_type, std::string_view body,
                                     std::string_view extra_headers) {
  const std::uint64_t before = x.client->bytes_sent();
  x.client->allow_probe({});
  x.record.status = status;
  stamp_overhead(x, x.client->worker());
  compose_head(x, status, content_type, ClientFraming::Length, body.size(), extra_headers);
  ClientWriter out(x, ClientFraming::Length);
  out.head();
  out.bytes(body);
  const auto timeout = x.view ? x.view->config.limits.client_write_timeout : config::Limits().client_write_timeout;
  if (!out.flush_now())
    x.close_after = true;
  else if (x.client->has_unsent() && !co_await x.client->flush(timeout))
    x.close_after = true;
  x.record.response_bytes = x.client->bytes_sent() - before;
}

}  // namespace smartroute::proxy

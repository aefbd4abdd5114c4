#include "dataplane/proxy/relay.hpp"

#include <charconv>
#include <cstring>

#include "dataplane/net/downstream.hpp"
#include "dataplane/proxy/error_response.hpp"

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
constexpr std::string_view kProbe = ":\n";                  // a comment: no client sees it
constexpr std::string_view kProbeChunk = "2\r\n:\n\r\n";
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
    append_number(h, static_cast<std::uint64_t>(x.attempts));
    h.append("\r\nx-smartroute-overhead-us: ");
    append_number(h, x.record.overhead_us);
    h.append(kCrlf);
  }
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
  // 10 s below the real idle timeout, so that a client never sends into our close.
  h.append(x.close_after ? "connection: close\r\n\r\n" : "connection: keep-alive\r\nkeep-alive: timeout=65\r\n\r\n");
}

void stamp_overhead(Exchange& x, const net::Worker& worker) {
  const SteadyTime now = x.committed ? x.answered : worker.clock().steady();
  const auto own = now - x.ready - x.waited;
  x.record.overhead_us = static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::microseconds>(own).count());
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

Error break_error(Cut cut) {
  if (cut == Cut::Idle) return Error(ErrorKind::UpstreamTimeout, "the model stopped sending before its answer was complete");
  if (cut == Cut::Total) return Error(ErrorKind::UpstreamTimeout, "the answer took longer than the configured total time");
  if (cut == Cut::Drain) return Error(ErrorKind::Draining, "the gateway is shutting down");
  return Error(ErrorKind::UpstreamBroke, "the model's connection broke before its answer was complete");
}

// The answer broke off. The attempt's trace says how, and what was the model's doing counts against it.
void note_break(Exchange& x, Cut cut) {
  using resilience::AttemptOutcome;
  const AttemptOutcome outcome = cut == Cut::None    ? AttemptOutcome::BrokeMidStream
                                 : cut == Cut::Idle  ? AttemptOutcome::IdleTimeout
                                 : cut == Cut::Total ? AttemptOutcome::TotalTimeout
                                 : cut == Cut::Drain ? AttemptOutcome::Drained
                                                     : AttemptOutcome::ClientGone;
  x.answer.outcome = outcome;
  if (!x.record.attempts.empty()) x.record.attempts.back().outcome = resilience::name_of(outcome);
}

// Whole events have gone out; now the truth: one error event, FIN, no final chunk, no [DONE].
net::Awaitable<void> break_stream(Exchange& x, ClientFraming framing, Cut cut, const char* why) {
  const Error error = break_error(cut);
  note_break(x, cut);
  end_as(x, cut == Cut::None ? Ending::BrokenStream : ending_of(cut), std::string(error.text()) + (*why != 0 ? ": " : "") + why);
  x.close_after = true;
  if (cut == Cut::ClientGone || cut == Cut::ClientWrite) co_return;
  std::string event = error_event(error);
  if (x.gate->mid_event()) event.insert(0, "\n\n");
  x.client->interrupt().reset();
  ClientWriter out(x, framing);
  out.begin_chunk(event.size());
  out.bytes(event);
  out.end_chunk(event.size());
  if (out.flush_now()) (void)co_await x.client->flush(x.view->config.limits.client_write_timeout);
}

// Sends the events that are ready; with `last`, the end of the stream too. False: the client is gone or stalled.
net::Awaitable<bool> send_events(Exchange& x, ClientFraming framing, bool with_head, bool last) {
  ClientWriter out(x, framing);
  if (with_head) out.head();
  const std::string_view added = last && !x.gate->facts().done ? kDone : std::string_view();
  const std::size_t n = x.gate->ready_bytes() + added.size();
  out.begin_chunk(n);
  for (const auto piece : x.gate->ready()) out.bytes(piece);
  out.bytes(added);
  out.end_chunk(n);
  if (last) out.last_chunk();
  const bool alive = out.flush_now();
  x.gate->settle();
  if (!alive) co_return false;
  if (!x.client->has_unsent()) co_return true;
  co_return co_await x.client->flush(x.view->config.limits.client_write_timeout);
}

// Reads on for the framing behind the last event, briefly: a connection that ends cleanly can serve again.
net::Awaitable<void> read_tail(Exchange& x, WorkerContext& w) {
  Answer& a = x.answer;
  if (!a.keep_alive || a.reader->state() != BodyReader::State::Open || x.gate->extra_bytes()) co_return;
  net::Interrupt& interrupt = x.client->interrupt();
  interrupt.arm(Cut::Tail, kTailGrace);
  while (interrupt.why() == Cut::None) {
    const IoResult got = a.stream->read_some(w.worker.read_buffer(), net::Worker::kReadBuffer);
    if (got.status == IoStatus::Ok) {
      const std::string_view bytes(w.worker.read_buffer(), got.bytes);
      bool payload = false;
      auto note = [&payload](std::string_view) { payload = true; };
      const std::size_t used = a.reader->feed(bytes, note);
      a.clean = a.reader->state() == BodyReader::State::Done && used == bytes.size() && !payload;
      if (a.reader->state() != BodyReader::State::Open || payload) break;
      continue;
    }
    if (got.status != IoStatus::WantRead && got.status != IoStatus::WantWrite) break;
    co_await a.stream->wait(got.status);
  }
  interrupt.disarm();
}

net::Awaitable<void> relay_events(Exchange& x, WorkerContext& w) {
  const ClientFraming framing = stream_framing(x);
  Answer& a = x.answer;
  net::Interrupt& interrupt = x.client->interrupt();
  compose_head(x, 200, "text/event-stream; charset=utf-8", framing, 0, "cache-control: no-cache\r\nx-accel-buffering: no\r\n");
  // A half-closed client is asked between events whether it is still there.
  x.client->allow_probe(framing == ClientFraming::Chunked ? kProbeChunk : kProbe);
  bool first = true;
  bool eof = false;
  for (;;) {
    const BodyReader::State state = a.reader->state();
    const bool upstream_over = eof || state != BodyReader::State::Open;
    if (upstream_over && !x.gate->facts().done) x.gate->finish();
    const bool whole = x.gate->facts().done || (upstream_over && state != BodyReader::State::Bad && (!eof || a.reader->ends_at_eof()) &&
                                               x.gate->facts().finish_reason && !x.gate->facts().error);
    if (whole && !x.gate->facts().done) x.record.ending = Ending::CompletedNoDone;
    if (!co_await send_events(x, framing, first, whole)) {
      const Cut cut = interrupt.why();
      end_as(x, cut == Cut::None ? Ending::ClientGone : ending_of(cut), "the client did not take the answer");
      x.close_after = true;
      co_return;
    }
    if (first) x.client->release_request();
    first = false;
    if (whole) {
      if (x.record.ending != Ending::CompletedNoDone) x.record.ending = Ending::Completed;
      if (x.gate->facts().error) {
        end_as(x, Ending::BrokenStream, "the upstream sent an error event");
        note_break(x, Cut::None);
      }
      co_return co_await read_tail(x, w);
    }
    if (upstream_over) {
      co_return co_await break_stream(x, framing, Cut::None,
                                      state == BodyReader::State::Bad ? a.reader->why() : "it ended without a finish reason");
    }
    for (bool got_some = false; !got_some && !eof;) {
      const IoResult got = a.stream->read_some(w.worker.read_buffer(), net::Worker::kReadBuffer);
      if (got.status == IoStatus::Ok) {
        const std::string_view bytes(w.worker.read_buffer(), got.bytes);
        auto push = [&x](std::string_view payload) { x.gate->push(payload); };
        const std::size_t used = a.reader->feed(bytes, push);
        a.clean = a.keep_alive && a.reader->state() == BodyReader::State::Done && used == bytes.size();
        got_some = true;
      } else if (got.status == IoStatus::WantRead || got.status == IoStatus::WantWrite) {
        interrupt.arm(Cut::Idle, x.plan.timeouts.idle);
        co_await a.stream->wait(got.status);
        if (interrupt.why() != Cut::None) co_return co_await break_stream(x, framing, interrupt.why(), "");
      } else {
        eof = true;
        // A reset is a break whatever the framing says.
        if (got.status == IoStatus::Failed) co_return co_await break_stream(x, framing, Cut::None, "connection reset");
      }
    }
  }
}

// A non-streaming answer: whole already, or its beginning held and the rest still coming.
net::Awaitable<void> relay_body(Exchange& x, WorkerContext& w) {
  Answer& a = x.answer;
  net::Interrupt& interrupt = x.client->interrupt();
  const auto write_timeout = x.view->config.limits.client_write_timeout;
  const bool whole = a.reader->state() == BodyReader::State::Done || !a.stream;
  const ClientFraming framing = whole || a.has_length ? ClientFraming::Length
                                : x.head->minor == 0  ? ClientFraming::UntilClose
                                                      : ClientFraming::Chunked;
  const std::string_view type = a.content_type.empty() ? "application/json" : std::string_view(a.content_type);
  compose_head(x, a.status, type, framing, whole ? a.held.size() : a.content_length, {});
  bool first = true;
  std::string_view payload = a.held;
  std::vector<std::string_view> views;
  for (;;) {
    ClientWriter out(x, framing);
    if (first) out.head();
    std::size_t n = payload.size();
    for (const auto v : views) n += v.size();
    out.begin_chunk(n);
    out.bytes(payload);
    for (const auto v : views) out.bytes(v);
    out.end_chunk(n);
    if (a.reader->state() == BodyReader::State::Done) out.last_chunk();
    bool alive = out.flush_now();
    if (alive && x.client->has_unsent()) alive = co_await x.client->flush(write_timeout);
    if (!alive) {
      end_as(x, interrupt.why() == Cut::None ? Ending::ClientGone : ending_of(interrupt.why()), "the client did not take the answer");
      x.close_after = true;
      co_return;
    }
    if (first) x.client->release_request();
    first = false;
    payload = {};
    views.clear();
    if (whole || a.reader->state() == BodyReader::State::Done) co_return end_as(x, a.status >= 400 ? Ending::UpstreamPassed : Ending::Completed);
    // Read on; anything but bytes is a break, except the end that the framing allows.
    for (bool got_some = false; !got_some;) {
      const IoResult got = a.stream->read_some(w.worker.read_buffer(), net::Worker::kReadBuffer);
      if (got.status == IoStatus::Ok) {
        const std::string_view bytes(w.worker.read_buffer(), got.bytes);
        auto keep = [&views](std::string_view piece) { views.push_back(piece); };
        const std::size_t used = a.reader->feed(bytes, keep);
        a.clean = a.keep_alive && a.reader->state() == BodyReader::State::Done && used == bytes.size();
        got_some = true;
      } else if (got.status == IoStatus::WantRead || got.status == IoStatus::WantWrite) {
        interrupt.arm(Cut::Idle, x.plan.timeouts.idle);
        co_await a.stream->wait(got.status);
      }
      const bool over = got.status == IoStatus::Eof || got.status == IoStatus::Failed;
      if (over && got.status == IoStatus::Eof && a.reader->ends_at_eof()) {
        ClientWriter end(x, framing);
        end.last_chunk();
        if (end.flush_now()) (void)co_await x.client->flush(write_timeout);
        co_return end_as(x, a.status >= 400 ? Ending::UpstreamPassed : Ending::Completed);
      }
      if (over || interrupt.why() != Cut::None || a.reader->state() == BodyReader::State::Bad) {
        const Cut cut = interrupt.why();
        end_as(x, cut == Cut::None ? Ending::BrokenStream : ending_of(cut), break_error(cut).text());
        note_break(x, cut);
        x.close_after = true;
        co_return;
      }
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
  x.client->release_request();
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
  else if (x.answer.reader->state() != BodyReader::State::Done)
    co_await relay_body(x, w);
  else if (send_whole(x) && x.client->has_unsent())
    co_await send_unsent(x);
  x.client->interrupt().disarm();
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

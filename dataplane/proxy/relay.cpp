#include "dataplane/proxy/relay.hpp"

#include "dataplane/net/downstream.hpp"
#include "dataplane/proxy/account.hpp"
#include "dataplane/proxy/answer_end.hpp"
#include "dataplane/proxy/answer_payload.hpp"
#include "dataplane/proxy/client_writer.hpp"
#include "dataplane/proxy/kept_texts.hpp"
#include "dataplane/proxy/stream_relay.hpp"

namespace smartroute::proxy {
namespace {

using accounting::Ending;
using net::Cut;
using net::IoResult;
using net::IoStatus;

// A non-streaming answer that is longer than what is held back: its beginning is here, the rest still coming.
net::Awaitable<void> relay_body(Exchange& x, WorkerContext& w) {
  Answer& a = x.answer;
  net::Interrupt& interrupt = x.client->interrupt();
  const auto write_timeout = x.view->config.limits.client_write_timeout;
  const ClientFraming framing = a.has_length ? ClientFraming::Length : open_framing(x);
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
    for (const auto view : views) {
      out.bytes(view);
      keep_answer(x, view);
    }
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
  const bool alive = out.flush_now();
  x.kept.answer_at_hand = !alive || !x.client->has_unsent();
  if (!x.kept.answer_at_hand) keep_answer(x, a.held);
  if (!alive) {
    end_as(x, Ending::ClientGone, "the client did not take the answer");
    x.close_after = true;
    return false;
  }
  if (!x.kept.answer_at_hand) release_request(x);      // else it is all over in a moment
  end_as(x, a.status >= 400 ? Ending::UpstreamPassed : Ending::Completed);
  return true;
}

net::Awaitable<void> send_unsent(Exchange& x) {
  if (!co_await x.client->flush(x.view->config.limits.client_write_timeout)) client_left(x);
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
  if (x.record.ending == Ending::ClientGone) co_await drain_for_account(x, w);
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
  if (x.log_bodies) keep_answer(x, body);
  const auto timeout = x.view ? x.view->config.limits.client_write_timeout : config::Limits().client_write_timeout;
  if (!out.flush_now())
    x.close_after = true;
  else if (x.client->has_unsent() && !co_await x.client->flush(timeout))
    x.close_after = true;
  x.record.response_bytes = x.client->bytes_sent() - before;
}

}  // namespace smartroute::proxy

#include "dataplane/proxy/attempt.hpp"

#include "dataplane/core/tracing/trace_context.hpp"
#include "dataplane/net/downstream.hpp"
#include "dataplane/net/event.hpp"
#include "dataplane/proxy/account.hpp"
#include "dataplane/proxy/answer_end.hpp"
#include "dataplane/proxy/answer_reader.hpp"
#include "dataplane/proxy/heartbeat.hpp"
#include "dataplane/proxy/kept_texts.hpp"
#include "dataplane/proxy/key_redaction.hpp"

namespace smartroute::proxy {
namespace {

using net::Cut;
using net::IoResult;
using net::IoStatus;
using resilience::AttemptOutcome;
using std::chrono::duration_cast;
using std::chrono::microseconds;

constexpr int kBadRequest = 400;

AttemptOutcome outcome_of(Cut cut) noexcept {
  switch (cut) {
    case Cut::Connect: return AttemptOutcome::ConnectTimeout;
    case Cut::FirstByte: return AttemptOutcome::FirstByteTimeout;
    case Cut::Judge: return AttemptOutcome::FirstByteTimeout;      // cleared before the first attempt
    case Cut::Idle: return AttemptOutcome::IdleTimeout;
    case Cut::Total: return AttemptOutcome::TotalTimeout;
    case Cut::Drain: return AttemptOutcome::Drained;
    case Cut::None: return AttemptOutcome::Reset;
    case Cut::KeepAlive:
    case Cut::Tail:
    case Cut::Head:
    case Cut::Body:
    case Cut::ClientWrite:
    case Cut::ClientGone: return AttemptOutcome::ClientGone;
  }
  return AttemptOutcome::Reset;
}

void put(std::vector<iovec>& pieces, std::string_view bytes) {
  if (!bytes.empty()) pieces.push_back({const_cast<char*>(bytes.data()), bytes.size()});
}

enum class AskUsage : std::uint8_t { Yes, No };      // of the upstream, where the client does not ask itself

// The one place where a request for an upstream is composed. Only these headers ever leave: the client's own Authorization, cookies,
// forwarding and hop-by-hop headers do not.
void compose_request(Exchange& x, const routing::ModelEntry& model, AskUsage ask) {
  x.asks_usage = false;
  if (ask == AskUsage::Yes && model.upstream->stream_usage && !model.stats->refuses_stream_usage.load(std::memory_order_relaxed)) {
    if (auto param = openai::ask_for_usage(x.body, x.chat, x.view->global_params, model.forced)) {
      x.usage_param = std::move(*param);
      x.asks_usage = true;
    }
  }
  x.spliced.build(x.body, x.chat, model.model_json, x.view->global_params, model.forced, x.asks_usage ? &x.usage_param : nullptr);
  std::string& head = x.upstream_head;
  head.assign("POST ").append(model.upstream->chat_target).append(" HTTP/1.1\r\n");
  head.append(model.upstream->head_block.reveal());
  head.append("Content-Type: application/json\r\nAccept-Encoding: identity\r\nUser-Agent: SmartRoute/" SMARTROUTE_VERSION "\r\n");
  head.append(x.chat.stream ? "Accept: text/event-stream\r\n" : "Accept: application/json\r\n");
  using http1::Known;
  constexpr std::pair<Known, std::string_view> kPassed[] = {
      {Known::Traceparent, "traceparent: "}, {Known::Tracestate, "tracestate: "}, {Known::OpenAiBeta, "openai-beta: "},
      {Known::AnthropicVersion, "anthropic-version: "}, {Known::AnthropicBeta, "anthropic-beta: "}};
  const bool traced = x.attempt_span != 0;
  for (const auto& [known, name] : kPassed) {
    if (traced && (known == Known::Traceparent || known == Known::Tracestate)) continue;
    if (const auto value = x.head->get(known); !value.empty()) head.append(name).append(value).append("\r\n");
  }
  if (traced) {
    head.append("traceparent: ");
    tracing::write_traceparent(x.record.trace, x.attempt_span, head);
    head.append("\r\n");
    // The caller's state belongs to the caller's trace.
    if (x.record.trace.parent != 0)
      if (const auto state = tracing::canonical_tracestate(x.head->get(Known::Tracestate))) head.append("tracestate: ").append(*state).append("\r\n");
  }
  head.append("X-Request-Id: ").append(x.record.request_id);
  head.append("\r\nContent-Length: ").append(std::to_string(x.spliced.size())).append("\r\n\r\n");
  x.pieces.clear();
  put(x.pieces, head);
  for (const auto piece : x.spliced.pieces()) put(x.pieces, piece);
}

// Writes what the socket takes of head and body, at best all of it in one gather write. Ok: all is written.
IoStatus write_request(Exchange& x) {
  std::vector<iovec>& pieces = x.pieces;
  std::size_t first = 0;
  IoStatus status = IoStatus::Ok;
  while (first < pieces.size()) {
    const IoResult wrote = x.answer.stream->write_some(&pieces[first], static_cast<int>(pieces.size() - first));
    status = wrote.status;
    if (status != IoStatus::Ok) break;
    std::size_t n = wrote.bytes;
    while (first < pieces.size() && n >= pieces[first].iov_len) n -= pieces[first++].iov_len;
    if (n == 0) continue;
    pieces[first].iov_base = static_cast<char*>(pieces[first].iov_base) + n;
    pieces[first].iov_len -= n;
  }
  pieces.erase(pieces.begin(), pieces.begin() + static_cast<std::ptrdiff_t>(first));
  return status;
}

// The rest of a request that the socket did not take at once. Answered: listen, also when the connection was lost meanwhile: who refuses a
// request before it has heard all of it has said so.
net::Awaitable<Verdict> send_rest(Exchange& x, net::Interrupt& interrupt, IoStatus status) {
  for (; status == IoStatus::WantWrite || status == IoStatus::WantRead; status = write_request(x)) {
    co_await x.answer.stream->wait(status);
    if (interrupt.why() != Cut::None) co_return Verdict(outcome_of(interrupt.why()), "while sending the request");
  }
  co_return Verdict(AttemptOutcome::Answered);
}

net::Awaitable<Verdict> read_answer(Exchange& x, WorkerContext& w, net::Interrupt& interrupt) {
  net::Stream& stream = *x.answer.stream;
  AnswerReader reader(x, w);
  bool received = false;
  for (;;) {
    const IoResult got = stream.read_some(w.worker.read_buffer(), net::Worker::kReadBuffer);
    if (got.status == IoStatus::Ok) {
      received = true;
      auto verdict = reader.feed({w.worker.read_buffer(), got.bytes});
      if (verdict) co_return std::move(*verdict);
      reader.before_wait();
      if (reader.counts_idle()) interrupt.arm(Cut::Idle, reader.idle());
      continue;
    }
    if (got.status == IoStatus::WantRead || got.status == IoStatus::WantWrite) {
      const auto ends = reader.window_ends();
      const SteadyTime now = w.worker.wheel().now();
      if (ends && *ends <= now) co_return reader.window_over();
      if (ends) interrupt.nudge(std::chrono::ceil<std::chrono::milliseconds>(*ends - now));
      keep_company(x, w);
      co_await stream.wait(got.status);
      if (interrupt.why() == Cut::Idle) {
        if (auto verdict = reader.at_silence()) {
          interrupt.clear_attempt();
          co_return std::move(*verdict);
        }
      }
      if (interrupt.why() != Cut::None) co_return Verdict(outcome_of(interrupt.why()));
      continue;
    }
    if (got.status == IoStatus::Eof && received) co_return reader.at_end();
    if (auto verdict = reader.at_silence(); verdict && received) co_return std::move(*verdict);
    Verdict lost(AttemptOutcome::Reset, received ? "connection reset in the middle of the answer" : "connection lost before an answer");
    lost.nothing_received = !received;
    co_return lost;
  }
}

void clear_answer(Exchange& x) {
  Answer& a = x.answer;
  a.stream.reset();
  a.reader.reset();
  a.decoder.reset();
  a.decoded.release();
  x.load.release_answer();
  a.held = {};
  a.held_storage.release();
  a.asked.reset();
  a.usage = {};
  a.finish.clear();
  a.said_model.clear();
  a.status = 0;
  a.clean = a.is_events = a.has_length = a.whole = false;
  x.gate.emplace();
}

// One attempt on one connection.
net::Awaitable<Verdict> try_once(Exchange& x, WorkerContext& w, const routing::ModelEntry& model, accounting::Attempt& log, bool fresh) {
  net::Interrupt& interrupt = x.client->interrupt();
  const routing::Upstream& upstream = *model.upstream;
  const config::Limits& limits = x.view->config.limits;
  interrupt.set_upstream(nullptr);
  clear_answer(x);
  x.answer.model = &model;
  read_along(x, model);
  if (!fresh) x.answer.stream = w.worker.pool().take(upstream.pool_key);
  log.reused_connection = x.answer.stream != nullptr;
  if (!x.answer.stream) {
    routing::ConnectCrowd::Waiting waiting(model.stats->connects, w.worker.wheel().now());
    auto connected = co_await w.connector.connect(upstream, x.plan.timeouts.connect, limits.tls_timeout, interrupt);
    if (connected) waiting.got_through(w.worker.wheel().now());
    if (!connected) co_return Verdict(connected.error().outcome(), connected.error().detail());
    x.answer.stream = std::move(*connected);
    w.metrics.upstream_connection_opened();
  } else {
    w.metrics.upstream_connection_reused();
  }
  interrupt.set_upstream(x.answer.stream.get());
  interrupt.arm(Cut::FirstByte, x.plan.timeouts.first_byte);
  Verdict verdict(AttemptOutcome::Answered);
  if (const IoStatus sent = write_request(x); sent != IoStatus::Ok) verdict = co_await send_rest(x, interrupt, sent);
  if (verdict.outcome == AttemptOutcome::Answered) verdict = co_await read_answer(x, w, interrupt);
  if (!x.pieces.empty()) x.answer.clean = x.answer.keep_alive = false;      // it has not heard all of the request
  interrupt.disarm();
  interrupt.cancel_nudge();
  if (x.answer.stream) interrupt.set_upstream(x.answer.stream.get());
  co_return verdict;
}

net::Awaitable<Verdict> try_candidate(Exchange& x, WorkerContext& w, const routing::ModelEntry& model, bool probe) {
  const Clock& clock = w.worker.clock();
  const SteadyTime started = clock.steady();
  accounting::Attempt log;
  log.provider = model.upstream->id;
  log.model = model.id;
  log.started_us = w.worker.wall_us(started);
  log.waited_ms = static_cast<std::uint32_t>(x.chain.waited().count());
  log.probe = probe;
  if (x.chain.attempts() == 1) {
    x.record.upstream_called_us = log.started_us;
    x.record.routed_us = log.started_us;      // the plan was made in the moment before
  }
  if (x.record.trace.span != 0) log.span_id = tracing::new_span_id(w.worker.random());
  x.attempt_span = log.span_id;
  x.answer.running = routing::RunningAttempt(*model.stats, started, probe);
  compose_request(x, model, AskUsage::Yes);
  Verdict verdict = co_await try_once(x, w, model, log, false);
  if (verdict.outcome == AttemptOutcome::Reset && verdict.nothing_received && log.reused_connection) {
    // A pooled connection that its owner closed while our request was on the way: nothing was answered, so the same candidate gets a fresh one.
    compose_request(x, model, AskUsage::Yes);
    verdict = co_await try_once(x, w, model, log, true);
  }
  if (x.asks_usage && openai::refuses_to_report_usage(x.answer.status, x.answer.held) && x.client->interrupt().why() == Cut::None) {
    // It may have answered, had we not asked for more than the client did. Only its answer proves it: the words may be about options of the client's.
    compose_request(x, model, AskUsage::No);
    verdict = co_await try_once(x, w, model, log, true);
    if (verdict.outcome == AttemptOutcome::Answered) model.stats->refuses_stream_usage.store(true, std::memory_order_relaxed);
  }
  x.client->interrupt().set_upstream(nullptr);
  const SteadyTime ended = clock.steady();
  x.waited += ended - started;
  x.answered = ended;
  const resilience::OutcomeRow& row = resilience::row_of(verdict.outcome);
  if (verdict.outcome == AttemptOutcome::Answered || verdict.outcome == AttemptOutcome::FirstByteTimeout)
    x.answer.running.first_byte(ended, verdict.outcome == AttemptOutcome::Answered);
  if (probe && row.health != resilience::HealthKind::None) w.metrics.probe(verdict.outcome == AttemptOutcome::Answered);
  x.answer.outcome = verdict.outcome;
  log.duration_us = static_cast<std::uint32_t>(duration_cast<microseconds>(ended - started).count());
  log.outcome = row.name;
  if (verdict.outcome != AttemptOutcome::Answered) log.fault = label_of(row.fault);
  log.status = x.answer.status;
  log.reason = verdict.detail;
  if (x.answer.asked) log.retry_after_ms = static_cast<std::uint64_t>(x.answer.asked->count());
  x.record.attempts.push_back(std::move(log));
  co_return verdict;
}

// Until `span` is over, or the exchange is.
net::Awaitable<void> pause(Exchange& x, WorkerContext& w, config::Millis span) {
  net::Interrupt& interrupt = x.client->interrupt();
  net::Event over(w.worker.reactor());
  net::Deadline deadline;
  deadline.bind([](void* event) { static_cast<net::Event*>(event)->set(); }, &over);
  const SteadyTime began = w.worker.clock().steady();      // not the loop's time: the attempt before has counted up to now
  w.worker.wheel().arm(deadline, w.worker.wheel().now() + span);
  interrupt.set_event(&over);
  if (interrupt.why() == Cut::None) co_await over.wait();
  interrupt.set_event(nullptr);
  x.waited += w.worker.clock().steady() - began;
}

// The provider's word about the request, for the case that nobody else can answer. The last one counts: it knows the largest window.
void keep_rejection(Exchange& x) {
  const Answer& a = x.answer;
  Rejection& kept = x.rejection.emplace();
  kept.model = a.model;
  kept.status = a.status;
  kept.content_type = a.content_type;
  kept.body.assign(a.held);
  if (a.status >= 400) return;
  // An error inside a 200: its words go out with the status they should have had.
  kept.status = kBadRequest;
  kept.content_type = "application/json";
  if (!a.is_events) return;
  kept.body = x.gate->facts().error_text;
  (void)take_out_key(kept.body, key_of(*x.view, *a.model));
}

void answer_with(Exchange& x, const Rejection& kept) {
  clear_answer(x);
  Answer& a = x.answer;
  a.model = kept.model;
  a.outcome = AttemptOutcome::RejectedRequest;
  a.status = kept.status;
  a.content_type = kept.content_type;
  a.held_storage.append(kept.body);
  a.held = a.held_storage.view();
  a.whole = true;
}

Error error_of(const Verdict& verdict, int attempts) {
  const auto& row = resilience::row_of(verdict.outcome);
  std::string text(row.text);
  if (attempts > 1) text += " (last of " + std::to_string(attempts) + " attempts)";
  return Error(row.as_error, std::move(text), verdict.detail);
}

// Everybody who could have answered was asked.
Error chain_error(const Exchange& x, const Verdict& last) {
  if (!x.chain.nobody_reached()) return error_of(last, x.chain.attempts());
  return Error(ErrorKind::NoHealthyUpstream, "none of the models that could answer can be reached", last.detail);
}

}  // namespace

void begin_attempts(Exchange& x, WorkerContext& w) {
  w.budget.request_began(w.worker.wheel().now(), x.view->config.retry);
  x.chain.begin(*x.view, x.plan);
  x.rejection.reset();
  x.retry_after.reset();
}

net::Awaitable<Result<void>> attempt_candidates(Exchange& x, WorkerContext& w) {
  net::Interrupt& interrupt = x.client->interrupt();
  Verdict last(AttemptOutcome::NoCredentials, "every candidate was skipped");
  for (;;) {
    // The client may have left, or the drain time ended, while the judge was asked or somebody was waited for.
    if (const Cut cut = interrupt.why(); cut != Cut::None) co_return tl::unexpected<Error>(error_of(Verdict(outcome_of(cut)), x.chain.attempts()));
    const routing::AttemptChain::Step step = x.chain.next(w.worker.wheel().now(), w.budget);
    if (step.what == routing::AttemptChain::Step::What::Stop) break;
    if (step.what == routing::AttemptChain::Step::What::Wait) {
      co_await pause(x, w, step.wait);
      continue;
    }
    if (x.chain.waited().count() > 0) w.metrics.retry_waited();
    last = co_await try_candidate(x, w, *step.model, step.probe);
    if (last.outcome == AttemptOutcome::Answered) co_return Result<void>();
    const auto next = resilience::next_after(last.outcome, x.view->retry_rules);
    const bool has_words = resilience::row_of(last.outcome).passes_on;
    if (has_words && next == resilience::Next::Nobody && x.answer.status >= 400) co_return Result<void>();
    if (has_words) keep_rejection(x);
    const auto asked = x.answer.asked;
    const int status = x.answer.status;
    note_thrown_away(x);
    release_upstream(x, w);
    interrupt.clear_attempt();
    x.chain.failed(last.outcome, status, asked, w.worker.clock().steady(), w.worker.random());
  }
  if (x.chain.budget_spent()) w.metrics.retry_budget_spent();
  if (x.rejection) {
    answer_with(x, *x.rejection);
    co_return Result<void>();
  }
  x.retry_after = x.chain.soonest_asked();
  co_return tl::unexpected<Error>(chain_error(x, last));
}

void release_upstream(Exchange& x, WorkerContext& w) {
  Answer& a = x.answer;
  net::Interrupt& interrupt = x.client->interrupt();
  interrupt.set_upstream(nullptr);
  // The attempt's deadline ends with it: what follows may be a pause.
  interrupt.disarm();
  interrupt.cancel_nudge();
  if (a.stream && a.clean && a.reader && a.reader->state() == http1::BodyReader::State::Done)
    w.worker.pool().give(a.model->upstream->pool_key, std::move(a.stream), w.worker.wheel().now(),
                         static_cast<std::size_t>(x.view->config.limits.upstream_idle_per_worker));
  a.stream.reset();
  routing::AttemptEnd end;
  end.outcome = a.outcome;
  end.asked = a.asked;
  a.running.end(end, w.worker.wheel().now(), x.view->config.health);
}

}  // namespace smartroute::proxy

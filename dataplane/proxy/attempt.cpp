#include "dataplane/proxy/attempt.hpp"

#include <algorithm>

#include "dataplane/core/http1/response_head.hpp"
#include "dataplane/net/downstream.hpp"

namespace smartroute::proxy {
namespace {

using net::Cut;
using net::IoResult;
using net::IoStatus;
using resilience::AttemptOutcome;
using std::chrono::duration_cast;
using std::chrono::microseconds;

// What one attempt came to, with the words for its trace.
struct Verdict {
  Verdict(AttemptOutcome o, std::string why = {}) : outcome(o), detail(std::move(why)) {}
  AttemptOutcome outcome;
  std::string detail;
  bool nothing_received = false;      // not one byte of an answer: on a reused connection that means it was stale
};

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

bool is_json(std::string_view type) { return type.find("json") != std::string_view::npos; }
bool is_events(std::string_view type) { return type.substr(0, 17) == "text/event-stream"; }

void put(std::vector<iovec>& pieces, std::string_view bytes) {
  if (!bytes.empty()) pieces.push_back({const_cast<char*>(bytes.data()), bytes.size()});
}

// The one place where a request for an upstream is composed. Only these headers ever leave: the client's own Authorization, cookies,
// forwarding and hop-by-hop headers do not.
void compose_request(Exchange& x, const routing::ModelEntry& model) {
  x.spliced.build(x.body, x.chat, model.model_json, x.view->global_params, model.forced);
  std::string& head = x.upstream_head;
  head.assign("POST ").append(model.upstream->chat_target).append(" HTTP/1.1\r\n");
  head.append(model.upstream->head_block.reveal());
  head.append("Content-Type: application/json\r\nAccept-Encoding: identity\r\nUser-Agent: SmartRoute/" SMARTROUTE_VERSION "\r\n");
  head.append(x.chat.stream ? "Accept: text/event-stream\r\n" : "Accept: application/json\r\n");
  using http1::Known;
  constexpr std::pair<Known, std::string_view> kPassed[] = {
      {Known::Traceparent, "traceparent: "}, {Known::Tracestate, "tracestate: "}, {Known::OpenAiBeta, "openai-beta: "},
      {Known::AnthropicVersion, "anthropic-version: "}, {Known::AnthropicBeta, "anthropic-beta: "}};
  for (const auto& [known, name] : kPassed)
    if (const auto value = x.head->get(known); !value.empty()) head.append(name).append(value).append("\r\n");
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

// The rest of a request that the socket did not take at once.
net::Awaitable<Verdict> send_rest(Exchange& x, net::Interrupt& interrupt, IoStatus status) {
  for (; status != IoStatus::Ok; status = write_request(x)) {
    if (status != IoStatus::WantWrite && status != IoStatus::WantRead) {
      Verdict lost(AttemptOutcome::Reset, "connection lost while sending the request");
      lost.nothing_received = true;
      co_return lost;
    }
    co_await x.answer.stream->wait(status);
    if (interrupt.why() != Cut::None) co_return Verdict(outcome_of(interrupt.why()), "while sending the request");
  }
  co_return Verdict(AttemptOutcome::Answered);
}

// Reads an answer from its first byte up to the commit point. Fed with each read; says when it knows enough.
class AnswerReader {
 public:
  AnswerReader(Exchange& x, net::BufferPool& pool) : x_(x), head_bytes_(pool.get()) {
    limits_.max_bytes = static_cast<std::size_t>(x.view->config.limits.max_response_header_bytes);
  }

  // nullopt: read on. The views kept in x.answer point into `bytes`.
  std::optional<Verdict> feed(std::string_view bytes) {
    if (!have_head_) {
      if (!head_bytes_.empty()) {
        head_bytes_.append(bytes);
        bytes = head_bytes_.view();
      }
      if (auto verdict = take_head(bytes)) return verdict;
      if (!have_head_) {
        if (head_bytes_.empty()) head_bytes_.append(bytes);
        return std::nullopt;
      }
    }
    return take_body(bytes);
  }

  // The upstream sent FIN.
  Verdict at_end() {
    if (!have_head_) return Verdict(AttemptOutcome::Reset, "closed before the response head was complete");
    if (!x_.answer.reader->ends_at_eof()) return Verdict(AttemptOutcome::Reset, "closed in the middle of the answer");
    if (x_.answer.is_events) return Verdict(AttemptOutcome::BadResponse, "the stream ended without an event");
    return judge_whole();
  }

  void before_wait() {
    if (have_head_ && x_.answer.is_events) {
      x_.gate->settle();
    } else if (have_head_ && x_.answer.held.data() != x_.answer.held_storage.data()) {
      x_.answer.held_storage.resize(0);
      x_.answer.held_storage.append(x_.answer.held);
      x_.answer.held = x_.answer.held_storage.view();
    }
  }

 private:
  // Takes heads off the front of `bytes`, interim ones included.
  std::optional<Verdict> take_head(std::string_view& bytes) {
    for (;;) {
      const std::size_t end = http1::find_head_end(bytes, 0);
      if (end == std::string_view::npos) {
        if (bytes.size() > limits_.max_bytes) return Verdict(AttemptOutcome::BadResponse, "response head too large");
        return std::nullopt;
      }
      auto head = http1::parse_response_head(bytes.substr(0, end), limits_);
      if (!head) return Verdict(AttemptOutcome::BadResponse, head.error().text());
      const std::string_view rest = bytes.substr(end);
      if (head->status >= 200) {
        have_head_ = true;
        auto verdict = judge_head(*head);
        bytes = rest;
        return verdict;
      }
      if (++interim_ > http1::kMaxInterim) return Verdict(AttemptOutcome::BadResponse, "too many interim responses");
      // Keep only what follows, so that a long wait for the final head starts clean.
      net::Buffer kept = std::move(head_bytes_);
      head_bytes_ = x_.client->worker().buffers().get();
      head_bytes_.append(rest);
      bytes = head_bytes_.view();
      if (rest.empty()) return std::nullopt;
    }
  }

  std::optional<Verdict> judge_head(const http1::ResponseHead& head) {
    Answer& a = x_.answer;
    a.status = head.status;
    a.content_type.assign(head.content_type);
    a.retry_after.assign(head.retry_after);
    a.keep_alive = head.keep_alive;
    a.has_length = head.body == http1::BodyKind::Length;
    a.content_length = head.content_length;
    a.reader.emplace(head.body, head.content_length, http1::ChunkedDecoder::Trailers::Skip);
    const AttemptOutcome outcome = resilience::judge_status(head.status, x_.view->retry_statuses);
    if (outcome == AttemptOutcome::RejectedRequest) {
      passed_ = true;
      return std::nullopt;       // its body tells the client what is wrong with the request
    }
    if (outcome != AttemptOutcome::Answered) return Verdict(outcome, "status " + std::to_string(head.status));
    if (!head.content_encoding.empty() && head.content_encoding != "identity")
      return Verdict(AttemptOutcome::BadResponse, "compressed although identity was asked for");
    a.is_events = x_.chat.stream;
    if (x_.chat.stream && !head.content_type.empty() && !is_events(head.content_type))
      return Verdict(AttemptOutcome::BadResponse, "not an event stream: " + std::string(head.content_type.substr(0, 64)));
    if (!x_.chat.stream && !head.content_type.empty() && !is_json(head.content_type))
      return Verdict(AttemptOutcome::BadResponse, "not JSON: " + std::string(head.content_type.substr(0, 64)));
    return std::nullopt;
  }

  std::optional<Verdict> take_body(std::string_view bytes) {
    Answer& a = x_.answer;
    if (a.is_events) return take_events(bytes);
    // One view where the payload is in one piece, else gathered.
    auto keep = [&a](std::string_view payload) {
      if (a.held.empty()) {
        a.held = payload;
        return;
      }
      if (a.held.data() != a.held_storage.data()) {
        a.held_storage.resize(0);
        a.held_storage.append(a.held);
      }
      a.held_storage.append(payload);
      a.held = a.held_storage.view();
    };
    const std::size_t used = a.reader->feed(bytes, keep);
    if (a.reader->state() == http1::BodyReader::State::Bad) return Verdict(AttemptOutcome::BadResponse, a.reader->why());
    if (a.reader->state() == http1::BodyReader::State::Done) {
      a.clean = a.keep_alive && used == bytes.size();
      return judge_whole();
    }
    if (a.held.size() > kHoldBytes) return passed_ ? judge_whole() : Verdict(AttemptOutcome::Answered);
    return std::nullopt;
  }

  std::optional<Verdict> take_events(std::string_view bytes) {
    Answer& a = x_.answer;
    sse::EventGate& gate = *x_.gate;
    auto push = [&gate](std::string_view payload) { gate.push(payload); };
    const std::size_t used = a.reader->feed(bytes, push);
    const bool ended = a.reader->state() == http1::BodyReader::State::Done;
    a.clean = ended && a.keep_alive && used == bytes.size();
    if (gate.facts().error_first) return Verdict(AttemptOutcome::ErrorInBody, "the first event is an error");
    if (a.reader->state() == http1::BodyReader::State::Bad && gate.facts().events == 0)
      return Verdict(AttemptOutcome::BadResponse, a.reader->why());
    if (gate.facts().events != 0) return Verdict(AttemptOutcome::Answered);
    if (ended) return Verdict(AttemptOutcome::BadResponse, "the stream ended without an event");
    return std::nullopt;
  }

  // The whole body of a non-streaming answer is here.
  Verdict judge_whole() {
    Answer& a = x_.answer;
    if (passed_) return Verdict(AttemptOutcome::RejectedRequest, "status " + std::to_string(a.status));
    const openai::AnswerFacts facts = openai::inspect_answer(a.held);
    if (facts.has_error) return Verdict(AttemptOutcome::ErrorInBody, "a success status with an error inside");
    if (!facts.is_json_object) return Verdict(AttemptOutcome::BadResponse, "the answer is not a JSON object");
    if (facts.has_usage) {
      accounting::TokenUse use;
      use.prompt = facts.prompt_tokens;
      use.completion = facts.completion_tokens;
      x_.record.tokens = use;
    }
    return Verdict(AttemptOutcome::Answered);
  }

  Exchange& x_;
  net::Buffer head_bytes_;
  http1::HeadLimits limits_;
  int interim_ = 0;
  bool have_head_ = false;
  bool passed_ = false;
};

net::Awaitable<Verdict> read_answer(Exchange& x, WorkerContext& w, net::Interrupt& interrupt) {
  net::Stream& stream = *x.answer.stream;
  AnswerReader reader(x, w.worker.buffers());
  bool received = false;
  for (;;) {
    const IoResult got = stream.read_some(w.worker.read_buffer(), net::Worker::kReadBuffer);
    if (got.status == IoStatus::Ok) {
      received = true;
      auto verdict = reader.feed({w.worker.read_buffer(), got.bytes});
      if (verdict) co_return std::move(*verdict);
      reader.before_wait();
      continue;
    }
    if (got.status == IoStatus::WantRead || got.status == IoStatus::WantWrite) {
      co_await stream.wait(got.status);
      if (interrupt.why() != Cut::None) co_return Verdict(outcome_of(interrupt.why()));
      continue;
    }
    if (got.status == IoStatus::Eof && received) co_return reader.at_end();
    Verdict lost(AttemptOutcome::Reset, "connection lost before an answer");
    lost.nothing_received = !received;
    co_return lost;
  }
}

void clear_answer(Exchange& x) {
  Answer& a = x.answer;
  a.stream.reset();
  a.reader.reset();
  a.held = {};
  a.held_storage.release();
  a.status = 0;
  a.clean = a.is_events = a.has_length = false;
  x.gate.emplace();
}

// One attempt on one connection.
net::Awaitable<Verdict> try_once(Exchange& x, WorkerContext& w, const routing::ModelEntry& model, accounting::Attempt& log, bool fresh) {
  net::Interrupt& interrupt = x.client->interrupt();
  const routing::Upstream& upstream = *model.upstream;
  const config::Limits& limits = x.view->config.limits;
  clear_answer(x);
  x.answer.model = &model;
  if (!fresh) x.answer.stream = w.worker.pool().take(upstream.pool_key);
  log.reused_connection = x.answer.stream != nullptr;
  if (!x.answer.stream) {
    auto connected = co_await w.connector.connect(upstream, x.plan.timeouts.connect, limits.tls_timeout, interrupt);
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
  interrupt.disarm();
  if (x.answer.stream) interrupt.set_upstream(x.answer.stream.get());
  co_return verdict;
}

// A silent model is at least as slow as the time it was given.
void note_speed(const routing::ModelEntry& model, AttemptOutcome outcome, std::chrono::nanoseconds took) {
  if (outcome == AttemptOutcome::Answered || outcome == AttemptOutcome::FirstByteTimeout) model.stats->first_byte(took);
}

net::Awaitable<Verdict> try_candidate(Exchange& x, WorkerContext& w, const routing::ModelEntry& model) {
  const Clock& clock = w.worker.clock();
  const SteadyTime started = clock.steady();
  accounting::Attempt log;
  log.provider = model.upstream->id;
  log.model = model.id;
  log.started_us = w.worker.wall_us(started);
  if (x.attempts++ == 0) {
    x.record.upstream_called_us = log.started_us;
    x.record.routed_us = log.started_us;      // the plan was made in the moment before
  }
  x.answer.running = routing::RunningAttempt(*model.stats, started);
  compose_request(x, model);
  Verdict verdict = co_await try_once(x, w, model, log, false);
  if (verdict.outcome == AttemptOutcome::Reset && verdict.nothing_received && log.reused_connection) {
    // A pooled connection that its owner closed while our request was on the way: nothing was answered, so the same candidate gets a fresh one.
    compose_request(x, model);
    verdict = co_await try_once(x, w, model, log, true);
  }
  x.client->interrupt().set_upstream(nullptr);
  const SteadyTime ended = clock.steady();
  x.waited += ended - started;
  x.answered = ended;
  log.duration_us = static_cast<std::uint32_t>(duration_cast<microseconds>(ended - started).count());
  log.outcome = resilience::name_of(verdict.outcome);
  note_speed(model, verdict.outcome, ended - started);
  x.answer.outcome = verdict.outcome;
  log.status = x.answer.status;
  log.reason = verdict.detail;
  x.record.attempts.push_back(std::move(log));
  co_return verdict;
}

Error error_of(const Verdict& verdict, int attempts) {
  const auto& row = resilience::row_of(verdict.outcome);
  std::string text(row.text);
  if (attempts > 1) text += " (last of " + std::to_string(attempts) + " attempts)";
  return Error(row.as_error, std::move(text), verdict.detail);
}

}  // namespace

net::Awaitable<Result<void>> attempt_candidates(Exchange& x, WorkerContext& w) {
  Verdict last(AttemptOutcome::NoCredentials, "every candidate was skipped");
  // The client may have left, or the drain time ended, while the judge was asked.
  if (const Cut cut = x.client->interrupt().why(); cut != Cut::None) co_return tl::unexpected<Error>(error_of(Verdict(outcome_of(cut)), 0));
  std::vector<const routing::Upstream*> silent;      // answered nothing in time: not asked again for this request
  for (const routing::Candidate& candidate : x.plan.candidates) {
    if (x.attempts >= x.plan.max_attempts) break;
    if (!candidate.skip.empty()) continue;
    if (std::find(silent.begin(), silent.end(), candidate.model->upstream) != silent.end()) continue;
    last = co_await try_candidate(x, w, *candidate.model);
    if (last.outcome == AttemptOutcome::Answered || last.outcome == AttemptOutcome::RejectedRequest) co_return Result<void>();
    release_upstream(x, w);
    if (!resilience::may_fail_over(last.outcome, x.view->retry_statuses)) break;
    if (last.outcome == AttemptOutcome::FirstByteTimeout || last.outcome == AttemptOutcome::ConnectTimeout)
      silent.push_back(candidate.model->upstream);
    x.client->interrupt().clear_attempt();
    if (x.client->interrupt().why() != Cut::None) break;
  }
  co_return tl::unexpected<Error>(error_of(last, x.attempts));
}

void release_upstream(Exchange& x, WorkerContext& w) {
  Answer& a = x.answer;
  x.client->interrupt().set_upstream(nullptr);
  if (a.stream && a.clean && a.reader && a.reader->state() == http1::BodyReader::State::Done)
    w.worker.pool().give(a.model->upstream->pool_key, std::move(a.stream), w.worker.wheel().now(),
                         static_cast<std::size_t>(x.view->config.limits.upstream_idle_per_worker));
  a.stream.reset();
  a.running.end(a.outcome, w.worker.wheel().now(), x.view->config.health);
}

}  // namespace smartroute::proxy

#include "dataplane/proxy/judge.hpp"

#include <algorithm>
#include <functional>

#include "dataplane/core/classify/ask_reader.hpp"
#include "dataplane/core/classify/judge_prompt.hpp"
#include "dataplane/core/http1/body_reader.hpp"
#include "dataplane/core/http1/response_head.hpp"
#include "dataplane/net/downstream.hpp"

namespace smartroute::proxy {
namespace {

using config::Millis;
using http1::BodyReader;
using net::Cut;
using net::IoResult;
using net::IoStatus;
using resilience::Breaker;
using routing::JudgeOutcome;
using routing::JudgeVerdict;

constexpr std::size_t kMaxAnswerBytes = 64 * 1024;      // of a body; a tier takes two
constexpr int kShareOfTotal = 2;                        // the judge may use this fraction of the request's total time, the model needs the rest
constexpr config::TierName kNoTier = config::TierName::T2;      // where the outcome has none
constexpr Millis kBeyond = 4 * net::DeadlineWheel::kTick;      // phases of the call may last longer than its deadline, which cuts first

// What one call came to.
struct Reply {
  explicit Reply(JudgeOutcome o) : outcome(o) {}
  JudgeOutcome outcome;
  config::TierName tier = kNoTier;      // when Answered
  bool nothing_received = false;                     // not one byte: on a reused connection that means it was stale
  bool clean = false;                                // the connection may serve again
};

JudgeOutcome outcome_of(Cut cut) noexcept {
  switch (cut) {
    case Cut::ClientGone:
    case Cut::Drain: return JudgeOutcome::Abandoned;
    case Cut::None: return JudgeOutcome::Unreachable;
    case Cut::Judge:
    case Cut::Connect:
    case Cut::FirstByte:
    case Cut::Idle:
    case Cut::Total:
    case Cut::KeepAlive:
    case Cut::Head:
    case Cut::Body:
    case Cut::Tail:
    case Cut::ClientWrite: return JudgeOutcome::Timeout;
  }
  return JudgeOutcome::Timeout;
}

// Reads the judge's answer, whatever the judge sends: bounded in head, interim heads and body.
class AnswerReader {
 public:
  AnswerReader(net::BufferPool& pool, const config::Limits& limits) : head_(pool.get()), body_(pool.get()) {
    limits_.max_bytes = static_cast<std::size_t>(limits.max_response_header_bytes);
  }

  // nullopt: read on.
  std::optional<Reply> feed(std::string_view bytes) {
    if (reader_) return take_body(bytes);
    head_.append(bytes);
    for (;;) {
      const std::size_t end = http1::find_head_end(head_.view(), 0);
      if (end == std::string_view::npos) {
        if (head_.size() > limits_.max_bytes) return Reply(JudgeOutcome::Babble);
        return std::nullopt;
      }
      const auto head = http1::parse_response_head(head_.view().substr(0, end), limits_);
      if (!head) return Reply(JudgeOutcome::Babble);
      if (head->status >= 200) {
        if (auto reply = take_head(*head)) return reply;
        return take_body(head_.view().substr(end));
      }
      if (++interim_ > http1::kMaxInterim) return Reply(JudgeOutcome::Babble);
      head_.consume(end);
    }
  }

  // The judge sent FIN.
  Reply at_end() const { return reader_ && reader_->ends_at_eof() ? whole() : Reply(JudgeOutcome::Unreachable); }

 private:
  // Redirects are not followed: where the question goes is the owner's word.
  std::optional<Reply> take_head(const http1::ResponseHead& head) {
    if (head.status != 200) return Reply(JudgeOutcome::Refused);
    if (!head.content_encoding.empty() && head.content_encoding != "identity") return Reply(JudgeOutcome::Babble);
    if (head.body == http1::BodyKind::Length && head.content_length > kMaxAnswerBytes) return Reply(JudgeOutcome::Babble);
    keep_alive_ = head.keep_alive;
    reader_.emplace(head.body, head.content_length, http1::ChunkedDecoder::Trailers::Skip);
    return std::nullopt;
  }

  std::optional<Reply> take_body(std::string_view bytes) {
    bool fits = true;
    auto keep = [this, &fits](std::string_view payload) {
      fits = fits && payload.size() <= kMaxAnswerBytes - body_.size();
      if (fits) body_.append(payload);
    };
    const std::size_t used = reader_->feed(bytes, keep);
    if (!fits || reader_->state() == BodyReader::State::Bad) return Reply(JudgeOutcome::Babble);
    if (reader_->state() != BodyReader::State::Done) return std::nullopt;
    Reply reply = whole();
    reply.clean = keep_alive_ && used == bytes.size();
    return reply;
  }

  Reply whole() const {
    const auto tier = classify::read_judge_answer(body_.view());
    Reply reply(tier ? JudgeOutcome::Answered : JudgeOutcome::Babble);
    if (tier) reply.tier = *tier;
    return reply;
  }

  net::Buffer head_, body_;
  http1::HeadLimits limits_;
  std::optional<BodyReader> reader_;
  int interim_ = 0;
  bool keep_alive_ = false;
};

// Nothing of the client's request but its id goes along: no header, no key, no cookie.
std::string compose_letter(const routing::Upstream& upstream, std::string_view request_id, std::string_view question) {
  std::string letter = "POST " + upstream.chat_target + " HTTP/1.1\r\n";
  letter += upstream.head_block.reveal();
  letter += "Content-Type: application/json\r\nAccept: application/json\r\nAccept-Encoding: identity\r\nUser-Agent: SmartRoute/" SMARTROUTE_VERSION
            "\r\nX-Request-Id: ";
  letter += request_id;
  letter += "\r\nContent-Length: " + std::to_string(question.size()) + "\r\n\r\n";
  letter += question;
  return letter;
}

Reply lost(bool received) {
  Reply reply(JudgeOutcome::Unreachable);
  reply.nothing_received = !received;
  return reply;
}

net::Awaitable<Reply> converse(net::Stream& stream, std::string_view letter, const config::Limits& limits, WorkerContext& w,
                               net::Interrupt& interrupt) {
  while (!letter.empty()) {
    const iovec piece{const_cast<char*>(letter.data()), letter.size()};
    const IoResult wrote = stream.write_some(&piece, 1);
    if (wrote.status == IoStatus::Ok) {
      letter.remove_prefix(wrote.bytes);
      continue;
    }
    if (wrote.status != IoStatus::WantWrite && wrote.status != IoStatus::WantRead) co_return lost(false);
    co_await stream.wait(wrote.status);
    if (interrupt.why() != Cut::None) co_return Reply(outcome_of(interrupt.why()));
  }
  AnswerReader reader(w.worker.buffers(), limits);
  bool received = false;
  for (;;) {
    const IoResult got = stream.read_some(w.worker.read_buffer(), net::Worker::kReadBuffer);
    if (got.status == IoStatus::Ok) {
      received = true;
      if (auto reply = reader.feed({w.worker.read_buffer(), got.bytes})) co_return *reply;
      continue;
    }
    if (got.status == IoStatus::WantRead || got.status == IoStatus::WantWrite) {
      co_await stream.wait(got.status);
      if (interrupt.why() != Cut::None) co_return Reply(outcome_of(interrupt.why()));
      continue;
    }
    co_return got.status == IoStatus::Eof && received ? reader.at_end() : lost(received);
  }
}

enum class Connection : std::uint8_t { MayBePooled, Fresh };

// The call over one connection.
net::Awaitable<Reply> call(Exchange& x, WorkerContext& w, std::string_view letter, Millis time, Connection connection) {
  net::Interrupt& interrupt = x.client->interrupt();
  if (interrupt.why() != Cut::None) co_return Reply(outcome_of(interrupt.why()));
  const routing::Upstream& upstream = *x.view->judge->upstream;
  const config::Limits& limits = x.view->config.limits;
  std::unique_ptr<net::Stream> stream;
  if (connection == Connection::MayBePooled) stream = w.worker.pool().take(upstream.pool_key);
  const bool reused = stream != nullptr;
  if (reused) {
    w.metrics.upstream_connection_reused();
  } else {
    auto connected = co_await w.connector.connect(upstream, time + kBeyond, time + kBeyond, interrupt);
    if (interrupt.why() != Cut::None) co_return Reply(outcome_of(interrupt.why()));
    if (!connected) co_return Reply(JudgeOutcome::Unreachable);
    stream = std::move(*connected);
    w.metrics.upstream_connection_opened();
  }
  interrupt.set_upstream(stream.get());
  Reply reply = co_await converse(*stream, letter, limits, w, interrupt);
  interrupt.set_upstream(nullptr);
  reply.nothing_received = reply.nothing_received && reused;
  if (reply.clean)
    w.worker.pool().give(upstream.pool_key, std::move(stream), w.worker.wheel().now(), static_cast<std::size_t>(limits.upstream_idle_per_worker));
  co_return reply;
}

// What the breaker let through, given back exactly once, also when the coroutine dies.
class Permit {
 public:
  Permit(std::shared_ptr<Breaker> breaker, SteadyTime now) : breaker_(std::move(breaker)), admission_(breaker_->admit(now)) {}
  ~Permit() {
    if (!given_back_ && admission_ != Breaker::Admission::Refuse) breaker_->abandoned(admission_);
  }
  Permit(const Permit&) = delete;
  Permit& operator=(const Permit&) = delete;

  bool refused() const noexcept { return admission_ == Breaker::Admission::Refuse; }
  // A judge that babbles costs as much time as one that is down and helps as little: it counts as failed.
  void give_back(JudgeOutcome outcome, SteadyTime now, const config::LlmJudge& settings) noexcept {
    if (outcome == JudgeOutcome::Abandoned) return;
    given_back_ = true;
    if (outcome == JudgeOutcome::Answered)
      breaker_->succeeded(admission_);
    else
      breaker_->failed(admission_, now, settings.breaker_failures, settings.breaker_open);
  }

 private:
  std::shared_ptr<Breaker> breaker_;
  Breaker::Admission admission_;
  bool given_back_ = false;
};

// router.llm.timeout, but never so much that the request could not be served any more in the time of any tier.
Millis time_for(const routing::View& view) {
  Millis time = view.config.router.llm->timeout;
  for (const auto& tier : view.tiers)
    if (!tier.models.empty()) time = std::min(time, tier.settings.timeouts.total / kShareOfTotal);
  return time;
}

JudgeIdentity identity_of(const routing::ModelEntry& judge) {
  const std::hash<std::string_view> hash;
  JudgeIdentity identity = 0;
  for (const std::string_view part : {std::string_view(judge.upstream->pool_key), std::string_view(judge.upstream->chat_target),
                                      std::string_view(judge.upstream->head_block.reveal()), std::string_view(judge.upstream_model)})
    identity = identity * 0x9e3779b97f4a7c15ULL + hash(part);
  return identity;
}

std::string question_about(const Exchange& x) {
  const config::LlmJudge& settings = *x.view->config.router.llm;
  std::string history;
  classify::append_history(x.body, x.chat, settings.history_turns, static_cast<std::size_t>(settings.max_turn_bytes), history);
  return classify::judge_request(settings, x.view->judge->model_json, history, x.view->judge->forced);
}

JudgeVerdict verdict_of(JudgeOutcome outcome, config::TierName tier, SteadyTime started, WorkerContext& w) {
  const auto took = w.worker.clock().steady() - started;
  w.metrics.judge_asked(routing::name_of(outcome));
  JudgeVerdict verdict;
  verdict.outcome = outcome;
  verdict.tier = tier;
  verdict.took_us = static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::microseconds>(took).count());
  return verdict;
}

// This worker's cache, as the request's View wants it.
classify::JudgeCache& cache_for(const config::LlmJudge& settings, WorkerContext& w) {
  w.judge.cache.resize(static_cast<std::size_t>(settings.cache_entries), settings.cache_ttl);
  return w.judge.cache;
}

// Remembers an answer; evictions are counted as they come.
void remember(const classify::JudgeCache::Key& key, const Reply& reply, const config::LlmJudge& settings, WorkerContext& w) {
  classify::JudgeCache& cache = cache_for(settings, w);
  const auto before = cache.counters().evictions;
  cache.put(key, reply.tier, w.worker.clock().steady());
  w.metrics.judge_cache_evicted(cache.counters().evictions - before);
}

}  // namespace

net::Awaitable<JudgeVerdict> ask_judge(Exchange& x, WorkerContext& w) {
  const SteadyTime started = w.worker.clock().steady();
  const routing::ModelEntry& judge = *x.view->judge;
  const routing::Upstream& upstream = *judge.upstream;
  const config::LlmJudge& settings = *x.view->config.router.llm;
  if (upstream.credentials_missing) co_return verdict_of(JudgeOutcome::NoCredentials, kNoTier, started, w);

  const std::string question = question_about(x);
  classify::JudgeCache& cache = cache_for(settings, w);
  const auto key = cache.key_of(upstream.pool_key + upstream.chat_target, question);
  const auto known = cache.find(key, started);
  if (cache.capacity() != 0) w.metrics.judge_cache(known.has_value());
  if (known) co_return verdict_of(JudgeOutcome::Cached, *known, started, w);

  Permit permit(w.judge.breaker_of(identity_of(judge)), started);
  if (permit.refused()) co_return verdict_of(JudgeOutcome::Open, kNoTier, started, w);

  // One deadline around connect, TLS, writing and reading, and around the second connection when a pooled one was stale.
  const Millis time = time_for(*x.view);
  net::Interrupt& interrupt = x.client->interrupt();
  interrupt.arm_total(time, Cut::Judge);
  const std::string letter = compose_letter(upstream, x.record.request_id, question);
  Reply reply = co_await call(x, w, letter, time, Connection::MayBePooled);
  if (reply.nothing_received) reply = co_await call(x, w, letter, time, Connection::Fresh);
  interrupt.disarm();
  interrupt.disarm_total();
  interrupt.clear_attempt();

  permit.give_back(reply.outcome, w.worker.clock().steady(), settings);
  if (reply.outcome == JudgeOutcome::Answered) remember(key, reply, settings, w);
  const JudgeVerdict verdict = verdict_of(reply.outcome, reply.tier, started, w);
  w.metrics.judge_called(verdict.took_us);
  x.waited += std::chrono::microseconds(verdict.took_us);
  co_return verdict;
}

}  // namespace smartroute::proxy

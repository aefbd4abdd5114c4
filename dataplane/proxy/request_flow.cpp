#include "dataplane/proxy/request_flow.hpp"

#include <algorithm>
#include <chrono>

#include "dataplane/core/classify/ask_reader.hpp"
#include "dataplane/core/routing/prompt_tokens.hpp"
#include "dataplane/core/routing/trace.hpp"
#include "dataplane/core/tracing/trace_context.hpp"
#include "dataplane/net/downstream.hpp"
#include "dataplane/proxy/account.hpp"
#include "dataplane/proxy/attempt.hpp"
#include "dataplane/proxy/error_response.hpp"
#include "dataplane/proxy/judge.hpp"
#include "dataplane/proxy/kept_texts.hpp"
#include "dataplane/proxy/relay.hpp"

namespace smartroute::proxy {
namespace {

using accounting::Ending;
using http1::Known;
using http1::Method;

constexpr std::size_t kMaxRequestId = 128;
constexpr std::size_t kKeptExchanges = 256;
constexpr std::size_t kKeptTextBytes = 32 * 1024;      // of each text in a kept exchange: what is read of an ask can be eight times that
constexpr std::string_view kInterimProbe = "HTTP/1.1 100 Continue\r\n\r\n";   // the one that every client skips
constexpr std::string_view kLive = "live", kBuffered = "buffered";            // x-smartroute-guarantee
constexpr std::string_view kRestart = "restart", kError = "error";            // x-smartroute-on-break
constexpr std::uint64_t kSwallowedBody = 64 * 1024;    // of a refused request: taken off the connection, so that it can be kept
constexpr std::uint64_t kRetryAfterMemory = 5;         // seconds; others are spread over 1..kRetryAfterLoad, so that they do not return as one
constexpr std::uint64_t kRetryAfterLoad = 5;
const config::Limits kDefaultLimits;                   // before the first View

// The client's own id if it is harmless in headers and logs, else one of ours: req_ and 24 base-32 digits.
void set_request_id(std::string& id, std::string_view asked, Random& random) {
  const bool harmless = !asked.empty() && asked.size() <= kMaxRequestId &&
                        asked.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.:") == std::string_view::npos;
  if (harmless) {
    id.assign(asked);
    return;
  }
  constexpr char kDigits[] = "abcdefghijklmnopqrstuvwxyz234567";
  id.assign("req_");
  for (int word = 0; word < 2; ++word) {
    std::uint64_t bits = random.next();
    for (int i = 0; i < 12; ++i, bits >>= 5) id.push_back(kDigits[bits & 31]);
  }
}

// Model ids hold slashes, which clients send as %2F.
std::string percent_decoded(std::string_view text) {
  std::string out;
  auto digit = [](char c) { return c >= '0' && c <= '9' ? c - '0' : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1; };
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0 && digit(text[i + 2]) >= 0) {
      out.push_back(static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2])));
      i += 2;
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

const char* text_of(admission::Refusal why) noexcept {
  switch (why) {
    case admission::Refusal::Streams: return "the gateway has as many requests in flight as it takes; try again shortly";
    case admission::Refusal::KeyStreams: return "this API key has as many requests in flight as it may have now; try again shortly";
    case admission::Refusal::BodyBytes: return "too many request bodies are in memory; try again shortly";
    case admission::Refusal::KeyBodyBytes: return "too many request bodies of this API key are in memory; try again shortly";
    case admission::Refusal::Memory: return "the gateway is short of memory; try again shortly";
    case admission::Refusal::kCount: break;
  }
  return "the gateway is overloaded; try again shortly";
}

void give_back_large(std::string& text) {
  if (text.capacity() > kKeptTextBytes) std::string().swap(text);
}

// What the providers asked for counts for more than our default; the official SDKs heed 1 to 59 seconds.
std::optional<int> retry_after_of(const Exchange& x, ErrorKind kind, std::optional<int> usual) {
  if (!x.retry_after || origin_of(kind) != Origin::Upstream) return usual;
  return static_cast<int>(std::clamp<std::int64_t>(std::chrono::ceil<std::chrono::seconds>(*x.retry_after).count(), 1, 59));
}

struct Route {
  Endpoint endpoint = Endpoint::Other;
  Method method = Method::Get;
  std::string_view model_id;
};

// The paths we serve, with and without /v1.
Route route_of(std::string_view path) {
  if (path.substr(0, 4) == "/v1/") path.remove_prefix(3);
  if (path == "/chat/completions") return {Endpoint::ChatCompletions, Method::Post, {}};
  if (path == "/models") return {Endpoint::ModelList, Method::Get, {}};
  constexpr std::string_view kModels = "/models/";
  if (path.substr(0, kModels.size()) == kModels && path.size() > kModels.size())
    return {Endpoint::Model, Method::Get, path.substr(kModels.size())};
  return {};
}

std::string_view label_of(Endpoint endpoint) noexcept {
  switch (endpoint) {
    case Endpoint::ChatCompletions: return "chat_completions";
    case Endpoint::ModelList:
    case Endpoint::Model: return "models";
    case Endpoint::Other: return "other";
  }
  return "other";
}

bool is_json_media(std::string_view type) {
  if (type.empty()) return true;
  const auto end = type.find_first_of("; \t");
  const std::string_view media = type.substr(0, end);
  constexpr std::string_view kJson = "application/json";
  if (media.size() != kJson.size()) return false;
  for (std::size_t i = 0; i < media.size(); ++i)
    if ((media[i] | (media[i] >= 'A' && media[i] <= 'Z' ? 0x20 : 0)) != kJson[i]) return false;
  return true;
}

// Counts the deadlines that ran out; the other cuts are endings of their own.
void count_cut(void* metrics, net::Cut why) {
  auto& counts = *static_cast<ops::WorkerMetrics*>(metrics);
  switch (why) {
    case net::Cut::Head: return counts.deadline_hit(ops::Deadline::Head);
    case net::Cut::Body: return counts.deadline_hit(ops::Deadline::Body);
    case net::Cut::KeepAlive: return counts.deadline_hit(ops::Deadline::KeepAlive);
    case net::Cut::Connect: return counts.deadline_hit(ops::Deadline::Connect);
    case net::Cut::FirstByte: return counts.deadline_hit(ops::Deadline::FirstByte);
    case net::Cut::Idle: return counts.deadline_hit(ops::Deadline::Idle);
    case net::Cut::ClientWrite: return counts.deadline_hit(ops::Deadline::ClientWrite);
    case net::Cut::Judge: return counts.deadline_hit(ops::Deadline::Judge);
    case net::Cut::Total: return counts.deadline_hit(ops::Deadline::Total);
    case net::Cut::None:
    case net::Cut::ClientGone:
    case net::Cut::Tail:
    case net::Cut::Drain: return;
  }
}

// Counts an open connection for as long as it lives.
class ConnectionCount {
 public:
  explicit ConnectionCount(ops::WorkerMetrics& metrics) : metrics_(metrics) { metrics_.connection_opened(); }
  ~ConnectionCount() { metrics_.connection_closed(); }
  ConnectionCount(const ConnectionCount&) = delete;
  ConnectionCount& operator=(const ConnectionCount&) = delete;

 private:
  ops::WorkerMetrics& metrics_;
};

}  // namespace

net::Awaitable<void> RequestFlow::serve(std::shared_ptr<net::Downstream> client) {
  const ConnectionCount count(w_.metrics);
  client->interrupt().observe(&count_cut, &w_.metrics);
  for (;;) {
    const auto view = w_.views.view();
    auto head = co_await client->read_head(view ? view->config.limits : kDefaultLimits);          // row 1: accept
    if (head && !*head) {
      if (client->stream().is_tls()) (void)client->stream().shutdown_send();      // whoever is idle is told that nothing is missing
      co_return;
    }
    auto x = take_exchange();
    begin(*x, *client, head ? &**head : nullptr);
    if (head) {
      co_await one_request(*x);
    } else {
      x->close_after = true;
      x->body_read = false;
      w_.metrics.head_rejected(head.error().kind());
      co_await answer_error(*x, std::move(head.error()));
    }
    account(*x);                                                                             // row 8, on every path
    record(*x);                                                                              // row 9, on every path
    const bool close = x->close_after || w_.worker.draining();       // a head from before the drain still promised to stay
    const bool unread = !x->body_read;
    give_exchange(std::move(x));
    if (close) {
      const auto longest = view ? view->config.limits.client_write_timeout : kDefaultLimits.client_write_timeout;
      co_await client->end_answers(longest);
      if (unread) co_await client->linger();
      co_return;
    }
    client->finish_request();
  }
}

void RequestFlow::on_handshake(net::Handshake result) noexcept {
  using net::Handshake;
  using ops::TlsHandshake;
  switch (result) {
    case Handshake::Done: return w_.metrics.tls_handshake(TlsHandshake::Ok);
    case Handshake::Left: return w_.metrics.tls_handshake(TlsHandshake::Left);
    case Handshake::Failed: return w_.metrics.tls_handshake(TlsHandshake::Failed);
    case Handshake::TimedOut: return w_.metrics.tls_handshake(TlsHandshake::Timeout);
    case Handshake::CrowdedOut: return w_.metrics.tls_handshake(TlsHandshake::CrowdedOut);
    case Handshake::PlainHttp: return w_.metrics.tls_handshake(TlsHandshake::PlainHttp);
  }
}

net::Awaitable<void> RequestFlow::one_request(Exchange& x) {
  const http1::RequestHead& head = *x.head;
  const Route route = route_of(head.path);
  x.endpoint = route.endpoint;
  x.model_id = route.model_id;
  x.record.endpoint = label_of(route.endpoint);
  if (x.view && route.endpoint == Endpoint::ChatCompletions)
    x.record.trace = tracing::begin_trace(head.get(Known::Traceparent), w_.traces.sample_ratio(), w_.worker.random(), w_.traces.enabled());
  x.body_read = head.body == http1::BodyKind::None;
  Result<void> step = admit(x);                                                              // row 2
  if (step && route.endpoint == Endpoint::Other)
    step = fail(ErrorKind::NotFound, "unknown request URL: " + std::string(head.path.substr(0, 256)));
  if (step && head.method != route.method)
    step = fail(ErrorKind::MethodNotAllowed, "this URL takes " + std::string(route.method == Method::Post ? "POST" : "GET"));
  if (step && route.endpoint != Endpoint::ChatCompletions) co_return co_await answer_models(x);
  if (step) step = co_await chat_completion(x);
  if (!step) co_await answer_error(x, std::move(step.error()));
}

net::Awaitable<Result<void>> RequestFlow::chat_completion(Exchange& x) {
  if (auto expected = expect_body(x); !expected) {
    if (x.refused) co_await swallow_body(x);
    co_return expected;
  }
  std::optional<std::string_view> body = x.client->body_at_hand(*x.head);
  if (!body) {
    auto read = co_await x.client->read_body(*x.head, x.view->config.limits);
    if (!read && x.refused) co_return fail(ErrorKind::Overloaded, text_of(*x.refused));
    if (!read) co_return tl::unexpected<Error>(std::move(read.error()));
    body = *read;
  }
  if (auto parsed = parse(x, *body); !parsed) co_return parsed;                              // row 3
  classify(x);                                                                               // row 4
  if (x.decision.wants_judge) {
    probe_client(x);
    const routing::JudgeVerdict verdict = co_await ask_judge(x, w_);
    routing::hear_judge(verdict, x.decision);
  }
  settle(x);
  if (auto planned = plan(x); !planned) co_return planned;                                   // row 5
  watch(x);
  begin_attempts(x, w_);
  if (auto answered = co_await attempt_candidates(x, w_); !answered) co_return answered;     // row 6
  if (auto committed = commit(x); !committed) co_return committed;
  co_await relay_answer(x, w_);                                                              // row 7
  release_upstream(x, w_);
  co_return Result<void>();
}

// Row 2: before any byte of the body is read. Swapped with row 3, a stranger could make us read and parse megabytes.
Result<void> RequestFlow::admit(Exchange& x) const {
  const http1::RequestHead& head = *x.head;
  if (!x.view) return fail(ErrorKind::NotReady, "the gateway has no configuration yet");
  const std::string_view key =
      admission::presented_key(head.get(Known::Authorization), head.get(Known::XApiKey), head.get(Known::ApiKey), head.get(Known::XGoogApiKey));
  x.key = &x.view->keys.keyless();
  if (x.view->keys.empty()) {
    if (!x.client->is_loopback())
      return fail(ErrorKind::Unauthorized, "no gateway keys are configured, so only callers on this machine are served");
  } else {
    const admission::Caller* caller = x.view->keys.find(key);
    if (caller == nullptr)
      return fail(ErrorKind::Unauthorized, key.empty() ? "no API key was given: send it as 'Authorization: Bearer KEY'"
                                                       : "the API key is not one of this gateway's keys");
    x.record.key_id = caller->key_id;
    x.caller = caller;
    x.key = caller->load.get();
  }
  return {};
}

// The rest of row 2: is this a body we take, and is there room for one more request, and for its bytes?
Result<void> RequestFlow::expect_body(Exchange& x) {
  const http1::RequestHead& head = *x.head;
  const config::Limits& limits = x.view->config.limits;
  if (!is_json_media(head.get(Known::ContentType)))
    return fail(ErrorKind::UnsupportedMedia, "the request body must be application/json");
  if (const auto coding = head.get(Known::ContentEncoding); !coding.empty() && coding != "identity")
    return fail(ErrorKind::UnsupportedMedia, "compressed request bodies are not supported");
  if (head.body == http1::BodyKind::None) return fail(ErrorKind::InvalidRequest, "the request has no body");
  if (const auto asked = head.get(Known::XSmartrouteGuarantee); !asked.empty() && asked != kBuffered && asked != kLive)
    return fail(ErrorKind::InvalidRequest, "x-smartroute-guarantee is 'live' or 'buffered'");
  if (const auto asked = head.get(Known::XSmartrouteOnBreak); !asked.empty() && asked != kRestart && asked != kError)
    return fail(ErrorKind::InvalidRequest, "x-smartroute-on-break is 'restart' or 'error'");
  if (head.body == http1::BodyKind::Length && head.content_length > static_cast<std::uint64_t>(limits.max_body_bytes))
    return fail(ErrorKind::BodyTooLarge, "the request body is larger than " + std::to_string(limits.max_body_bytes) + " bytes");
  x.refused = w_.load.enter(*x.key, head.content_length, x.started, limits, x.load);
  if (x.refused) return fail(ErrorKind::Overloaded, text_of(*x.refused));
  if (head.body == http1::BodyKind::Chunked) x.client->meter_body(&hold_chunked, &x);
  return {};
}

// Nobody knows the length of a chunked body before its end: it is counted as it comes.
bool RequestFlow::hold_chunked(void* exchange, std::size_t bytes) {
  Exchange& x = *static_cast<Exchange*>(exchange);
  x.refused = x.load.add_body(bytes - x.load.body_bytes(), x.started, x.view->config.limits);
  return !x.refused;
}

// A refused request that is small is read all the same: to close its connection would cost both sides more.
net::Awaitable<void> RequestFlow::swallow_body(Exchange& x) {
  if (x.head->body != http1::BodyKind::Length || x.head->content_length > kSwallowedBody || x.head->expect_continue) co_return;
  const auto read = co_await x.client->read_body(*x.head, x.view->config.limits);
  x.body_read = read.has_value();
}

// Row 3: the body, whole and checked, as spans.
Result<void> RequestFlow::parse(Exchange& x, std::string_view body) {
  const config::Limits& limits = x.view->config.limits;
  x.body_read = true;
  x.ready = w_.worker.clock().steady();
  x.body = body;
  x.record.request_bytes = body.size();
  choose_texts(x);
  openai::ParseLimits bounds;
  bounds.max_depth = limits.max_json_depth;
  auto chat = w_.parser.parse(x.body, bounds);
  if (!chat) return tl::unexpected<Error>(std::move(chat.error()));
  x.chat = std::move(*chat);
  x.record.requested_model.assign(x.chat.model);
  x.record.streaming = x.chat.stream;
  note_ask(x);
  return {};
}

// Row 4: which tier, as far as that can be said without a call. Cannot fail.
void RequestFlow::classify(Exchange& x) {
  const routing::View& view = *x.view;
  x.name = routing::read_name(view, x.chat.model);
  x.decision = routing::TierDecision();
  x.conversation = {};
  x.pinned.reset();
  x.prompt_tokens = routing::prompt_tokens(view, x.body, x.chat, w_.prompts);
  if (!routing::goes_through_router(view, x.name)) return;
  x.subject = classify::read_subject(x.body, x.chat, x.ask);
  if (routing::sticks(view)) {
    x.conversation =
        classify::conversation_of(x.body, x.chat, x.head->get(Known::XSessionId), x.head->get(Known::XConversationId), x.record.key_id);
    if (classify::continues(x.conversation, x.subject)) x.pinned = w_.pins.find(x.conversation.id, x.ready);
  }
  x.decision = routing::first_opinion(view, x.subject, x.pinned, w_.worker.random(), w_.fold);
}

// The rest of row 4: what may only raise the tier. The conversation keeps what comes out.
void RequestFlow::settle(Exchange& x) {
  if (!routing::goes_through_router(*x.view, x.name)) return;
  routing::settle(*x.view, x.prompt_tokens, x.pinned, x.decision);
  if (x.conversation.id != 0) w_.pins.raise(x.conversation.id, *x.decision.tier, x.view->config.router.session_ttl, x.ready);
}

// Row 5: which candidates, in which order, and why.
Result<void> RequestFlow::plan(Exchange& x) {
  const routing::Facts facts = routing::facts_of(x.chat, x.chat.model, x.prompt_tokens);
  routing::trace_input(x.chat, x.prompt_tokens, x.conversation, x.record.route);
  auto planned = routing::plan(*x.view, x.name, std::move(x.decision), facts, w_.worker.wheel().now(), w_.worker.random());
  if (!planned) return tl::unexpected<Error>(std::move(planned.error()));
  x.plan = std::move(*planned);
  const std::string_view asked = x.head->get(Known::XSmartrouteGuarantee);
  x.guarantee = asked.empty() ? x.plan.guarantee : asked == kBuffered ? config::Guarantee::Buffered : config::Guarantee::Live;
  if (const std::string_view on_break = x.head->get(Known::XSmartrouteOnBreak); !on_break.empty())
    x.plan.on_break = on_break == kRestart ? config::OnBreak::Restart : config::OnBreak::Error;
  if (x.guarantee == config::Guarantee::Buffered) x.plan.on_break = config::OnBreak::Error;
  x.record.guarantee = x.guarantee == config::Guarantee::Buffered ? kBuffered : kLive;
  routing::trace_decision(*x.view, x.name, x.plan, x.record);
  x.routed = routing::goes_through_router(*x.view, x.name);
  return {};
}

// Before row 6: from here on the client may leave or time run out.
void RequestFlow::watch(Exchange& x) {
  // The judge's time counts, too: it was the client who waited.
  const auto spent = std::chrono::ceil<std::chrono::milliseconds>(w_.worker.wheel().now() - x.ready);
  const auto total = x.plan.timeouts.total;
  x.client->interrupt().arm_total(std::clamp(total - spent, std::chrono::milliseconds(0), total));
  probe_client(x);
}

// Until the answer begins, an interim response asks a half-closed client whether it is still there.
void RequestFlow::probe_client(Exchange& x) {
  x.client->allow_probe(x.head->minor == 0 ? std::string_view() : kInterimProbe);
}

// After row 6: who answered. An answer that is no JSON is never passed on.
Result<void> RequestFlow::commit(Exchange& x) {
  const Answer& a = x.answer;
  x.record.model = a.model->id;
  x.record.provider = a.model->upstream->id;
  if (a.status < 400 || a.content_type.find("json") != std::string::npos) return {};
  release_upstream(x, w_);
  return fail(ErrorKind::UpstreamRejected, "the provider refused the request with status " + std::to_string(a.status));
}

net::Awaitable<void> RequestFlow::answer_models(Exchange& x) {
  if (x.endpoint == Endpoint::ModelList) {
    co_await send_own_answer(x, 200, "application/json", x.view->models_json, "");
    x.record.ending = Ending::Completed;
    co_return;
  }
  const std::string id = percent_decoded(x.model_id);
  const auto body = x.view->model_json(id);
  if (!body) co_return co_await answer_error(x, Error(ErrorKind::ModelNotFound, "there is no model '" + id.substr(0, 256) + "' here").with_param("model"));
  co_await send_own_answer(x, 200, "application/json", *body, "");
  x.record.ending = Ending::Completed;
}

net::Awaitable<void> RequestFlow::answer_error(Exchange& x, Error error) {
  const ErrorAnswer answer = answer_for(error.kind());
  x.failure = error.kind();
  x.record.error = error.detail().empty() ? error.text() : error.text() + ": " + error.detail();
  x.record.ending = error.kind() == ErrorKind::ClientGone   ? Ending::ClientGone
                    : error.kind() == ErrorKind::Draining   ? Ending::Drained
                    : origin_of(error.kind()) == Origin::Upstream ? Ending::UpstreamError
                                                            : Ending::RejectedByGateway;
  if (!x.body_read) x.close_after = true;
  if (error.kind() == ErrorKind::ClientGone) {
    x.record.status = answer.status;
    x.close_after = true;
    x.body_read = true;       // nobody is there to read an answer
    co_return;
  }
  std::string extra = answer.may_retry ? "x-should-retry: true\r\n" : "x-should-retry: false\r\n";
  std::optional<int> usual = answer.retry_after;
  if (x.refused) {
    w_.metrics.request_shed(*x.refused);
    usual = static_cast<int>(*x.refused == admission::Refusal::Memory ? kRetryAfterMemory : 1 + w_.worker.random().below(kRetryAfterLoad));
  }
  if (const auto seconds = retry_after_of(x, error.kind(), usual)) extra += "retry-after: " + std::to_string(*seconds) + "\r\n";
  if (error.kind() == ErrorKind::MethodNotAllowed)
    extra += x.endpoint == Endpoint::ChatCompletions ? "allow: POST\r\n" : "allow: GET\r\n";
  x.client->interrupt().reset();
  co_await send_own_answer(x, answer.status, "application/json", error_body(error), extra);
}

// Row 9: never waits; a full queue drops the record and counts it.
void RequestFlow::record(Exchange& x) {
  x.record.completed_us = w_.worker.wall_us(w_.worker.clock().steady());
  w_.metrics.end(x.record);
  if (x.routed && x.log_bodies) routing::trace_texts(x.ask, x.record.route);
  x.record.route.keeps = std::move(x.view);
  (void)w_.telemetry.offer(w_.worker.index(), std::move(x.record));
  x.record.route.keeps.reset();                                                              // where only its bytes were taken
}

void RequestFlow::begin(Exchange& x, net::Downstream& client, const http1::RequestHead* head) {
  x.client = &client;
  x.head = head;
  x.body = {};
  x.view = w_.views.view();
  if (x.view) w_.worker.set_upstream_idle_timeout(x.view->config.limits.upstream_idle_timeout);
  x.started = x.ready = w_.worker.wheel().now();
  x.close_after = w_.load.memory() != admission::MemoryLevel::Fine;
  x.record.restart();
  set_request_id(x.record.request_id, head != nullptr ? head->get(Known::XRequestId) : std::string_view(), w_.worker.random());
  x.record.received_us = w_.worker.wall_us(x.started);
  x.record.endpoint = label_of(Endpoint::Other);
  x.record.client_address = client.peer();
  x.record.config_revision = x.view ? x.view->revision.number : 0;
  w_.metrics.begin();
}

std::unique_ptr<Exchange> RequestFlow::take_exchange() {
  if (w_.free_exchanges.empty()) return std::make_unique<Exchange>(w_.worker.buffers());
  auto x = std::move(w_.free_exchanges.back());
  w_.free_exchanges.pop_back();
  return x;
}

void RequestFlow::give_exchange(std::unique_ptr<Exchange> x) {
  x->client = nullptr;
  x->head = nullptr;
  x->view.reset();
  x->plan = routing::Plan();
  x->answer.stream.reset();
  x->answer.held = {};
  x->answer.held_storage.release();
  x->answer.model = nullptr;
  x->answer.usage = {};
  x->answer.is_events = false;
  x->gate.reset();
  give_back_large(x->ask.ask);
  give_back_large(x->record.route.ask);
  x->endpoint = Endpoint::Other;
  x->key = nullptr;
  x->refused.reset();
  x->close_after = x->committed = x->routed = false;
  x->body_read = true;
  x->guarantee = config::Guarantee::Live;
  x->chain.clear();
  x->heartbeat = {};
  x->rejection.reset();
  x->retry_after.reset();
  x->answer.decoder.reset();
  x->answer.decoded.release();
  x->waited = {};
  forget_texts(*x);
  if (w_.free_exchanges.size() < kKeptExchanges) w_.free_exchanges.push_back(std::move(x));
}

}  // namespace smartroute::proxy

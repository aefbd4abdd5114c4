#include "dataplane/proxy/answer_reader.hpp"

#include <algorithm>

#include "contract/base/utf8.hpp"
#include "dataplane/core/resilience/retry_after.hpp"
#include "dataplane/net/downstream.hpp"
#include "dataplane/proxy/answer_payload.hpp"
#include "dataplane/proxy/kept_texts.hpp"
#include "dataplane/proxy/key_redaction.hpp"

namespace smartroute::proxy {
namespace {

using resilience::AttemptOutcome;

constexpr std::size_t kMaxDetail = 300;

bool is_json(std::string_view type) { return type.find("json") != std::string_view::npos; }
bool is_event_stream(std::string_view type) { return type.substr(0, 17) == "text/event-stream"; }

// An answer that says nothing may be meant so: no room was left for it, or the provider took it out.
bool is_meant_empty(std::string_view finish) { return finish == "length" || finish == "content_filter" || finish == "max_tokens"; }


std::optional<config::Millis> asked_by(const http1::ResponseHead& head, WallTime wall) {
  resilience::RetryHeaders headers;
  headers.retry_after_ms = head.retry_after_ms;
  headers.retry_after = head.retry_after;
  headers.reset_requests = head.ratelimit_reset_requests;
  headers.reset_tokens = head.ratelimit_reset_tokens;
  headers.reset = head.ratelimit_reset;
  headers.remaining_requests = head.ratelimit_remaining_requests;
  headers.remaining_tokens = head.ratelimit_remaining_tokens;
  return resilience::asked_wait(headers, wall);
}

}  // namespace

AnswerReader::AnswerReader(Exchange& x, WorkerContext& w)
    : x_(x), w_(w), head_bytes_(w.worker.buffers().get()), buffered_(x.guarantee == config::Guarantee::Buffered) {
  const config::Limits& limits = x.view->config.limits;
  limits_.max_bytes = static_cast<std::size_t>(limits.max_response_header_bytes);
  hold_bytes_ = buffered_ ? static_cast<std::size_t>(limits.max_buffered_bytes) : kHoldBytes;
}

std::optional<Verdict> AnswerReader::feed(std::string_view bytes) {
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
  auto verdict = x_.answer.is_events ? take_events(bytes) : take_body(bytes);
  // What came with the head may stand in head_bytes_, which does not outlive a verdict.
  if (verdict && !head_bytes_.empty()) before_wait();
  return verdict;
}

Verdict AnswerReader::at_end() {
  if (!have_head_) return Verdict(AttemptOutcome::Reset, "closed before the response head was complete");
  ended_ = true;
  if (x_.answer.is_events) x_.gate->finish();
  if (!may_end_here(x_.answer) && !(x_.answer.is_events && has_finished(x_))) {
    if (by_status_ != AttemptOutcome::Answered) return judge_refusal();
    if (x_.answer.is_events && x_.gate->facts().done) return judge_stream();
    return Verdict(begun_ ? AttemptOutcome::BrokeMidStream : AttemptOutcome::Reset, "closed in the middle of the answer");
  }
  if (!x_.answer.is_events) return judge_whole();
  return *judge_events(true);
}

void AnswerReader::before_wait() {
  if (!have_head_) return;
  Answer& a = x_.answer;
  if (a.is_events) {
    hold_ready(x_);
  } else if (a.held.data() != a.held_storage.data()) {
    a.held_storage.resize(0);
    a.held_storage.append(a.held);
    a.held = a.held_storage.view();
  }
  head_bytes_.release();
}

// Takes heads off the front of `bytes`, interim ones included.
std::optional<Verdict> AnswerReader::take_head(std::string_view& bytes) {
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
    head_bytes_ = w_.worker.buffers().get();
    head_bytes_.append(rest);
    bytes = head_bytes_.view();
    if (rest.empty()) return std::nullopt;
  }
}

std::optional<Verdict> AnswerReader::judge_head(const http1::ResponseHead& head) {
  Answer& a = x_.answer;
  a.status = head.status;
  a.content_type.assign(head.content_type);
  a.keep_alive = head.keep_alive;
  a.has_length = head.body == http1::BodyKind::Length;
  a.content_length = head.content_length;
  a.reader.emplace(head.body, head.content_length, http1::ChunkedDecoder::Trailers::Skip);
  if (auto verdict = choose_coding(head)) return verdict;
  by_status_ = resilience::judge_status(head.status, x_.view->retry_rules);
  if (by_status_ != AttemptOutcome::Answered) {
    a.asked = asked_by(head, w_.worker.clock().wall());
    return std::nullopt;       // its body may tell more
  }
  a.is_events = x_.chat.stream && (head.content_type.empty() || is_event_stream(head.content_type));
  if (a.is_events) return std::nullopt;
  not_a_stream_ = x_.chat.stream;
  if (!head.content_type.empty() && !is_json(head.content_type))
    return Verdict(AttemptOutcome::BadResponse, (x_.chat.stream ? "not an event stream: " : "not JSON: ") + std::string(head.content_type.substr(0, 64)));
  return std::nullopt;
}

// We ask for identity; some send something else all the same.
std::optional<Verdict> AnswerReader::choose_coding(const http1::ResponseHead& head) {
  if (http1::is_plain_coding(head.content_encoding)) return std::nullopt;
  const std::uint64_t most = x_.chat.stream ? UINT64_MAX : static_cast<std::uint64_t>(x_.view->config.limits.max_body_bytes);
  x_.answer.decoder = http1::ContentDecoder::for_coding(head.content_encoding, most);
  x_.answer.has_length = false;      // of the compressed bytes
  if (x_.answer.decoder) return std::nullopt;
  return Verdict(AttemptOutcome::BadResponse, "in a coding that nobody asked for: " + std::string(head.content_encoding.substr(0, 64)));
}

// One view where the payload is in one piece, else gathered.
void AnswerReader::keep(std::string_view payload) {
  Answer& a = x_.answer;
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
}

std::optional<Verdict> AnswerReader::take_body(std::string_view bytes) {
  Answer& a = x_.answer;
  auto on_payload = [this](std::string_view payload) { keep(payload); };
  const std::size_t used = read_payload(a, bytes, on_payload);
  const PayloadState state = payload_state(a);
  a.clean = state == PayloadState::Done && a.keep_alive && used == bytes.size();
  if (by_status_ != AttemptOutcome::Answered) {
    const bool wanted = resilience::body_tells(by_status_, a.status) || resilience::row_of(by_status_).passes_on;
    if (!wanted || state != PayloadState::Open || a.held.size() > kHoldBytes) return judge_refusal();
    return std::nullopt;
  }
  if (state == PayloadState::Bad) return Verdict(AttemptOutcome::BadResponse, why_bad(a));
  if (state == PayloadState::Done) return judge_whole();
  flows_ = flows_ || !a.held.empty();
  if (has_room(a.held.size())) return std::nullopt;
  if (not_a_stream_) return Verdict(AttemptOutcome::BadResponse, "not an event stream");
  if (buffered_) give_up_guarantee();
  note_begun();
  return Verdict(AttemptOutcome::Answered);
}

std::optional<Verdict> AnswerReader::take_events(std::string_view bytes) {
  Answer& a = x_.answer;
  sse::EventGate& gate = *x_.gate;
  auto push = [&gate](std::string_view payload) { gate.push(payload); };
  const std::size_t used = read_payload(a, bytes, push);
  bound_texts(x_);
  const PayloadState state = payload_state(a);
  a.clean = state == PayloadState::Done && a.keep_alive && used == bytes.size();
  const sse::Facts& facts = gate.facts();
  if (state == PayloadState::Bad && !facts.done && !facts.error) return Verdict(AttemptOutcome::BadResponse, why_bad(a));
  if (state != PayloadState::Open && !facts.done) gate.finish();
  return judge_events(state != PayloadState::Open);
}

bool AnswerReader::has_room(std::size_t held) {
  if (held > hold_bytes_) return false;
  if (!buffered_ || held <= charged_) return true;
  const std::size_t more = std::max(held - charged_, kChargeStep);
  if (!x_.load.hold_answer(more, x_.view->config.limits)) return false;
  charged_ += more;
  return true;
}

// There is no room for the rest: better an answer that goes on live than none.
void AnswerReader::give_up_guarantee() {
  w_.metrics.answer_too_large_to_buffer();
  x_.guarantee = config::Guarantee::Live;
  x_.record.guarantee = "live";
}

// What the events so far are worth, before the commit point. `ended`: nothing follows, where nothing has to.
std::optional<Verdict> AnswerReader::judge_events(bool ended) {
  const sse::Facts& facts = x_.gate->facts();
  if (facts.error)
    return failure(resilience::judge_rejection(AttemptOutcome::ErrorInBody, x_.answer.status, facts.error_text), "an error event", facts.error_text);
  if (facts.malformed) return Verdict(AttemptOutcome::BadResponse, "an event that is no JSON object");
  if (facts.content) note_begun();
  if (facts.done || (ended && has_finished(x_))) return judge_stream();
  if (ended && facts.events == 0) return Verdict(AttemptOutcome::BadResponse, "the stream ended without an event");
  if (ended) return Verdict(AttemptOutcome::BrokeMidStream, "the stream ended without a finish reason");
  return judge_window();
}

// The stream goes on: is it time to commit?
std::optional<Verdict> AnswerReader::judge_window() {
  const sse::Facts& facts = x_.gate->facts();
  const std::size_t held = x_.answer.held_storage.size() + x_.gate->ready_bytes();
  if (buffered_) {
    if (!facts.oversize && has_room(held)) return std::nullopt;
    give_up_guarantee();
    return Verdict(AttemptOutcome::Answered);
  }
  if (facts.events != 0 && !first_event_) first_event_ = now();
  if (held > hold_bytes_ || facts.oversize) return Verdict(AttemptOutcome::Answered);
  if (!facts.content) return std::nullopt;
  // Reasoning and tool calls are content without text: what answers so is a model at work.
  if (facts.content_bytes != 0 && facts.content_bytes < static_cast<std::uint64_t>(x_.plan.hold_back.bytes)) return std::nullopt;
  if (resilience::is_error_text(facts.text, x_.body, x_.view->retry_rules)) {
    if (!suspicious_since_) suspicious_since_ = now();
    if (now() - *suspicious_since_ < kSuspicion) return std::nullopt;
  }
  return Verdict(AttemptOutcome::Answered);
}

std::optional<SteadyTime> AnswerReader::window_ends() const noexcept {
  if (buffered_ || !x_.answer.is_events) return std::nullopt;
  if (suspicious_since_) return *suspicious_since_ + kSuspicion;
  if (first_event_ && x_.plan.hold_back.time.count() > 0) return *first_event_ + x_.plan.hold_back.time;
  return std::nullopt;
}

std::chrono::milliseconds AnswerReader::idle() const noexcept {
  const auto idle = x_.plan.timeouts.idle;
  return x_.answer.is_events && has_finished(x_) ? std::min(idle, kFinishGrace) : idle;
}

std::optional<Verdict> AnswerReader::at_silence() {
  if (!counts_idle() || !x_.answer.is_events || !has_finished(x_)) return std::nullopt;
  x_.answer.clean = false;
  return judge_stream();
}

Verdict AnswerReader::window_over() {
  note_begun();
  return Verdict(AttemptOutcome::Answered);
}

// All of a stream is here.
Verdict AnswerReader::judge_stream() {
  const sse::Facts& facts = x_.gate->facts();
  const resilience::RetryRules& retry = x_.view->retry_rules;
  if (!facts.content && retry.on_empty() && !is_meant_empty(facts.finish))
    return Verdict(AttemptOutcome::EmptyAnswer, "finished (" + facts.finish + ") without a word");
  if (resilience::is_error_text(facts.text, x_.body, retry)) return keyword(facts.text);
  x_.answer.whole = true;
  note_begun();
  return Verdict(AttemptOutcome::Answered);
}

// All of another answer is here.
Verdict AnswerReader::judge_whole() {
  Answer& a = x_.answer;
  if (by_status_ != AttemptOutcome::Answered) return judge_refusal();
  const openai::AnswerFacts facts = openai::inspect_answer(a.held);
  a.usage = facts.usage;
  a.finish.assign(facts.finish);
  a.said_model.assign(facts.model);
  const resilience::RetryRules& retry = x_.view->retry_rules;
  if (facts.has_error) {
    take_key_out();
    return failure(resilience::judge_rejection(AttemptOutcome::ErrorInBody, a.status, a.held), "a success status with an error inside", a.held);
  }
  if (not_a_stream_) return Verdict(AttemptOutcome::BadResponse, "not an event stream");
  if (!facts.is_json_object) return Verdict(AttemptOutcome::BadResponse, "the answer is not a JSON object");
  if (!facts.has_content && !facts.cut_short && retry.on_empty())
    return Verdict(AttemptOutcome::EmptyAnswer, facts.has_choices ? "an answer without a word" : "an answer without choices");
  if (resilience::is_error_text(facts.text, x_.body, retry)) return keyword(facts.text);
  a.whole = true;
  note_begun();
  return Verdict(AttemptOutcome::Answered);
}

// An error status, and as much of its body as there is.
Verdict AnswerReader::judge_refusal() {
  Answer& a = x_.answer;
  a.whole = true;
  const bool complete = payload_state(a) == PayloadState::Done || (ended_ && may_end_here(a));
  if (!complete) a.content_type.clear();      // nothing to pass on: it is cut short
  take_key_out();
  return failure(resilience::judge_rejection(by_status_, a.status, a.held), "status " + std::to_string(a.status), a.held);
}

// Of an error, with the provider's own words: these may repeat the prompt, so they go where texts may be kept, and nowhere else.
Verdict AnswerReader::failure(AttemptOutcome outcome, std::string what, std::string_view body) const {
  if (!x_.log_bodies) return Verdict(outcome, std::move(what));
  openai::ProviderError said = openai::read_provider_error(body);
  (void)take_out_key(said.message, key_of(*x_.view, *x_.answer.model));
  if (!said.message.empty()) what.append(": ").append(cut_between_characters(said.message, kMaxDetail));
  return Verdict(outcome, std::move(what));
}

// Of a text that is an error message.
Verdict AnswerReader::keyword(std::string text) const {
  (void)take_out_key(text, key_of(*x_.view, *x_.answer.model));
  return Verdict(AttemptOutcome::ErrorKeyword, x_.log_bodies ? std::move(text) : std::string());
}

// What goes on to the client must not hold our key.
void AnswerReader::take_key_out() {
  Answer& a = x_.answer;
  const std::string_view key = key_of(*x_.view, *a.model);
  if (key.empty()) return;
  std::string text(a.held);
  if (!take_out_key(text, key)) return;
  a.held_storage.resize(0);
  a.held_storage.append(text);
  a.held = a.held_storage.view();
}

void AnswerReader::note_begun() {
  if (begun_) return;
  begun_ = true;
  x_.answer.running.first_byte(now(), true);
}

}  // namespace smartroute::proxy

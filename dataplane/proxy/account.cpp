#include "dataplane/proxy/account.hpp"

#include <algorithm>

#include "dataplane/core/openai/json_text.hpp"
#include "dataplane/net/downstream.hpp"
#include "dataplane/proxy/answer_payload.hpp"
#include "dataplane/proxy/kept_texts.hpp"

namespace smartroute::proxy {
namespace {

using accounting::Ending;
using accounting::TokenAmount;
using accounting::TokenSource;
using net::IoStatus;

constexpr int kFirstError = 400;
constexpr std::size_t kMaxModelName = 256;

TokenAmount local(const routing::ModelEntry& model, double count) {
  TokenAmount amount;
  amount.count = static_cast<std::uint64_t>(count * model.tokenizer.factor + 0.5);
  amount.source = model.tokenizer.exact ? TokenSource::Local : TokenSource::Estimate;
  return amount;
}

TokenAmount reported(std::uint64_t count) {
  TokenAmount amount;
  amount.count = count;
  amount.source = TokenSource::Upstream;
  return amount;
}

// `"usage":{...}` in the last bytes of an answer that was too long to be kept.
openai::Usage usage_in_tail(std::string_view tail) {
  constexpr std::string_view kKey = "\"usage\"";
  const std::size_t at = tail.rfind(kKey);
  if (at == std::string_view::npos) return {};
  const std::size_t begin = tail.find('{', at);
  if (begin == std::string_view::npos) return {};
  int depth = 0;
  for (std::size_t i = begin; i < tail.size(); ++i) {
    if (tail[i] == '{') ++depth;
    if (tail[i] != '}' || --depth > 0) continue;
    const std::string alone = "{\"usage\":" + std::string(tail.substr(begin, i + 1 - begin)) + "}";
    return openai::inspect_answer(alone).usage;
  }
  return {};
}

// Whose failure it was, for statistics. Static; empty: nobody's.
std::string_view error_kind_of(const Exchange& x) {
  const accounting::Record& r = x.record;
  switch (r.ending) {
    case Ending::Completed:
    case Ending::CompletedNoDone: return {};
    case Ending::ClientGone: return "client_gone";
    case Ending::Drained: return "drained";
    case Ending::BrokenStream: return "broken_stream";
    case Ending::UpstreamPassed: return "rejected_by_provider";
    case Ending::UpstreamError: return r.attempts.empty() ? std::string_view("no_healthy_upstream") : r.attempts.back().outcome;
    case Ending::RejectedByGateway: return name_of(x.failure.value_or(ErrorKind::Internal));
    case Ending::kCount: break;
  }
  return "unknown";
}

void note_reporting(const Exchange& x) {
  const Ending ending = x.record.ending;
  if (!(x.asks_usage || x.chat.include_usage) || (ending != Ending::Completed && ending != Ending::CompletedNoDone)) return;
  auto& withholds = x.answer.model->stats->withholds_usage;
  const bool now = !x.record.usage.prompt;
  if (withholds.load(std::memory_order_relaxed) != now) withholds.store(now, std::memory_order_relaxed);
}

// Of the stream at hand: every text was counted, or is there to be counted.
bool all_counted(const Exchange& x) { return !x.spoken.lost_parts() && !x.spoken.weighed() && !x.gate->facts().oversize; }

// Of the stream at hand, where what is kept of it does not say: exact, unless all_counted() denies it.
std::optional<std::uint64_t> tokens_beyond(Exchange& x) {
  if (x.spoken.weighed() && !usage_of(x).completion) return x.spoken.count_now();
  return x.spoken.streamed_tokens();
}

void price_by(Exchange& x, const routing::ModelEntry& model) {
  accounting::Record& r = x.record;
  r.tokenizer = model.tokenizer;
  r.price = &model.price;
  if (x.view->reference == nullptr) return;
  r.t3_price = &x.view->reference->price;
  r.t3_model = x.view->reference->id;
}

// The model's own name in the answer, `spelled` as in JSON; where it is the one that was asked for, nothing.
void note_model(Exchange& x, std::string_view spelled) {
  std::string& name = x.record.answered_as;
  name.clear();
  (void)openai::append_unescaped(spelled, kMaxModelName, name);
  if (name == x.answer.model->upstream_model) name.clear();
}

void take_answer(Exchange& x) {
  accounting::Texts& texts = x.record.texts;
  texts.response = x.kept.answer_at_hand ? x.answer.held : std::string_view(x.kept.answer);
  texts.response_whole = !x.kept.answer_cut;
}

void account_stream(Exchange& x) {
  accounting::Record& r = x.record;
  accounting::Texts& texts = r.texts;
  texts.response = x.spoken.begun() ? x.spoken.build() : std::string_view();
  texts.streamed_tokens = tokens_beyond(x);
  texts.response_whole = x.spoken.whole() && all_counted(x);
  r.finish_reason.assign(x.spoken.finish_reason());
  r.chunks = static_cast<std::uint32_t>(x.gate->facts().events);
  r.usage = usage_of(x);
  note_model(x, x.spoken.model());
  if (!all_counted(x)) r.tokenizer.exact = false;      // a count of ours is of what was seen
  note_reporting(x);
}

// Of an answer that was passed on before it was whole nobody has asked yet.
void account_whole(Exchange& x) {
  Answer& a = x.answer;
  if (!a.whole && !x.kept.answer_cut) {
    const openai::AnswerFacts facts = openai::inspect_answer(x.kept.answer);
    a.usage = facts.usage;
    a.finish.assign(facts.finish);
    a.said_model.assign(facts.model);
  } else if (x.kept.answer_cut && !a.usage.any()) {
    a.usage = usage_in_tail(x.kept.tail);
  }
  take_answer(x);
  x.record.finish_reason.assign(a.finish);
  x.record.usage = a.usage;
  note_model(x, a.said_model);
}

// A stream that nobody took up.
void account_broken(Exchange& x) {
  const BrokenAnswer& broken = *x.broken;
  accounting::Record& r = x.record;
  price_by(x, *broken.model);
  take_answer(x);
  r.texts.streamed_tokens = broken.streamed_tokens;
  r.chunks = static_cast<std::uint32_t>(broken.events);
  r.usage = broken.usage;
  if (!broken.all_counted) r.tokenizer.exact = false;
}

}  // namespace

openai::Usage usage_of(const Exchange& x) {
  const Answer& a = x.answer;
  if (a.is_events && x.gate) return x.gate->facts().usage;
  return a.usage;
}

void note_thrown_away(Exchange& x) {
  const routing::ModelEntry* const model = x.answer.model;
  if (model == nullptr || x.record.attempts.empty()) return;
  const openai::Usage usage = usage_of(x);
  const bool spoke = x.answer.is_events && x.spoken.begun() && x.gate->facts().content;
  if (!usage.any() && !spoke) return;
  accounting::Attempt& attempt = x.record.attempts.back();
  if (usage.prompt) {
    attempt.prompt = reported(*usage.prompt);
  } else {
    attempt.prompt.emplace();
    attempt.prompt->count = x.prompt_tokens;
    attempt.prompt->source = TokenSource::Estimate;
  }
  attempt.completion = usage.completion ? reported(*usage.completion) : local(*model, static_cast<double>(x.spoken.count_now()));
  if (!usage.completion && !all_counted(x)) attempt.completion->source = TokenSource::Estimate;
  prices::Quantities used;
  used.prompt = attempt.prompt->count;
  used.completion = attempt.completion->count;
  used.cached = usage.cached;
  used.cache_write = usage.cache_write;
  used.audio_input = usage.audio_input;
  used.audio_output = usage.audio_output;
  attempt.cost_nano = prices::cost(model->price, used);
}

void set_aside(Exchange& x) {
  BrokenAnswer& broken = x.broken.emplace();
  broken.model = x.answer.model;
  broken.attempt = x.record.attempts.size();
  broken.usage = usage_of(x);
  broken.streamed_tokens = tokens_beyond(x);
  broken.events = x.gate->facts().events;
  broken.all_counted = all_counted(x);
  x.kept.answer.assign(x.spoken.begun() ? x.spoken.build() : std::string_view());
  x.kept.answer_cut = !x.spoken.whole() || !broken.all_counted;
  note_thrown_away(x);
}

void forget_broken(Exchange& x) {
  x.broken.reset();
  x.kept.answer.clear();
  x.kept.answer_cut = false;
}

void take_up_again(Exchange& x) {
  if (!x.broken || x.broken->attempt == 0) return;
  accounting::Attempt& attempt = x.record.attempts[x.broken->attempt - 1];
  attempt.prompt.reset();
  attempt.completion.reset();
  attempt.cost_nano.reset();
}

net::Awaitable<void> drain_for_account(Exchange& x, WorkerContext& w) {
  Answer& a = x.answer;
  if (!a.stream || !a.reader || !a.is_events || a.whole || x.gate->facts().done) co_return;
  net::Interrupt& interrupt = x.client->interrupt();
  x.client->stop_watching();
  interrupt.reset();
  interrupt.set_upstream(a.stream.get());
  interrupt.arm(net::Cut::Tail, kUsageGrace);
  auto push = [&x](std::string_view payload) { x.gate->push(payload); };
  for (std::size_t read = 0; read < kDrainBytes && interrupt.why() == net::Cut::None;) {
    if (x.gate->facts().done || x.gate->facts().error || x.gate->facts().malformed || payload_state(a) != PayloadState::Open) break;
    const net::IoResult got = a.stream->read_some(w.worker.read_buffer(), net::Worker::kReadBuffer);
    if (got.status == IoStatus::Ok) {
      read += got.bytes;
      (void)read_payload(a, std::string_view(w.worker.read_buffer(), got.bytes), push);
      x.gate->settle();
      continue;
    }
    const bool waits = got.status == IoStatus::WantRead || got.status == IoStatus::WantWrite;
    if (!waits || !has_finished(x) || x.gate->facts().usage.any()) break;
    co_await a.stream->wait(got.status);
  }
  interrupt.disarm();
  a.clean = false;
}

void account(Exchange& x) {
  accounting::Record& r = x.record;
  r.error_kind = error_kind_of(x);
  if (x.caller != nullptr) r.key_name = x.caller->name;
  if (x.endpoint == Endpoint::ChatCompletions && x.view && !x.body.empty()) {
    accounting::Texts& texts = r.texts;
    texts.log = x.log_bodies;
    texts.dropped = x.kept.dropped;
    texts.max_bytes = log_bytes(x);
    texts.request = x.kept.request_kept ? std::string_view(x.kept.request) : x.body;
    texts.request_whole = !x.kept.request_cut;
    if (x.broken) {
      account_broken(x);
    } else if (x.committed && x.answer.status < kFirstError) {
      price_by(x, *x.answer.model);
      x.answer.is_events ? account_stream(x) : account_whole(x);
    } else if (x.log_bodies) {
      take_answer(x);
    }
  }
  x.load.release();
}

}  // namespace smartroute::proxy

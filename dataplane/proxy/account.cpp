#include "dataplane/proxy/account.hpp"

#include <algorithm>

#include "contract/base/utf8.hpp"
#include "dataplane/core/tokens/counter.hpp"
#include "dataplane/net/downstream.hpp"
#include "dataplane/proxy/answer_payload.hpp"

namespace smartroute::proxy {
namespace {

using accounting::Ending;
using accounting::TokenAmount;
using accounting::TokenSource;
using net::IoStatus;

constexpr std::size_t kKeptTextBytes = 16 * 1024;      // of each text, in an exchange that waits for its next request
constexpr std::size_t kTightBytes = 16 * 1024;         // of each text while memory is short

std::size_t log_bytes(const Exchange& x) { return static_cast<std::size_t>(x.view->config.logs.max_body_bytes); }

openai::Usage usage_of(const Exchange& x) {
  const Answer& a = x.answer;
  if (a.is_events && x.gate) return x.gate->facts().usage;
  return a.usage;
}

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

}  // namespace

void choose_texts(Exchange& x) {
  const std::optional<bool> of_key = x.caller != nullptr ? x.caller->log_bodies : std::nullopt;
  x.log_bodies = of_key.value_or(x.view->config.logs.bodies);
}

void note_ask(Exchange& x) {
  x.record.category = x.chat.tool_count > 0 || x.chat.ends_with_tool_result ? "tool" : "chat";
  if (x.log_bodies) openai::append_text(x.body, x.chat.user_content(0), accounting::kMaxPreviewBytes, x.record.preview);
}

void keep_request(Exchange& x) {
  if (x.kept.request_kept || x.body.empty()) return;
  x.kept.request_kept = true;
  const bool parsed = !x.record.category.empty();
  // Without a log it is for counting only: not where the provider has counted, or will.
  if (!x.log_bodies && (!parsed || usage_of(x).prompt || x.asks_usage || x.chat.include_usage)) return;
  if (x.load.memory() != admission::MemoryLevel::Fine) {
    x.kept.dropped = x.log_bodies;
    return;
  }
  const std::size_t most = x.log_bodies ? log_bytes(x) : x.body.size();
  x.kept.request_cut = x.body.size() > most;
  x.kept.request.assign(x.body.substr(0, most));
}

void read_along(Exchange& x, const routing::ModelEntry& model) {
  x.answer.usage = {};
  x.spoken.begin(x.log_bodies ? log_bytes(x) : kTightBytes, model.tokenizer.encoding);
  x.gate->read_along(&x.spoken);
  if (x.asks_usage) x.gate->hide_usage_chunks();
}

void keep_answer(Exchange& x, std::string_view bytes) {
  if (x.endpoint != Endpoint::ChatCompletions || !x.view) return;
  if (!x.log_bodies && x.answer.usage.prompt && x.answer.usage.completion) return;
  const std::size_t most = std::max(x.log_bodies ? log_bytes(x) : 0, kMinKeptAnswer);
  std::string& kept = x.kept.answer;
  const std::size_t fits = std::min(bytes.size(), most - std::min(most, kept.size()));
  kept.append(bytes.substr(0, fits));
  if (fits == bytes.size()) return;
  x.kept.answer_cut = true;
  std::string& tail = x.kept.tail;
  tail.append(bytes.substr(bytes.size() - std::min(bytes.size(), kKeptTail)));
  if (tail.size() > 2 * kKeptTail) tail.erase(0, tail.size() - kKeptTail);
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
  prices::Quantities used;
  used.prompt = attempt.prompt->count;
  used.completion = attempt.completion->count;
  used.cached = usage.cached;
  used.cache_write = usage.cache_write;
  used.audio_input = usage.audio_input;
  used.audio_output = usage.audio_output;
  attempt.cost_nano = prices::cost(model->price, used);
}

net::Awaitable<void> drain_for_account(Exchange& x, WorkerContext& w) {
  Answer& a = x.answer;
  if (!a.stream || !a.reader || !a.is_events) co_return;
  net::Interrupt& interrupt = x.client->interrupt();
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
  if (x.endpoint != Endpoint::ChatCompletions || !x.view || x.body.empty()) {
    x.load.release();
    return;
  }
  keep_request(x);
  if (x.caller != nullptr) r.key_name = x.caller->name;
  accounting::Texts& texts = r.texts;
  texts.log = x.log_bodies;
  texts.dropped = x.kept.dropped;
  texts.max_bytes = log_bytes(x);
  texts.request = x.kept.request;
  texts.request_whole = !x.kept.request_cut;
  if (x.committed && x.answer.status < 400) {
    const routing::ModelEntry& model = *x.answer.model;
    r.tokenizer = model.tokenizer;
    r.price = &model.price;
    if (x.view->reference != nullptr) {
      r.t3_price = &x.view->reference->price;
      r.t3_model = x.view->reference->id;
    }
    if (x.answer.is_events) {
      texts.response = x.spoken.begun() ? x.spoken.build() : std::string_view();
      texts.response_whole = x.spoken.whole();
      texts.streamed_tokens = x.spoken.streamed_tokens();
      r.finish_reason.assign(x.spoken.finish_reason());
      r.chunks = static_cast<std::uint32_t>(x.gate->facts().events);
      if (x.spoken.model() != model.upstream_model) r.answered_as.assign(x.spoken.model());
    } else {
      if (x.kept.answer_cut && !x.answer.usage.any()) x.answer.usage = usage_in_tail(x.kept.tail);
      texts.response = x.kept.answer;
      texts.response_whole = !x.kept.answer_cut;
    }
    r.usage = usage_of(x);
  } else if (x.log_bodies) {
    texts.response = x.kept.answer;
    texts.response_whole = !x.kept.answer_cut;
  }
  x.load.release();
}

void forget_texts(Exchange& x) {
  for (std::string* text : {&x.kept.request, &x.kept.answer, &x.kept.tail}) {
    text->clear();
    if (text->capacity() > kKeptTextBytes) std::string().swap(*text);
  }
  x.kept.request_kept = x.kept.request_cut = x.kept.answer_cut = x.kept.dropped = false;
  x.spoken.trim();
  x.caller = nullptr;
  x.log_bodies = x.asks_usage = false;
  x.failure.reset();
}

}  // namespace smartroute::proxy

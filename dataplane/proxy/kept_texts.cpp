#include "dataplane/proxy/kept_texts.hpp"

#include <algorithm>
#include <limits>

#include "dataplane/core/accounting/entry.hpp"
#include "dataplane/proxy/account.hpp"

namespace smartroute::proxy {
namespace {

constexpr int kFirstError = 400;
constexpr std::size_t kKeptTextBytes = 16 * 1024;      // of each text, in an exchange that waits for its next request
constexpr std::size_t kCountedBytes = 4 * 1024;        // of a stream's text without a log: more is counted as it comes
constexpr std::size_t kCopyStep = 16 * 1024;           // ... and so much more at a time

// Its body was understood; else nothing is asked of x.chat.
bool is_parsed(const Exchange& x) { return !x.record.category.empty(); }

// The provider's own count of the prompt is on its way, if it does as it did before.
bool will_report(const Exchange& x) {
  const routing::ModelEntry* const model = x.answer.model;
  return (x.asks_usage || x.chat.include_usage) && model != nullptr && !model->stats->withholds_usage.load(std::memory_order_relaxed);
}

}  // namespace

std::size_t log_bytes(const Exchange& x) { return static_cast<std::size_t>(x.view->config.logs.max_body_bytes); }

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
  // Without a log it is for counting only: not where the provider has counted, or will.
  const bool counts = !is_parsed(x) || usage_of(x).prompt || will_report(x);
  if (counts && !x.log_bodies) return;
  const std::size_t most = std::max<std::size_t>(x.log_bodies ? log_bytes(x) + accounting::kBeyondCut : 0, counts ? 0 : accounting::kMaxCountedBytes);
  const std::string_view kept = x.body.substr(0, most);
  if (!x.load.hold_copy(kept.size(), x.view->config.limits)) {
    x.kept.dropped = x.log_bodies;
    return;
  }
  x.kept.request_cut = kept.size() < x.body.size();
  x.kept.request.assign(kept);
}

void read_along(Exchange& x, const routing::ModelEntry& model) {
  using Beyond = accounting::AnswerAssembler::Beyond;
  const bool will_say = (x.asks_usage || x.chat.include_usage) && !model.stats->withholds_usage.load(std::memory_order_relaxed);
  x.spoken.begin(x.log_bodies ? log_bytes(x) : kCountedBytes, model.tokenizer.encoding, will_say ? Beyond::Weighed : Beyond::Counted);
  x.gate->read_along(&x.spoken);
  if (x.asks_usage) x.gate->hide_usage_chunks();
}

void bound_texts(Exchange& x) {
  constexpr std::size_t kNoMore = std::numeric_limits<std::size_t>::max();
  std::size_t& paid = x.kept.paid_for;
  while (x.spoken.kept_bytes() > kFreeBytes && x.spoken.kept_bytes() - kFreeBytes > paid) {
    paid = x.load.hold_copy(kCopyStep, x.view->config.limits) ? paid + kCopyStep : kNoMore;
  }
  if (paid == kNoMore) x.spoken.stop_keeping();
}

void keep_answer(Exchange& x, std::string_view bytes) {
  if (x.endpoint != Endpoint::ChatCompletions || !x.view) return;
  const bool counted = x.answer.status >= kFirstError || (x.answer.usage.prompt && x.answer.usage.completion);
  if (counted && !x.log_bodies) return;
  const std::size_t most = std::max(x.log_bodies ? log_bytes(x) : 0, kMinKeptAnswer);
  std::string& kept = x.kept.answer;
  std::size_t fits = std::min(bytes.size(), most - std::min(most, kept.size()));
  if (x.kept.answer_cut || (kept.size() + fits > kFreeBytes && !x.load.hold_copy(fits, x.view->config.limits))) fits = 0;
  kept.append(bytes.substr(0, fits));
  if (fits == bytes.size()) return;
  x.kept.answer_cut = true;
  std::string& tail = x.kept.tail;
  tail.append(bytes.substr(bytes.size() - std::min(bytes.size(), kKeptTail)));
  if (tail.size() > 2 * kKeptTail) tail.erase(0, tail.size() - kKeptTail);
}

void forget_texts(Exchange& x) {
  for (std::string* text : {&x.kept.request, &x.kept.answer, &x.kept.tail}) {
    text->clear();
    if (text->capacity() > kKeptTextBytes) std::string().swap(*text);
  }
  x.kept.request_kept = x.kept.request_cut = x.kept.answer_cut = x.kept.dropped = x.kept.answer_at_hand = false;
  x.kept.paid_for = 0;
  x.broken.reset();
  x.spoken.trim();
  x.caller = nullptr;
  x.log_bodies = x.asks_usage = false;
  x.failure.reset();
}

}  // namespace smartroute::proxy

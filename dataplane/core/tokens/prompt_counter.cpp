#include "dataplane/core/tokens/prompt_counter.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "dataplane/core/tokens/json_texts.hpp"
#include "dataplane/core/tokens/prompt_reader.hpp"
#include "dataplane/core/tokens/tally_cache.hpp"

namespace smartroute::tokens {
namespace {

constexpr std::size_t kMinCachedBytes = 96;  // shorter messages are counted as fast as they are looked up

}  // namespace

struct PromptCounter::State {
  State(std::uint64_t seed, std::size_t entries) : cache(seed, entries) {}

  Tally message(const PromptReader& reader, std::string_view json) {
    if (json.size() < kMinCachedBytes) return reader.message(json);
    return remembered(reader, json, false);
  }

  Tally tools(const PromptReader& reader, std::string_view json) { return remembered(reader, json, true); }

  Tally remembered(const PromptReader& reader, std::string_view json, bool tools) {
    const TallyCache::Key key = cache.key_of(json, reader.encoding, reader.rules, tools);
    if (const Tally* const known = cache.find(key)) {
      ++totals.hits;
      return *known;
    }
    ++totals.misses;
    const Tally tally = tools ? reader.tools(json) : reader.message(json);
    cache.put(key, tally);
    return tally;
  }

  Tally messages(const PromptReader& reader, std::string_view json);
  Tally other_fields(const PromptReader& reader, std::string_view body, const openai::ChatRequest& chat);

  TallyCache cache;
  ReaderMemory memory;
  std::string stack;  // of the scanner over the messages, which is at work while each is read
  Totals totals;
};

Tally PromptCounter::State::messages(const PromptReader& reader, std::string_view json) {
  Tally sum;
  openai::JsonScanner scan(json, kReadLimits, stack);
  if (!scan.open_array()) {
    sum.exact = false;
    sum.text = tokens::count(reader.encoding, json.substr(0, PromptReader::kMaxOddBytes));
    return sum;
  }
  openai::Span message;
  while (scan.next_element())
    if (scan.skip(message)) sum.add(this->message(reader, scan.text(message)));
  sum.exact = sum.exact && !scan.failed();
  return sum;
}

Tally PromptCounter::State::other_fields(const PromptReader& reader, std::string_view body, const openai::ChatRequest& chat) {
  Tally sum;
  for (const openai::TopLevelField& field : chat.fields) {
    const auto text = [body](openai::Span span) { return body.substr(span.begin, span.end - span.begin); };
    const std::string_view name = openai::short_name(text(field.key), field.key_escaped, memory.name);
    if (name == "response_format") sum.add(reader.response_format(text(field.value)));
    if (name == "web_search_options") sum.exact = false;
  }
  return sum;
}

PromptCounter::PromptCounter(std::uint64_t hash_seed, std::size_t entries) : state_(std::make_unique<State>(hash_seed, entries)) {}
PromptCounter::~PromptCounter() = default;

PromptCounter::Totals PromptCounter::totals() const noexcept { return state_->totals; }

PromptCount PromptCounter::count(const TokenizerChoice& choice, std::string_view body, const openai::ChatRequest& chat) {
  static constexpr PromptRules kUnknown;
  const PromptRules& rules = choice.prompt != nullptr ? *choice.prompt : kUnknown;
  const PromptReader reader{choice.encoding, rules, state_->memory};
  const auto text = [body](openai::Span span) { return body.substr(span.begin, span.end - span.begin); };
  Tally sum;
  sum.fixed = rules.reply;
  if (!chat.messages_value.empty()) sum.add(state_->messages(reader, text(chat.messages_value)));
  if (chat.tool_count > 0) sum.add(state_->tools(reader, text(chat.tools_value)));
  sum.add(state_->other_fields(reader, body, chat));
  const double fixed = static_cast<double>(std::max<std::int64_t>(0, sum.fixed)) / choice.factor;
  return {sum.text + static_cast<std::uint64_t>(std::llround(fixed)), sum.exact && choice.exact && rules.exact};
}

}  // namespace smartroute::tokens

#include "dataplane/core/accounting/settlement.hpp"

#include <cmath>
#include <limits>
#include <string>

#include "dataplane/core/accounting/answer_tokens.hpp"
#include "dataplane/core/openai/chat_request.hpp"
#include "dataplane/core/tokens/counter.hpp"

namespace smartroute::accounting {
namespace {

// The request was taken before; here it is read once more, by whoever's limits it was taken.
constexpr openai::ParseLimits kLimits{.max_depth = 1024,
                                      .max_nodes = std::numeric_limits<std::size_t>::max(),
                                      .strictness = openai::Strictness::AsClients};

TokenAmount upstream(std::uint64_t count) noexcept { return {count, TokenSource::Upstream}; }

std::uint64_t scaled(std::uint64_t ours, double factor) noexcept {
  return static_cast<std::uint64_t>(std::llround(static_cast<double>(ours) * factor));
}

prices::Quantities quantities(const openai::Usage& usage, std::uint64_t prompt,
                              std::uint64_t completion) noexcept {
  return {.prompt = prompt,
          .completion = completion,
          .cached = usage.cached,
          .cache_write = usage.cache_write,
          .audio_input = usage.audio_input,
          .audio_output = usage.audio_output};
}

std::int64_t saturating_sum(std::int64_t a, std::int64_t b) noexcept {
  std::int64_t sum;
  return __builtin_add_overflow(a, b, &sum) ? std::numeric_limits<std::int64_t>::max() : sum;
}

}  // namespace

struct Settler::State {
  explicit State(std::uint64_t hash_seed) : prompts(hash_seed) {}

  // What the text here counts, before any factor; exact where the tokenizer is and the formula is.
  struct Ours {
    std::uint64_t tokens = 0;
    bool exact = false, comparable = false;   // comparable: theirs over ours is the tokenizer's doing
  };
  std::optional<Ours> prompt_of(const Claim& claim);
  std::optional<Ours> completion_of(const Claim& claim);
  double factor_of(const Claim& claim) const {
    return claim.tokenizer.exact ? 1.0 : factors.factor(claim.model, claim.tokenizer.factor);
  }
  TokenAmount amount(const Claim& claim, const Ours& ours) const;
  void take_what_was_said(const openai::Usage& usage, Account& account) const;
  void count_completion(const Claim& claim, const std::optional<Ours>& ours, Account& account) const;
  void count_prompt(const Claim& claim, const std::optional<Ours>& ours, Account& account) const;
  void learn(const Claim& claim, const std::optional<Ours>& prompt,
             const std::optional<Ours>& completion);
  void price(const Claim& claim, Account& account) const;

  openai::ChatParser parser;
  tokens::PromptCounter prompts;
  tokens::LearnedFactors factors;
  AnswerReader answers;
  std::string body;
};

Settler::Settler(std::uint64_t hash_seed) : state_(std::make_unique<State>(hash_seed)) {}
Settler::~Settler() = default;

Account Settler::settle(const Claim& claim) {
  Account account;
  if (claim.answered) {
    State& s = *state_;
    s.take_what_was_said(claim.usage, account);
    std::optional<State::Ours> prompt, completion;
    if (!account.completion || claim.interrupted || claim.learn) completion = s.completion_of(claim);
    s.count_completion(claim, completion, account);
    if (!account.prompt || claim.learn) prompt = s.prompt_of(claim);
    s.count_prompt(claim, prompt, account);
    if (claim.learn && !claim.tokenizer.exact) s.learn(claim, prompt, completion);
  }
  state_->price(claim, account);
  return account;
}

// Of three numbers two are enough.
void Settler::State::take_what_was_said(const openai::Usage& usage, Account& account) const {
  if (usage.prompt) account.prompt = upstream(*usage.prompt);
  if (usage.completion) account.completion = upstream(*usage.completion);
  if (!usage.total) return;
  if (!usage.prompt && usage.completion && *usage.total >= *usage.completion)
    account.prompt = upstream(*usage.total - *usage.completion);
  if (!usage.completion && usage.prompt && *usage.total >= *usage.prompt)
    account.completion = upstream(*usage.total - *usage.prompt);
}

TokenAmount Settler::State::amount(const Claim& claim, const Ours& ours) const {
  if (claim.tokenizer.exact)
    return {ours.tokens, ours.exact ? TokenSource::Local : TokenSource::Estimate};
  return {scaled(ours.tokens, factor_of(claim)), TokenSource::Estimate};
}

void Settler::State::count_completion(const Claim& claim, const std::optional<Ours>& ours,
                                      Account& account) const {
  if (!ours) return;
  const TokenAmount counted = amount(claim, *ours);
  if (!account.completion || (claim.interrupted && counted.count > account.completion->count))
    account.completion = counted;
}

// What a total leaves is better than a count of ours, for it has the provider's overhead in it.
void Settler::State::count_prompt(const Claim& claim, const std::optional<Ours>& ours,
                                  Account& account) const {
  if (account.prompt) return;
  if (claim.usage.total && account.completion && *claim.usage.total >= account.completion->count) {
    account.prompt = {*claim.usage.total - account.completion->count, account.completion->source};
  } else if (ours) {
    account.prompt = amount(claim, *ours);
  } else if (claim.estimated_prompt > 0) {
    account.prompt = {claim.estimated_prompt, TokenSource::Estimate};
  }
}

std::optional<Settler::State::Ours> Settler::State::prompt_of(const Claim& claim) {
  if (claim.request_body.empty()) return std::nullopt;
  body.assign(claim.request_body);
  body.append(openai::ChatParser::kPadding, '\0');
  const std::string_view text(body.data(), claim.request_body.size());
  const auto chat = parser.parse(text, kLimits);
  if (!chat) return std::nullopt;
  tokens::TokenizerChoice choice = claim.tokenizer;
  choice.factor = factor_of(claim);
  const tokens::PromptCount count = prompts.count(choice, text, *chat);
  return Ours{count.tokens, count.exact, !chat->has_images() && claim.usage.tool_prompt == 0};
}

std::optional<Settler::State::Ours> Settler::State::completion_of(const Claim& claim) {
  if (claim.streamed_tokens) return Ours{*claim.streamed_tokens, true, false};
  if (claim.answer.empty()) return std::nullopt;
  const AnswerTokens found = answers.count(claim.tokenizer.encoding, claim.answer);
  const bool plain = found.only_content && claim.answer_whole;
  return Ours{found.tokens, plain,
              plain && found.whole && claim.usage.reasoning == 0 && claim.usage.audio_output == 0};
}

void Settler::State::learn(const Claim& claim, const std::optional<Ours>& prompt,
                           const std::optional<Ours>& completion) {
  if (prompt && prompt->comparable && claim.usage.prompt)
    factors.learn(claim.model, prompt->tokens, *claim.usage.prompt);
  if (completion && completion->comparable && claim.usage.completion && !claim.interrupted)
    factors.learn(claim.model, completion->tokens, *claim.usage.completion);
}

void Settler::State::price(const Claim& claim, Account& account) const {
  if (account.prompt && account.completion) {
    const auto used = quantities(claim.usage, account.prompt->count, account.completion->count);
    if (claim.price != nullptr) account.cost_nano = prices::cost(*claim.price, used);
    if (claim.t3_price != nullptr) account.t3_cost_nano = prices::cost(*claim.t3_price, used);
  } else if (!claim.answered && claim.thrown_away_nano > 0) {
    account.cost_nano = 0;
  }
  if (claim.thrown_away_unknown) account.cost_nano.reset();
  if (account.cost_nano)
    account.cost_nano = saturating_sum(*account.cost_nano, claim.thrown_away_nano);
}

}  // namespace smartroute::accounting

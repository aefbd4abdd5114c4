// From what is known at the end of a request to what it used and what that cost. Runs on the accounting thread, off the path of requests.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "dataplane/core/openai/usage.hpp"
#include "dataplane/core/prices/price.hpp"
#include "dataplane/core/tokens/learned_factor.hpp"
#include "dataplane/core/tokens/prompt_counter.hpp"
#include "dataplane/core/tokens/tokenizer_choice.hpp"

namespace smartroute::accounting {

enum class TokenSource : std::uint8_t { Upstream = 1, Local = 2, Estimate = 3 };  // as v1::TokenCount::Source
struct TokenAmount {
  std::uint64_t count = 0;
  TokenSource source = TokenSource::Estimate;
  friend bool operator==(const TokenAmount&, const TokenAmount&) = default;
};

// What the worker knows. Views are good during the call of settle().
struct Claim {
  openai::Usage usage;                       // as the provider said, of the answer the client got
  bool answered = false;                     // some model's answer was begun: there is something to count
  bool interrupted = false;                  // ... and did not come to its end: `usage` may lag behind what was streamed, the greater count is true
  bool learn = false;                        // compare our counts with the provider's, if there are both
  std::string_view model;                    // for what is learned of its tokenizer: "provider/model"
  tokens::TokenizerChoice tokenizer;
  std::string_view request_body;             // whole, or empty if it was not kept
  std::uint64_t estimated_prompt = 0;        // from its length, where the body is not here
  std::string_view answer;                   // the chat.completion, or as much of one as came; may be empty
  bool answer_whole = true;                  // false: `answer` was cut; streamed_tokens counts all of it
  std::optional<std::uint64_t> streamed_tokens;  // of the answer's text, counted as it came, by tokenizer.encoding
  const prices::Price* price = nullptr;      // of the model that answered
  const prices::Price* t3_price = nullptr;   // of the reference model
  std::int64_t thrown_away_nano = 0;         // of attempts whose answers nobody got
  bool thrown_away_unknown = false;          // ... and of some of them it is not known: then neither is the sum
};

struct Account {
  std::optional<TokenAmount> prompt, completion;
  std::optional<std::int64_t> cost_nano, t3_cost_nano;
};

class Settler {
 public:
  explicit Settler(std::uint64_t hash_seed);
  ~Settler();
  Settler(const Settler&) = delete;
  Settler& operator=(const Settler&) = delete;

  // The provider's number wins, also when it is zero. What it does not say is counted: exactly for tokenizers we have, else estimated by the factor
  // learned from the model's other requests. A request that no model answered used nothing anybody knows of.
  Account settle(const Claim& claim);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace smartroute::accounting

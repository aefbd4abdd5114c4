// The tokens an answer took, as its provider counts them.
#pragma once
#include <cstdint>
#include <optional>

namespace smartroute::openai {

// One meaning for every provider's spelling:
//   prompt      all input, what came from or went into a cache and what tools put in included
//   completion  all output that is billed as output, reasoning included
//   total       as reported, never computed
// Empty: not reported; zero: reported as zero. The others are parts of prompt (cached, cache_write, audio_input, tool_prompt) or of completion
// (reasoning, audio_output, rejected_prediction and accepted_prediction); zero: none, or not reported.
struct Usage {
  std::optional<std::uint64_t> prompt, completion, total;
  std::uint64_t cached = 0;       // read from a cache
  std::uint64_t cache_write = 0;  // written to one
  std::uint64_t reasoning = 0;
  std::uint64_t audio_input = 0, audio_output = 0;
  std::uint64_t tool_prompt = 0;  // what the provider's own tools put into the prompt
  std::uint64_t accepted_prediction = 0, rejected_prediction = 0;

  bool any() const noexcept { return prompt || completion || total; }

  // A later report of the same answer: reports are running totals, so it replaces what it says and leaves what it does not mention. Parts that
  // are zero say nothing. A total belongs to the counts it came with: counts that change without a new one leave none.
  void merge(const Usage& later) noexcept;

  friend bool operator==(const Usage&, const Usage&) = default;
};

}  // namespace smartroute::openai

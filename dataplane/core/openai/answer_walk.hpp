// One strict pass over one JSON object of an answer, be it a whole answer or one chunk of a stream:
// both say the same things by nearly the same names.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "dataplane/core/openai/usage.hpp"

namespace smartroute::openai {

struct AnswerWalk {
  bool whole = false;            // the text is one well-formed object and nothing else
  bool error = false;            // "error" that is not null, false or "", or "object":"error"
  bool choices = false;          // "choices" with at least one element
  bool content = false;          // as in AnswerFacts
  bool cut_short = false;        // as in AnswerFacts
  bool text_complete = true;     // `text` took all there was
  std::uint64_t text_bytes = 0;  // of all text, as JSON spells it
  std::size_t texts = 0;         // strings of text that are not empty
  std::string_view last_text;    // the last of them, as JSON spells it
  std::string_view padding;  // a top-level "obfuscation", with which some pad their chunks to one
                             // length; null data: none
  std::string_view finish;   // the last finish_reason that is not "", as JSON spells it
  std::string_view model;    // a top-level "model" that is a string, as JSON spells it
  // Reported at top level, in a choice, or in the part of a provider's own form that holds it; several
  // reports merged.
  Usage usage;
  bool by_timings = false;  // `usage` is of llama.cpp's "timings", to which any other report is to be
                            // preferred
};

// What was read before the text turned out not to be whole is in the result too: an error is worth
// knowing even then. UTF-8 is not checked. `text`, if given, gets the choices' text appended,
// unescaped, at most `max_text` bytes of it and never half a character. `stack` is reused memory.
// Linear in the size of `json`, whatever it holds; allocates nothing once `stack` and `text` have
// grown.
AnswerWalk walk_answer(std::string_view json, std::string& stack, std::string* text,
                       std::size_t max_text);

// Whether the text is one well-formed JSON value of any kind.
bool is_json(std::string_view text, std::string& stack);

}  // namespace smartroute::openai

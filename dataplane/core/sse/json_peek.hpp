// Cheap questions about the JSON object of one event, asked of its bytes without parsing it.
//
// Why byte patterns are enough: inside a JSON string every quote is written \" . So an unescaped
// quote, a name and another unescaped quote can only be a whole string, and a whole string followed
// by a colon can only be a key. Text that a model wrote, whatever it says, never looks like that.
// (If the bytes are no valid JSON the answers are guesses; the client will not be able to read that
// event either.)
#pragma once
#include <cstddef>
#include <string_view>

#include "dataplane/core/sse/event_gate.hpp"

namespace smartroute::sse {

struct Peek {
  bool error = false;          // top-level "error" that is not null, false or ""
  bool finish_reason = false;  // "finish_reason" with a string value
  bool usage = false;          // "usage" with an object value; counts holds the last one
  Usage counts;
};

// Linear in the size of `json`, whatever it holds.
Peek peek(std::string_view json) noexcept;

// Reads token counts of the object that starts at json[at] (a '{'), looking no further than
// kMaxUsageBytes. Counts that are missing, negative or absurd stay 0. Returns the offset where it
// stopped.
inline constexpr std::size_t kMaxUsageBytes = 4096;
std::size_t read_usage(std::string_view json, std::size_t at, Usage& counts) noexcept;

}  // namespace smartroute::sse

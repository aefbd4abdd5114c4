// How many tokens a text is. Equal to tiktoken's len(encode_ordinary(text)) on every input: text that spells a special token is
// ordinary text. Linear in the length of the text, whatever it holds.
//
// Bytes that are not UTF-8 count as U+FFFD does, one for each maximal broken piece (WHATWG's rule), which is what tiktoken's bindings make of them.
//
// Thread rule: any thread; the tables are read-only parts of the program.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "dataplane/core/tokens/encoding.hpp"

namespace smartroute::tokens {

std::uint64_t count(Encoding encoding, std::string_view text);

// The tokens of `text`, appended by their ids; for tests and people who look. Slower than count().
// void encode(...) is declared where it is needed first.

// Counts a text that arrives in pieces, cut anywhere, also inside characters. total() after any pieces is count() of what came so far.
// Holds back only the piece of text whose borders are not yet certain; its memory is bounded by kMaxHeldBytes: a piece without a border
// that is longer is counted as it goes, still exactly.
class StreamCounter {
 public:
  // Of text. Beside it a piece that is longer costs some 11 KiB, whatever its length, from the first one on.
  static constexpr std::size_t kMaxHeldBytes = 512;

  explicit StreamCounter(Encoding encoding) noexcept;
  ~StreamCounter();
  StreamCounter(StreamCounter&&) noexcept;
  StreamCounter& operator=(StreamCounter&&) noexcept;

  void feed(std::string_view text);
  // May be asked at any time; does not end the text.
  std::uint64_t total() const;
  void reset(Encoding encoding) noexcept;

 private:
  struct State;
  State* state_;
};

}  // namespace smartroute::tokens

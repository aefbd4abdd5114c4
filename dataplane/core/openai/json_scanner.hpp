// A strict pull scanner over one JSON text (RFC 8259): every byte is checked exactly once, nothing
// is copied, values are spans. What the caller does not walk into it skips, and skipping checks as
// strictly as walking does.
//
// Refused beyond the grammar: lone surrogates in escapes, numbers that overflow a double unless
// they are plain integers (those pass at any length: they are exact text), nesting and value counts
// above the limits. UTF-8 is not checked here: the caller validates the whole text with one vector
// pass. Never reads outside the text.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "dataplane/core/openai/chat_request.hpp"

namespace smartroute::openai {

enum class JsonKind : std::uint8_t { Object, Array, String, Number, True, False, Null, None };

struct JsonString {
  Span span;             // with quotes
  bool escaped = false;  // holds a backslash
};

// One pass over one text. After the first failure every call returns false (peek: None) and the
// failure stays readable.
class JsonScanner {
 public:
  // `text` is shorter than 4 GiB. `stack` is reused memory; its content is of no interest.
  JsonScanner(std::string_view text, const ParseLimits& limits, std::string& stack);

  // Kind of the value that comes next; None when no value can start here (which is not a failure by
  // itself).
  JsonKind peek() noexcept;

  // Walk: after open_object(), next_member() gives keys until it returns false at '}' or on
  // failure; each member's value must be consumed by exactly one of open_*, string, skip. Arrays
  // likewise.
  bool open_object();
  bool next_member(JsonString& key);
  bool open_array();
  bool next_element();

  bool string(JsonString& out);
  // Any value, checked to its end.
  bool skip(Span& value);
  // Only whitespace may follow.
  bool finish();

  bool failed() const noexcept { return problem_ != nullptr; }
  // "expected ',' or '}' at byte 17". Only when failed().
  std::string problem() const;
  std::uint32_t position() const noexcept { return static_cast<std::uint32_t>(p_ - begin_); }
  std::string_view text(Span span) const noexcept {
    return {begin_ + span.begin, static_cast<std::size_t>(span.end - span.begin)};
  }

 private:
  bool fail(const char* what) noexcept;
  char here() const noexcept {
    return p_ < end_ ? *p_ : '\0';
  }  // NUL starts nothing outside a string
  void skip_space() noexcept;
  bool count_value() noexcept;
  bool descend() noexcept;
  bool key_and_colon(JsonString& key);
  bool skip_container();
  bool skip_scalar();
  bool scan_string(bool& escaped) noexcept;
  bool scan_escape() noexcept;
  bool scan_number() noexcept;
  bool scan_word(std::string_view word) noexcept;

  const char* begin_;
  const char* p_;
  const char* end_;
  std::string& stack_;  // closers of the containers skip_container() is in
  std::size_t values_left_;
  int depth_left_;
  bool strict_;
  bool fresh_ = false;             // the container just opened has given nothing yet
  const char* problem_ = nullptr;  // static text
  std::uint32_t problem_at_ = 0;
};

}  // namespace smartroute::openai

#include "dataplane/core/accounting/answer_tokens.hpp"

#include <algorithm>
#include <limits>

#include "dataplane/core/openai/json_scanner.hpp"
#include "dataplane/core/openai/json_text.hpp"
#include "dataplane/core/tokens/counter.hpp"

namespace smartroute::accounting {
namespace {

using openai::JsonKind;
using openai::JsonScanner;
using openai::JsonString;

constexpr openai::ParseLimits kLimits{.max_depth = 1024,
                                      .max_nodes = std::numeric_limits<std::size_t>::max(),
                                      .strictness = openai::Strictness::AsClients};

// The inside of a string that broke off: what came of it, without half an escape.
std::string_view begun_string(std::string_view rest) noexcept {
  std::size_t at = 0;
  while (at < rest.size()) {
    if (rest[at] == '"') return {};          // it did not break off: it is wrong in itself
    if (rest[at] != '\\') {
      ++at;
      continue;
    }
    const std::size_t length = at + 1 < rest.size() && rest[at + 1] == 'u' ? 6 : 2;
    if (at + length > rest.size()) break;
    at += length;
  }
  return rest.substr(0, at);
}

class Walk {
 public:
  Walk(tokens::Encoding encoding, std::string_view json, std::string& stack, std::string& name,
       std::string& text)
      : encoding_(encoding), json_(json), scan_(json, kLimits, stack), name_(name), text_(text) {}

  AnswerTokens run() {
    const bool object = scan_.peek() == JsonKind::Object;
    if (object && scan_.open_object()) {
      JsonString key;
      while (scan_.next_member(key)) {
        if (name_of(key) == "choices" && scan_.peek() == JsonKind::Array) {
          each([this] { choice(); });
        } else {
          skip();
        }
      }
    }
    out_.whole = object && scan_.finish();
    return out_;
  }

 private:
  std::string_view name_of(const JsonString& key) {
    return openai::short_name(scan_.text(key.span), key.escaped, name_);
  }
  void skip() {
    openai::Span ignored;
    scan_.skip(ignored);
  }
  template <class Element>
  void each(Element element) {
    if (!scan_.open_array()) return;
    while (scan_.next_element()) element();
  }

  void choice() {
    if (scan_.peek() != JsonKind::Object) return skip();
    scan_.open_object();
    JsonString key;
    while (scan_.next_member(key)) {
      const std::string_view name = name_of(key);
      if ((name == "message" || name == "delta") && scan_.peek() == JsonKind::Object) {
        message();
      } else if (name == "text") {
        out_.tokens += text();
      } else {
        skip();
      }
    }
  }

  // Some write their reasoning twice, under two names: it counts once.
  void message() {
    std::uint64_t reasoning = 0;
    scan_.open_object();
    JsonString key;
    while (scan_.next_member(key)) {
      const std::string_view name = name_of(key);
      if (name == "content") {
        out_.tokens += content();
      } else if (name == "reasoning_content" || name == "reasoning" || name == "thinking") {
        reasoning = std::max(reasoning, side_text());
      } else if (name == "refusal") {
        out_.tokens += side_text();
      } else if (name == "tool_calls" && scan_.peek() == JsonKind::Array) {
        each([this] { tool_call(); });
      } else if (name == "function_call") {
        function();
      } else {
        if (name == "audio" && scan_.peek() == JsonKind::Object) out_.only_content = false;
        skip();
      }
    }
    out_.tokens += reasoning;
  }

  std::uint64_t content() {
    if (scan_.peek() != JsonKind::Array) return text();
    std::uint64_t sum = 0;
    each([this, &sum] {
      if (scan_.peek() != JsonKind::Object) return skip();
      scan_.open_object();
      JsonString key;
      while (scan_.next_member(key)) {
        const std::string_view name = name_of(key);
        if (name == "text" || name == "refusal") {
          sum += text();
        } else {
          skip();
        }
      }
    });
    return sum;
  }

  void tool_call() {
    if (scan_.peek() != JsonKind::Object) return skip();
    scan_.open_object();
    JsonString key;
    while (scan_.next_member(key)) {
      const std::string_view name = name_of(key);
      if (name == "function" || name == "custom") {
        function();
      } else {
        skip();
      }
    }
  }

  void function() {
    if (scan_.peek() != JsonKind::Object) return skip();
    scan_.open_object();
    JsonString key;
    while (scan_.next_member(key)) {
      const std::string_view name = name_of(key);
      if (name == "name" || name == "arguments" || name == "input") {
        out_.tokens += side_text();
      } else {
        skip();
      }
    }
  }

  std::uint64_t side_text() {
    const std::uint64_t tokens = text();
    if (tokens > 0) out_.only_content = false;
    return tokens;
  }

  // Anything but a string has no tokens we know of.
  std::uint64_t text() {
    if (scan_.peek() != JsonKind::String) {
      skip();
      return 0;
    }
    const std::uint32_t begin = scan_.position();
    JsonString value;
    std::string_view inside;
    bool escaped = true;
    if (scan_.string(value)) {
      inside = openai::inside(json_, value.span);
      escaped = value.escaped;
    } else {
      inside = begun_string(json_.substr(std::min<std::size_t>(begin + 1, json_.size())));
    }
    if (!escaped) return tokens::count(encoding_, inside);
    text_.clear();
    openai::append_unescaped(inside, inside.size(), text_);
    return tokens::count(encoding_, text_);
  }

  const tokens::Encoding encoding_;
  const std::string_view json_;
  JsonScanner scan_;
  std::string& name_;
  std::string& text_;
  AnswerTokens out_;
};

}  // namespace

AnswerTokens AnswerReader::count(tokens::Encoding encoding, std::string_view answer) {
  return Walk(encoding, answer, stack_, name_, text_).run();
}

}  // namespace smartroute::accounting

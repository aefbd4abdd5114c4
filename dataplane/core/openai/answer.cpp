#include <charconv>
#include <limits>

#include "dataplane/core/openai/chat_request.hpp"
#include "dataplane/core/openai/json_scanner.hpp"
#include "dataplane/core/openai/json_text.hpp"

namespace smartroute::openai {
namespace {

// Answers are read to learn from, not to be judged: anything a provider nests is fine.
constexpr ParseLimits kAnswerLimits{.max_depth = 1024,
                                    .max_nodes = std::numeric_limits<std::size_t>::max()};

// A count as providers write it: 12, or 12.0. Anything else leaves `out` alone.
bool read_count(JsonScanner& scan, std::uint64_t& out) {
  const bool number = scan.peek() == JsonKind::Number;
  Span value;
  if (!scan.skip(value)) return false;
  const std::string_view text = scan.text(value);
  std::uint64_t count = 0;
  if (!number || std::from_chars(text.data(), text.data() + text.size(), count).ec != std::errc{})
    return false;
  out = count;
  return true;
}

void read_usage(JsonScanner& scan, std::string_view body, AnswerFacts& facts) {
  if (!scan.open_object()) return;
  JsonString key;
  Span skipped;
  while (scan.next_member(key)) {
    const std::string_view name = inside(body, key.span);
    if (name == "prompt_tokens") {
      facts.has_usage = read_count(scan, facts.prompt_tokens) || facts.has_usage;
    } else if (name == "completion_tokens") {
      facts.has_usage = read_count(scan, facts.completion_tokens) || facts.has_usage;
    } else if (!scan.skip(skipped)) {
      return;
    }
  }
}

}  // namespace

AnswerFacts inspect_answer(std::string_view body) {
  AnswerFacts facts;
  if (body.size() >= std::numeric_limits<std::uint32_t>::max()) return facts;
  std::string stack;
  JsonScanner scan(body, kAnswerLimits, stack);
  if (!scan.open_object()) return facts;
  JsonString key;
  Span skipped;
  while (scan.next_member(key)) {
    const std::string_view name = inside(body, key.span);
    const JsonKind kind = scan.peek();
    if (name == "usage" && kind == JsonKind::Object) {
      read_usage(scan, body, facts);
      continue;
    }
    if (name == "error" && kind != JsonKind::Null) facts.has_error = true;
    if (!scan.skip(skipped)) break;
  }
  if (!scan.finish()) return {};
  facts.is_json_object = true;
  return facts;
}

}  // namespace smartroute::openai

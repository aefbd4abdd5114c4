#include "dataplane/core/openai/chat_request.hpp"
#include "dataplane/core/openai/json_scanner.hpp"
#include "dataplane/core/openai/json_text.hpp"

namespace smartroute::openai {
namespace {

// The text of one part: {"type":"text","text":"..."}. Parts of other types have none. Empty span if
// so.
bool text_of_part(JsonScanner& scan, std::string_view body, JsonString& text) {
  if (!scan.open_object()) return false;
  bool has_text = false, other_type = false;
  JsonString key, token;
  Span skipped;
  while (scan.next_member(key)) {
    const std::string_view name = inside(body, key.span);
    if (scan.peek() != JsonKind::String) {
      if (!scan.skip(skipped)) return false;
      continue;
    }
    if (!scan.string(token)) return false;
    if (name == "text") {
      text = token;
      has_text = true;
    } else if (name == "type") {
      const std::string_view type = inside(body, token.span);
      other_type = type != "text" && type != "input_text";
    }
  }
  return has_text && !other_type && !scan.failed();
}

}  // namespace

void append_text(std::string_view body, Span content, std::size_t max_bytes, std::string& out) {
  if (content.empty()) return;
  const std::string_view value = body.substr(content.begin, content.end - content.begin);
  if (value.front() == '"') {
    append_unescaped(value.substr(1, value.size() - 2), max_bytes, out);
    return;
  }
  std::string stack;
  JsonScanner scan(value, ParseLimits{}, stack);
  if (!scan.open_array()) return;
  const std::size_t start = out.size();
  const auto room = [&] { return max_bytes - (out.size() - start); };
  while (scan.next_element() && room() > 0) {
    JsonString text;
    bool found = false;
    switch (scan.peek()) {
      case JsonKind::String:
        found = scan.string(text);
        break;
      case JsonKind::Object:
        found = text_of_part(scan, value, text);
        break;
      default: {
        Span skipped;
        if (!scan.skip(skipped)) return;
      }
    }
    if (!found) continue;
    if (out.size() > start) out += '\n';
    if (!append_unescaped(inside(value, text.span), room(), out)) return;
  }
}

}  // namespace smartroute::openai

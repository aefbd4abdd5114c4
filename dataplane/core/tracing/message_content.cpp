#include "dataplane/core/tracing/message_content.hpp"

#include "contract/base/json_quote.hpp"
#include "dataplane/core/openai/json_scanner.hpp"
#include "dataplane/core/openai/json_text.hpp"

namespace smartroute::tracing {
namespace {

using openai::JsonKind;
using openai::JsonScanner;
using openai::JsonString;
using openai::ParseLimits;
using openai::Span;

// One pass over one value, with the memory it needs.
struct Walk {
  explicit Walk(std::string_view text) : json(text, ParseLimits{}, stack) {}
  // Next key of the object the walk is in.
  bool next(std::string_view& key) {
    JsonString token;
    if (!json.next_member(token)) return false;
    key = openai::short_name(json.text(token.span), token.escaped, room);
    return true;
  }
  // The value that comes next, as it is written.
  std::string_view value() {
    Span span;
    return json.skip(span) ? json.text(span) : std::string_view();
  }

  std::string stack, room;
  JsonScanner json;
};

bool is_string(std::string_view value) noexcept { return value.starts_with('"'); }
bool is_array(std::string_view value) noexcept { return value.starts_with('['); }
bool is_object(std::string_view value) noexcept { return value.starts_with('{'); }

// Parts of one message, as a JSON array grows.
class Parts {
 public:
  // `value` is JSON, put in as it is.
  void add(std::string_view type, std::string_view field, std::string_view value) {
    open(type);
    member(field, value);
    text_ += '}';
  }
  void open(std::string_view type) {
    text_ += text_.empty() ? "{\"type\":" : ",{\"type\":";
    text_ += json_quote(type);
  }
  void open_raw(std::string_view quoted_type) {
    text_ += text_.empty() ? "{\"type\":" : ",{\"type\":";
    text_ += quoted_type;
  }
  void member(std::string_view field, std::string_view value) {
    if (value.empty()) return;
    text_ += ",\"";
    text_ += field;
    text_ += "\":";
    text_ += value;
  }
  void close() { text_ += '}'; }
  const std::string& text() const noexcept { return text_; }

 private:
  std::string text_;
};

void add_content_part(std::string_view part, Parts& out) {
  if (is_string(part)) return out.add("text", "content", part);
  if (!is_object(part)) return;
  Walk walk(part);
  std::string_view key, type, text;
  walk.json.open_object();
  while (walk.next(key)) {
    const auto value = walk.value();
    if (key == "type") type = value;
    if (key == "text" || key == "refusal") text = value;
  }
  if (is_string(text)) return out.add("text", "content", text);
  if (!is_string(type)) return;
  out.open_raw(type);
  out.close();
}

void add_content(std::string_view content, Parts& out) {
  if (is_string(content)) return out.add("text", "content", content);
  if (!is_array(content)) return;
  Walk walk(content);
  walk.json.open_array();
  while (walk.json.next_element()) add_content_part(walk.value(), out);
}

void add_tool_call(std::string_view call, Parts& out) {
  if (!is_object(call)) return;
  Walk walk(call);
  std::string_view key, id, name, arguments;
  walk.json.open_object();
  while (walk.next(key)) {
    if (key == "function" && walk.json.peek() == JsonKind::Object) {
      walk.json.open_object();
      while (walk.next(key)) {
        const auto value = walk.value();
        if (key == "name") name = value;
        if (key == "arguments") arguments = value;
      }
      continue;
    }
    const auto value = walk.value();
    if (key == "id") id = value;
  }
  out.open("tool_call");
  out.member("id", id);
  out.member("name", name);
  out.member("arguments", arguments);
  out.close();
}

void add_tool_calls(std::string_view calls, Parts& out) {
  if (!is_array(calls)) return;
  Walk walk(calls);
  walk.json.open_array();
  while (walk.json.next_element()) add_tool_call(walk.value(), out);
}

// One message object; `finish_reason` is JSON or empty.
std::string message(std::string_view text, std::string_view finish_reason) {
  std::string_view key, role, content, reasoning, refusal, tool_calls, tool_call_id;
  if (is_object(text)) {
    Walk walk(text);
    walk.json.open_object();
    while (walk.next(key)) {
      const auto value = walk.value();
      if (key == "role") role = value;
      if (key == "content") content = value;
      if (key == "reasoning_content" || key == "reasoning") reasoning = value;
      if (key == "refusal") refusal = value;
      if (key == "tool_calls") tool_calls = value;
      if (key == "tool_call_id") tool_call_id = value;
    }
  }
  Parts parts;
  if (is_string(reasoning)) parts.add("reasoning", "content", reasoning);
  if (role == "\"tool\"") {
    parts.open("tool_call_response");
    parts.member("id", tool_call_id);
    parts.member("response", content);
    parts.close();
  } else {
    add_content(content, parts);
  }
  if (is_string(refusal)) parts.add("text", "content", refusal);
  add_tool_calls(tool_calls, parts);
  std::string out = "{\"role\":";
  out += is_string(role) ? role : std::string_view("\"assistant\"");
  out += ",\"parts\":[" + parts.text() + ']';
  if (is_string(finish_reason)) {
    out += ",\"finish_reason\":";
    out += finish_reason;
  }
  return out += '}';
}

// The array below `name` of the object `text`, checked to its end; empty when there is none.
std::string_view array_of(std::string_view text, std::string_view name) {
  Walk walk(text);
  if (walk.json.peek() != JsonKind::Object || !walk.json.open_object()) return {};
  std::string_view key, found;
  while (walk.next(key)) {
    const auto value = walk.value();
    if (key == name) found = value;
  }
  if (walk.json.failed() || !walk.json.finish() || !is_array(found) || !openai::is_utf8(text)) return {};
  return found;
}

// As an array: every element through `each`. Empty stays empty.
template <class Each>
std::string array_by(std::string_view array, Each each) {
  if (array.empty()) return {};
  std::string out = "[";
  Walk walk(array);
  walk.json.open_array();
  while (walk.json.next_element()) {
    if (out.size() > 1) out += ',';
    out += each(walk.value());
  }
  if (out.size() == 1) return {};
  return out += ']';
}

std::string choice(std::string_view text) {
  std::string_view key, said, finish_reason;
  if (is_object(text)) {
    Walk walk(text);
    walk.json.open_object();
    while (walk.next(key)) {
      const auto value = walk.value();
      if (key == "message") said = value;
      if (key == "finish_reason") finish_reason = value;
    }
  }
  return message(said, finish_reason);
}

}  // namespace

std::string input_messages(std::string_view request_body) {
  return array_by(array_of(request_body, "messages"), [](std::string_view text) { return message(text, {}); });
}

std::string output_messages(std::string_view chat_completion) {
  return array_by(array_of(chat_completion, "choices"), choice);
}

}  // namespace smartroute::tracing

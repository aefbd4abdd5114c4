#include <algorithm>

#include "dataplane/core/tokens/json_texts.hpp"
#include "dataplane/core/tokens/prompt_reader.hpp"

namespace smartroute::tokens {
namespace {

using openai::JsonKind;
using openai::JsonScanner;
using openai::JsonString;
using openai::Span;

constexpr int kMaxSchemaDepth = 32;           // deeper ones count as text
constexpr std::int64_t kFormatTokens = 10;    // around a response format's schema

// Tools are shown to models in a form of their own, for OpenAI's a TypeScript namespace. See ToolRule for the sum that stands for it.
class ToolReader {
 public:
  ToolReader(const PromptReader& reader, std::string_view json)
      : reader_(reader), rule_(reader.rules.tools), scan_(json, kReadLimits, reader.memory.stack), texts_(reader, scan_) {
    tally_.exact = false;
  }

  Tally tools() {
    if (scan_.peek() != JsonKind::Array) return odd(), tally_;
    if (!scan_.open_array()) return tally_;
    bool any = false;
    while (scan_.next_element()) {
      any = true;
      scan_.peek() == JsonKind::Object ? tool() : odd();
    }
    if (any) tally_.fixed += rule_.end;
    return tally_;
  }

 private:
  void skip() {
    Span value;
    scan_.skip(value);
  }

  void odd() {
    Span value;
    if (scan_.skip(value)) tally_.text += texts_.odd_tokens(value);
  }

  // {"type":"function","function":{...}}, or the inner object by itself.
  void tool() {
    Span whole;
    whole.begin = scan_.position();
    JsonString name, description;
    if (!scan_.open_object()) return;
    JsonString key;
    while (scan_.next_member(key)) {
      const std::string_view member = texts_.name(key);
      if ((member == "function" || member == "custom") && scan_.peek() == JsonKind::Object)
        function(name, description);
      else
        function_member(member, name, description);
    }
    if (scan_.failed()) return;
    whole.end = scan_.position();
    tally_.fixed += rule_.init;
    if (name.span.empty()) {  // a tool of the provider's own
      tally_.text += texts_.odd_tokens(whole);
      return;
    }
    std::string& line = begin_line(name);
    add_to_line(description, line);
    tally_.text += count(reader_.encoding, line);
  }

  void function(JsonString& name, JsonString& description) {
    if (!scan_.open_object()) return;
    JsonString key;
    while (scan_.next_member(key)) function_member(texts_.name(key), name, description);
  }

  void function_member(std::string_view member, JsonString& name, JsonString& description) {
    const JsonKind kind = scan_.peek();
    if (kind == JsonKind::String && member == "name") {
      scan_.string(name);
    } else if (kind == JsonKind::String && member == "description") {
      scan_.string(description);
    } else if (kind == JsonKind::Object && (member == "parameters" || member == "input_schema")) {
      schema(0);
    } else {
      skip();
    }
  }

  std::string& begin_line(const JsonString& name) {
    std::string& line = reader_.memory.line;
    line.clear();
    texts_.append(name, line);
    return line;
  }

  // ":text" without the full stop at its end.
  void add_to_line(const JsonString& text, std::string& line) {
    if (text.span.empty()) return;
    line += ':';
    texts_.append(text, line);
    if (line.back() == '.') line.pop_back();
  }

  // What a schema holds besides its own type and description.
  void schema(int depth) {
    if (depth == kMaxSchemaDepth) return odd();
    if (!scan_.open_object()) return;
    JsonString key;
    while (scan_.next_member(key)) schema_member(texts_.name(key), depth);
  }

  void schema_member(std::string_view name, int depth) {
    const JsonKind kind = scan_.peek();
    if (kind == JsonKind::Object && name == "properties") return properties(depth);
    if (kind == JsonKind::Object && (name == "$defs" || name == "definitions")) return named_schemas(depth);
    if (kind == JsonKind::Object && (name == "items" || name == "additionalProperties")) return schema(depth + 1);
    if (kind == JsonKind::Array && (name == "anyOf" || name == "oneOf" || name == "allOf")) return alternatives(depth);
    if (kind == JsonKind::Array && name == "enum") return choices();
    skip();
  }

  void named_schemas(int depth) {
    if (!scan_.open_object()) return;
    JsonString key;
    while (scan_.next_member(key)) scan_.peek() == JsonKind::Object ? schema(depth + 1) : skip();
  }

  void alternatives(int depth) {
    if (!scan_.open_array()) return;
    while (scan_.next_element()) scan_.peek() == JsonKind::Object ? schema(depth + 1) : skip();
  }

  void choices() {
    tally_.fixed += rule_.enumeration;
    if (!scan_.open_array()) return;
    while (scan_.next_element()) {
      tally_.fixed += rule_.choice;
      JsonString token;
      if (scan_.peek() != JsonKind::String)
        odd();
      else if (scan_.string(token))
        tally_.text += texts_.tokens(token);
    }
  }

  void properties(int depth) {
    if (!scan_.open_object()) return;
    bool any = false;
    JsonString key;
    while (scan_.next_member(key)) {
      any = true;
      tally_.fixed += rule_.property;
      property(key, depth + 1);
    }
    if (any) tally_.fixed += rule_.properties;
  }

  void property(const JsonString& name, int depth) {
    if (scan_.peek() != JsonKind::Object || depth >= kMaxSchemaDepth) {
      tally_.text += texts_.tokens(name);
      return odd();
    }
    JsonString type, description;
    if (!scan_.open_object()) return;
    JsonString key;
    while (scan_.next_member(key)) {
      const std::string_view member = texts_.name(key);
      const bool is_string = scan_.peek() == JsonKind::String;
      if (is_string && member == "type")
        scan_.string(type);
      else if (is_string && member == "description")
        scan_.string(description);
      else
        schema_member(member, depth);
    }
    std::string& line = begin_line(name);
    if (!type.span.empty()) {
      line += ':';
      texts_.append(type, line);
    }
    add_to_line(description, line);
    tally_.text += count(reader_.encoding, line);
  }

  const PromptReader& reader_;
  const ToolRule& rule_;
  JsonScanner scan_;
  JsonTexts texts_;
  Tally tally_;
};

// {"type":"json_schema","json_schema":{...}}: the schema is part of the prompt, in a form that nobody documents.
class FormatReader {
 public:
  FormatReader(const PromptReader& reader, std::string_view json)
      : scan_(json, kReadLimits, reader.memory.stack), texts_(reader, scan_) {}

  Tally format() {
    Tally tally;
    if (scan_.peek() != JsonKind::Object || !scan_.open_object()) return tally;
    JsonString key, type;
    Span value;
    while (scan_.next_member(key)) {
      const std::string_view name = texts_.name(key);
      if (name == "type" && scan_.peek() == JsonKind::String) {
        if (scan_.string(type)) tally.exact = texts_.spelled(type) == "text";
      } else if (scan_.skip(value) && name == "json_schema") {
        tally.fixed += kFormatTokens;
        tally.text += texts_.odd_tokens(value);
      }
    }
    tally.exact = tally.exact && tally.text == 0;
    return tally;
  }

 private:
  JsonScanner scan_;
  JsonTexts texts_;
};

}  // namespace

Tally PromptReader::tools(std::string_view json) const { return ToolReader(*this, json).tools(); }

Tally PromptReader::response_format(std::string_view json) const { return FormatReader(*this, json).format(); }

}  // namespace smartroute::tokens

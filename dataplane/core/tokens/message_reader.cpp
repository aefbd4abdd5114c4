#include <algorithm>

#include "dataplane/core/tokens/image_tokens.hpp"
#include "dataplane/core/tokens/json_texts.hpp"
#include "dataplane/core/tokens/prompt_reader.hpp"

namespace smartroute::tokens {
namespace {

using openai::JsonKind;
using openai::JsonScanner;
using openai::JsonString;
using openai::Span;

constexpr int kMaxNesting = 4;            // of tool results in tool results
constexpr std::int64_t kCallTokens = 3;   // around a tool call's name and arguments
constexpr std::size_t kMaxUrlBytes = 1024 * 1024;  // of an image's URL that is written with escapes; its size lies far in front of that

// No formulas are documented for these: orders of magnitude, so that they are not nothing. Speech takes some 10 tokens a second, a page of a
// document some 1,500.
constexpr std::size_t kAudioBytesPerToken = 1'600;
constexpr std::size_t kPageBytes = 64 * 1024;
constexpr std::int64_t kPageTokens = 1'500;
constexpr std::int64_t kVideoTokens = 8'000;

bool is_text(std::string_view type) noexcept { return type == "text" || type == "input_text" || type == "output_text" || type.empty(); }
bool is_image(std::string_view type) noexcept { return type == "image_url" || type == "input_image" || type == "image"; }
bool is_file(std::string_view type) noexcept { return type == "file" || type == "input_file" || type == "document"; }
bool is_side_text(std::string_view name) noexcept {
  return name == "refusal" || name == "reasoning_content" || name == "reasoning" || name == "thinking";
}

std::size_t decoded_bytes(std::string_view base64) noexcept { return base64.size() / 4 * 3; }

// What was found in one part of a message's content.
struct Part {
  std::string_view type;
  JsonString text, url, data, detail;
  Span content;
};

class MessageReader {
 public:
  MessageReader(const PromptReader& reader, std::string_view json)
      : reader_(reader), json_(json), scan_(json, kReadLimits, reader.memory.stack), texts_(reader, scan_) {}

  Tally message() {
    if (scan_.peek() != JsonKind::Object) return odd_whole();
    tally_.fixed += reader_.rules.message;
    if (!scan_.open_object()) return tally_;
    JsonString key;
    while (scan_.next_member(key)) member(texts_.name(key));
    return tally_;
  }

  Tally content(int nesting) {
    nesting_ = nesting;
    read_content();
    return tally_;
  }

 private:
  Tally odd_whole() {
    tally_.exact = false;
    tally_.text += texts_.odd_tokens({0, static_cast<std::uint32_t>(json_.size())});
    return tally_;
  }

  void skip() {
    Span value;
    scan_.skip(value);
  }

  void odd() {
    Span value;
    tally_.exact = false;
    if (scan_.skip(value)) tally_.text += texts_.odd_tokens(value);
  }

  void add_text() {
    JsonString token;
    if (scan_.string(token)) tally_.text += texts_.tokens(token);
  }

  void member(std::string_view name) {
    const JsonKind kind = scan_.peek();
    if (kind == JsonKind::Null) return skip();
    if (name == "content") return read_content();
    if (kind == JsonKind::String && name == "role") return read_role();
    if (kind == JsonKind::String && name == "name") {
      tally_.fixed += reader_.rules.name;
      return add_text();
    }
    tally_.exact = false;
    if (kind == JsonKind::String && is_side_text(name)) return add_text();
    if (kind == JsonKind::Array && name == "tool_calls") return read_calls();
    if (kind == JsonKind::Object && name == "function_call") return read_call();
    skip();
  }

  void read_role() {
    JsonString token;
    if (!scan_.string(token)) return;
    tally_.text += texts_.tokens(token);
    const std::string_view role = texts_.spelled(token);
    // Results of tools are written in a form that nobody documents.
    if (role == "tool" || role == "function") tally_.exact = false;
  }

  void read_calls() {
    if (!scan_.open_array()) return;
    while (scan_.next_element()) scan_.peek() == JsonKind::Object ? read_call() : odd();
  }

  // {"id":...,"type":"function","function":{"name":...,"arguments":...}}, or the inner object by itself.
  void read_call() {
    tally_.fixed += kCallTokens;
    if (!scan_.open_object()) return;
    JsonString key;
    while (scan_.next_member(key)) {
      const std::string_view name = texts_.name(key);
      if ((name == "function" || name == "custom") && scan_.peek() == JsonKind::Object)
        read_function();
      else
        read_function_member(name);
    }
  }

  void read_function() {
    if (!scan_.open_object()) return;
    JsonString key;
    while (scan_.next_member(key)) read_function_member(texts_.name(key));
  }

  void read_function_member(std::string_view name) {
    if (name != "name" && name != "arguments" && name != "input") return skip();
    scan_.peek() == JsonKind::String ? add_text() : odd();
  }

  void read_content() {
    switch (scan_.peek()) {
      case JsonKind::String:
        return add_text();
      case JsonKind::Array:
        return read_parts();
      case JsonKind::Null:
        return skip();
      default:
        return odd();
    }
  }

  void read_parts() {
    if (!scan_.open_array()) return;
    int texts = 0;
    while (scan_.next_element()) {
      if (scan_.peek() == JsonKind::Object) {
        texts += read_part();
      } else if (scan_.peek() == JsonKind::String) {
        tally_.exact = false;
        add_text();
      } else {
        odd();
      }
    }
    // Whether texts are joined before they are cut into tokens is not documented.
    if (texts > 1) tally_.exact = false;
  }

  // 1 for a text.
  int read_part() {
    Span whole;
    (void)scan_.peek();
    whole.begin = scan_.position();
    Part part;
    if (!scan_.open_object()) return 0;
    JsonString key;
    while (scan_.next_member(key)) read_part_member(texts_.name(key), part);
    if (scan_.failed()) return 0;
    whole.end = scan_.position();
    return judge(part, whole);
  }

  void read_part_member(std::string_view name, Part& part) {
    const JsonKind kind = scan_.peek();
    const bool holds_media = name == "image_url" || name == "source" || name == "input_audio" || name == "file" || name == "video_url";
    if (holds_media && kind == JsonKind::Object) return read_media(part);
    if (name == "content") {
      scan_.skip(part.content);
      return;
    }
    if (kind != JsonKind::String) return skip();
    JsonString token;
    if (!scan_.string(token)) return;
    if (name == "type") part.type = texts_.spelled(token);
    if (name == "text" || is_side_text(name)) part.text = token;
    if (name == "image_url" || name == "video_url") part.url = token;
    take_media(name, token, part);
  }

  void read_media(Part& part) {
    if (!scan_.open_object()) return;
    JsonString key, token;
    while (scan_.next_member(key)) {
      const std::string_view name = texts_.name(key);
      if (scan_.peek() != JsonKind::String)
        skip();
      else if (scan_.string(token))
        take_media(name, token, part);
    }
  }

  void take_media(std::string_view name, const JsonString& token, Part& part) {
    if (name == "url") part.url = token;
    if (name == "data" || name == "file_data") part.data = token;
    if (name == "detail") part.detail = token;
  }

  int judge(const Part& part, Span whole) {
    const bool has_text = !part.text.span.empty();
    if (is_text(part.type) && has_text) {
      tally_.text += texts_.tokens(part.text);
      return 1;
    }
    if (is_image(part.type)) {
      add_image(part);
      return 0;
    }
    tally_.exact = false;
    if (has_text && is_side_text(part.type)) {
      tally_.text += texts_.tokens(part.text);
    } else if (part.type == "input_audio") {
      tally_.fixed += 1 + static_cast<std::int64_t>(decoded_bytes(texts_.spelled(part.data)) / kAudioBytesPerToken);
    } else if (is_file(part.type)) {
      tally_.fixed += kPageTokens * (1 + static_cast<std::int64_t>(decoded_bytes(texts_.spelled(part.data)) / kPageBytes));
    } else if (part.type == "video_url") {
      tally_.fixed += kVideoTokens;
    } else if (part.type == "tool_result" && nesting_ < kMaxNesting) {
      if (!part.content.empty()) tally_.add(MessageReader(reader_, scan_.text(part.content)).content(nesting_ + 1));
    } else {
      tally_.text += texts_.odd_tokens(whole);
    }
    return 0;
  }

  void add_image(const Part& part) {
    const std::string_view base64 = part.data.span.empty() ? data_of_url(url_of(part.url)) : url_of(part.data);
    const Detail detail = texts_.spelled(part.detail) == "low" ? Detail::Low : Detail::High;
    const auto size = image_size(base64);
    const bool tiles = reader_.rules.image.formula == ImageFormula::Tiles;
    // The other formulas have been seen to differ from what services count.
    if (!tiles || (!size && detail != Detail::Low)) tally_.exact = false;
    tally_.fixed += static_cast<std::int64_t>(image_tokens(reader_.rules.image, size.value_or(kAssumedSize), detail));
  }

  std::string_view url_of(const JsonString& token) {
    if (!token.escaped) return texts_.spelled(token);
    reader_.memory.url.clear();
    openai::append_unescaped(texts_.spelled(token), kMaxUrlBytes, reader_.memory.url);
    return reader_.memory.url;
  }

  const PromptReader& reader_;
  std::string_view json_;
  JsonScanner scan_;
  JsonTexts texts_;
  Tally tally_;
  int nesting_ = 0;
};

}  // namespace

Tally PromptReader::message(std::string_view json) const { return MessageReader(*this, json).message(); }

}  // namespace smartroute::tokens

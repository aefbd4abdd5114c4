#include "dataplane/core/openai/answer_walk.hpp"

#include <limits>
#include <optional>

#include "dataplane/core/openai/json_scanner.hpp"
#include "dataplane/core/openai/json_text.hpp"
#include "dataplane/core/openai/usage_reader.hpp"

namespace smartroute::openai {
namespace {

// Answers are read to learn from, not to be judged: anything a provider nests is fine.
constexpr ParseLimits kAnswerLimits{.max_depth = 1024,
                                    .max_nodes = std::numeric_limits<std::size_t>::max(),
                                    .strictness = Strictness::AsClients};

// Text that counts as content, but is not the answer's text.
bool is_side_text(std::string_view name) noexcept {
  return name == "reasoning_content" || name == "reasoning" || name == "refusal" ||
         name == "thinking";
}

bool is_made_thing(std::string_view name) noexcept {
  return name == "tool_calls" || name == "function_call" || name == "audio" || name == "images";
}

// What holds usage among other things: Groq's; a terminal event of the Responses API, the incomplete
// one too; Anthropic's first event; Cohere's and Bedrock's last.
bool may_hold_usage(std::string_view name) noexcept {
  return name == "x_groq" || name == "response" || name == "message" || name == "delta" ||
         name == "metadata";
}

bool is_usage(std::string_view name) noexcept {
  return name == "usage" || name == "usageMetadata";
}

bool has_elements(std::string_view container) noexcept {
  return container.find_first_not_of(" \t\r\n", 1) != container.size() - 1;
}

// One object, member by member. Each read_x takes exactly one value; after a failure the scanner
// gives nothing more, so the loops end by themselves and nobody asks in between.
class Walker {
 public:
  Walker(std::string_view json, std::string& stack, std::string* text, std::size_t max_text)
      : json_(json), scan_(json, kAnswerLimits, stack), text_(text), room_(max_text) {}

  AnswerWalk run() {
    if (!scan_.open_object()) return found_;
    JsonString key;
    while (scan_.next_member(key)) read_top_member(name_of(key));
    found_.whole = scan_.finish();
    if (aside_ && !found_.usage.any()) {
      found_.usage = *aside_;
      found_.by_timings = timings_;
    }
    return found_;
  }

 private:
  std::string_view name_of(const JsonString& key) {
    return short_name(scan_.text(key.span), key.escaped, name_);
  }

  void skip() {
    Span skipped;
    scan_.skip(skipped);
  }

  void read_top_member(std::string_view name) {
    const JsonKind kind = scan_.peek();
    if (name == "choices" && kind == JsonKind::Array) return read_choices();
    if (kind == JsonKind::Object) {
      if (is_usage(name)) return take_usage();
      if (may_hold_usage(name)) return read_usage_holder();
      if (name == "timings") {
        aside_ = read_timings(scan_, name_);
        timings_ = true;
        return;
      }
    }
    Span value;
    const bool is_error = name == "error";
    // Seen before its value is read, for the value may break off.
    if (is_error && kind != JsonKind::Null && kind != JsonKind::False && kind != JsonKind::String &&
        kind != JsonKind::None)
      found_.error = true;
    if (kind == JsonKind::String && (name == "obfuscation" || name == "model")) {
      std::string_view& to = name == "model" ? found_.model : found_.padding;
      if (scan_.skip(value)) to = inside(json_, value);
      return;
    }
    if (kind == JsonKind::String && (is_error || name == "object")) {
      const std::uint32_t at = scan_.position();
      if (scan_.skip(value)) {
        const std::string_view text = inside(json_, value);
        found_.error = found_.error || (is_error ? !text.empty() : text == "error");
      } else {
        found_.error = found_.error || (is_error && json_.size() - at > 1);
      }
      return;
    }
    if (kind == JsonKind::Number) return read_ollama_count(name);
    scan_.skip(value);
  }

  void take_usage() { found_.usage.merge(read_usage(scan_, name_)); }

  void read_usage_holder() {
    if (!scan_.open_object()) return;
    JsonString key;
    while (scan_.next_member(key)) {
      if (is_usage(name_of(key)) && scan_.peek() == JsonKind::Object) {
        take_usage();
      } else {
        skip();
      }
    }
  }

  // Ollama's own form has its counts beside the message.
  void read_ollama_count(std::string_view name) {
    const bool prompt = name == "prompt_eval_count";
    if (!prompt && name != "eval_count") return skip();
    if (!aside_) aside_.emplace();
    (prompt ? aside_->prompt : aside_->completion) = read_tokens(scan_);
  }

  void read_choices() {
    if (!scan_.open_array()) return;
    while (scan_.next_element()) {
      if (scan_.peek() != JsonKind::Object) {
        skip();
        continue;
      }
      found_.choices = true;
      if (!scan_.open_object()) return;
      JsonString key;
      while (scan_.next_member(key)) read_choice_member(name_of(key));
    }
  }

  void read_choice_member(std::string_view name) {
    const JsonKind kind = scan_.peek();
    if (kind == JsonKind::Object) {
      if (name == "delta" || name == "message") return read_message();
      if (name == "usage") return take_usage();
    } else if (kind == JsonKind::String) {
      if (name == "text") return read_text();
      if (name == "finish_reason") {
        JsonString token;
        if (!scan_.string(token) || token.span.end - token.span.begin <= 2) return;
        found_.finish = inside(json_, token.span);
        found_.cut_short =
            found_.cut_short || found_.finish == "length" || found_.finish == "content_filter";
        return;
      }
    }
    skip();
  }

  void read_message() {
    if (!scan_.open_object()) return;
    JsonString key;
    while (scan_.next_member(key)) {
      const std::string_view name = name_of(key);
      const JsonKind kind = scan_.peek();
      if (name == "content" && kind == JsonKind::String) {
        read_text();
      } else if (name == "content" && kind == JsonKind::Array) {
        read_parts();
      } else if ((kind == JsonKind::String && is_side_text(name)) ||
                 ((kind == JsonKind::Array || kind == JsonKind::Object) && is_made_thing(name))) {
        read_side_value(kind);
      } else {
        skip();
      }
    }
  }

  // A value that is content if it holds anything.
  void read_side_value(JsonKind kind) {
    Span value;
    if (!scan_.skip(value)) return;
    const std::string_view text = scan_.text(value);
    if (kind == JsonKind::String ? text.size() > 2 : has_elements(text)) found_.content = true;
  }

  void read_text() {
    JsonString token;
    if (scan_.string(token)) take_text(token);
  }

  void take_text(const JsonString& token) {
    const std::string_view spelled = inside(json_, token.span);
    if (spelled.empty()) return;
    found_.content = true;
    found_.text_bytes += spelled.size();
    found_.last_text = spelled;
    ++found_.texts;
    if (text_ == nullptr || !found_.text_complete) return;
    const std::size_t before = text_->size();
    found_.text_complete = append_unescaped(spelled, room_, *text_);
    room_ -= text_->size() - before;
  }

  void read_parts() {
    if (!scan_.open_array()) return;
    while (scan_.next_element()) {
      switch (scan_.peek()) {
        case JsonKind::String:
          read_text();
          break;
        case JsonKind::Object:
          read_part();
          break;
        default:
          skip();
      }
    }
  }

  // {"type":"text","text":"..."}; a part of any other type is content if it holds anything besides
  // its type.
  void read_part() {
    if (!scan_.open_object()) return;
    JsonString key, text;
    bool has_text = false, other_type = false;
    while (scan_.next_member(key)) {
      const std::string_view name = name_of(key);
      const JsonKind kind = scan_.peek();
      if (name == "text" && kind == JsonKind::String) {
        has_text = scan_.string(text);
      } else if (name == "type" && kind == JsonKind::String) {
        JsonString token;
        if (!scan_.string(token)) return;
        const std::string_view type = inside(json_, token.span);
        other_type = type != "text" && type != "output_text";
      } else if (name != "annotations" && (kind == JsonKind::String || kind == JsonKind::Array ||
                                           kind == JsonKind::Object)) {
        read_side_value(kind);
      } else {
        skip();
      }
    }
    if (!has_text || scan_.failed()) return;
    if (!other_type) return take_text(text);
    if (text.span.end - text.span.begin > 2) found_.content = true;
  }

  std::string_view json_;
  JsonScanner scan_;
  std::string* text_;
  std::size_t room_;
  std::string name_;  // room for a name written with escapes
  AnswerWalk found_;
  std::optional<Usage> aside_;  // counts that count only where there is no usage
  bool timings_ = false;        // ... they are of "timings"
};

}  // namespace

AnswerWalk walk_answer(std::string_view json, std::string& stack, std::string* text,
                       std::size_t max_text) {
  if (json.size() >= std::numeric_limits<std::uint32_t>::max()) return {};
  return Walker(json, stack, text, max_text).run();
}

bool is_json(std::string_view text, std::string& stack) {
  if (text.size() >= std::numeric_limits<std::uint32_t>::max()) return false;
  JsonScanner scan(text, kAnswerLimits, stack);
  Span value;
  return scan.skip(value) && scan.finish();
}

}  // namespace smartroute::openai

#include <simdjson.h>

#include <charconv>
#include <limits>
#include <optional>
#include <utility>

#include "dataplane/core/openai/chat_request.hpp"
#include "dataplane/core/openai/json_scanner.hpp"
#include "dataplane/core/openai/json_text.hpp"
#include "dataplane/core/openai/key_set.hpp"

namespace smartroute::openai {
namespace {

constexpr std::size_t kUsualFields = 16;  // reserved up front; more only costs another allocation

// A caller that could set these would choose where the provider's key is sent.
bool is_forbidden(std::string_view key) noexcept {
  return key == "api_base" || key == "base_url" || key == "api_key";
}

bool is_image_part(std::string_view type) noexcept {
  return type == "image_url" || type == "input_image" || type == "image";
}

// What holds other media in base64, whose length says nothing about tokens either.
bool is_media_part(std::string_view type) noexcept {
  return type == "input_audio" || type == "file" || type == "input_file" || type == "video_url";
}

bool is_tool_result_part(std::string_view type) noexcept { return type == "tool_result"; }

// A plain non-negative integer; 0 for everything else.
std::uint64_t whole_number(std::string_view text) noexcept {
  std::uint64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  return problem == std::errc() && end == text.data() + text.size() ? value : 0;
}

bool has_control(std::string_view text) noexcept {
  for (const char c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return true;
  return false;
}

}  // namespace

struct ChatParser::Memory {
  std::string stack;
  KeySet top_keys;
  KeySet message_keys;
};

namespace {

// One walk over one body. Every method consumes what it names and returns false once something is
// wrong; the reason is in error().
class Walk {
 public:
  Walk(std::string_view body, const ParseLimits& limits, std::string& stack, KeySet& top_keys,
       KeySet& message_keys)
      : body_(body), scan_(body, limits, stack), top_keys_(top_keys), message_keys_(message_keys) {
    out_.fields.reserve(kUsualFields);
  }

  bool run();
  ChatRequest& request() { return out_; }
  Error error() {
    if (error_) return std::move(*error_);
    return Error(ErrorKind::InvalidRequest,
                 "the request body is not valid JSON: " + scan_.problem());
  }

 private:
  bool refuse(std::string text, std::string param) {
    if (!scan_.failed() && !error_)
      error_ = Error(ErrorKind::InvalidRequest, std::move(text)).with_param(std::move(param));
    return false;
  }
  bool field(std::string_view name, Span& value);
  bool model(Span& value);
  bool flag(std::string_view name, bool& out);
  bool stream_options();
  bool tools();
  bool messages();
  bool message(std::string& role, Span& content, bool& only_tool_results);
  bool content_parts(bool& only_tool_results);
  bool content_part(bool& is_tool_result);
  bool output_limit(std::string_view name);
  bool choices();
  bool end_user();
  bool extras(std::string_view name);
  // Marks where a walked value begins; end_value() closes the span.
  void begin_value(Span& value) {
    (void)scan_.peek();
    value.begin = scan_.position();
  }
  bool end_value(Span& value) {
    if (scan_.failed()) return false;
    value.end = scan_.position();
    return true;
  }
  std::string at_message(std::string_view rest) const {
    return "messages[" + std::to_string(out_.message_count) + "]" + std::string(rest);
  }

  std::string_view body_;
  JsonScanner scan_;
  KeySet& top_keys_;
  KeySet& message_keys_;
  ChatRequest out_;
  std::optional<Error> error_;
  bool has_messages_ = false;
};

bool Walk::run() {
  if (scan_.peek() != JsonKind::Object) {
    Span whole;
    if (!scan_.skip(whole) || !scan_.finish()) return false;  // not JSON at all says more
    return refuse("the request body must be a JSON object", "");
  }
  if (!scan_.open_object()) return false;
  top_keys_.clear();
  JsonString key;
  while (scan_.next_member(key)) {
    TopLevelField entry{key.span, {}, key.escaped};
    if (!field(top_keys_.add(scan_, key), entry.value)) return false;
    out_.fields.push_back(entry);
  }
  if (scan_.failed()) return false;
  out_.object_end = {scan_.position() - 1, scan_.position()};
  if (!scan_.finish()) return false;
  if (const auto twice = top_keys_.duplicate())
    return refuse("'" + std::string(*twice) + "' is given twice", std::string(*twice));
  if (out_.model_value.empty()) return refuse("'model' is required", "model");
  if (!has_messages_) return refuse("'messages' is required", "messages");
  return true;
}

bool Walk::field(std::string_view name, Span& value) {
  begin_value(value);
  bool good = false;
  if (name == "model") {
    good = model(value);
  } else if (name == "messages") {
    good = messages();
  } else if (name == "stream") {
    good = flag(name, out_.stream);
  } else if (name == "stream_options") {
    good = stream_options();
  } else if (name == "tools" || name == "functions") {
    good = tools();
  } else if (name == "user") {
    good = end_user();
  } else if (name == "n") {
    good = choices();
  } else if (name == "max_tokens" || name == "max_completion_tokens") {
    good = output_limit(name);
  } else if (name == "extra_body" || name == "litellm_params") {
    good = extras(name);
  } else if (is_forbidden(name)) {
    return refuse("'" + std::string(name) +
                      "' is not accepted: the gateway's configuration chooses the provider",
                  std::string(name));
  } else {
    Span skipped;
    good = scan_.skip(skipped);
  }
  if (!good || !end_value(value)) return false;
  if (name == "messages") out_.messages_value = value;
  if (name == "tools" || name == "functions") out_.tools_value = value;
  return true;
}

// max_completion_tokens, which newer clients send, wins over max_tokens.
bool Walk::output_limit(std::string_view name) {
  Span value;
  if (!scan_.skip(value)) return false;
  const std::uint64_t limit = whole_number(scan_.text(value));
  if (limit > 0 && (name == "max_completion_tokens" || out_.max_output_tokens == 0)) out_.max_output_tokens = limit;
  return true;
}

bool Walk::choices() {
  Span value;
  if (!scan_.skip(value)) return false;
  const std::string_view text = scan_.text(value);
  out_.several_choices = text != "1" && text != "null";
  return true;
}

bool Walk::end_user() {
  Span skipped;
  if (scan_.peek() != JsonKind::String) return scan_.skip(skipped);
  JsonString token;
  if (!scan_.string(token)) return false;
  out_.user = token.span;
  return true;
}

bool Walk::model(Span& value) {
  JsonString token;
  if (scan_.peek() != JsonKind::String)
    return refuse("'model' must be a non-empty string", "model");
  if (!scan_.string(token)) return false;
  value = token.span;
  out_.model_value = token.span;
  out_.model = inside(body_, token.span);
  bool fits = out_.model.size() <= kMaxModelBytes;
  if (token.escaped) {
    // Longer than the small-string buffer, so that moving the request does not move the bytes the
    // view points at.
    out_.model_storage.clear();
    out_.model_storage.reserve(kMaxModelBytes);
    fits = append_unescaped(out_.model, kMaxModelBytes, out_.model_storage);
    out_.model = out_.model_storage;
  }
  if (!fits)
    return refuse("'model' must be at most " + std::to_string(kMaxModelBytes) + " bytes long",
                  "model");
  if (out_.model.empty()) return refuse("'model' must be a non-empty string", "model");
  if (has_control(out_.model))
    return refuse("'model' must not contain control characters", "model");
  return true;
}

// A boolean; null, which the official SDKs allow, means not given.
bool Walk::flag(std::string_view name, bool& out) {
  const JsonKind kind = scan_.peek();
  if (kind != JsonKind::True && kind != JsonKind::False && kind != JsonKind::Null)
    return refuse("'" + std::string(name) + "' must be a boolean", std::string(name));
  out = kind == JsonKind::True;
  Span skipped;
  return scan_.skip(skipped);
}

bool Walk::stream_options() {
  Span skipped;
  if (scan_.peek() == JsonKind::Null) return scan_.skip(skipped);
  if (scan_.peek() != JsonKind::Object)
    return refuse("'stream_options' must be an object", "stream_options");
  if (!scan_.open_object()) return false;
  JsonString key;
  message_keys_.clear();
  while (scan_.next_member(key)) {
    const bool good = message_keys_.add(scan_, key) == "include_usage"
                          ? flag("stream_options.include_usage", out_.include_usage)
                          : scan_.skip(skipped);
    if (!good) return false;
  }
  return !scan_.failed();
}

bool Walk::tools() {
  Span skipped;
  if (scan_.peek() != JsonKind::Array) return scan_.skip(skipped);
  if (!scan_.open_array()) return false;
  while (scan_.next_element()) {
    ++out_.tool_count;
    if (!scan_.skip(skipped)) return false;
  }
  return !scan_.failed();
}

bool Walk::messages() {
  has_messages_ = true;
  if (scan_.peek() != JsonKind::Array)
    return refuse("'messages' must be an array of message objects", "messages");
  if (!scan_.open_array()) return false;
  std::string role;
  bool only_tool_results = false;
  while (scan_.next_element()) {
    Span content;
    role.clear();
    only_tool_results = false;
    if (!message(role, content, only_tool_results)) return false;
    if (role == "user" && !only_tool_results) out_.add_user_turn(content);
    if ((role == "system" || role == "developer") && out_.system_content.empty()) out_.system_content = content;
    ++out_.message_count;
  }
  if (scan_.failed()) return false;
  out_.ends_with_tool_result = role == "tool" || role == "function" || (role == "user" && only_tool_results);
  return out_.message_count > 0 || refuse("'messages' must hold at least one message", "messages");
}

// `content` is set when it is a string or an array.
bool Walk::message(std::string& role, Span& content, bool& only_tool_results) {
  constexpr std::size_t kLongestRole = 64;  // all that is compared
  const JsonKind start = scan_.peek();
  if (start == JsonKind::None) {
    Span nothing;
    return scan_.skip(nothing);  // says what is wrong
  }
  if (start != JsonKind::Object)
    return refuse("'" + at_message("' must be an object with 'role' and 'content'"),
                  at_message(""));
  if (!scan_.open_object()) return false;
  message_keys_.clear();
  JsonString key;
  bool has_role = false;
  Span skipped;
  while (scan_.next_member(key)) {
    const std::string_view name = message_keys_.add(scan_, key);
    if (name == "role") {
      JsonString token;
      if (scan_.peek() != JsonKind::String)
        return refuse("'" + at_message(".role' must be a string"), at_message(".role"));
      if (!scan_.string(token)) return false;
      role.clear();
      append_unescaped(inside(body_, token.span), kLongestRole, role);
      has_role = true;
    } else if (name == "content") {
      const JsonKind kind = scan_.peek();
      Span value;
      begin_value(value);
      if (!(kind == JsonKind::Array ? content_parts(only_tool_results) : scan_.skip(skipped)) || !end_value(value))
        return false;
      if (kind == JsonKind::Array || kind == JsonKind::String) content = value;
    } else if (!scan_.skip(skipped)) {
      return false;
    }
  }
  if (scan_.failed()) return false;
  if (const auto twice = message_keys_.duplicate())
    return refuse("'" + at_message("' has '") + std::string(*twice) + "' twice",
                  at_message("." + std::string(*twice)));
  return has_role || refuse("'" + at_message(".role' is required"), at_message(".role"));
}

bool Walk::content_parts(bool& only_tool_results) {
  if (!scan_.open_array()) return false;
  Span skipped;
  std::uint32_t parts = 0, tool_results = 0;
  while (scan_.next_element()) {
    bool is_tool_result = false;
    const bool good = scan_.peek() == JsonKind::Object ? content_part(is_tool_result) : scan_.skip(skipped);
    if (!good) return false;
    ++parts;
    if (is_tool_result) ++tool_results;
  }
  only_tool_results = parts > 0 && parts == tool_results;
  return !scan_.failed();
}

bool Walk::content_part(bool& is_tool_result) {
  Span part;
  begin_value(part);
  if (!scan_.open_object()) return false;
  JsonString key, token;
  Span skipped;
  bool is_image = false, is_media = false;
  while (scan_.next_member(key)) {
    const bool is_type = inside(body_, key.span) == "type" && scan_.peek() == JsonKind::String;
    if (!(is_type ? scan_.string(token) : scan_.skip(skipped))) return false;
    if (!is_type) continue;
    is_image = is_image_part(inside(body_, token.span));
    is_media = is_media_part(inside(body_, token.span));
    is_tool_result = is_tool_result_part(inside(body_, token.span));
  }
  if (!end_value(part)) return false;
  if (is_image) ++out_.image_count;
  if (is_image || is_media) out_.image_bytes += part.end - part.begin;
  return true;
}

// extra_body and litellm_params: what other gateways read and some clients send as is.
bool Walk::extras(std::string_view name) {
  Span skipped;
  if (scan_.peek() != JsonKind::Object) return scan_.skip(skipped);
  if (!scan_.open_object()) return false;
  message_keys_.clear();
  JsonString key;
  while (scan_.next_member(key)) {
    const std::string_view inner = message_keys_.add(scan_, key);
    if (is_forbidden(inner)) {
      const std::string path = std::string(name) + "." + std::string(inner);
      return refuse(
          "'" + path + "' is not accepted: the gateway's configuration chooses the provider", path);
    }
    if (!scan_.skip(skipped)) return false;
  }
  return !scan_.failed();
}

}  // namespace

ChatParser::ChatParser() : memory_(std::make_unique<Memory>()) {}
ChatParser::~ChatParser() = default;

Result<ChatRequest> ChatParser::parse(std::string_view body, const ParseLimits& limits) {
  if (body.empty())
    return fail(ErrorKind::InvalidRequest, "the request body is empty; a JSON object is expected");
  if (body.size() >= std::numeric_limits<std::uint32_t>::max())
    return fail(ErrorKind::BodyTooLarge, "the request body is too large");
  if (body.substr(0, 3) == "\xef\xbb\xbf")
    return fail(ErrorKind::InvalidRequest,
                "the request body must not begin with a byte order mark");
  if (!simdjson::validate_utf8(body.data(), body.size()))
    return fail(ErrorKind::InvalidRequest, "the request body is not valid UTF-8");
  Walk walk(body, limits, memory_->stack, memory_->top_keys, memory_->message_keys);
  if (!walk.run()) return fail(walk.error());
  return std::move(walk.request());
}

}  // namespace smartroute::openai

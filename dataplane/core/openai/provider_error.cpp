// What providers write when they fail. Known forms, with who writes them:
//   {"error":{"message","code","type"}}              OpenAI and most others; code may be a number
//   {"error":"text"}, {"message":"text","code":..}   gateways, small servers
//   {"object":"error","message":..,"type":..}        vLLM
//   {"type":"error","error":{"type","message"}}      Anthropic
//   {"error":{"code":400,"message","status":".."}}   Google, also as the only element of an array
//   {"detail":"text"}, {"detail":[{"msg":".."}]}     FastAPI
//   {"errors":[..]}                                  Cloudflare and others; texts or objects
#include <cstdint>
#include <limits>

#include "dataplane/core/openai/chat_request.hpp"
#include "dataplane/core/openai/json_scanner.hpp"
#include "dataplane/core/openai/json_text.hpp"

namespace smartroute::openai {
namespace {

constexpr ParseLimits kLimits{.max_depth = 1024,
                              .max_nodes = std::numeric_limits<std::size_t>::max(),
                              .strictness = Strictness::AsClients};

// Texts said outside of "error", each the first of its kind.
struct Remarks {
  ProviderError top;  // members of the outermost object
  std::string error;  // "error" that is a text
};

class ErrorReader {
 public:
  explicit ErrorReader(std::string_view body) : body_(body), scan_(body, kLimits, stack_) {}

  ProviderError run() {
    if (scan_.peek() == JsonKind::Array && (!scan_.open_array() || !scan_.next_element()))
      return {};
    if (scan_.peek() != JsonKind::Object) return {};
    read_top();
    ProviderError& top = remarks_.top;
    // The nested object knows best; a plain "error" is often only the status in words, next to a
    // message.
    if (found_.message.empty())
      found_.message = !top.message.empty() ? top.message : remarks_.error;
    if (found_.code.empty()) found_.code = top.code;
    if (found_.type.empty() && top.type != "error") found_.type = top.type;
    for (std::string* text : {&found_.message, &found_.code, &found_.type}) make_utf8(*text);
    return found_;
  }

 private:
  static void make_utf8(std::string& text) {
    if (is_utf8(text)) return;
    for (char& c : text)
      if (static_cast<unsigned char>(c) > 0x7f) c = '?';
  }

  void read_top() {
    JsonString key;
    if (!scan_.open_object()) return;
    while (scan_.next_member(key)) {
      const std::string_view name = inside(body_, key.span);
      if (name == "error") {
        read_said(found_, remarks_.error, 0);
      } else if (name == "detail" || name == "errors") {
        ProviderError nested;
        read_said(nested, nested.message, 0);
        adopt(nested, remarks_.top);
      } else {
        read_field(name, remarks_.top);
      }
    }
  }

  static void adopt(const ProviderError& from, ProviderError& to) {
    if (to.message.empty()) to.message = from.message;
    if (to.code.empty()) to.code = from.code;
    if (to.type.empty()) to.type = from.type;
  }

  // A text, an object with fields, or an array that begins with one of these.
  void read_said(ProviderError& object, std::string& text, int depth) {
    constexpr int kDeepest = 4;
    JsonString key;
    switch (depth < kDeepest ? scan_.peek() : JsonKind::None) {
      case JsonKind::String:
        return read_text(text);
      case JsonKind::Object:
        if (!scan_.open_object()) return;
        while (scan_.next_member(key)) read_field(inside(body_, key.span), object);
        return;
      case JsonKind::Array:
        if (!scan_.open_array()) return;
        for (bool first = true; scan_.next_element(); first = false) {
          if (first) {
            read_said(object, text, depth + 1);
          } else {
            skip();
          }
        }
        return;
      default:
        skip();
    }
  }

  void read_field(std::string_view name, ProviderError& out) {
    if (name == "message" || name == "msg" || name == "error_message" || name == "error_msg" ||
        name == "error_description") {
      read_text(out.message);
    } else if (name == "code" || name == "error_code") {
      read_text(out.code);
    } else if (name == "type") {
      read_text(out.type);
    } else if (name == "status" && scan_.peek() == JsonKind::String) {
      read_text(out.type);  // Google's word for it
    } else {
      skip();
    }
  }

  // A string or a number into `out`, unless something is there already. A string that breaks off
  // counts as far as it goes.
  void read_text(std::string& out) {
    const JsonKind kind = scan_.peek();
    const std::uint32_t at = scan_.position();
    Span value;
    const bool whole = scan_.skip(value);
    if (!out.empty()) return;
    if (kind == JsonKind::String) {
      append_unescaped(whole ? inside(body_, value) : body_.substr(at + 1), kMaxProviderErrorText,
                       out);
    } else if (kind == JsonKind::Number && whole) {
      out.assign(scan_.text(value).substr(0, kMaxProviderErrorText));
    }
  }

  void skip() {
    Span skipped;
    scan_.skip(skipped);
  }

  std::string_view body_;
  std::string stack_;
  JsonScanner scan_;
  Remarks remarks_;
  ProviderError found_;
};

}  // namespace

ProviderError read_provider_error(std::string_view body) {
  if (body.size() >= std::numeric_limits<std::uint32_t>::max()) return {};
  return ErrorReader(body).run();
}

}  // namespace smartroute::openai

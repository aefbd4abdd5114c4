// A reader of its own rather than a library's: problems need the line of every key, of a repeated
// key and of the first wrong byte, and numbers stay the characters they were.
#include <charconv>
#include <unordered_set>
#include <utility>

#include "contract/config/document.hpp"
#include "contract/config/report.hpp"

namespace smartroute::config {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

void append_utf8(std::uint32_t code, std::string& out) {
  const auto put = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xc0 | code >> 6);
    put(0x80 | (code & 63));
  } else if (code < 0x10000) {
    put(0xe0 | code >> 12);
    put(0x80 | (code >> 6 & 63));
    put(0x80 | (code & 63));
  } else {
    put(0xf0 | code >> 18);
    put(0x80 | (code >> 12 & 63));
    put(0x80 | (code >> 6 & 63));
    put(0x80 | (code & 63));
  }
}

class JsonReader {
 public:
  explicit JsonReader(std::string_view text) : text_(text) {}

  Document read() {
    skip_space();
    if (read_value(document_.root, 0)) {
      skip_space();
      if (at_ < text_.size()) refuse("something follows the end of the document");
    }
    if (refused_) {
      Document only;
      only.problems.push_back(std::move(*refused_));
      return only;
    }
    return std::move(document_);
  }

 private:
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  bool refuse(std::string what) {
    Problem problem;
    problem.what = "this is not JSON: " + std::move(what);
    problem.line = line_;
    refused_ = std::move(problem);
    return false;
  }

  void skip_space() {
    for (; at_ < text_.size(); ++at_) {
      if (text_[at_] == '\n')
        ++line_;
      else if (text_[at_] != ' ' && text_[at_] != '\t' && text_[at_] != '\r')
        return;
    }
  }

  bool read_value(Node& node, std::size_t depth) {
    if (++nodes_ > kMaxDocumentNodes) return refuse("more than 100,000 values");
    node.line = line_;
    switch (peek()) {
      case '{':
        return read_map(node, depth);
      case '[':
        return read_list(node, depth);
      case '"':
        node.kind = NodeKind::Scalar;
        node.quoted = true;
        return read_string(node.text);
      case 't':
        return read_word(node, "true");
      case 'f':
        return read_word(node, "false");
      case 'n':
        if (!read_word(node, "null")) return false;
        node = Node{};
        node.line = line_;
        return true;
      default:
        return read_number(node);
    }
  }

  bool read_word(Node& node, std::string_view word) {
    if (text_.substr(at_, word.size()) != word) return refuse("a value was expected");
    at_ += word.size();
    node.kind = NodeKind::Scalar;
    node.text = word;
    return true;
  }

  bool read_number(Node& node) {
    const std::size_t start = at_;
    const auto digits = [&] {
      const std::size_t from = at_;
      while (is_digit(peek())) ++at_;
      return at_ > from;
    };
    if (peek() == '-') ++at_;
    if (!is_digit(peek()))
      return refuse(at_ >= text_.size() ? "the text ends too early" : "a value was expected");
    if (peek() == '0')
      ++at_;
    else
      digits();
    if (is_digit(peek())) return refuse("a number begins with 0");
    if (peek() == '.') {
      ++at_;
      if (!digits()) return refuse("a number ends with its point");
    }
    if (peek() == 'e' || peek() == 'E') {
      ++at_;
      if (peek() == '+' || peek() == '-') ++at_;
      if (!digits()) return refuse("a number has no exponent");
    }
    node.kind = NodeKind::Scalar;
    node.text = text_.substr(start, at_ - start);
    double value = 0;
    const auto parsed =
        std::from_chars(node.text.data(), node.text.data() + node.text.size(), value);
    const bool tiny = node.text.find("e-") != std::string::npos ||
                      node.text.find("E-") != std::string::npos || node.text.starts_with("0.") ||
                      node.text.starts_with("-0.");
    if (parsed.ec == std::errc::result_out_of_range && !tiny)
      return refuse("a number is too large");
    return true;
  }

  bool read_hex4(std::uint32_t& code) {
    if (text_.size() - at_ < 4) return refuse("an escape is cut off");
    const auto* first = text_.data() + at_;
    const auto parsed = std::from_chars(first, first + 4, code, 16);
    if (parsed.ec != std::errc() || parsed.ptr != first + 4)
      return refuse("\\u needs four hexadecimal digits");
    at_ += 4;
    return true;
  }

  bool read_unicode_escape(std::string& out) {
    std::uint32_t code = 0;
    if (!read_hex4(code)) return false;
    if (code >= 0xdc00 && code < 0xe000) return refuse("half of a surrogate pair");
    if (code >= 0xd800 && code < 0xdc00) {
      std::uint32_t low = 0;
      if (text_.substr(at_, 2) != "\\u") return refuse("half of a surrogate pair");
      at_ += 2;
      if (!read_hex4(low)) return false;
      if (low < 0xdc00 || low >= 0xe000) return refuse("half of a surrogate pair");
      code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    }
    append_utf8(code, out);
    return true;
  }

  bool read_escape(std::string& out) {
    const char c = peek();
    if (at_ >= text_.size()) return refuse("a text is not closed");
    ++at_;
    switch (c) {
      case '"':
      case '\\':
      case '/':
        out += c;
        return true;
      case 'b':
        out += '\b';
        return true;
      case 'f':
        out += '\f';
        return true;
      case 'n':
        out += '\n';
        return true;
      case 'r':
        out += '\r';
        return true;
      case 't':
        out += '\t';
        return true;
      case 'u':
        return read_unicode_escape(out);
      default:
        return refuse("an unknown escape");
    }
  }

  bool read_string(std::string& out) {
    ++at_;
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c == '"') return true;
      if (static_cast<unsigned char>(c) < 0x20)
        return refuse("a control character stands in a text; write it as \\n, \\t or \\u00..");
      if (c != '\\')
        out += c;
      else if (!read_escape(out))
        return false;
    }
    return refuse("a text is not closed");
  }

  bool read_list(Node& node, std::size_t depth) {
    if (depth >= kMaxDocumentDepth) return refuse("nested deeper than 64 levels");
    node.kind = NodeKind::List;
    ++at_;
    skip_space();
    if (peek() == ']') return ++at_, true;
    while (true) {
      Node item;
      if (!read_value(item, depth + 1)) return false;
      node.children.push_back(std::move(item));
      skip_space();
      if (peek() == ']') return ++at_, true;
      if (peek() != ',') return refuse("',' or ']' was expected");
      ++at_;
      skip_space();
    }
  }

  bool read_key(std::string& key) {
    if (peek() != '"') return refuse("a key in double quotes was expected");
    if (!read_string(key)) return false;
    if (key.size() > kMaxKeyBytes) return refuse("a key is longer than 256 bytes");
    for (const char c : key)
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
        return refuse("a control character stands in a key");
    return true;
  }

  bool read_map(Node& node, std::size_t depth) {
    if (depth >= kMaxDocumentDepth) return refuse("nested deeper than 64 levels");
    node.kind = NodeKind::Map;
    std::unordered_set<std::string> keys;
    ++at_;
    skip_space();
    if (peek() == '}') return ++at_, true;
    while (true) {
      Node member;
      std::string key;
      const int line = line_;
      if (!read_key(key)) return false;
      skip_space();
      if (peek() != ':') return refuse("':' was expected");
      ++at_;
      skip_space();
      if (!read_value(member, depth + 1)) return false;
      member.line = line;
      if (keys.insert(key).second) {
        member.key = std::move(key);
        node.children.push_back(std::move(member));
      } else {
        note_repeated(key, line);
      }
      skip_space();
      if (peek() == '}') return ++at_, true;
      if (peek() != ',') return refuse("',' or '}' was expected");
      ++at_;
      skip_space();
    }
  }

  void note_repeated(const std::string& key, int line) {
    if (document_.problems.size() >= kMaxErrors) return;
    Problem problem;
    problem.what = "the key " + shown(key) + " is written twice";
    problem.line = line;
    document_.problems.push_back(std::move(problem));
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t nodes_ = 0;
  int line_ = 1;
  Document document_;
  std::optional<Problem> refused_;
};

}  // namespace

Document read_json(std::string_view text) {
  if (auto problem = refuse_text(text)) return {{}, {std::move(*problem)}};
  return JsonReader(text).read();
}

}  // namespace smartroute::config

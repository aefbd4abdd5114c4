#include <charconv>

#include "contract/base/json_quote.hpp"
#include "contract/config/document.hpp"

namespace smartroute::config {
namespace {

constexpr std::size_t kInlineBytes = 88;  // a collection that fits into this is written in one line

// Decimal text of a plain number in JSON's grammar; nullopt where JSON has none.
std::optional<std::string> json_number(std::string_view text) {
  if (text.starts_with("0x") || text.starts_with("0o")) {
    std::uint64_t value = 0;
    const auto* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data() + 2, end, value, text[1] == 'x' ? 16 : 8);
    if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
    return std::to_string(value);
  }
  std::string out;
  if (text.starts_with('-')) out = "-";
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  if (text == ".inf" || text == ".Inf" || text == ".INF" || text == ".nan" || text == ".NaN" ||
      text == ".NAN")
    return std::nullopt;
  while (text.size() > 1 && text[0] == '0' && text[1] >= '0' && text[1] <= '9')
    text.remove_prefix(1);
  if (text.starts_with('.')) out += '0';
  for (std::size_t i = 0; i < text.size(); ++i) {
    out += text[i];
    const bool digit_follows = i + 1 < text.size() && text[i + 1] >= '0' && text[i + 1] <= '9';
    if (text[i] == '.' && !digit_follows) out += '0';
  }
  return read_json(out).problems.empty() ? std::optional(out) : std::nullopt;
}

bool is_plain(std::string_view text) {
  if (text.empty() || plain_type(text) != ScalarType::Text) return false;
  for (const std::string_view word : {"null", "Null", "NULL", "yes", "Yes", "YES", "no", "No", "NO",
                                      "on", "On", "ON", "off", "Off", "OFF", "y", "Y", "n", "N"})
    if (text == word) return false;
  const auto alnum = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  };
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  if (!alnum(text.front()) && text.front() != '_' && text.front() != '/') return false;
  if (digit(text.front()) && digit(text.back())) return false;  // dates and the numbers of YAML 1.1
  for (const char c : text)
    if (!alnum(c) && c != '_' && c != '.' && c != '/' && c != '@' && c != '+' && c != '-')
      return false;
  return true;
}

// Breaks of Unicode that a YAML reader may fold, and the byte order mark, are escaped too.
std::string yaml_text(std::string_view text) {
  if (is_plain(text)) return std::string(text);
  std::string escaped;
  append_json_escaped(escaped, text);
  std::string out = "\"";
  for (std::size_t i = 0; i < escaped.size(); ++i) {
    const std::string_view rest(escaped.data() + i, escaped.size() - i);
    if (rest.starts_with("\xc2\x85"))
      out += "\\u0085", i += 1;
    else if (rest.starts_with("\xe2\x80\xa8"))
      out += "\\u2028", i += 2;
    else if (rest.starts_with("\xe2\x80\xa9"))
      out += "\\u2029", i += 2;
    else if (rest.starts_with("\xef\xbb\xbf"))
      out += "\\ufeff", i += 2;
    else
      out += escaped[i];
  }
  return out + "\"";
}

std::string yaml_scalar(const Node& node) {
  if (node.kind == NodeKind::Null) return "null";
  return node.quoted ? yaml_text(node.text) : node.text;
}

bool is_leaf(const Node& node) {
  return node.kind == NodeKind::Null || node.kind == NodeKind::Scalar || node.children.empty();
}

std::string leaf_text(const Node& node) {
  if (node.kind == NodeKind::Map) return "{}";
  if (node.kind == NodeKind::List) return "[]";
  return yaml_scalar(node);
}

// One line for a collection of leaves that is short enough, else empty.
std::string inline_text(const Node& node) {
  if (is_leaf(node)) return leaf_text(node);
  const bool map = node.kind == NodeKind::Map;
  std::string out(1, map ? '{' : '[');
  for (const auto& child : node.children) {
    if (!is_leaf(child)) return {};
    if (out.size() > 1) out += ", ";
    if (map) out += yaml_text(child.key) + ": ";
    out += leaf_text(child);
    if (out.size() > kInlineBytes) return {};
  }
  out += map ? '}' : ']';
  return out;
}

// `first_indent` is what already stands on the line for the first member (after "- ").
void append_block(const Node& node, std::size_t indent, bool first_is_placed, std::string& out) {
  bool placed = first_is_placed;
  for (const auto& child : node.children) {
    if (!placed) out.append(indent, ' ');
    placed = false;
    const bool map = node.kind == NodeKind::Map;
    out += map ? yaml_text(child.key) + ":" : "-";
    if (const std::string line = inline_text(child); !line.empty()) {
      out += ' ' + line + '\n';
    } else if (map) {
      out += '\n';
      append_block(child, indent + 2, false, out);
    } else {
      out += ' ';
      append_block(child, indent + 2, true, out);
    }
  }
}

void append_pretty_json(const Node& node, std::size_t indent, std::string& out) {
  std::vector<const Node*> refused;
  if (is_leaf(node)) return append_json(node, out, refused);
  const bool map = node.kind == NodeKind::Map;
  out += map ? "{\n" : "[\n";
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    out.append(indent + 2, ' ');
    if (map) {
      append_json_string(node.children[i].key, out);
      out += ": ";
    }
    append_pretty_json(node.children[i], indent + 2, out);
    out += i + 1 < node.children.size() ? ",\n" : "\n";
  }
  out.append(indent, ' ');
  out += map ? '}' : ']';
}

}  // namespace

void append_json_string(std::string_view text, std::string& out) {
  out += '"';
  append_json_escaped(out, text);
  out += '"';
}

void append_json(const Node& node, std::string& out, std::vector<const Node*>& refused) {
  if (node.kind == NodeKind::Null) {
    out += "null";
  } else if (node.kind == NodeKind::Scalar) {
    const ScalarType type = scalar_type(node);
    if (type == ScalarType::Text) return append_json_string(node.text, out);
    if (type == ScalarType::Bool) {
      out += (node.text[0] == 't' || node.text[0] == 'T') ? "true" : "false";
      return;
    }
    const auto number = json_number(node.text);
    if (!number) refused.push_back(&node);
    out += number.value_or("null");
  } else {
    const bool map = node.kind == NodeKind::Map;
    out += map ? '{' : '[';
    for (std::size_t i = 0; i < node.children.size(); ++i) {
      if (i > 0) out += ',';
      if (map) {
        append_json_string(node.children[i].key, out);
        out += ':';
      }
      append_json(node.children[i], out, refused);
    }
    out += map ? '}' : ']';
  }
}

std::string write_yaml(const Node& root) {
  if (is_leaf(root)) return leaf_text(root) + "\n";
  std::string out;
  append_block(root, 0, false, out);
  return out;
}

std::string write_json(const Node& root) {
  std::string out;
  append_pretty_json(root, 0, out);
  return out + "\n";
}

}  // namespace smartroute::config

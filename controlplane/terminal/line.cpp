#include "controlplane/terminal/line.hpp"

#include "contract/base/json_quote.hpp"

namespace smartroute::control::terminal {
namespace {

constexpr std::string_view kCut = "…";

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// Length of the character that `text` begins with, 0 if that is none (RFC 3629).
std::size_t character(std::string_view text) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = at(0);
  if (first < 0x80) return 1;
  const std::size_t size = first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 0;
  if (size == 0 || text.size() < size) return 0;
  for (std::size_t i = 1; i < size; ++i)
    if (!continues(text[i])) return 0;
  if (first == 0xE0 && at(1) < 0xA0) return 0;
  if (first == 0xED && at(1) > 0x9F) return 0;  // surrogates
  if (first == 0xF0 && at(1) < 0x90) return 0;
  if (first == 0xF4 && at(1) > 0x8F) return 0;
  return size;
}

void append_member(std::string_view name, std::string_view value, std::string& out) {
  if (value.empty()) return;
  out += ",\"";
  out += name;
  out += "\":\"";
  append_json_escaped(out, value);
  out += '"';
}

}  // namespace

std::string_view level_of(std::string_view name) noexcept {
  for (const std::string_view level : {"debug", "info", "warn", "error"})
    if (name == level) return level;
  return "info";
}

void append_clean(std::string_view text, std::size_t max, std::string& out) {
  bool cut = false;
  if (text.size() > max) {
    while (max > 0 && continues(text[max])) --max;
    text = text.substr(0, max);
    cut = true;
  }
  while (!text.empty()) {
    const std::size_t size = character(text);
    if (size == 0) {
      out += '?';
    } else if (size == 1 && (static_cast<unsigned char>(text[0]) < 0x20 || text[0] == 0x7F)) {
      out += ' ';
    } else {
      out.append(text.substr(0, size));
    }
    text.remove_prefix(size == 0 ? 1 : size);
  }
  if (cut) out += kCut;
}

std::string clean(std::string_view text, std::size_t max) {
  std::string out;
  append_clean(text, max, out);
  return out;
}

void append_json(const Line& line, std::string& out) {
  out += "{\"at_us\":\"" + std::to_string(line.at_us) + '"';
  append_member("level", line.level, out);
  append_member("source", line.source, out);
  if (line.request) out += ",\"request\":true";
  append_member("text", line.text, out);
  append_member("tier", line.tier, out);
  append_member("model", line.model, out);
  if (line.status != 0) out += ",\"status\":" + std::to_string(line.status);
  append_member("request_id", line.request_id, out);
  append_member("record_id", line.record_id, out);
  out += '}';
}

}  // namespace smartroute::control::terminal

#include "dataplane/core/http1/target.hpp"

#include <cstddef>

#include "dataplane/core/http1/chars.hpp"

namespace smartroute::http1 {
namespace {

// Value of the %XX at `at`, -1 if it is not one.
int percent_value(std::string_view text, std::size_t at) noexcept {
  if (text.size() - at < 3) return -1;
  const int high = hex_value(text[at + 1]);
  const int low = hex_value(text[at + 2]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

// Bytes of the slash at `at`, plain or as %2F; 0 if there is none.
std::size_t slash_size(std::string_view path, std::size_t at) noexcept {
  if (at >= path.size()) return 0;
  if (path[at] == '/') return 1;
  return path[at] == '%' && percent_value(path, at) == '/' ? 3 : 0;
}

// Why the segment that begins at `begin` has two readings, nullptr if it has one.
const char* check_segment(std::string_view path, std::size_t begin) noexcept {
  if (slash_size(path, begin) != 0) return "empty segment in the target";
  std::size_t at = begin;
  while (at < path.size() && path[at] == '.') ++at;
  const std::size_t dots = at - begin;
  const bool ends = at == path.size() || path[at] == '?' || slash_size(path, at) != 0;
  return (dots == 1 || dots == 2) && ends ? "dot segment in the target" : nullptr;
}

// Checks the path at the front of `text`; `length` becomes its size.
const char* check_path(std::string_view text, std::size_t& length) noexcept {
  std::size_t at = 0;
  while (at < text.size()) {
    const char c = text[at];
    if (const std::size_t slash = slash_size(text, at); slash != 0) {
      at += slash;
      if (const char* why = check_segment(text, at); why != nullptr) return why;
    } else if ((classes_of(c) & kPathChar) != 0) {
      ++at;
    } else if (c == '?') {
      break;
    } else if (c == '%') {
      const int value = percent_value(text, at);
      const bool plain =
          value >= 0 && value != '.' &&
          (kCharClasses[static_cast<std::size_t>(value)] & kUnreserved) != 0;
      if (!plain && value != ':') return "percent code in the target that is not taken";
      at += 3;
    } else {
      return "byte not allowed in the target";
    }
  }
  length = at;
  return nullptr;
}

const char* check_query(std::string_view query) noexcept {
  std::size_t at = 0;
  while (at < query.size()) {
    if ((classes_of(query[at]) & kQueryChar) != 0) {
      ++at;
      continue;
    }
    if (query[at] != '%') return "byte not allowed in the target";
    const int value = percent_value(query, at);
    // Control codes, and bytes that no UTF-8 text holds (0xc0, 0xc1: overlong forms).
    const bool never_text =
        value < 0x20 || value == 0x7f || value == 0xc0 || value == 0xc1 || value > 0xf4;
    if (never_text) return "percent code in the target that is not taken";
    at += 3;
  }
  return nullptr;
}

// Size of `http://` or `https://` at the front, 0 if neither is there.
std::size_t scheme_size(std::string_view target) noexcept {
  const std::size_t colon = target.find(':');
  const std::string_view scheme = target.substr(0, colon);
  if (colon == std::string_view::npos || target.substr(colon, 3) != "://") return 0;
  return spells(scheme, "http") || spells(scheme, "https") ? colon + 3 : 0;
}

bool is_port(std::string_view text) noexcept {
  if (text.empty() || text.size() > 5 || text.front() == '0') return false;
  unsigned value = 0;
  for (char c : text) {
    if (c < '0' || c > '9') return false;
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  return value <= 65535;
}

}  // namespace

Target parse_target(std::string_view target) noexcept {
  Target out;
  std::string_view rest = target;
  if (rest.empty()) {
    out.why = "empty target";
    return out;
  }
  if (rest.front() != '/') {
    const std::size_t scheme = scheme_size(rest);
    if (scheme == 0) {
      out.why = "target is neither a path nor an http URI";
      return out;
    }
    rest.remove_prefix(scheme);
    const std::size_t slash = rest.find('/');
    out.authority = rest.substr(0, slash);
    if (slash == std::string_view::npos || !is_authority(out.authority)) {
      out.why = "URI in the target without a plain host and a path";
      return out;
    }
    rest.remove_prefix(slash);
  }
  std::size_t length = 0;
  out.why = check_path(rest, length);
  if (out.why != nullptr) return out;
  out.path = rest.substr(0, length);
  if (length < rest.size()) {
    out.query = rest.substr(length + 1);
    out.why = check_query(out.query);
  }
  return out;
}

bool is_authority(std::string_view text) noexcept {
  if (text.empty()) return false;
  std::size_t at = 0;
  if (text.front() == '[') {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos || close < 3) return false;
    for (at = 1; at < close; ++at) {
      if (hex_value(text[at]) < 0 && text[at] != ':' && text[at] != '.') return false;
    }
    ++at;
  } else {
    while (at < text.size() && (classes_of(text[at]) & kHostChar) != 0) ++at;
    if (at == 0) return false;
  }
  if (at == text.size()) return true;
  return text[at] == ':' && is_port(text.substr(at + 1));
}

bool same_authority(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const auto fold = [](char c) {
      return (classes_of(c) & kUpper) != 0 ? static_cast<char>(c | 0x20) : c;
    };
    if (fold(a[i]) != fold(b[i])) return false;
  }
  return true;
}

}  // namespace smartroute::http1

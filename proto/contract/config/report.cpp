#include "contract/config/report.hpp"

#include <utility>

namespace smartroute::config {
namespace {

// Cuts at a character, not inside one.
std::string printable(std::string_view value, std::size_t limit) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  std::size_t end = value.size();
  if (end > limit) {
    end = limit;
    while (end > 0 && (static_cast<unsigned char>(value[end]) & 0xc0) == 0x80) --end;
  }
  for (const char c : value.substr(0, end)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      out += "\\x";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    } else {
      out += c;
    }
  }
  if (end < value.size()) out += "…";
  return out;
}

constexpr std::size_t kMaxKeyShown = 256;

}  // namespace

void Report::error(std::string path, std::string what, std::string nearest, int line) {
  if (++errors_ > kMaxErrors) return;
  problems_.push_back(
      {std::move(path), std::move(what), std::move(nearest), {}, line, Severity::Error});
}

void Report::warn(std::string path, std::string what, std::string nearest, int line) {
  if (++warnings_ > kMaxWarnings) return;
  problems_.push_back(
      {std::move(path), std::move(what), std::move(nearest), {}, line, Severity::Warning});
}

Problems Report::take() {
  const std::size_t more_errors = errors_ > kMaxErrors ? errors_ - kMaxErrors : 0;
  const std::size_t more_warnings = warnings_ > kMaxWarnings ? warnings_ - kMaxWarnings : 0;
  if (more_errors + more_warnings > 0) {
    Problem rest;
    rest.what = std::to_string(more_errors + more_warnings) + " more problems are not shown";
    rest.severity = more_errors > 0 ? Severity::Error : Severity::Warning;
    problems_.push_back(std::move(rest));
  }
  errors_ = warnings_ = 0;
  return std::exchange(problems_, {});
}

std::string shown(std::string_view value) { return "'" + printable(value, kMaxShownBytes) + "'"; }

std::string field_path(std::string_view parent, std::string_view field) {
  std::string out(parent);
  if (!out.empty()) out += '.';
  out += field;
  return out;
}

std::string item_path(std::string_view parent, std::size_t index) {
  std::string out(parent);
  out += '[';
  out += std::to_string(index);
  out += ']';
  return out;
}

std::string member_path(std::string_view parent, std::string_view key) {
  return field_path(parent, printable(key, kMaxKeyShown));
}

}  // namespace smartroute::config

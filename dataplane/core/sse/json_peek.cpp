#include "dataplane/core/sse/json_peek.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "dataplane/core/sse/byte_scan.hpp"

namespace smartroute::sse {
namespace {

constexpr bool is_space(char c) noexcept { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

std::size_t skip_spaces(std::string_view json, std::size_t at) noexcept {
  while (at < json.size() && is_space(json[at])) ++at;
  return at;
}

// Offset of the value if the key `quoted` (with both quotes) stands at `at`, else npos.
std::size_t value_of_key(std::string_view json, std::size_t at, std::string_view quoted) noexcept {
  if (json.size() - at < quoted.size() ||
      std::memcmp(json.data() + at, quoted.data(), quoted.size()) != 0) {
    return std::string_view::npos;
  }
  if (at > 0 && json[at - 1] == '\\') return std::string_view::npos;
  at = skip_spaces(json, at + quoted.size());
  if (at == json.size() || json[at] != ':') return std::string_view::npos;
  at = skip_spaces(json, at + 1);
  return at == json.size() ? std::string_view::npos : at;
}

// Offset just after the string whose opening quote is at `at`, or `limit` if it does not end before
// that.
std::size_t end_of_string(std::string_view json, std::size_t at, std::size_t limit) noexcept {
  for (++at; at < limit; ++at) {
    if (json[at] == '\\') {
      ++at;
    } else if (json[at] == '"') {
      return at + 1;
    }
  }
  return limit;
}

// How deep an offset lies, counted from the front once however often it is asked (offsets must
// grow).
class DepthCounter {
 public:
  explicit DepthCounter(std::string_view json) noexcept : json_(json) {}

  int depth_at(std::size_t offset) noexcept {
    while (at_ < offset) {
      switch (json_[at_]) {
        case '"':
          at_ = end_of_string(json_, at_, json_.size());
          continue;
        case '{':
        case '[':
          ++depth_;
          break;
        case '}':
        case ']':
          --depth_;
          break;
        default:
          break;
      }
      ++at_;
    }
    return depth_;
  }

 private:
  std::string_view json_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

bool is_empty_value(std::string_view rest) noexcept {
  return rest.substr(0, 4) == "null" || rest.substr(0, 5) == "false" || rest.substr(0, 2) == "\"\"";
}

std::uint64_t read_count(std::string_view json, std::size_t at) noexcept {
  constexpr std::size_t kMaxDigits = 15;
  std::uint64_t value = 0;
  std::size_t digits = 0;
  for (; at < json.size() && json[at] >= '0' && json[at] <= '9'; ++at) {
    if (++digits > kMaxDigits) return 0;
    value = value * 10 + static_cast<std::uint64_t>(json[at] - '0');
  }
  return value;
}

// One slot for each count; null if the key at this place is none of ours.
std::uint64_t* slot_of(std::string_view group, std::string_view key, Usage& counts) noexcept {
  if (group.empty()) {
    if (key == "prompt_tokens" || key == "input_tokens") return &counts.prompt_tokens;
    if (key == "completion_tokens" || key == "output_tokens") return &counts.completion_tokens;
    return nullptr;
  }
  if (key == "cached_tokens") {
    return group == "prompt_tokens_details" || group == "input_tokens_details"
               ? &counts.cached_tokens
               : nullptr;
  }
  if (key == "reasoning_tokens") {
    return group == "completion_tokens_details" || group == "output_tokens_details"
               ? &counts.reasoning_tokens
               : nullptr;
  }
  return nullptr;
}

}  // namespace

std::size_t read_usage(std::string_view json, std::size_t at, Usage& counts) noexcept {
  const std::size_t limit = std::min(json.size(), at + kMaxUsageBytes);
  std::string_view key;    // of the value that comes next
  std::string_view group;  // key whose object is open at depth 2
  int depth = 0;
  while (at < limit) {
    const char c = json[at];
    if (c == '"') {
      const std::size_t after = end_of_string(json, at, limit);
      const std::size_t colon = skip_spaces(json.substr(0, limit), after);
      const bool is_key = colon < limit && json[colon] == ':';
      key = is_key ? json.substr(at + 1, after - at - 2) : std::string_view();
      at = is_key ? colon + 1 : after;
      continue;
    }
    if (c == '{' || c == '[') {
      if (++depth == 2) group = c == '{' ? key : std::string_view("[");
      key = {};
    } else if (c == '}' || c == ']') {
      if (--depth == 0) return at + 1;
      if (depth == 1) group = {};
    } else if (c >= '0' && c <= '9') {
      // A number begins here only right after its key; the digits of a negative or fractional one
      // follow other bytes.
      if (!key.empty() && depth <= 2) {
        if (std::uint64_t* slot = slot_of(group, key, counts))
          *slot = read_count(json.substr(0, limit), at);
      }
      key = {};
    } else if (!is_space(c)) {
      key = {};
    }
    ++at;
  }
  return limit;
}

Peek peek(std::string_view json) noexcept {
  Peek found;
  DepthCounter depths(json);
  std::size_t usage_end = 0;
  const char* const begin = json.data();
  for_each_quoted(begin, begin + json.size(), 'e', 'f', 'u', [&](const char* quote) {
    const auto at = static_cast<std::size_t>(quote - begin);
    std::size_t value = 0;
    switch (quote[1]) {
      case 'e':
        value = value_of_key(json, at, "\"error\"");
        if (value == std::string_view::npos || found.error || is_empty_value(json.substr(value)))
          return;
        found.error = depths.depth_at(at) == 1;
        return;
      case 'f':
        value = value_of_key(json, at, "\"finish_reason\"");
        if (value != std::string_view::npos && json[value] == '"') found.finish_reason = true;
        return;
      default:
        if (at < usage_end) return;
        value = value_of_key(json, at, "\"usage\"");
        if (value == std::string_view::npos || json[value] != '{') return;
        found.usage = true;
        found.counts = Usage{};
        usage_end = read_usage(json, value, found.counts);
        return;
    }
  });
  return found;
}

}  // namespace smartroute::sse

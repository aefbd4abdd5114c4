#include "dataplane/core/tracing/trace_context.hpp"

#include <vector>

namespace smartroute::tracing {
namespace {

constexpr std::size_t kMaxKeyBytes = 256;
constexpr std::size_t kMaxValueBytes = 256;
constexpr std::uint64_t kSampledFlag = 1;
constexpr double kRandomValues = 0x1.0p56;  // how many a trace id's low 56 bits can say
constexpr std::uint64_t kRandomMask = (std::uint64_t{1} << 56) - 1;

// Exactly as many lower-case digits as `digits` has.
std::optional<std::uint64_t> hex(std::string_view digits) noexcept {
  std::uint64_t value = 0;
  for (const char c : digits) {
    int digit;
    if (c >= '0' && c <= '9')
      digit = c - '0';
    else if (c >= 'a' && c <= 'f')
      digit = c - 'a' + 10;
    else
      return std::nullopt;
    value = value << 4 | static_cast<std::uint64_t>(digit);
  }
  return value;
}

void append_hex(std::uint64_t value, int digits, std::string& out) {
  for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) out += "0123456789abcdef"[value >> shift & 0xf];
}

bool is_lower_or_digit(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

bool is_key(std::string_view key) noexcept {
  if (key.empty() || key.size() > kMaxKeyBytes || !is_lower_or_digit(key.front())) return false;
  for (const char c : key)
    if (!is_lower_or_digit(c) && std::string_view("_-*/@").find(c) == std::string_view::npos) return false;
  return true;
}

bool is_value(std::string_view value) noexcept {
  if (value.empty() || value.size() > kMaxValueBytes || value.back() == ' ') return false;
  for (const char c : value)
    if (c < 0x20 || c > 0x7e || c == ',' || c == '=') return false;
  return true;
}

std::string_view trimmed(std::string_view text) noexcept {
  constexpr std::string_view kBlanks = " \t";
  const auto begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

bool is_recorded(std::uint64_t low, double ratio) noexcept {
  if (!(ratio > 0)) return false;
  if (ratio >= 1) return true;
  return static_cast<double>(low & kRandomMask) >= (1 - ratio) * kRandomValues;
}

}  // namespace

std::optional<TraceParent> parse_traceparent(std::string_view value) noexcept {
  if (value.size() < kTraceparentBytes || value[2] != '-' || value[35] != '-' || value[52] != '-') return std::nullopt;
  const auto version = hex(value.substr(0, 2));
  if (!version || *version == 0xff) return std::nullopt;
  if (value.size() > kTraceparentBytes && (*version == 0 || value[kTraceparentBytes] != '-')) return std::nullopt;
  const auto high = hex(value.substr(3, 16)), low = hex(value.substr(19, 16)), span = hex(value.substr(36, 16)), flags = hex(value.substr(53, 2));
  if (!high || !low || !span || !flags || (*high == 0 && *low == 0) || *span == 0) return std::nullopt;
  TraceParent parent;
  parent.high = *high;
  parent.low = *low;
  parent.span = *span;
  parent.sampled = (*flags & kSampledFlag) != 0;
  return parent;
}

std::optional<std::string> canonical_tracestate(std::string_view value) {
  std::string out;
  std::vector<std::string_view> keys;
  while (true) {
    const auto comma = value.find(',');
    const auto member = trimmed(value.substr(0, comma));
    if (!member.empty()) {
      const auto equals = member.find('=');
      if (equals == std::string_view::npos) return std::nullopt;
      const auto key = member.substr(0, equals);
      if (!is_key(key) || !is_value(member.substr(equals + 1)) || keys.size() == kMaxTracestateMembers) return std::nullopt;
      for (const auto other : keys)
        if (other == key) return std::nullopt;
      keys.push_back(key);
      if (!out.empty()) out += ',';
      out += member;
    }
    if (comma == std::string_view::npos) break;
    value.remove_prefix(comma + 1);
  }
  if (out.empty()) return std::nullopt;
  return out;
}

std::uint64_t new_span_id(Random& random) noexcept {
  std::uint64_t id;
  do id = random.next();
  while (id == 0);
  return id;
}

accounting::TraceIds begin_trace(std::string_view traceparent, double ratio, Random& random, bool enabled) noexcept {
  accounting::TraceIds ids;
  if (!enabled) return ids;
  if (const auto parent = parse_traceparent(traceparent)) {
    ids.high = parent->high;
    ids.low = parent->low;
    ids.parent = parent->span;
    ids.sampled = parent->sampled;
  } else {
    ids.high = random.next();
    ids.low = new_span_id(random);  // not zero, so the whole is not
    ids.sampled = is_recorded(ids.low, ratio);
  }
  ids.span = new_span_id(random);
  return ids;
}

void write_traceparent(const accounting::TraceIds& ids, std::uint64_t span, std::string& out) {
  if (ids.span == 0 || span == 0) return;
  out += "00-";
  append_hex(ids.high, 16, out);
  append_hex(ids.low, 16, out);
  out += '-';
  append_hex(span, 16, out);
  out += ids.sampled ? "-01" : "-00";
}

std::string trace_id_text(const accounting::TraceIds& ids) {
  std::string out;
  if (ids.high == 0 && ids.low == 0) return out;
  append_hex(ids.high, 16, out);
  append_hex(ids.low, 16, out);
  return out;
}

std::string span_id_text(std::uint64_t span) {
  std::string out;
  if (span != 0) append_hex(span, 16, out);
  return out;
}

}  // namespace smartroute::tracing

#include "dataplane/core/openai/json_scanner.hpp"

#include <bit>
#include <charconv>
#include <cstring>
#include <system_error>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace smartroute::openai {
namespace {

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

constexpr int hex_value(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

constexpr bool ends_run(char c) noexcept {
  return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20;
}

// First byte in [p, end) that ends a run of plain string bytes, or end. Most of a chat body is such
// runs, so this loop is its cost.
const char* end_of_run(const char* p, const char* end) noexcept {
#if defined(__SSE2__)
  const __m128i quote = _mm_set1_epi8('"');
  const __m128i backslash = _mm_set1_epi8('\\');
  const __m128i control = _mm_set1_epi8(0x1f);
  while (end - p >= 16) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    const __m128i hit =
        _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(block, quote), _mm_cmpeq_epi8(block, backslash)),
                     _mm_cmpeq_epi8(_mm_min_epu8(block, control), block));
    const auto mask = static_cast<unsigned>(_mm_movemask_epi8(hit));
    if (mask != 0) return p + std::countr_zero(mask);
    p += 16;
  }
#else
  // Eight bytes at a time ("determine if a word has a zero byte"); a false hit can only lie above a
  // true one, so the first is exact.
  if constexpr (std::endian::native == std::endian::little) {
    constexpr std::uint64_t kOnes = 0x0101010101010101, kHigh = 0x8080808080808080;
    while (end - p >= 8) {
      std::uint64_t w;
      std::memcpy(&w, p, 8);
      const std::uint64_t q = w ^ (kOnes * '"'), b = w ^ (kOnes * '\\');
      const std::uint64_t hit =
          (((q - kOnes) & ~q) | ((b - kOnes) & ~b) | ((w - kOnes * 0x20) & ~w)) & kHigh;
      if (hit != 0) return p + std::countr_zero(hit) / 8;
      p += 8;
    }
  }
#endif
  while (p < end && !ends_run(*p)) ++p;
  return p;
}

// The four hex digits at p, or -1.
int hex4(const char* p, const char* end) noexcept {
  if (end - p < 4) return -1;
  int value = 0;
  for (int i = 0; i < 4; ++i) {
    const int digit = hex_value(p[i]);
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

// Whether a number of valid form fits a double. The decimal exponent of the first non-zero digit
// decides all cases but 308.
bool fits_double(const char* p, const char* end) noexcept {
  constexpr std::int64_t kTop = 308, kFar = 1'000'000'000'000;
  const char* const start = p;
  if (*p == '-') ++p;
  std::int64_t lead = -1;  // exponent of the first digit seen so far
  bool zero = true;
  const char* digits = p;
  while (p < end && is_digit(*p)) ++p;
  if (*digits != '0') {
    lead = p - digits - 1;
    zero = false;
  }
  if (p < end && *p == '.') {
    for (++p; p < end && is_digit(*p); ++p) {
      if (!zero) continue;
      if (*p == '0')
        --lead;
      else
        zero = false;
    }
  }
  if (zero) return true;
  std::int64_t exponent = 0;
  if (p < end) {  // 'e' or 'E'
    ++p;
    const bool negative = *p == '-';
    if (*p == '-' || *p == '+') ++p;
    for (; p < end; ++p)
      if (exponent < kFar) exponent = exponent * 10 + (*p - '0');
    if (negative) exponent = -exponent;
  }
  if (lead + exponent != kTop) return lead + exponent < kTop;
  double value = 0;
  return std::from_chars(start, end, value).ec == std::errc{};
}

}  // namespace

JsonScanner::JsonScanner(std::string_view text, const ParseLimits& limits, std::string& stack)
    : begin_(text.data()),
      p_(text.data()),
      end_(text.data() + text.size()),
      stack_(stack),
      values_left_(limits.max_nodes),
      depth_left_(limits.max_depth),
      strict_(limits.strictness == Strictness::Strict) {}

bool JsonScanner::fail(const char* what) noexcept {
  if (problem_ == nullptr) {
    problem_ = p_ < end_ ? what : "unexpected end of the text";
    problem_at_ = position();
  }
  p_ = end_;
  return false;
}

std::string JsonScanner::problem() const {
  return std::string(problem_ == nullptr ? "" : problem_) + " at byte " +
         std::to_string(problem_at_);
}

void JsonScanner::skip_space() noexcept {
  while (p_ < end_ && static_cast<unsigned char>(*p_) <= ' ') {
    if (*p_ != ' ' && *p_ != '\n' && *p_ != '\r' && *p_ != '\t') return;
    ++p_;
  }
}

JsonKind JsonScanner::peek() noexcept {
  skip_space();
  switch (here()) {
    case '{':
      return JsonKind::Object;
    case '[':
      return JsonKind::Array;
    case '"':
      return JsonKind::String;
    case 't':
      return JsonKind::True;
    case 'f':
      return JsonKind::False;
    case 'n':
      return JsonKind::Null;
    case '-':
      return JsonKind::Number;
    default:
      return is_digit(here()) ? JsonKind::Number : JsonKind::None;
  }
}

bool JsonScanner::count_value() noexcept {
  if (values_left_ == 0) return fail("too many values");
  --values_left_;
  return true;
}

bool JsonScanner::descend() noexcept {
  if (depth_left_ <= 0) return fail("nested too deeply");
  --depth_left_;
  return count_value();
}

bool JsonScanner::open_object() {
  if (peek() != JsonKind::Object) return fail("expected '{'");
  if (!descend()) return false;
  ++p_;
  fresh_ = true;
  return true;
}

bool JsonScanner::next_member(JsonString& key) {
  skip_space();
  if (here() == '}') {
    ++p_;
    ++depth_left_;
    fresh_ = false;
    return false;
  }
  if (!fresh_) {
    if (here() != ',') return fail("expected ',' or '}'");
    ++p_;
    skip_space();
  }
  fresh_ = false;
  return key_and_colon(key);
}

bool JsonScanner::open_array() {
  if (peek() != JsonKind::Array) return fail("expected '['");
  if (!descend()) return false;
  ++p_;
  fresh_ = true;
  return true;
}

bool JsonScanner::next_element() {
  skip_space();
  if (here() == ']') {
    ++p_;
    ++depth_left_;
    fresh_ = false;
    return false;
  }
  if (failed()) return false;
  if (!fresh_) {
    if (here() != ',') return fail("expected ',' or ']'");
    ++p_;
  }
  fresh_ = false;
  return true;
}

bool JsonScanner::key_and_colon(JsonString& key) {
  if (here() != '"') return fail("expected a key in double quotes");
  key.span.begin = position();
  if (!scan_string(key.escaped)) return false;
  key.span.end = position();
  skip_space();
  if (here() != ':') return fail("expected ':'");
  ++p_;
  skip_space();
  return true;
}

bool JsonScanner::string(JsonString& out) {
  skip_space();
  if (here() != '"') return fail("expected a string");
  if (!count_value()) return false;
  out.span.begin = position();
  if (!scan_string(out.escaped)) return false;
  out.span.end = position();
  return true;
}

bool JsonScanner::skip(Span& value) {
  skip_space();
  value.begin = position();
  const bool container = here() == '{' || here() == '[';
  if (!(container ? skip_container() : skip_scalar())) return false;
  value.end = position();
  return true;
}

bool JsonScanner::skip_container() {
  stack_.clear();
  JsonString key;
  for (;;) {
    const char c = here();
    if (c == '{' || c == '[') {
      if (!descend()) return false;
      ++p_;
      stack_.push_back(c == '{' ? '}' : ']');
      skip_space();
      if (here() != stack_.back()) {
        if (c == '{' && !key_and_colon(key)) return false;
        continue;
      }
    } else {
      if (!skip_scalar()) return false;
      skip_space();
    }
    // A value has ended: close what closes here, then step over the comma.
    while (here() == stack_.back()) {
      ++p_;
      ++depth_left_;
      stack_.pop_back();
      if (stack_.empty()) return true;
      skip_space();
    }
    if (here() != ',')
      return fail(stack_.back() == '}' ? "expected ',' or '}'" : "expected ',' or ']'");
    ++p_;
    skip_space();
    if (stack_.back() == '}' && !key_and_colon(key)) return false;
  }
}

bool JsonScanner::skip_scalar() {
  if (!count_value()) return false;
  bool escaped = false;
  switch (here()) {
    case '"':
      return scan_string(escaped);
    case 't':
      return scan_word("true");
    case 'f':
      return scan_word("false");
    case 'n':
      return scan_word("null");
    default:
      return scan_number();
  }
}

bool JsonScanner::finish() {
  if (failed()) return false;
  skip_space();
  return p_ == end_ || fail("unexpected text after the value");
}

bool JsonScanner::scan_word(std::string_view word) noexcept {
  if (static_cast<std::size_t>(end_ - p_) < word.size() ||
      std::memcmp(p_, word.data(), word.size()) != 0)
    return fail("expected a value");
  p_ += word.size();
  return true;
}

bool JsonScanner::scan_string(bool& escaped) noexcept {
  escaped = false;
  ++p_;
  for (;;) {
    p_ = end_of_run(p_, end_);
    if (p_ == end_) return fail("unterminated string");
    if (*p_ == '"') {
      ++p_;
      return true;
    }
    if (*p_ != '\\') return fail("control character in a string");
    escaped = true;
    if (!scan_escape()) return false;
  }
}

bool JsonScanner::scan_escape() noexcept {
  if (end_ - p_ < 2) {
    p_ = end_;
    return fail("unterminated string");
  }
  switch (p_[1]) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
      p_ += 2;
      return true;
    case 'u':
      break;
    default:
      return fail("unknown escape in a string");
  }
  const int unit = hex4(p_ + 2, end_);
  if (unit < 0) return fail("\\u needs four hex digits");
  if (!strict_) {
    p_ += 6;
    return true;
  }
  if (unit >= 0xdc00 && unit <= 0xdfff) return fail("lone surrogate in a string");
  if (unit >= 0xd800 && unit <= 0xdbff) {
    if (end_ - p_ < 12 || p_[6] != '\\' || p_[7] != 'u') return fail("lone surrogate in a string");
    const int low = hex4(p_ + 8, end_);
    if (low < 0xdc00 || low > 0xdfff) return fail("lone surrogate in a string");
    p_ += 6;
  }
  p_ += 6;
  return true;
}

bool JsonScanner::scan_number() noexcept {
  constexpr std::ptrdiff_t kAlwaysFits = 308;  // digits before the point
  const char* const start = p_;
  if (here() == '-') ++p_;
  const char* const digits = p_;
  while (is_digit(here())) ++p_;
  const std::ptrdiff_t whole = p_ - digits;
  if (whole == 0) return fail(p_ == start ? "expected a value" : "expected a digit");
  if (*digits == '0' && whole > 1) return fail("number with a leading zero");
  bool exact = true, scaled = false;
  if (here() == '.') {
    exact = false;
    ++p_;
    if (!is_digit(here())) return fail("expected a digit");
    while (is_digit(here())) ++p_;
  }
  if (here() == 'e' || here() == 'E') {
    exact = false;
    scaled = true;
    ++p_;
    if (here() == '+' || here() == '-') ++p_;
    if (!is_digit(here())) return fail("expected a digit");
    while (is_digit(here())) ++p_;
  }
  if (strict_ && !exact && (scaled || whole > kAlwaysFits) && !fits_double(start, p_))
    return fail("number out of range");
  return true;
}

}  // namespace smartroute::openai

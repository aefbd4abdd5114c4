#include "dataplane/core/http1/field_reader.hpp"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "dataplane/core/http1/chars.hpp"

namespace smartroute::http1 {
namespace {

constexpr std::size_t kMaxLengthDigits = 18;

bool ends_value(char c) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && byte != '\t') || byte == 0x7f;
}

}  // namespace

const char* find_value_end(const char* at, const char* end) noexcept {
#if defined(__SSE2__)
  const __m128i last_control = _mm_set1_epi8(0x1f);
  const __m128i tab = _mm_set1_epi8('\t');
  const __m128i del = _mm_set1_epi8(0x7f);
  for (; end - at >= 16; at += 16) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(block, last_control), block);
    const __m128i stop = _mm_or_si128(_mm_andnot_si128(_mm_cmpeq_epi8(block, tab), control),
                                      _mm_cmpeq_epi8(block, del));
    const int mask = _mm_movemask_epi8(stop);
    if (mask != 0) return at + __builtin_ctz(static_cast<unsigned>(mask));
  }
#endif
  while (at != end && !ends_value(*at)) ++at;
  return at;
}

FieldReader::Next FieldReader::bad_name(const char* stopped) noexcept {
  if (stopped == end_) return bad("head without a blank line");
  if (stopped == at_) {
    if (*stopped == ' ' || *stopped == '\t') return bad("folded header line");
    if (*stopped == ':') return bad("empty header name");
    if (*stopped == '\n') return bad("line that ends without CR");
  }
  if (*stopped == ' ' || *stopped == '\t') return bad("space in or after a header name");
  if (*stopped == '\r' || *stopped == '\n') return bad("header line without a colon");
  return bad("byte not allowed in a header name");
}

FieldReader::Next FieldReader::next(Field& field) noexcept {
  if (at_ != end_ && *at_ == '\r') {
    if (end_ - at_ == 2 && at_[1] == '\n') return Next::End;
    return end_ - at_ >= 2 && at_[1] == '\n' ? bad("bytes after the blank line") : bad("bare CR");
  }
  const char* p = at_;
  std::uint8_t seen = 0;
  for (; p != end_; ++p) {
    const std::uint8_t classes = classes_of(*p);
    if ((classes & kToken) == 0) break;
    seen |= classes;
  }
  if (p == end_ || *p != ':' || p == at_) return bad_name(p);
  field.name = std::string_view(at_, static_cast<std::size_t>(p - at_));
  field.odd_name = (seen & kOddToken) != 0;
  field.tabbed = false;

  ++p;
  for (; p != end_ && (*p == ' ' || *p == '\t'); ++p) field.tabbed |= *p == '\t';
  const char* const stop = find_value_end(p, end_);
  if (end_ - stop < 2) return bad("head without a blank line");
  if (stop[0] != '\r' || stop[1] != '\n') {
    if (*stop == '\r') return bad("bare CR");
    return *stop == '\n' ? bad("line that ends without CR") : bad("control byte in a header value");
  }
  const char* last = stop;
  for (; last != p && (last[-1] == ' ' || last[-1] == '\t'); --last) {
    field.tabbed |= last[-1] == '\t';
  }
  field.value = std::string_view(p, static_cast<std::size_t>(last - p));
  at_ = stop + 2;
  return Next::Field;
}

bool parse_content_length(const Field& field, std::uint64_t& length) noexcept {
  const std::string_view text = field.value;
  if (text.empty() || text.size() > kMaxLengthDigits || field.tabbed) return false;
  if (text.front() == '0' && text.size() > 1) return false;
  std::uint64_t value = 0;
  for (char c : text) {
    if (c < '0' || c > '9') return false;
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
  }
  length = value;
  return true;
}

bool ConnectionOptions::add(std::string_view value) noexcept {
  while (true) {
    const std::size_t comma = value.find(',');
    std::string_view item = value.substr(0, comma);
    while (!item.empty() && (item.front() == ' ' || item.front() == '\t')) item.remove_prefix(1);
    while (!item.empty() && (item.back() == ' ' || item.back() == '\t')) item.remove_suffix(1);
    if (spells(item, "close")) {
      close = true;
    } else if (spells(item, "keep-alive")) {
      keep_alive = true;
    } else {
      for (char c : item) {
        if ((classes_of(c) & kToken) == 0) return false;
      }
    }
    if (comma == std::string_view::npos) return true;
    value.remove_prefix(comma + 1);
  }
}

DashedName::DashedName(std::string_view name) noexcept {
  if (name.size() > kMaxName) return;
  for (char c : name) bytes_[size_++] = (classes_of(c) & kOddToken) != 0 ? '-' : c;
}

}  // namespace smartroute::http1

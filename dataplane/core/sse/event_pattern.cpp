#include "dataplane/core/sse/event_pattern.hpp"

#include <cstring>
#include <utility>

namespace smartroute::sse {
namespace {

constexpr bool is_simple_escape(char c) noexcept {
  return c == '"' || c == '\\' || c == '/' || c == 'b' || c == 'f' || c == 'n' || c == 'r' ||
         c == 't';
}

// The quote that ends the string whose inside begins at `at`, or null: also for \u, which is left
// to the reader.
const char* end_of_inside(const char* at, const char* end) noexcept {
  for (; at < end; ++at) {
    if (*at == '"') return at;
    if (static_cast<unsigned char>(*at) < 0x20) return nullptr;
    if (*at == '\\' && (++at == end || !is_simple_escape(*at))) return nullptr;
  }
  return nullptr;
}

}  // namespace

void EventPattern::learn(std::string_view data, std::string_view text, std::string_view padding) {
  hole_count_ = 0;
  fixed_.clear();
  if (data.size() - text.size() - padding.size() > kMaxFixedBytes) return;
  const bool padded = padding.data() != nullptr;
  std::string_view first = text, second = padding;
  if (padded && padding.data() < text.data()) std::swap(first, second);
  text_hole_ = first.data() == text.data() ? 0 : 1;
  std::size_t at = 0;
  for (const std::string_view hole : {first, second}) {
    if (hole.data() == nullptr) break;
    const auto begin = static_cast<std::size_t>(hole.data() - data.data());
    fixed_.append(data, at, begin - at);
    holes_[hole_count_++] = fixed_.size();
    at = begin + hole.size();
  }
  fixed_.append(data, at);
}

std::optional<std::string_view> EventPattern::match(std::string_view data) const noexcept {
  if (hole_count_ == 0 || data.size() <= fixed_.size() ||
      data.size() > fixed_.size() + kMaxTextBytes)
    return std::nullopt;
  const char* at = data.data();
  const char* const end = at + data.size();
  std::string_view text;
  std::size_t compared = 0;
  for (std::size_t i = 0; i < hole_count_; ++i) {
    const std::size_t part = holes_[i] - compared;
    if (static_cast<std::size_t>(end - at) < part ||
        std::memcmp(at, fixed_.data() + compared, part) != 0)
      return std::nullopt;
    at += part;
    compared = holes_[i];
    const char* const quote = end_of_inside(at, end);
    if (quote == nullptr) return std::nullopt;
    if (i == text_hole_) text = {at, static_cast<std::size_t>(quote - at)};
    at = quote;
  }
  const std::size_t rest = fixed_.size() - compared;
  if (static_cast<std::size_t>(end - at) != rest ||
      std::memcmp(at, fixed_.data() + compared, rest) != 0 || text.empty())
    return std::nullopt;
  return text;
}

}  // namespace smartroute::sse

#include "dataplane/core/prices/price.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

namespace smartroute::prices {
namespace {

using Wide = unsigned __int128;

constexpr std::uint64_t kMillion = 1'000'000;
constexpr double kMaxDollars = 1e9;
constexpr int kNanoDigits = 9;
// The shortest decimal form of a double that is not above kMaxDollars, without an exponent: 10
// digits, a point, and 324 + 17 behind it.
constexpr std::size_t kMaxDecimalChars = 400;

bool sound(const std::optional<std::int64_t>& price) noexcept { return !price || *price >= 0; }

Wide times(std::uint64_t tokens, std::int64_t price) noexcept {
  return Wide{tokens} * static_cast<std::uint64_t>(price);
}

// What is left of a whole pays the whole's price; a part its own.
class Split {
 public:
  Split(std::uint64_t whole, std::int64_t price) noexcept : left_(whole), price_(price) {}
  void part(std::uint64_t tokens, const std::optional<std::int64_t>& price) noexcept {
    const std::uint64_t taken = std::min(tokens, left_);
    left_ -= taken;
    sum_ += times(taken, price.value_or(price_));
  }
  // At most (2^64 - 1) * (2^63 - 1): two of them fit 128 bits.
  Wide sum() const noexcept { return sum_ + times(left_, price_); }

 private:
  std::uint64_t left_;
  std::int64_t price_;
  Wide sum_ = 0;
};

}  // namespace

std::optional<std::int64_t> cost(const Price& price, const Quantities& used) noexcept {
  if (!price.known()) return std::nullopt;
  for (const auto* part : {&price.input, &price.output, &price.cached_input, &price.cache_write,
                           &price.audio_input, &price.audio_output})
    if (!sound(*part)) return std::nullopt;
  Split prompt(used.prompt, *price.input);
  prompt.part(used.cached, price.cached_input);
  prompt.part(used.cache_write, price.cache_write);
  prompt.part(used.audio_input, price.audio_input);
  Split completion(used.completion, *price.output);
  completion.part(used.audio_output, price.audio_output);
  const Wide nanos = (prompt.sum() + completion.sum() + kMillion / 2) / kMillion;
  constexpr auto kMax = std::numeric_limits<std::int64_t>::max();
  return nanos > static_cast<Wide>(kMax) ? kMax : static_cast<std::int64_t>(nanos);
}

// By its shortest decimal form: 0.15 is meant where the double is a little less.
std::optional<std::int64_t> nano_dollars(double dollars) noexcept {
  if (!std::isfinite(dollars) || dollars < 0 || dollars > kMaxDollars) return std::nullopt;
  std::array<char, kMaxDecimalChars> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), std::fabs(dollars),
                                 std::chars_format::fixed);
  if (end.ec != std::errc()) return std::nullopt;
  std::int64_t nanos = 0;
  int digits = -1;  // behind the point, which is ahead
  for (const char* at = text.data(); at != end.ptr; ++at) {
    if (*at == '.') {
      digits = 0;
    } else if (digits == kNanoDigits) {
      return nanos + (*at >= '5' ? 1 : 0);
    } else {
      nanos = nanos * 10 + (*at - '0');
      if (digits >= 0) ++digits;
    }
  }
  for (digits = std::max(digits, 0); digits < kNanoDigits; ++digits) nanos *= 10;
  return nanos;
}

}  // namespace smartroute::prices

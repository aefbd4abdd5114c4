// What providers say about when to come back: a wait is bounded, never negative, moves with the clock as a date has to, and is the plain
// reading of plain numbers. Each line of the input is one header, in the order of RetryHeaders.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "dataplane/core/resilience/http_date.hpp"
#include "dataplane/core/resilience/retry_after.hpp"
#include "tests/fuzz/fuzz_support.hpp"

namespace {

using namespace smartroute;
using fuzz::require;
using resilience::asked_wait;

constexpr config::Millis kTenYears{10LL * 365 * 24 * 3600 * 1000};

std::string_view take_line(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return line;
}

void require_bounded(std::optional<config::Millis> wait) {
  require(!wait || (wait->count() >= 0 && *wait <= kTenYears), "a wait is within ten years");
}

// Digits only, few enough for a wait.
std::optional<config::Millis> plain_reading(std::string_view text) {
  if (text.empty() || text.size() > 9 || text.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  std::int64_t seconds = 0;
  for (const char c : text) seconds = seconds * 10 + (c - '0');
  return config::Millis(seconds * 1000);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = fuzz::view_of(data, size);
  SeededRandom random = fuzz::random_of(bytes);
  const WallTime wall{std::chrono::seconds(random.below(4'000'000'000))};

  std::string_view rest = bytes;
  resilience::RetryHeaders headers;
  for (std::string_view* slot : {&headers.retry_after_ms, &headers.retry_after, &headers.reset_requests, &headers.reset_tokens, &headers.reset,
                                 &headers.remaining_requests, &headers.remaining_tokens})
    *slot = take_line(rest);
  const auto wait = asked_wait(headers, wall);
  require_bounded(wait);
  require(wait == asked_wait(headers, wall), "the same headers mean the same");

  // Every line for itself, as each header.
  rest = bytes;
  while (!rest.empty()) {
    const std::string_view line = take_line(rest);
    const auto as_ms = asked_wait({.retry_after_ms = line}, wall), as_seconds = asked_wait({.retry_after = line}, wall);
    const auto as_reset = asked_wait({.reset = line}, wall);
    require_bounded(as_ms);
    require_bounded(as_seconds);
    require_bounded(as_reset);
    require(as_seconds == asked_wait({.retry_after = " " + std::string(line) + "\t"}, wall), "blanks around a value mean nothing");
    if (const auto plain = plain_reading(line); plain && *plain <= kTenYears) {
      require(as_seconds == plain && as_reset == plain, "a number is seconds");
      require(as_ms && as_ms->count() * 1000 == plain->count(), "or milliseconds");
    }
    // A date: an hour later the wait is an hour shorter, down to nothing.
    const auto today = std::chrono::floor<std::chrono::days>(wall);
    if (const auto date = resilience::parse_http_date(line, today); date && as_seconds && as_seconds->count() > 0) {
      const auto later = asked_wait({.retry_after = line}, wall + std::chrono::hours(1));
      const auto want = std::max(config::Millis(0), *as_seconds - config::Millis(3'600'000));
      // A year of two digits may change its century with the year.
      require(later == want || line.find('-') != std::string_view::npos, "a date comes nearer as time goes by");
    }
  }
  return 0;
}

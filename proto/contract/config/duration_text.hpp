// Durations as people write them: a decimal number and one unit of ms, s, m, h. Resolution is one
// millisecond.
#pragma once
#include <string>
#include <string_view>

#include "contract/base/result.hpp"
#include "contract/config/model.hpp"

namespace smartroute::config {

// The longest a document may say; what a field allows is less and validate()'s business.
constexpr Millis kMaxDuration{std::chrono::hours(24 * 366 * 100)};

// "5s", "500ms", "1.5s", "5m", "2h", "0s". The error's text says what to write instead.
Result<Millis> parse_duration(std::string_view text);

// The shortest such text, in the largest unit that needs no fraction: 300 s is "5m", 1,500 ms is
// "1500ms".
std::string format_duration(Millis value);

}  // namespace smartroute::config

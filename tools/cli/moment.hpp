// Moments as people write them behind --since, --until and --before. Pure.
#pragma once
#include <cstdint>
#include <string>

#include "contract/base/result.hpp"

namespace smartroute::cli {

// How long ago ("15m", "24h", "7d"), or a date ("2026-01-31", "2026-01-31T08:00", "2026-01-31T08:00:00.5+02:00"; UTC where it does not say), in microseconds since 1970.
// "0s" is now. Error: Invalid, with right ones.
Result<std::int64_t> parse_moment_us(const std::string& text, std::int64_t now_us);

// "90s", "15m", "2h", "1d" in milliseconds. Error: Invalid.
Result<std::int64_t> parse_span_ms(const std::string& text);

}  // namespace smartroute::cli

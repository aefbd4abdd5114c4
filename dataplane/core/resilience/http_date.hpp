// Dates of HTTP headers (RFC 9110 section 5.6.7), read without locale. Pure.
#pragma once
#include <chrono>
#include <optional>
#include <string_view>

namespace smartroute::resilience {

// IMF-fixdate ("Sun, 06 Nov 1994 08:49:37 GMT"), RFC 850 ("Sunday, 06-Nov-94 08:49:37 GMT") or asctime ("Sun Nov  6 08:49:37 1994").
// Names in either case; the day of the week is not checked against the date. A year of two digits is the nearest that is not more than 50
// years after `today`. nullopt: no date, or one that is on no calendar.
std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text, std::chrono::sys_days today) noexcept;

}  // namespace smartroute::resilience

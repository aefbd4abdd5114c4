// Request targets and authorities, taken only in the forms that every reader reads alike. Internal
// to http1.
#pragma once
#include <string_view>

namespace smartroute::http1 {

// Views into the target.
struct Target {
  std::string_view authority;  // of an absolute URI; empty in origin form
  std::string_view path;
  std::string_view query;     // without '?'
  const char* why = nullptr;  // set if the target is refused
};

// Takes `/path?query` and `http(s)://authority/path?query`. Refused: everything outside RFC 3986,
// `//`, `.` and `..` segments, `#`, and in the path every %XX that is not a letter, digit, '-', '_',
// '~', ':' or '/' (so no %2e, no %00). %2F separates segments as a slash does, so that a reader that
// decodes the path finds no segment that was not checked; `path` keeps it as it was sent.
Target parse_target(std::string_view target) noexcept;

// host or [v6], then an optional port of 1 to 65535. No user, no path, no list.
bool is_authority(std::string_view text) noexcept;

bool same_authority(std::string_view a, std::string_view b) noexcept;

}  // namespace smartroute::http1

// A line of the live terminal: of a request, or of a process's own log. In memory only.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace smartroute::control::terminal {

// What one line may have; the rest is cut and marked by "…".
constexpr std::size_t kMaxTextBytes = 2'048;
constexpr std::size_t kMaxNameBytes = 256;

// As admin.proto's TerminalLine. All texts are UTF-8 without control characters (clean()).
struct Line {
  std::int64_t at_us = 0;
  std::string_view level = "info";  // of kLevels
  std::string source;
  bool request = false;
  std::string text;
  std::string tier;
  std::string model;
  std::int32_t status = 0;
  std::string request_id;
  std::string record_id;

  std::size_t bytes() const noexcept {
    return sizeof *this + source.size() + text.size() + tier.size() + model.size() +
           request_id.size() + record_id.size();
  }
};

// One of debug, info, warn, error, with static storage; what is none of them is info.
std::string_view level_of(std::string_view name) noexcept;

// At most `max` bytes of `text`, and the mark if that is not all; control characters become blanks,
// bytes that are no UTF-8 question marks.
std::string clean(std::string_view text, std::size_t max);
void append_clean(std::string_view text, std::size_t max, std::string& out);

// Appends the line as JSON, with the names and in the mapping of TerminalLine.
void append_json(const Line& line, std::string& out);

}  // namespace smartroute::control::terminal

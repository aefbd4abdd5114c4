// Reads what a child writes to its log and picks the lines an operator should see at once.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace smartroute::cli {

enum class Show : std::uint8_t {
  Problems,
  Everything
};  // Problems: warnings and above, and lines that are no log record

// What `line` looks like on a terminal: "warn: message key=value"; empty when `show` leaves it out.
// A record is a JSON object with "level" and "msg" (or "message"); its time stays in the file.
std::string readable(std::string_view line, Show show);

class LogFollower {
 public:
  // Longest line shown, and most bytes taken in one call; the file has the rest.
  static constexpr std::size_t kMaxLine = 2'000;
  static constexpr std::size_t kMaxRead = 256 * 1024;
  // At this size the log moves to "<log>.1" and begins anew. A few lines written in that instant
  // are lost.
  static constexpr std::uintmax_t kMaxFile = 64 * 1024 * 1024;

  // Begins at the present end of the file.
  LogFollower(std::filesystem::path log, Show show);
  // Lines to show that came since the last call.
  std::vector<std::string> take();

 private:
  void rotate_if_large();

  std::filesystem::path log_;
  Show show_;
  std::uintmax_t offset_ = 0;
  std::string partial_;
};

}  // namespace smartroute::cli

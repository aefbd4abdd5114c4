// The last lines of this process's log, on their way to whoever watches the control plane's terminal
// right now. They go with the reports of records, once, and are stored nowhere: what finds no room
// here, or is lost on the way, is counted instead.
#pragma once
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/core/accounting/redaction.hpp"

namespace smartroute::sync {

struct LogLine {
  std::int64_t at_us = 0;  // wall clock
  std::string_view level;  // static: debug, info, warn, error
  std::string text;        // UTF-8
};

// Thread rule: any thread; nobody waits for more than a copy.
class LogLines {
 public:
  static constexpr std::size_t kMaxLines = 1'000;      // that wait; the oldest give way
  static constexpr std::size_t kMaxLineBytes = 1'024;  // the rest of a line is cut
  static constexpr std::size_t kMaxTakenBytes = 256 * 1024;  // of one report; the rest goes with the next

  struct Taken {
    std::vector<LogLine> lines;  // oldest first
    std::uint64_t dropped = 0;   // before the last of them, since the report before
  };

  void add(std::int64_t at_us, std::string_view level, std::string_view text);
  bool waiting() const;
  // What waits, without anything that looks like a key.
  Taken take();
  // The report it went with did not arrive.
  void lost(const Taken& taken);

 private:
  const accounting::Redactor keys_;
  mutable std::mutex mutex_;
  std::deque<LogLine> waiting_;
  std::uint64_t dropped_ = 0;
};

}  // namespace smartroute::sync

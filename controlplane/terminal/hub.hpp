// The live terminal: the last lines of requests, of data planes and of this process, for whoever
// watches. A ring that all readers share: a reader is a place in it, and one that is overtaken by the
// ring has lost what was overwritten and is told how many lines that were. So neither the number of
// readers nor their slowness costs memory here.
//
// Lines are made when they come, not when they are read: a record would take more room in the ring
// than its line, and making the line takes less than storing the record did.
#pragma once
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string_view>
#include <thread>
#include <vector>

#include "contract/base/result.hpp"
#include "controlplane/terminal/line.hpp"

namespace smartroute::v1 {
class ReportRequest;
}

namespace smartroute::control::terminal {

using SharedLine = std::shared_ptr<const Line>;

struct Batch {
  std::vector<SharedLine> lines;  // at most Hub::kMaxBatchLines, and Hub::kMaxBatchBytes
  std::uint64_t dropped = 0;      // lost before these, since the batch before
  bool ended = false;             // nothing will follow
};

// Thread rule: any thread.
class Hub {
 public:
  static constexpr std::size_t kMaxLines = 5'000;
  static constexpr std::size_t kMaxBytes = 8 * 1024 * 1024;
  static constexpr std::size_t kMaxReaders = 128;
  static constexpr std::size_t kMaxBatchLines = 1'000;
  static constexpr std::size_t kMaxBatchBytes = 256 * 1024;
  // A reader has its next batch no sooner than this after the one before.
  static constexpr std::chrono::milliseconds kPace{100};
  // Of one report; more are counted as lost.
  static constexpr int kMaxReportLines = 1'000;

  class Reader;

  // Without a pace nobody is woken by itself: grant() does it. For tests.
  explicit Hub(std::optional<std::chrono::milliseconds> pace = kPace);
  // As shut_down().
  ~Hub();
  Hub(const Hub&) = delete;
  Hub& operator=(const Hub&) = delete;

  // Never waits for a reader.
  void add(Line line);
  // The records of a report that were stored for the first time, and what its data plane logged.
  void add_report(const v1::ReportRequest& report, std::span<const int> fresh);
  // A line of this process's own log.
  void add_log(std::string_view level, std::int64_t at_us, std::string_view text);

  // Begins `backlog` lines back, as far as there are any. `wake` is called on other threads, with
  // nothing locked, and must not block; it may come once more while or after the reader is
  // destroyed. Errors: Overloaded (too many readers), Draining. The reader must not outlive the hub.
  Result<std::unique_ptr<Reader>> open(std::size_t backlog, std::function<void()> wake);
  std::size_t readers() const;
  // Lets every reader that has something to come have a batch, and wakes it.
  void grant();
  // Every reader's next batch says `ended`; no new readers.
  void shut_down();

 private:
  struct Place {
    std::function<void()> wake;
    std::uint64_t next = 0;   // number of the line it reads next
    std::uint64_t lost = 0;   // of lost_, that it was told of
    bool granted = true;
  };

  void append(std::vector<Line> lines, std::uint64_t lost);
  bool behind(const Place& place) const;
  bool anybody_waits() const;
  std::vector<std::shared_ptr<Place>> take_due();
  std::optional<Batch> next(Place& place);
  void close(const std::shared_ptr<Place>& place);
  void run();

  const std::optional<std::chrono::milliseconds> pace_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<SharedLine> ring_;
  std::size_t bytes_ = 0;
  std::uint64_t first_ = 0;  // number of ring_.front()
  std::uint64_t lost_ = 0;   // lines that never came here
  std::vector<std::shared_ptr<Place>> places_;
  bool ended_ = false;
  std::thread thread_;  // from the first reader on
};

// Thread rule: one thread at a time.
class Hub::Reader {
 public:
  Reader(Hub& hub, std::shared_ptr<Place> place) : hub_(hub), place_(std::move(place)) {}
  ~Reader() { hub_.close(place_); }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  // Nullopt: nothing, or not yet. Then `wake` is called when there is.
  std::optional<Batch> next() { return hub_.next(*place_); }

 private:
  Hub& hub_;
  const std::shared_ptr<Place> place_;
};

}  // namespace smartroute::control::terminal

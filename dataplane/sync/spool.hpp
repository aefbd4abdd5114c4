// Batches of records on their way to the control plane, oldest first: in memory while it answers, in files of the state folder when it does not.
//
// A batch goes to disk when more than `memory_bytes` wait, when the oldest has waited for `memory_wait`, when older ones are on disk, or at close(). On disk it survives
// the end of the process, also kill -9, and is sent by the next one under the numbers it was given when it was made; the control plane stores it once. What a
// kill costs is what was not on disk: at most memory_bytes, and what arrived within memory_wait and the half second in which a batch is made. Nothing is
// synced: a power cut costs what the system had not written yet (on Linux usually the last 30 s). A file is deleted when its last batch is acknowledged, so what is
// sent twice after a kill is at most one file's worth.
//
// Beyond the limits the newest records are dropped. Files are <dir>/NNNNNNNNNNNNNNNN.seg (spool_segment.hpp), <dir>/lock says whose they are: of two processes with
// one state folder the second keeps its batches in memory until the first one ends.
//
// Thread rule: push() by one thread; open(), front() and what follows it by another; counters by any.
#pragma once
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "contract/base/clock.hpp"
#include "contract/base/ids.hpp"
#include "dataplane/sync/spool_segment.hpp"

namespace spdlog {
class logger;
}

namespace smartroute::sync {

struct SpoolOptions {
  std::filesystem::path directory;                    // made (0700) if it is missing; empty: memory only
  InstanceId instance;
  std::string boot_id;                                // empty: random
  std::size_t memory_bytes = 4 * 1024 * 1024;
  std::size_t memory_only_bytes = 32 * 1024 * 1024;   // where there is no disk, or none that can be written
  std::uint64_t disk_bytes = 256ull * 1024 * 1024;    // until set_disk_bytes()
  std::uint64_t segment_bytes = 8 * 1024 * 1024;      // a file that is larger is followed by the next
  std::chrono::milliseconds memory_wait{5'000};
};

class Spool {
 public:
  static constexpr std::chrono::seconds kLockRetry{10};   // while another process has the files

  Spool(SpoolOptions options, const Clock& clock, spdlog::logger& log);
  // As close().
  ~Spool();
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  const std::string& boot_id() const noexcept { return options_.boot_id; }
  // 0: nothing more goes to disk. Any thread.
  void set_disk_bytes(std::uint64_t bytes) noexcept { disk_limit_ = bytes; }

  // Gives `records` (the field of v1::ReportRequest on the wire) their numbers and queues them. False: no room; they are dropped and counted, and leave
  // no gap in the numbers.
  bool push(std::string&& records, std::uint32_t count);

  // Takes over what earlier processes left. Reads all of it, so not on a thread that somebody waits for.
  void open();
  // The oldest batch; nullptr: none. The same until it is acknowledged or refused.
  std::shared_ptr<const Batch> front();
  // The control plane has it, or never will.
  void acknowledge() { remove_front(Fate::Delivered); }
  void refuse() { remove_front(Fate::Dropped); }
  // The control plane does not answer: what has waited too long goes to disk.
  void keep_safe();
  // Until there is a batch, `most` is over, or wake() was called.
  void wait(std::chrono::microseconds most);
  void wake();

  // What is left goes to disk, or is dropped where there is none. Nothing may be called any more but counters.
  void close();

  std::uint64_t dropped_total() const noexcept { return dropped_.load(std::memory_order_relaxed); }
  // On disk now.
  std::uint64_t spooled_records() const noexcept { return spooled_records_.load(std::memory_order_relaxed); }
  std::uint64_t spooled_bytes() const noexcept { return spooled_bytes_.load(std::memory_order_relaxed); }

 private:
  enum class Fate : std::uint8_t { Delivered, Dropped };
  struct Segment {
    std::filesystem::path path;
    std::size_t waiting = 0;                 // batches
  };
  struct Slot {
    std::shared_ptr<const Batch> batch;      // null: on disk
    std::shared_ptr<Segment> segment;
    Frame frame;
    SteadyTime since{};
    std::uint32_t count() const noexcept { return batch ? batch->count : frame.count; }
  };
  enum class Written : std::uint8_t { Yes, NoRoom, Failed };

  bool lock_files();
  void adopt(const std::filesystem::path& path, std::deque<Slot>& slots);
  bool has_disk() const noexcept { return open_ && disk_limit_ > 0; }
  bool belongs_on_disk(std::size_t more) const;
  void spill();
  Written write(Slot& slot);
  bool begin_segment();
  void forget(Slot& slot);
  void drop_unused_segment();
  void remove_front(Fate fate);
  void drop(std::uint64_t records) noexcept { dropped_.fetch_add(records, std::memory_order_relaxed); }

  SpoolOptions options_;
  const Clock& clock_;
  spdlog::logger& log_;
  std::atomic<std::uint64_t> disk_limit_;
  std::atomic<std::uint64_t> dropped_{0}, spooled_records_{0}, spooled_bytes_{0};

  std::mutex mutex_;                         // of all that follows
  std::condition_variable changed_;
  std::deque<Slot> slots_;                   // oldest first
  std::size_t memory_bytes_ = 0;             // of batches in memory
  std::size_t on_disk_ = 0;                  // slots
  std::uint64_t next_sequence_ = 1;
  std::optional<SegmentWriter> writer_;
  std::shared_ptr<Segment> current_;         // that writer_ writes
  std::uint64_t next_segment_ = 1;
  int lock_ = -1;
  bool open_ = false, closed_ = false, woken_ = false;
  bool failing_ = false, full_ = false;      // log the change, not every failure
  std::optional<SteadyTime> refused_lock_;   // when another process had the files last
};

// 32 hex digits.
std::string random_boot_id();

}  // namespace smartroute::sync

// Takes request records from data planes: a batch is stored before it is acknowledged, and storing
// it twice is storing it once (the store files a record under its own identity). Bounds are checked
// first; a batch beyond them is refused for good.
#pragma once
#include <atomic>
#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <unordered_map>

#include "contract/base/result.hpp"
#include "controlplane/store/store.hpp"

namespace smartroute::control::ingest {

struct IntakeCounts {
  std::uint64_t batches = 0;
  std::uint64_t stored = 0;           // records seen for the first time since this process started
  std::uint64_t duplicates = 0;       // records that came again
  std::uint64_t refused_batches = 0;  // beyond the bounds
  std::uint64_t failed_batches =
      0;  // the store could not take them; the data plane sends them again
  std::uint64_t dropped_at_source =
      0;  // records data planes say they dropped, since this process first heard of them
};

// Thread rule: any thread.
class Intake {
 public:
  static constexpr int kMaxRecords = 5'000;
  static constexpr std::size_t kMaxBatchBytes = 8 * 1024 * 1024;
  static constexpr std::size_t kMaxNameBytes = 256;
  // Starts of data planes remembered for counting; the one heard of longest ago is forgotten first.
  static constexpr std::size_t kMaxBoots = 10'000;

  // `store` must outlive the intake.
  explicit Intake(store::Store& store) : store_(store) {}

  // Number of records of the batch that are stored now: all of them. Errors: Invalid (bounds; do
  // not send it again), Storage (send it again).
  Result<std::uint64_t> take(const v1::ReportRequest& batch);
  IntakeCounts counts() const;

 private:
  // What is known of one start of a data plane.
  struct Boot {
    std::string id;
    std::uint64_t next_sequence = 0;
    std::uint64_t dropped = 0;
  };
  Boot& boot(const std::string& id);
  void count(const v1::ReportRequest& batch);

  store::Store& store_;
  mutable std::mutex mutex_;
  std::list<Boot> boots_;  // latest heard of first
  std::unordered_map<std::string, std::list<Boot>::iterator> by_id_;
  IntakeCounts counts_;
};

}  // namespace smartroute::control::ingest

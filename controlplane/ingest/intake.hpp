// Takes request records from data planes: a batch is stored before it is acknowledged, and storing
// it twice is storing it once (the store files a record under its own identity). Bounds are checked
// first; a batch beyond them is refused for good. What is new goes on to whoever listens.
#pragma once
#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <span>
#include <string>
#include <unordered_map>

#include "contract/base/clock.hpp"
#include "contract/base/result.hpp"
#include "controlplane/ingest/fresh_records.hpp"
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

// Of this moment, over all data planes.
struct LiveTraffic {
  std::uint64_t in_flight = 0;  // as each said last, if that is at most kFresh ago
  double qps = 0;               // requests that ended, over the last kRateSpan
};

// Thread rule: any thread.
class Intake {
 public:
  static constexpr int kMaxRecords = 5'000;
  static constexpr std::size_t kMaxBatchBytes = 12 * 1024 * 1024;  // with bodies
  static constexpr std::size_t kMaxRecordBytes = 8 * 1024 * 1024;  // of a batch without them
  static constexpr std::size_t kMaxNameBytes = 256;
  // Starts of data planes remembered for counting; the one heard of longest ago is forgotten first.
  static constexpr std::size_t kMaxBoots = 10'000;

  static constexpr std::chrono::seconds kFresh{5};      // after which an instance's in_flight is forgotten
  static constexpr std::chrono::seconds kRateSpan{10};
  // What ended longer ago comes out of a spool and says nothing of the present.
  static constexpr std::chrono::seconds kSpooled{60};

  // All must outlive the intake; `fresh` may be null.
  Intake(store::Store& store, const Clock& clock, FreshRecords* fresh = nullptr) : store_(store), clock_(clock), fresh_(fresh) {}

  // Is told of every report that was taken, before it is acknowledged, with the indices of its records that were stored for the first time; any
  // thread, several at a time. Be quick. Before serving starts.
  using OnReport = std::function<void(const v1::ReportRequest& report, std::span<const int> fresh)>;
  void on_report(OnReport listener) { on_report_ = std::move(listener); }

  // Number of records of the batch that are stored now: all of them. Errors: Invalid (bounds; do
  // not send it again), Storage (send it again).
  Result<std::uint64_t> take(const v1::ReportRequest& batch);
  IntakeCounts counts() const;
  LiveTraffic live() const;

 private:
  // What is known of one start of a data plane.
  struct Boot {
    std::string id;
    std::uint64_t dropped = 0;
    std::uint32_t in_flight = 0;
    SteadyTime heard_at{};
  };
  struct Second {
    std::int64_t number = -1;  // of steady time
    std::uint64_t requests = 0;
  };
  Boot& boot(const std::string& id);
  void count(const v1::ReportRequest& batch, const std::vector<int>& fresh);
  void tell(const v1::ReportRequest& batch, const std::vector<int>& fresh) const;

  store::Store& store_;
  const Clock& clock_;
  FreshRecords* const fresh_;
  OnReport on_report_;
  mutable std::mutex mutex_;
  std::list<Boot> boots_;  // latest heard of first
  std::unordered_map<std::string, std::list<Boot>::iterator> by_id_;
  IntakeCounts counts_;
  std::array<Second, kRateSpan.count() + 1> seconds_{};
};

}  // namespace smartroute::control::ingest

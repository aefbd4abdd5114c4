// Takes the records of all workers, closes their accounts and hands batches to the spool: each worker's bounded ring -> one thread -> batches.
//
// A worker encodes its record and copies it and its texts into its ring; that is its whole share. The thread looks every kPoll, or kIdlePoll after it found nothing,
// and is woken once when a ring is more than a quarter full. Texts that would leave less than a quarter of the ring free are left out, so that records
// have room longer than texts; a record without room is dropped, the newest first.
#pragma once
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "contract/base/clock.hpp"
#include "dataplane/core/accounting/bookkeeper.hpp"
#include "dataplane/core/accounting/redaction.hpp"
#include "dataplane/core/accounting/settled_observer.hpp"
#include "dataplane/sync/telemetry_sink.hpp"
#include "dataplane/sync/wake_up.hpp"

namespace smartroute::config {
struct Config;
}

namespace smartroute::sync {

class Spool;

struct AccountantOptions {
  std::size_t workers = 1;
  std::size_t queue_records = 8'192;            // for each worker
  std::size_t queue_bytes = 8 * 1024 * 1024;    // for each worker; touched when first needed
  std::uint32_t batch_records = 1'000;
  std::size_t batch_bytes = 1024 * 1024;        // only a single record may make a larger batch
  std::chrono::milliseconds batch_wait{500};    // the oldest record of a batch waits no longer
  std::uint64_t hash_seed = 0;                  // for the cache of counted messages
  std::vector<accounting::SettledObserver*> observers;   // must outlive the accountant
};

// Thread rule: offer() as TelemetrySink says; start() and stop() by one thread, stop() after the workers have stopped and before the
// spool's shipper does; the rest by any.
class Accountant final : public TelemetrySink {
 public:
  static constexpr std::chrono::milliseconds kPoll{100};  // while records come
  static constexpr std::chrono::milliseconds kIdlePoll{200};

  Accountant(AccountantOptions options, Spool& spool, const Clock& clock);
  // As stop().
  ~Accountant() override;
  Accountant(const Accountant&) = delete;
  Accountant& operator=(const Accountant&) = delete;

  void start();
  // Closes the accounts of all that was offered. Idempotent.
  void stop();

  // The next records are redacted by it. Until the first call: by the well-known shapes of keys.
  void use(std::shared_ptr<const accounting::Redactor> redactor);
  // By what `config` keeps secret and names; and by the secrets of the configuration before, for records that were made under it.
  void use(const config::Config& config);

  bool offer(std::size_t worker, accounting::Record&& record) noexcept override;
  // Records that had no room: here, in the spool, or with the control plane, which refused them.
  std::uint64_t dropped_total() const noexcept override;
  // Records whose texts were to be kept and had no room.
  std::uint64_t bodies_dropped_total() const noexcept;
  // Places that were taken out of texts.
  std::uint64_t redactions_total() const noexcept { return redactions_.load(std::memory_order_relaxed); }
  // Counts of tokens that no provider gave.
  std::uint64_t local_counts_total() const noexcept { return local_counts_.load(std::memory_order_relaxed); }

 private:
  struct Queue;

  void run();
  bool drain();
  void close_account(std::string_view entry, const accounting::Redactor& redactor);
  void flush();
  bool flush_is_due() const;
  std::chrono::milliseconds rest_time(bool found) const;
  std::shared_ptr<const accounting::Redactor> redactor() const;

  const AccountantOptions options_;
  Spool& spool_;
  const Clock& clock_;
  std::vector<std::unique_ptr<Queue>> queues_;
  WakeUp wake_up_;
  std::atomic<bool> stopping_{false};
  std::atomic<std::uint64_t> redactions_{0}, local_counts_{0};
  std::atomic<std::uint64_t> lost_{0};   // that could not be read, or were never looked at

  // Of its thread.
  accounting::Bookkeeper bookkeeper_;
  std::string record_, batch_;           // batch_: the field `records` of v1::ReportRequest on the wire
  std::uint32_t batch_count_ = 0;
  SteadyTime batch_began_{};
  std::size_t first_queue_ = 0;          // where the next round begins, so that no worker is served last for ever

  mutable std::mutex mutex_;             // of the redactor
  std::shared_ptr<const accounting::Redactor> redactor_;
  std::vector<Secret> secrets_;          // of the last configuration
  std::thread thread_;
};

}  // namespace smartroute::sync

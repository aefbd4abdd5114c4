// Ships request records to the control plane: each worker's bounded queue -> one drain thread ->
// batches, each sent until it is acknowledged.
//
// The worker writes the record's wire bytes into its queue and nothing else: less work than moving
// the record as an object, whose strings another thread would then have to free. There is no
// wake-up call, and the drain thread only joins bytes. It looks at the queues every kPoll, or
// kIdlePoll after it found none, which at 8,192 records a queue is often enough for 80,000 requests
// a second and worker, or 40,000 at once after a rest, while records are below 1 KiB; of the largest
// ones (9 KiB) a queue holds 900. Sequence numbers are given where records are
// batched, so a dropped record leaves no gap. A batch that got no answer is sent again with the
// same numbers: the control plane stores each once. While it is away the queues fill; a full queue
// drops the newest.
#pragma once
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "contract/base/clock.hpp"
#include "contract/base/ids.hpp"
#include "contract/base/random.hpp"
#include "dataplane/sync/backoff.hpp"
#include "dataplane/sync/telemetry_sink.hpp"

namespace grpc {
class ClientContext;
}
namespace spdlog {
class logger;
}

namespace smartroute::sync {

struct ShipperOptions {
  std::string target;  // unix:PATH or HOST:PORT
  InstanceId instance;
  std::size_t workers = 1;
  std::size_t queue_records = 8'192;          // for each worker
  // For each worker; touched when first needed. A record has some hundred bytes and its ask, which is at most 8 KiB.
  std::size_t queue_bytes = 8 * 1024 * 1024;
  std::size_t batch_records = 1'000;
  std::size_t batch_bytes = 1024 * 1024;      // a batch is closed once it is this large
  std::chrono::milliseconds batch_wait{500};  // the oldest record of a batch waits no longer
  std::chrono::milliseconds report_deadline{5'000};
  std::chrono::milliseconds flush{2'000};  // stop() tries so long to get rid of what waits
  BackoffLimits backoff;
};

// Thread rule: offer() as TelemetrySink says; start() and stop() by one thread, stop() after the
// workers have stopped.
class TelemetryShipper final : public TelemetrySink {
 public:
  static constexpr std::chrono::milliseconds kPoll{100};  // while records come
  static constexpr std::chrono::milliseconds kIdlePoll{200};

  TelemetryShipper(ShipperOptions options, const Clock& clock, std::unique_ptr<Random> random,
                   spdlog::logger& log);
  // As stop().
  ~TelemetryShipper() override;
  TelemetryShipper(const TelemetryShipper&) = delete;
  TelemetryShipper& operator=(const TelemetryShipper&) = delete;

  void start();
  // Sends what waits for at most options.flush; what is left then counts as dropped. Idempotent.
  void stop();

  bool offer(std::size_t worker, accounting::Record&& record) noexcept override;
  std::uint64_t dropped_total() const noexcept override;
  // Records the control plane acknowledged. offered = delivered + dropped + waiting, at any time at
  // rest.
  std::uint64_t delivered_total() const noexcept {
    return delivered_.load(std::memory_order_relaxed);
  }

 private:
  struct Queue;
  enum class Sent : std::uint8_t { Stored, Again, Refused };

  void run();
  // Takes records into the batch; true when the batch shall go out now.
  bool fill_batch();
  Sent send_batch();
  void append(std::string_view record);
  void pause(std::chrono::microseconds how_long);
  bool stopping() const;
  void begin_batch();
  std::size_t discard_rest();

  const ShipperOptions options_;
  const Clock& clock_;
  const std::unique_ptr<Random> random_;
  spdlog::logger& log_;
  std::vector<std::unique_ptr<Queue>> queues_;
  std::atomic<std::uint64_t> delivered_{0};
  std::atomic<std::uint64_t> lost_{
      0};  // dropped by the drain thread: refused by the control plane, or left at stop()

  // Of the drain thread.
  struct Wire;
  std::unique_ptr<Wire> wire_;
  const std::string boot_id_;
  std::string batch_;  // the field `records` of v1::ReportRequest on the wire
  std::size_t batch_count_ = 0;
  std::uint64_t next_sequence_ = 1;
  std::size_t first_queue_ =
      0;  // where the next round begins, so that no worker is served last for ever
  SteadyTime batch_began_{};
  bool failing_ = false;  // log the change, not every failure

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  bool abandoned_ = false;  // the flush took too long
  bool finished_ = false;
  grpc::ClientContext* call_ = nullptr;
  std::thread thread_;
};

}  // namespace smartroute::sync

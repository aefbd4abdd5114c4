// Ships batches of request records to the control plane: the oldest of the spool, one at a time, each until it is acknowledged or refused for good.
//
// A batch that got no answer is sent again with the same numbers: the control plane stores each record once. Every report says how many model
// requests are in flight, and carries what was logged since the one before; while there are no records, one without any does so each second, if
// the number has changed or something was logged. Lines go with a report only if the one before arrived, and are never sent twice.
#pragma once
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "contract/base/clock.hpp"
#include "contract/base/ids.hpp"
#include "contract/base/random.hpp"
#include "dataplane/sync/backoff.hpp"

namespace grpc {
class ClientContext;
class Status;
}  // namespace grpc
namespace spdlog {
class logger;
}

namespace smartroute::v1 {
class ReportRequest;
}

namespace smartroute::sync {

class ControlCredentials;
class Spool;
struct Batch;
class LogLines;

struct ShipperOptions {
  std::string target;  // unix:PATH or HOST:PORT
  std::shared_ptr<ControlCredentials> credentials;  // null: plain text
  InstanceId instance;
  std::chrono::milliseconds report_deadline{5'000};
  std::chrono::milliseconds flush{2'000};  // stop() tries so long to get rid of what waits
  BackoffLimits backoff;
  // Model requests in flight now, and records dropped since the start; any thread. Empty: 0.
  std::function<std::uint32_t()> in_flight;
  std::function<std::uint64_t()> dropped_total;
  LogLines* log_lines = nullptr;  // may be null, else it must outlive the shipper
};

// Thread rule: start() and stop() by one thread; counters by any.
class TelemetryShipper {
 public:
  static constexpr std::chrono::milliseconds kInFlightEvery{1'000};

  // `spool` must outlive it.
  TelemetryShipper(ShipperOptions options, Spool& spool, std::unique_ptr<Random> random, const Clock& clock,
                   spdlog::logger& log);
  // As stop().
  ~TelemetryShipper();
  TelemetryShipper(const TelemetryShipper&) = delete;
  TelemetryShipper& operator=(const TelemetryShipper&) = delete;

  // Takes over what earlier processes left in the spool, on its own thread.
  void start();
  // Sends what waits for at most options.flush; what is left stays in the spool. Idempotent.
  void stop();

  // Records the control plane acknowledged, those of earlier processes included.
  std::uint64_t delivered_total() const noexcept { return delivered_.load(std::memory_order_relaxed); }

 private:
  enum class Sent : std::uint8_t { Stored, Again, Refused };

  void run();
  // The connection, a new one when the certificate is another than it was made with.
  void renew_wire();
  Sent send(const Batch& batch);
  void report_alone();
  enum class Whose : std::uint8_t { This, Earlier };  // process the records are of
  grpc::Status report(v1::ReportRequest& head, const std::string& records, Whose whose);
  struct Reply;
  Reply call(const std::string& head, const std::string& records);
  std::uint32_t in_flight() const { return options_.in_flight ? options_.in_flight() : 0; }
  void pause(std::chrono::microseconds how_long);
  bool stopping() const;
  bool abandoned() const;

  const ShipperOptions options_;
  Spool& spool_;
  const std::unique_ptr<Random> random_;
  const Clock& clock_;
  spdlog::logger& log_;
  std::atomic<std::uint64_t> delivered_{0};

  // Of its thread.
  struct Wire;
  std::unique_ptr<Wire> wire_;
  std::uint64_t wire_generation_ = 0;  // of the credentials it was made with; 0: plain
  bool failing_ = false;  // log the change, not every failure
  bool away_ = false;     // the last report did not arrive
  std::uint32_t told_in_flight_ = 0;
  SteadyTime told_{};

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  bool abandoned_ = false;  // the flush took too long
  bool finished_ = false;
  grpc::ClientContext* call_ = nullptr;
  std::thread thread_;
};

}  // namespace smartroute::sync

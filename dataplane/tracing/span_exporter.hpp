// Sends the spans of sampled requests to a collector: records come in on the accounting thread, are turned into spans there and queued; one
// thread takes batches from the queue and has one request under way at a time. While tracing is off there is no thread.
//
// Nothing here ever waits for the collector but that thread: a full queue drops the newest spans and counts them.
#pragma once
#include <atomic>
#include <array>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "contract/base/random.hpp"
#include "dataplane/core/accounting/settled_observer.hpp"
#include "dataplane/core/tracing/export_request.hpp"
#include "dataplane/core/tracing/export_settings.hpp"
#include "dataplane/core/tracing/providers.hpp"
#include "dataplane/tracing/transport.hpp"

namespace spdlog {
class logger;
}

namespace smartroute::tracing {

enum class SpanDrop : std::uint8_t {
  QueueFull,  // the collector is away or too slow
  Refused,    // the collector will not have them
  GaveUp,    // still not taken after so many tries
  Off,        // tracing was switched off, or the process ended, before they were sent
  kCount
};
std::string_view name_of(SpanDrop reason) noexcept;  // queue_full, refused, gave_up, off

struct ExporterOptions {
  std::size_t queue_spans = 2'048;
  std::size_t queue_bytes = 4 * 1024 * 1024;
  std::size_t batch_spans = 512;
  std::chrono::milliseconds batch_wait{5'000};      // the oldest span of a batch waits no longer
  std::chrono::milliseconds send_deadline{10'000};
  int tries = 5;                                    // of one batch
  std::chrono::milliseconds first_pause{1'000};     // before the second try; doubles, give or take half
  std::chrono::milliseconds longest_pause{30'000};
  std::chrono::milliseconds longest_asked{300'000};  // of what a collector's Retry-After is heeded
  std::chrono::milliseconds flush{2'000};           // stop() tries so long to get rid of what waits
};

class SpanExporter final : public accounting::SettledObserver {
 public:
  // `instance` is service.instance.id. Nothing is read from the environment but what export_settings() names.
  SpanExporter(ExporterOptions options, std::string instance, Environment environment, std::unique_ptr<Random> random, spdlog::logger& log,
               TransportFactory transports = open_transport);
  // As stop().
  ~SpanExporter() override;
  SpanExporter(const SpanExporter&) = delete;
  SpanExporter& operator=(const SpanExporter&) = delete;

  // Any one thread at a time, stop() among them; for every new configuration. What was queued goes to the new collector.
  void configure(const config::Config& config);
  // Sends what waits for at most options.flush; from then on records are ignored. Idempotent.
  void stop();

  // Any thread; what begin_trace() asks for.
  bool enabled() const noexcept { return enabled_.load(std::memory_order_relaxed); }
  double sample_ratio() const noexcept { return sample_ratio_.load(std::memory_order_relaxed); }

  // Any one thread at a time. Takes note of sampled records only.
  void settled(const accounting::Settled& settled) override;

  // Any thread. A span is exported or dropped once, for one reason.
  std::uint64_t exported() const noexcept { return exported_.load(std::memory_order_relaxed); }
  std::uint64_t dropped(SpanDrop reason) const noexcept { return dropped_[static_cast<std::size_t>(reason)].load(std::memory_order_relaxed); }

 private:
  using Clock = std::chrono::steady_clock;
  // What one configuration says; replaced, never changed.
  struct Setup {
    ExportSettings settings;
    Providers providers;
  };
  struct Queued {
    std::string spans;  // append_span()
    std::size_t count = 0;
    Clock::time_point since;
  };
  struct Batch {
    std::vector<std::string> parts;
    std::size_t spans = 0;
  };

  void run();
  bool wait_for_batch(std::unique_lock<std::mutex>& lock);
  Batch take_batch();
  void send(Batch batch);
  Reply send_once(const Batch& batch);
  bool pause(std::chrono::milliseconds span);
  void finish(const Batch& batch, const Reply& reply);
  std::chrono::milliseconds pause_after(int tries, const Reply& reply);
  void drop(SpanDrop reason, std::size_t spans) noexcept;
  void drop_queue(SpanDrop reason);
  void start_thread();
  void end_thread(std::chrono::milliseconds flush);

  const ExporterOptions options_;
  const std::string instance_;
  const Environment environment_;
  const std::unique_ptr<Random> random_;  // of the thread
  spdlog::logger& log_;
  const TransportFactory transports_;

  std::atomic<bool> enabled_{false};
  std::atomic<double> sample_ratio_{1.0};
  std::atomic<std::uint64_t> exported_{0};
  std::array<std::atomic<std::uint64_t>, static_cast<std::size_t>(SpanDrop::kCount)> dropped_{};

  mutable std::mutex mutex_;  // everything below
  std::condition_variable changed_;
  std::shared_ptr<const Setup> setup_;
  std::deque<Queued> queue_;
  std::size_t queued_spans_ = 0, queued_bytes_ = 0;
  bool stopping_ = false;   // flush, then end
  bool abandoned_ = false;  // end at once
  bool finished_ = false;
  bool closed_ = false;     // stop() was called
  std::shared_ptr<Transport> transport_;  // made by the thread, cancelled by others
  std::shared_ptr<const Setup> transport_setup_;
  bool tried_while_stopping_ = false;  // of the thread, as the next one
  bool failing_ = false;               // log the change, not every failure
  std::thread thread_;
};

}  // namespace smartroute::tracing

// Keeps one stream to the control plane: says what runs here, applies what is pushed, answers Ack
// or Nack, reports how the models do. When the stream breaks, the data plane serves on and the
// stream is opened again with growing, jittered pauses.
#pragma once
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "contract/base/clock.hpp"
#include "contract/base/ids.hpp"
#include "contract/base/random.hpp"
#include "dataplane/sync/backoff.hpp"
#include "dataplane/sync/config_applier.hpp"

namespace smartroute::v1 {
class ConfigPush;
class ControlMessage;
class DataPlaneMessage;
}  // namespace smartroute::v1

namespace smartroute::sync {

class ControlCredentials;
class HealthExchange;
class SyncStream;

struct SubscriberOptions {
  std::string target;  // unix:PATH or HOST:PORT
  std::shared_ptr<ControlCredentials> credentials;  // null: plain text
  InstanceId instance;
  std::string version;
  std::string hostname;
  std::string listen;  // where clients reach this data plane
  // A control plane that comes back is met within two seconds, however long it was away.
  BackoffLimits backoff{std::chrono::milliseconds(100), std::chrono::milliseconds(1'000)};
  // How often the models' outcomes are collected and, if there are any, reported.
  std::chrono::milliseconds report_every{100};
};

// Thread rule: start() and stop() by one thread; the rest by any. Two threads of its own: one opens
// streams and reads, and is the one that calls apply(); the other collects and reports.
class ConfigSubscriber {
 public:
  ConfigSubscriber(SubscriberOptions options, ConfigApplier& applier, HealthExchange& health,
                   const Clock& clock, std::unique_ptr<Random> random, spdlog::logger& log);
  // As stop().
  ~ConfigSubscriber();
  ConfigSubscriber(const ConfigSubscriber&) = delete;
  ConfigSubscriber& operator=(const ConfigSubscriber&) = delete;

  void start();
  // Cancels the stream and joins the threads; prompt whatever the peer does. Idempotent.
  void stop();

  // The stream is open: Hello was sent and the stream has not ended.
  bool connected() const noexcept { return connected_.load(std::memory_order_relaxed); }
  // Why the stream ended last; empty while connected.
  std::string last_error() const;

 private:
  // Lived: the peer sent something, or kept the stream for kLived; one that has no news sends
  // nothing.
  enum class Session : std::uint8_t { Failed, Lived };
  static constexpr std::chrono::seconds kLived{1};
  // Reasons that follow one another are logged no faster.
  static constexpr std::chrono::seconds kTellEvery{5};
  void run();
  Session hold_stream();
  Session converse(SyncStream& stream);
  void greet(v1::DataPlaneMessage& message) const;
  bool answer(const v1::ControlMessage& message, v1::DataPlaneMessage& answer);
  void apply(const v1::ConfigPush& push, v1::DataPlaneMessage& answer);
  void report();
  void send_reports(SyncStream& stream);
  // The stream that reports go out on; null: none is open.
  std::shared_ptr<SyncStream> open_stream() const;
  void note_end(const std::string& why);
  void tell_end(const std::string& why, Session session, bool was_connected);
  // True when it is time to stop, at once; false after `time`.
  bool stops_within(std::chrono::microseconds time);

  const SubscriberOptions options_;
  ConfigApplier& applier_;
  HealthExchange& health_;
  const Clock& clock_;
  const std::unique_ptr<Random> random_;
  spdlog::logger& log_;
  const std::int64_t started_at_ms_;

  std::atomic<bool> connected_{false};
  mutable std::mutex mutex_;
  std::condition_variable stop_asked_;
  bool stopping_ = false;
  std::shared_ptr<SyncStream> stream_;  // the one there is; carries reports once connected_
  std::string last_error_;
  // Of the thread that opens streams.
  std::string told_;        // why there is no stream, as logged last
  SteadyTime told_at_{};
  bool turned_away_ = false;  // the last stream was opened and ended by the peer at once
  std::thread thread_;
  std::thread reporter_;
};

}  // namespace smartroute::sync

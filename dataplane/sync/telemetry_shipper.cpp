#include "dataplane/sync/telemetry_shipper.hpp"

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <pthread.h>
#include <sodium.h>
#include <spdlog/logger.h>

#include <algorithm>
#include <cassert>
#include <stdexcept>

#include "dataplane/sync/channel.hpp"
#include "dataplane/sync/spsc_ring.hpp"
#include "dataplane/sync/wire_text.hpp"
#include "smartroute/v1/telemetry.grpc.pb.h"

namespace smartroute::sync {
namespace {

std::string random_boot_id() {
  unsigned char bytes[16];
  randombytes_buf(bytes, sizeof bytes);
  char hex[2 * sizeof bytes + 1];
  sodium_bin2hex(hex, sizeof hex, bytes, sizeof bytes);
  return hex;
}

// On the monotonic clock: setting the wall clock neither ends a call nor keeps it for ever.
gpr_timespec deadline_in(std::chrono::milliseconds span) {
  return gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                      gpr_time_from_millis(span.count(), GPR_TIMESPAN));
}

// These bytes will never be stored, however often they are sent.
bool is_final(grpc::StatusCode code) {
  return code == grpc::StatusCode::INVALID_ARGUMENT || code == grpc::StatusCode::OUT_OF_RANGE;
}

}  // namespace

struct TelemetryShipper::Queue {
  explicit Queue(std::size_t capacity) : records(capacity) {}
  SpscRing<accounting::Record> records;
  alignas(64) std::atomic<std::uint64_t> dropped{0};  // written by the worker only
};

struct TelemetryShipper::Wire {
  explicit Wire(const std::string& target) : stub(v1::Telemetry::NewStub(open_channel(target))) {}
  std::unique_ptr<v1::Telemetry::Stub> stub;
};

TelemetryShipper::TelemetryShipper(ShipperOptions options, const Clock& clock,
                                   std::unique_ptr<Random> random, spdlog::logger& log)
    : options_(std::move(options)),
      clock_(clock),
      random_(std::move(random)),
      log_(log),
      batch_(std::make_unique<v1::ReportRequest>()) {
  if (sodium_init() < 0) throw std::runtime_error("libsodium cannot be initialised");
  for (std::size_t i = 0; i < options_.workers; ++i)
    queues_.push_back(std::make_unique<Queue>(options_.queue_records));
  batch_->set_instance_id(options_.instance.str());
  batch_->set_boot_id(random_boot_id());
}

TelemetryShipper::~TelemetryShipper() { stop(); }

void TelemetryShipper::start() {
  if (thread_.joinable()) return;
  wire_ = std::make_unique<Wire>(options_.target);
  thread_ = std::thread([this] { run(); });
}

void TelemetryShipper::stop() {
  {
    std::unique_lock lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
    if (thread_.joinable() &&
        !changed_.wait_for(lock, options_.flush, [this] { return finished_; })) {
      abandoned_ = true;
      if (call_ != nullptr) call_->TryCancel();
      changed_.notify_all();
    }
  }
  if (thread_.joinable()) thread_.join();
  lost_ += discard_rest();
}

bool TelemetryShipper::offer(std::size_t worker, accounting::Record&& record) noexcept {
  assert(worker < queues_.size());
  auto& queue = *queues_[worker];
  if (queue.records.push(std::move(record))) return true;
  queue.dropped.store(queue.dropped.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  return false;
}

std::uint64_t TelemetryShipper::dropped_total() const noexcept {
  std::uint64_t total = lost_.load(std::memory_order_relaxed);
  for (const auto& queue : queues_) total += queue->dropped.load(std::memory_order_relaxed);
  return total;
}

void TelemetryShipper::run() {
  pthread_setname_np(pthread_self(), "sr-telemetry");
  Backoff backoff(options_.backoff, *random_);
  begin_batch();
  while (true) {
    const bool last_round =
        stopping();  // read before the queues: what a worker offered before stop() is seen
    if (!fill_batch() && !last_round) {
      pause(kPoll);
      continue;
    }
    if (batch_->records().empty()) break;
    const auto sent = send_batch();
    if (sent == Sent::Again) {
      pause(backoff.next());
      const std::lock_guard lock(mutex_);
      if (abandoned_) break;
      continue;
    }
    const auto count = static_cast<std::uint64_t>(batch_->records_size());
    if (sent == Sent::Stored) {
      delivered_ += count;
      next_sequence_ += count;
    } else {
      lost_ += count;  // their numbers were never used
    }
    backoff.reset();
    begin_batch();
  }
  const std::lock_guard lock(mutex_);
  finished_ = true;
  changed_.notify_all();
}

void TelemetryShipper::begin_batch() {
  batch_->clear_records();
  batch_->set_first_sequence(next_sequence_);
  batch_size_bytes_ = 0;
}

// A batch that failed once keeps exactly its records: the control plane knows it by its first
// sequence number.
bool TelemetryShipper::fill_batch() {
  if (failing_ && !batch_->records().empty()) return true;
  const auto room = [this] {
    const auto held = static_cast<std::size_t>(batch_->records_size());
    return batch_size_bytes_ >= options_.batch_bytes || held >= options_.batch_records
               ? 0
               : options_.batch_records - held;
  };
  const auto take = [this](accounting::Record&& record) {
    if (batch_->records().empty()) batch_began_ = clock_.steady();
    auto& message = *batch_->add_records();
    accounting::to_message(record, message);
    make_wire_safe(message);
    batch_size_bytes_ += message.ByteSizeLong();
  };
  for (std::size_t i = 0; i < queues_.size() && room() > 0; ++i) {
    auto& queue = *queues_[(first_queue_ + i) % queues_.size()];
    while (room() > 0 && queue.records.pop_each(1, take) == 1) {
    }
  }
  first_queue_ = (first_queue_ + 1) % queues_.size();
  if (batch_->records().empty()) return false;
  return room() == 0 || clock_.steady() - batch_began_ >= options_.batch_wait;
}

TelemetryShipper::Sent TelemetryShipper::send_batch() {
  grpc::ClientContext context;
  context.set_deadline(deadline_in(options_.report_deadline));
  {
    const std::lock_guard lock(mutex_);
    if (abandoned_) return Sent::Again;
    call_ = &context;
  }
  batch_->set_dropped_total(dropped_total());
  v1::ReportResponse response;
  const auto status = wire_->stub->Report(&context, *batch_, &response);
  {
    const std::lock_guard lock(mutex_);
    call_ = nullptr;
  }
  if (status.ok()) {
    if (failing_)
      log_.info("request records reach the control plane again; {} were dropped so far",
                dropped_total());
    failing_ = false;
    return Sent::Stored;
  }
  if (is_final(status.error_code())) {
    log_.error("the control plane refuses {} request records, they are dropped: {}",
               batch_->records_size(), status.error_message());
    failing_ = false;
    return Sent::Refused;
  }
  if (!failing_)
    log_.warn("request records wait for the control plane: {}", status.error_message());
  failing_ = true;
  return Sent::Again;
}

void TelemetryShipper::pause(std::chrono::microseconds how_long) {
  std::unique_lock lock(mutex_);
  // The stop that is asked for while this waits ends the wait; later waits of the flush keep their
  // pace.
  const bool flushing = stopping_;
  changed_.wait_for(lock, how_long, [&] { return abandoned_ || stopping_ != flushing; });
}

bool TelemetryShipper::stopping() const {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

std::size_t TelemetryShipper::discard_rest() {
  std::size_t rest = static_cast<std::size_t>(batch_->records_size());
  batch_->clear_records();
  for (auto& queue : queues_)
    rest += queue->records.pop_each(options_.queue_records, [](accounting::Record&&) {});
  return rest;
}

}  // namespace smartroute::sync

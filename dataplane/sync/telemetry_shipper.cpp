#include "dataplane/sync/telemetry_shipper.hpp"

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/generic/generic_stub.h>
#include <sodium.h>
#include <spdlog/logger.h>

#include <algorithm>
#include <cassert>
#include <stdexcept>

#include "dataplane/core/accounting/record_encoder.hpp"
#include "dataplane/sync/channel.hpp"
#include "dataplane/sync/telemetry_queue.hpp"
#include "dataplane/sync/background_thread.hpp"
#include "smartroute/v1/telemetry.pb.h"

namespace smartroute::sync {
namespace {

constexpr char kReport[] = "/smartroute.v1.Telemetry/Report";

std::string random_boot_id() {
  if (sodium_init() < 0) throw std::runtime_error("libsodium cannot be initialised");
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

void append_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  out += static_cast<char>(value);
}

// These bytes will never be stored, however often they are sent.
bool is_final(grpc::StatusCode code) {
  return code == grpc::StatusCode::INVALID_ARGUMENT || code == grpc::StatusCode::OUT_OF_RANGE;
}

}  // namespace

struct TelemetryShipper::Queue {
  explicit Queue(const ShipperOptions& options)
      : records(options.queue_records, options.queue_bytes) {}
  TelemetryQueue records;
  alignas(64) std::atomic<std::uint64_t> dropped{0};  // written by the worker only
  accounting::RecordEncoder encoder;                  // of the worker
};

// A unary call of bytes: the records are encoded already, and a message of them would be built only
// to be taken apart again.
struct TelemetryShipper::Wire {
  explicit Wire(const std::string& target) : stub(open_channel(target)) {}
  ~Wire() {
    ended.Shutdown();
    void* tag;
    bool ok;
    while (ended.Next(&tag, &ok)) {
    }
  }

  grpc::Status call(grpc::ClientContext& context, const grpc::ByteBuffer& request) {
    grpc::Status status;
    grpc::ByteBuffer response;  // says what the status says
    const auto rpc = stub.PrepareUnaryCall(&context, kReport, request, &ended);
    rpc->StartCall();
    rpc->Finish(&response, &status, nullptr);
    void* tag;
    bool ok;
    ended.Next(&tag, &ok);  // the network is served by this thread meanwhile
    return status;
  }

  grpc::GenericStub stub;
  grpc::CompletionQueue ended;
};

TelemetryShipper::TelemetryShipper(ShipperOptions options, const Clock& clock,
                                   std::unique_ptr<Random> random, spdlog::logger& log)
    : options_(std::move(options)),
      clock_(clock),
      random_(std::move(random)),
      log_(log),
      boot_id_(random_boot_id()) {
  for (std::size_t i = 0; i < options_.workers; ++i)
    queues_.push_back(std::make_unique<Queue>(options_));
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
  if (queue.records.push(queue.encoder.encode(record))) return true;
  queue.dropped.store(queue.dropped.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  return false;
}

std::uint64_t TelemetryShipper::dropped_total() const noexcept {
  std::uint64_t total = lost_.load(std::memory_order_relaxed);
  for (const auto& queue : queues_) total += queue->dropped.load(std::memory_order_relaxed);
  return total;
}

void TelemetryShipper::run() {
  enter_background("sr-telemetry");
  Backoff backoff(options_.backoff, *random_);
  begin_batch();
  while (true) {
    const bool last_round =
        stopping();  // read before the queues: what a worker offered before stop() is seen
    if (!fill_batch() && !last_round) {
      pause(batch_count_ == 0 ? kIdlePoll : kPoll);
      continue;
    }
    if (batch_count_ == 0) break;
    const auto sent = send_batch();
    if (sent == Sent::Again) {
      pause(backoff.next());
      const std::lock_guard lock(mutex_);
      if (abandoned_) break;
      continue;
    }
    if (sent == Sent::Stored) {
      delivered_ += batch_count_;
      next_sequence_ += batch_count_;
    } else {
      lost_ += batch_count_;  // their numbers were never used
    }
    backoff.reset();
    begin_batch();
  }
  const std::lock_guard lock(mutex_);
  finished_ = true;
  changed_.notify_all();
}

void TelemetryShipper::begin_batch() {
  batch_.clear();
  batch_count_ = 0;
}

void TelemetryShipper::append(std::string_view record) {
  constexpr std::uint64_t kBytes = 2;  // the wire type
  if (batch_count_++ == 0) batch_began_ = clock_.steady();
  append_varint(batch_, v1::ReportRequest::kRecordsFieldNumber << 3 | kBytes);
  append_varint(batch_, record.size());
  batch_.append(record);
}

// A batch that failed once keeps exactly its records: the control plane knows it by its first
// sequence number.
bool TelemetryShipper::fill_batch() {
  if (failing_ && batch_count_ > 0) return true;
  const auto full = [this] {
    return batch_count_ >= options_.batch_records || batch_.size() >= options_.batch_bytes;
  };
  for (std::size_t i = 0; i < queues_.size(); ++i) {
    auto& records = queues_[(first_queue_ + i) % queues_.size()]->records;
    while (!full()) {
      const auto record = records.front();
      if (!record) break;
      append(*record);
      records.pop();
    }
  }
  first_queue_ = (first_queue_ + 1) % queues_.size();
  if (batch_count_ == 0) return false;
  return full() || clock_.steady() - batch_began_ >= options_.batch_wait;
}

TelemetryShipper::Sent TelemetryShipper::send_batch() {
  grpc::ClientContext context;
  context.set_deadline(deadline_in(options_.report_deadline));
  {
    const std::lock_guard lock(mutex_);
    if (abandoned_) return Sent::Again;
    call_ = &context;
  }
  v1::ReportRequest head;  // protobuf reads fields in any order and joins what is concatenated
  head.set_instance_id(options_.instance.str());
  head.set_boot_id(boot_id_);
  head.set_first_sequence(next_sequence_);
  head.set_dropped_total(dropped_total());
  const grpc::Slice parts[] = {head.SerializeAsString(), batch_};
  const auto status = wire_->call(context, grpc::ByteBuffer(parts, std::size(parts)));
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
    log_.error("the control plane refuses {} request records, they are dropped: {}", batch_count_,
               status.error_message());
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
  std::size_t rest = batch_count_;
  begin_batch();
  for (auto& queue : queues_)
    for (; queue->records.front(); ++rest) queue->records.pop();
  return rest;
}

}  // namespace smartroute::sync

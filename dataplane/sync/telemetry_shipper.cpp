#include "dataplane/sync/telemetry_shipper.hpp"

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/generic/generic_stub.h>
#include <spdlog/logger.h>

#include <algorithm>
#include <utility>

#include "dataplane/sync/background_thread.hpp"
#include "dataplane/sync/channel.hpp"
#include "dataplane/sync/control_credentials.hpp"
#include "dataplane/sync/log_lines.hpp"
#include "dataplane/sync/spool.hpp"
#include "smartroute/v1/telemetry.pb.h"

namespace smartroute::sync {
namespace {

constexpr char kReport[] = "/smartroute.v1.Telemetry/Report";

// On the monotonic clock: setting the wall clock neither ends a call nor keeps it for ever.
gpr_timespec deadline_in(std::chrono::milliseconds span) {
  return gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_millis(span.count(), GPR_TIMESPAN));
}

// These bytes will never be stored, however often they are sent.
bool is_final(grpc::StatusCode code) {
  return code == grpc::StatusCode::INVALID_ARGUMENT || code == grpc::StatusCode::OUT_OF_RANGE;
}

}  // namespace

struct TelemetryShipper::Reply {
  grpc::Status status;
};

// A unary call of bytes: the records are encoded already, and a message of them would be built only
// to be taken apart again.
struct TelemetryShipper::Wire {
  Wire(const std::string& target, ControlCredentials* credentials) : stub(open_channel(target, credentials)) {}
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

TelemetryShipper::TelemetryShipper(ShipperOptions options, Spool& spool, std::unique_ptr<Random> random,
                                   const Clock& clock, spdlog::logger& log)
    : options_(std::move(options)), spool_(spool), random_(std::move(random)), clock_(clock), log_(log) {}

TelemetryShipper::~TelemetryShipper() { stop(); }

void TelemetryShipper::start() {
  if (thread_.joinable()) return;
  renew_wire();
  thread_ = std::thread([this] { run(); });
}

void TelemetryShipper::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  spool_.wake();
  {
    std::unique_lock lock(mutex_);
    if (thread_.joinable() && !changed_.wait_for(lock, options_.flush, [this] { return finished_; })) {
      abandoned_ = true;
      if (call_ != nullptr) call_->TryCancel();
      changed_.notify_all();
    }
  }
  if (thread_.joinable()) thread_.join();
}

void TelemetryShipper::renew_wire() {
  const std::uint64_t generation = options_.credentials ? options_.credentials->current()->generation : 0;
  if (wire_ && generation == wire_generation_) return;
  wire_.reset();
  wire_ = std::make_unique<Wire>(options_.target, options_.credentials.get());
  wire_generation_ = generation;
}

void TelemetryShipper::run() {
  enter_background("sr-telemetry");
  Backoff backoff(options_.backoff, *random_);
  spool_.open();
  while (!abandoned()) {
    const bool last_round = stopping();  // read before the spool: what was pushed before stop() is seen
    const auto batch = spool_.front();
    if (!batch) {
      if (last_round) break;
      report_alone();
      spool_.wait(kInFlightEvery);
      spool_.open();
      continue;
    }
    auto sent = send(*batch);
    for (; sent == Sent::Again && !abandoned(); sent = send(*batch)) {
      spool_.open();
      spool_.keep_safe();
      pause(backoff.next());
    }
    if (sent == Sent::Again) break;
    backoff.reset();
    if (sent == Sent::Refused) {
      spool_.refuse();
      continue;
    }
    delivered_ += batch->count;
    spool_.acknowledge();
  }
  const std::lock_guard lock(mutex_);
  finished_ = true;
  changed_.notify_all();
}

// Protobuf reads fields in any order and joins what is concatenated.
TelemetryShipper::Sent TelemetryShipper::send(const Batch& batch) {
  v1::ReportRequest head;
  head.set_instance_id(batch.instance);
  head.set_boot_id(batch.boot);
  head.set_first_sequence(batch.first_sequence);
  if (batch.boot == spool_.boot_id() && options_.dropped_total) head.set_dropped_total(options_.dropped_total());
  const bool ours = batch.instance == options_.instance.str();
  const grpc::Status status = report(head, batch.records, ours ? Whose::This : Whose::Earlier);
  if (status.ok()) {
    if (failing_) log_.info("request records reach the control plane again");
    failing_ = false;
    return Sent::Stored;
  }
  // An earlier process had another name than this one's certificate has: nobody will ever send them for it.
  const bool foreign = !ours && status.error_code() == grpc::StatusCode::PERMISSION_DENIED;
  if (foreign || is_final(status.error_code())) {
    log_.error("the control plane refuses {} request records, they are dropped: {}", batch.count, status.error_message());
    failing_ = false;
    return Sent::Refused;
  }
  if (!failing_) log_.warn("request records wait for the control plane: {}", status.error_message());
  failing_ = true;
  return Sent::Again;
}

// Nobody minds if one of these is lost: the next one says the same of what is in flight.
void TelemetryShipper::report_alone() {
  const bool logged = options_.log_lines != nullptr && options_.log_lines->waiting();
  if ((in_flight() == told_in_flight_ && !logged) || clock_.steady() - told_ < kInFlightEvery) return;
  v1::ReportRequest head;
  head.set_instance_id(options_.instance.str());
  head.set_boot_id(spool_.boot_id());
  if (options_.dropped_total) head.set_dropped_total(options_.dropped_total());
  told_ = clock_.steady();
  report(head, {}, Whose::This);
}

// With what is to be said of this process now, if the records are its own.
grpc::Status TelemetryShipper::report(v1::ReportRequest& head, const std::string& records, Whose whose) {
  const bool ours = whose == Whose::This;
  const std::uint32_t in_flight_now = in_flight();
  if (ours) head.set_in_flight(in_flight_now);
  LogLines::Taken logged;
  if (ours && !away_ && options_.log_lines != nullptr) logged = options_.log_lines->take();
  for (LogLine& taken : logged.lines) {
    v1::LogLine& line = *head.add_log_lines();
    line.set_at_us(taken.at_us);
    line.set_level(std::string(taken.level));
    line.set_text(std::move(taken.text));
  }
  head.set_log_lines_dropped(logged.dropped);
  grpc::Status status = call(head.SerializeAsString(), records).status;
  away_ = !status.ok();
  if (away_ && options_.log_lines != nullptr) options_.log_lines->lost(logged);
  if (status.ok() && ours) {
    told_in_flight_ = in_flight_now;
    told_ = clock_.steady();
  }
  return status;
}

TelemetryShipper::Reply TelemetryShipper::call(const std::string& head, const std::string& records) {
  grpc::ClientContext context;
  context.set_deadline(deadline_in(options_.report_deadline));
  {
    const std::lock_guard lock(mutex_);
    if (abandoned_) return {grpc::Status(grpc::StatusCode::CANCELLED, "stopped")};
    call_ = &context;
  }
  renew_wire();
  const grpc::Slice parts[] = {head, records};
  Reply reply{wire_->call(context, grpc::ByteBuffer(parts, std::size(parts)))};
  const std::lock_guard lock(mutex_);
  call_ = nullptr;
  return reply;
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

bool TelemetryShipper::abandoned() const {
  const std::lock_guard lock(mutex_);
  return abandoned_;
}

}  // namespace smartroute::sync

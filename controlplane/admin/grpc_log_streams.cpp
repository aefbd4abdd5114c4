#include "controlplane/admin/grpc_log_streams.hpp"

#include <chrono>
#include <condition_variable>
#include <mutex>

#include "controlplane/admin/methods.hpp"
#include "controlplane/admin/record_run.hpp"
#include "controlplane/admin/tail_feed.hpp"

namespace smartroute::control::admin {
namespace {

namespace rpc = ::smartroute::admin::v1;
using grpc::Status;

// How often a tail without news looks whether its caller is still there.
constexpr std::chrono::milliseconds kLook{500};

const Status kLeft(grpc::StatusCode::CANCELLED, "the caller has left");

Status too_many(const char* what, int most) {
  return Status(grpc::StatusCode::RESOURCE_EXHAUSTED,
                "there may be " + std::to_string(most) + " " + what + " at once");
}

// One of a bounded number, as long as it lives.
class Taken {
 public:
  Taken(std::atomic<int>& count, int most) : count_(count), within_(++count <= most) {}
  ~Taken() { --count_; }
  Taken(const Taken&) = delete;
  Taken& operator=(const Taken&) = delete;
  explicit operator bool() const noexcept { return within_; }

 private:
  std::atomic<int>& count_;
  const bool within_;
};

// Rung by other threads, possibly when nobody waits any more.
class Bell {
 public:
  void ring() {
    const std::lock_guard lock(mutex_);
    rung_ = true;
    changed_.notify_one();
  }
  void wait_for(std::chrono::milliseconds time) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, time, [this] { return rung_; });
    rung_ = false;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool rung_ = false;
};

}  // namespace

Status to_status(const CallError& error) {
  return Status(static_cast<grpc::StatusCode>(error.code), error.message);
}

Status GrpcLogStreams::tail(grpc::ServerContext& context, const rpc::TailRecordsRequest& request,
                            grpc::ServerWriter<rpc::TailRecordsResponse>& writer) {
  const Taken place(tails_, kMaxTails);
  if (!place) return too_many("tails by gRPC", kMaxTails);
  const auto bell = std::make_shared<Bell>();
  auto feed = TailFeed::open(logs_.open_tail, logs_.store, request, [bell] { bell->ring(); });
  if (!feed) return to_status(feed.error());
  rpc::TailRecordsResponse response;
  while (!context.IsCancelled()) {
    while (auto piece = (*feed)->next()) {
      if (piece->ended) return Status(grpc::StatusCode::UNAVAILABLE, "the control plane stops");
      response.Clear();
      response.set_dropped(piece->dropped);
      if (piece->record) *response.mutable_record() = *piece->record;
      if (!writer.Write(response)) return kLeft;
    }
    bell->wait_for(kLook);
  }
  return kLeft;
}

Status GrpcLogStreams::export_records(grpc::ServerContext& context,
                                      const rpc::ExportRecordsRequest& request,
                                      grpc::ServerWriter<rpc::ExportRecordsResponse>& writer) {
  const Taken place(exports_, kMaxExports);
  if (!place) return too_many("exports by gRPC", kMaxExports);
  auto run = RecordRun::start(logs_.store, request);
  if (!run) return to_status(run.error());
  while (!context.IsCancelled()) {
    auto page = run->next();
    if (!page) return to_status(CallError{code_of(page.error().kind()), page.error().text(), {}});
    if (!*page) return Status::OK;
    if ((*page)->empty()) continue;
    rpc::ExportRecordsResponse response;
    for (auto& record : **page) {
      cut_bodies(record);
      *response.add_records() = std::move(record);
    }
    if (!writer.Write(response)) return kLeft;
  }
  return kLeft;
}

}  // namespace smartroute::control::admin

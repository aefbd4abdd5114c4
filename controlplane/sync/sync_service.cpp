#include "controlplane/sync/sync_service.hpp"

#include <algorithm>
#include <thread>

#include "controlplane/sync/stream.hpp"
#include "smartroute/v1/sync.grpc.pb.h"

namespace smartroute::control::sync {
namespace {

// How often streams that owe a hello or an answer are looked at.
constexpr std::chrono::seconds kTick{1};

}  // namespace

bool Hub::enter(const std::shared_ptr<Stream>& stream) {
  const std::lock_guard lock(mutex_);
  if (stopping_ || streams_.size() >= SyncService::kMaxStreams) return false;
  streams_.insert(stream);
  return true;
}

void Hub::leave(const std::shared_ptr<Stream>& stream) {
  const std::lock_guard lock(mutex_);
  streams_.erase(stream);
}

std::shared_ptr<const PushPayload> Hub::newest() const {
  const std::lock_guard lock(mutex_);
  return newest_;
}

bool Hub::publish(std::shared_ptr<const PushPayload> payload) {
  {
    const std::lock_guard lock(mutex_);
    if (payload->offer.revision < newest_->offer.revision) return false;
    newest_ = std::move(payload);
  }
  for (const auto& stream : streams()) stream->wake();
  return true;
}

std::vector<std::shared_ptr<Stream>> Hub::streams() const {
  const std::lock_guard lock(mutex_);
  return {streams_.begin(), streams_.end()};
}

void Hub::run_ticks() {
  using Time = std::chrono::steady_clock;
  std::unique_lock lock(mutex_);
  for (auto tick_at = Time::now() + kTick; !ticks_end_;) {
    const auto now = Time::now();
    if (now < tick_at && now < flush_at_) {
      ticker_.wait_until(lock, std::min(tick_at, flush_at_));
      continue;
    }
    const bool tick = now >= tick_at;
    const bool flush = now >= flush_at_;
    if (tick) tick_at = now + kTick;
    if (flush) flush_at_ = kNoFlush;
    lock.unlock();
    for (const auto& stream : streams()) {
      if (flush) stream->wake_for_scores();
      if (tick) stream->tick();
    }
    lock.lock();
  }
}

void Hub::stop_ticks() {
  const std::lock_guard lock(mutex_);
  ticks_end_ = true;
  ticker_.notify_all();
}

void Hub::scores_changed() {
  const std::lock_guard lock(mutex_);
  if (flush_at_ != kNoFlush) return;
  flush_at_ = std::chrono::steady_clock::now() + SyncService::kCoalesce;
  ticker_.notify_all();
}

void Hub::shut_down() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  for (const auto& stream : streams()) {
    stream->end(grpc::Status(grpc::StatusCode::UNAVAILABLE, "the control plane is shutting down"));
  }
}

class SyncService::Rpc final : public v1::Sync::WithRawCallbackMethod_Subscribe<v1::Sync::Service> {
 public:
  explicit Rpc(std::shared_ptr<Hub> hub)
      : hub_(std::move(hub)), ticker_([this] { hub_->run_ticks(); }) {}
  ~Rpc() override {
    hub_->stop_ticks();
    ticker_.join();
  }

  grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* Subscribe(
      grpc::CallbackServerContext* context) override {
    auto stream = std::make_shared<Stream>(hub_, peer_of(*context));
    stream->begin(stream);
    return stream.get();
  }

 private:
  std::shared_ptr<Hub> hub_;
  std::thread ticker_;
};

SyncService::SyncService(SharedFleet& fleet, SharedScores& scores, const Clock& clock,
                         base::Log& log, PeerGate* gate)
    : hub_(std::make_shared<Hub>(fleet, scores, clock, log, gate)), rpc_(std::make_unique<Rpc>(hub_)) {
  scores.on_change([weak = std::weak_ptr<Hub>(hub_)] {
    if (const auto hub = weak.lock()) hub->scores_changed();
  });
}

SyncService::~SyncService() = default;

grpc::Service* SyncService::service() noexcept { return rpc_.get(); }

bool SyncService::publish(Revision revision, const v1::Config& resolved) {
  auto payload = make_payload(revision, resolved);
  if (!payload) return false;
  hub_->publish(std::move(payload));
  return true;
}

Revision SyncService::newest() const { return hub_->newest()->offer.revision; }
void SyncService::shut_down() { hub_->shut_down(); }

PushCounts SyncService::counts() const {
  PushCounts counts;
  counts.pushes = hub_->pushes;
  counts.acknowledged = hub_->acknowledged;
  counts.refused = hub_->refused;
  counts.stale_answers = hub_->stale_answers;
  counts.streams_refused = hub_->streams_refused;
  counts.ahead = hub_->ahead;
  counts.score_pushes = hub_->score_pushes;
  return counts;
}

}  // namespace smartroute::control::sync

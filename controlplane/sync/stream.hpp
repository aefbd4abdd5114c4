// The streams behind SyncService and what they share. Private to this folder: gRPC types are in
// here.
#pragma once
#include <grpcpp/grpcpp.h>
#include <grpcpp/support/byte_buffer.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "controlplane/sync/peer_gate.hpp"
#include "controlplane/sync/push_payload.hpp"
#include "controlplane/sync/push_session.hpp"
#include "controlplane/sync/sync_service.hpp"

namespace smartroute::v1 {
class Ack;
class DataPlaneMessage;
class HealthReport;
class Hello;
class Nack;
}  // namespace smartroute::v1

namespace smartroute::control::sync {

class Stream;

// What all streams share. Lock order: a stream's lock, then the hub's; the hub never calls a stream
// with its lock held.
class Hub {
 public:
  Hub(SharedFleet& fleet, SharedScores& scores, const Clock& clock, base::Log& log, PeerGate* gate)
      : fleet(fleet), scores(scores), clock(clock), log(log), gate(gate) {}

  bool enter(const std::shared_ptr<Stream>& stream);
  void leave(const std::shared_ptr<Stream>& stream);
  std::shared_ptr<const PushPayload> newest() const;
  bool publish(std::shared_ptr<const PushPayload> payload);
  std::vector<std::shared_ptr<Stream>> streams() const;
  void run_ticks();
  void stop_ticks();
  // Every stream looks at the scores kCoalesce from now, or earlier if that is due already.
  void scores_changed();
  void shut_down();

  SharedFleet& fleet;
  SharedScores& scores;
  const Clock& clock;
  base::Log& log;
  PeerGate* const gate;  // null: everybody may
  std::atomic<std::uint64_t> pushes{0}, acknowledged{0}, refused{0}, stale_answers{0},
      streams_refused{0}, ahead{0}, score_pushes{0};

 private:
  static constexpr auto kNoFlush = std::chrono::steady_clock::time_point::max();

  mutable std::mutex mutex_;
  std::condition_variable ticker_;
  std::unordered_set<std::shared_ptr<Stream>> streams_;
  std::shared_ptr<const PushPayload> newest_ = std::make_shared<PushPayload>();
  bool stopping_ = false;  // no new streams
  bool ticks_end_ = false;
  std::chrono::steady_clock::time_point flush_at_ = kNoFlush;
};

// Owned by gRPC from the moment Subscribe returns it until OnDone, through self_.
class Stream final : public grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  Stream(std::shared_ptr<Hub> hub, Peer peer)
      : hub_(std::move(hub)), peer_(std::move(peer)), opened_at_(hub_->clock.steady()) {}

  void begin(std::shared_ptr<Stream> self);
  // Looks at the newest offer and sends it if it is due.
  void wake();
  void wake_for_scores();
  void tick();
  void end(const grpc::Status& status);

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override { end(grpc::Status::CANCELLED); }
  void OnDone() override;

 private:
  // All of these with mutex_ held.
  void on_message(const v1::DataPlaneMessage& message);
  void on_hello(const v1::Hello& hello);
  void on_ack(const v1::Ack& ack);
  void on_nack(const v1::Nack& nack);
  void on_report(const v1::HealthReport& report);
  // Gives the write slot to what is due: a configuration, else scores.
  void push_if_due();
  bool push_config();
  void push_scores();
  void finish(const grpc::Status& status);
  // Whether the peer may speak as this instance; if not, the stream ends.
  bool admitted(const std::string& instance);
  void outlived();

  enum class Writing { Nothing, Config, Scores };
  static constexpr std::uint64_t kNothing = UINT64_MAX;

  const std::shared_ptr<Hub> hub_;
  const Peer peer_;
  const SteadyTime opened_at_;
  std::mutex mutex_;
  std::shared_ptr<Stream> self_;
  grpc::ByteBuffer in_;
  grpc::ByteBuffer out_;
  std::optional<PushSession> session_;  // after hello
  std::string instance_;
  Reporter reporter_;
  StreamId row_ = 0;
  Writing writing_ = Writing::Nothing;
  bool scores_due_ = false;
  bool owes_acknowledgement_ = false;
  std::uint64_t scores_cursor_ = 0;  // ScoreTable::changed_since(): what it was sent
  // Where the cursor was when the oldest configuration that it has not taken yet was sent.
  std::uint64_t resend_from_ = kNothing;
  bool finished_ = false;
};

}  // namespace smartroute::control::sync

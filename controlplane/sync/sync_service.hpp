// gRPC service Sync: one stream for each data plane. Hello registers the instance in the fleet;
// then it is pushed the newest configuration and each newer one, and its answers are recorded.
// Its health reports go into the scores; the fleet's scores are pushed back: all of them on a new
// stream, then those that changed, kCoalesce after the change, the latest values only. Whoever
// reported is acknowledged with the next push, even if no score changed. A stream has one message
// under way; a configuration goes before scores. Without reports nothing is pushed.
// Reactors run on gRPC's callback threads and never block.
//
// With a gate, a stream speaks for the instance that its certificate is of, and ends when the certificate does; the
// data plane then connects again, with the next one.
//
// An instance that says it serves a later revision than the newest here is not pushed to: this
// control plane lost data or is an older copy. That is logged as an error and stands in the fleet
// until the numbers here have caught up.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "contract/base/clock.hpp"
#include "contract/base/ids.hpp"
#include "controlplane/base/log.hpp"
#include "controlplane/sync/shared_fleet.hpp"
#include "controlplane/sync/shared_scores.hpp"

namespace grpc {
class Service;
}
namespace smartroute::v1 {
class Config;
}

namespace smartroute::control::sync {

class Hub;
class PeerGate;

struct PushCounts {
  std::uint64_t pushes = 0;  // messages handed to a stream
  std::uint64_t acknowledged = 0;
  std::uint64_t refused = 0;  // Nacks
  std::uint64_t stale_answers = 0;
  std::uint64_t streams_refused = 0;  // too many, or no proper hello
  std::uint64_t ahead = 0;  // hellos of instances with a later revision than the newest here
  std::uint64_t score_pushes = 0;
};

// Thread rule: every method may be called from any thread. The service must outlive the gRPC server
// it is registered with.
class SyncService {
 public:
  // Streams at once; further ones are refused with RESOURCE_EXHAUSTED.
  static constexpr std::size_t kMaxStreams = 2'000;
  static constexpr std::chrono::seconds kHelloTimeout{10};
  // Changes of scores within so long go out as one push.
  static constexpr std::chrono::milliseconds kCoalesce{100};

  // All of them must outlive the service; no gate: everybody may speak for any instance.
  SyncService(SharedFleet& fleet, SharedScores& scores, const Clock& clock, base::Log& log, PeerGate* gate = nullptr);
  ~SyncService();
  SyncService(const SyncService&) = delete;
  SyncService& operator=(const SyncService&) = delete;

  grpc::Service* service() noexcept;
  // Makes `resolved` (secrets replaced by their values) the newest configuration and wakes the
  // streams. A lower revision than the newest is ignored. False: larger than kMaxConfigBytes; the
  // one before stays the newest.
  bool publish(Revision revision, const v1::Config& resolved);
  Revision newest() const;
  // Ends every stream with UNAVAILABLE, and every later one at once; data planes then reconnect by
  // themselves.
  void shut_down();
  PushCounts counts() const;

 private:
  class Rpc;
  std::shared_ptr<Hub> hub_;
  std::unique_ptr<Rpc> rpc_;
};

}  // namespace smartroute::control::sync

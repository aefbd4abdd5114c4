// Which data planes there are and which configuration each of them runs. A pure table: time is
// passed in, nothing waits.
//
// An instance is known by its instance id. Each stream it opens gets a StreamId; a later stream of
// the same instance takes the row over, so that news from the older stream (whose end may be
// noticed late) changes nothing: newest wins. A disconnected instance is forgotten kForgetAfter
// after it was last seen.
//
// Thread rule: none of its own. The shell that shares a Fleet between threads guards every call
// with one lock.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "contract/base/clock.hpp"
#include "contract/base/ids.hpp"
#include "contract/config/problem.hpp"

namespace smartroute::control {

// What a data plane says about itself when it connects.
struct HelloFacts {
  InstanceId instance;
  std::string version;
  std::string hostname;
  std::string listen;
  Revision applied;  // 0: serves nothing yet
  std::string applied_fingerprint;
  std::int64_t started_at_ms = 0;
  // Of its end of the stream, without port and brackets; empty for a Unix socket. Not said by it, but seen.
  std::string address = {};
};

// One row, as shown to people.
struct InstanceStatus {
  HelloFacts hello;
  bool connected = false;
  Revision applied;   // last acknowledged, or what hello said
  Revision rejected;  // newest refused; 0 if none since the last acknowledgement of a newer one
  config::Problems problems;  // why `rejected` was refused
  WallTime connected_at{};    // start of its newest stream
  WallTime last_seen{};
};

// Identifies one stream of one instance for the life of the process.
using StreamId = std::uint64_t;

class Fleet {
 public:
  static constexpr std::chrono::hours kForgetAfter{1};
  // Rows kept; a further instance pushes out the disconnected one seen longest ago, or is refused
  // when all are connected.
  static constexpr std::size_t kMaxInstances = 10'000;
  // Problems kept of one refusal.
  static constexpr std::size_t kMaxProblems = 100;

  // A stream said hello. nullopt: the table is full of connected instances.
  std::optional<StreamId> connect(HelloFacts hello, WallTime now);
  // The instance serves `revision`. False when `stream` is no longer the instance's newest
  // (ignored).
  bool acknowledge(StreamId stream, Revision revision, WallTime now);
  // The instance refuses `revision` and keeps what it had. False as above.
  bool reject(StreamId stream, Revision revision, config::Problems problems, WallTime now);
  // Any other sign of life. False as above.
  bool touch(StreamId stream, WallTime now);
  // The stream ended. False as above.
  bool disconnect(StreamId stream, WallTime now);

  // All rows, by instance id; rows that are due are forgotten first.
  std::vector<InstanceStatus> list(WallTime now);
  std::size_t connected() const noexcept { return stream_owner_.size(); }
  // Highest revision any known instance said it applied: above the store's newest means that the
  // store lost revisions.
  Revision highest_applied() const noexcept;

 private:
  struct Row {
    InstanceStatus status;
    StreamId stream = 0;  // 0: disconnected
  };
  Row* row_of(StreamId stream);
  void forget_due(WallTime now);
  bool make_room();

  std::map<InstanceId, Row> rows_;
  std::map<StreamId, InstanceId> stream_owner_;  // connected streams only
  StreamId last_stream_ = 0;
};

}  // namespace smartroute::control

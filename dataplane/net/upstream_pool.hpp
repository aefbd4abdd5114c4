// Keep-alive connections to upstreams, last in first out, so that the warmest is used and the rest may age away. Thread rule: one worker.
#pragma once
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "contract/base/clock.hpp"
#include "dataplane/net/stream.hpp"

namespace smartroute::net {

class UpstreamPool {
 public:
  struct Counters {
    std::uint64_t stale = 0, expired = 0, overflowed = 0;   // dropped because: spoke or closed while idle, aged, above the limit
  };

  // An idle connection that is still silent and open, or null. One that closed or spoke while idle is dropped here.
  std::unique_ptr<Stream> take(const std::string& pool_key);
  // Keeps a connection whose last exchange ended beyond doubt. Above `max_idle` for the key it is closed instead.
  void give(const std::string& pool_key, std::unique_ptr<Stream> stream, SteadyTime now, std::size_t max_idle);
  // Closes what is idle since before `now - timeout`, and what the peer closed.
  void sweep(SteadyTime now, std::chrono::milliseconds timeout);
  void clear() noexcept { idle_.clear(); }

  std::size_t idle_count() const noexcept;
  const Counters& counters() const noexcept { return counters_; }

 private:
  struct Idle {
    std::unique_ptr<Stream> stream;
    SteadyTime since;
  };
  std::unordered_map<std::string, std::vector<Idle>> idle_;
  Counters counters_;
};

}  // namespace smartroute::net

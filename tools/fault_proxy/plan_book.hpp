// Which plan each connection gets, or each request, and what came of it. Thread-safe.
//
// A document says where plans come from; the first source that has one wins:
//
//   directive    text of the request itself: [[fault NAME: PLAN]] with this proxy's name, quotes
//                escaped or not (so it may lie inside a JSON string). Scope::Request only. This
//                ties a fault to one stream whatever connections are shared and raced.
//   "sequence"   [PLAN, ...] for connection (or request) 0, 1, ...; "repeat": true begins it again
//   "mix"        "cut:20,clean:80" with "seed" and "span": drawn from (seed, number), see mix.hpp
//   "default"    PLAN for all others; without one they pass untouched
#pragma once
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/fault_proxy/mix.hpp"
#include "tools/fault_proxy/plan.hpp"

namespace smartroute::fault_proxy {

// What a plan holds for: a whole connection, or one HTTP/1.1 request and its response. The latter
// reads request heads and needs Content-Length on every request with a body; TLS cannot be read.
enum class Scope : std::uint8_t { Connection, Request };

struct PlanDocument {
  Plan fallback;
  std::vector<Plan> sequence;
  bool repeat = false;
  std::optional<Mix> mix;
  std::uint64_t seed = 1;
};

// {"default": PLAN, "sequence": [PLAN], "repeat": true, "mix": TEXT, "seed": N, "span": N}; or a
// PLAN alone, which is the default.
Result<PlanDocument> parse_document(std::string_view json);

struct Counters {
  std::uint64_t connections = 0;
  std::uint64_t open = 0;
  std::uint64_t requests = 0;         // Scope::Request
  std::uint64_t upstream_failed = 0;  // could not be connected: the client was reset
  std::uint64_t request_bytes = 0;    // passed on
  std::uint64_t response_bytes = 0;
  std::map<std::string, std::uint64_t> faults;  // that struck, by name
};

class PlanBook {
 public:
  explicit PlanBook(std::string name) : mark_("[[fault " + std::move(name) + ":") {}

  void set(PlanDocument document);
  // Counters and numbering begin again, so that the same draws come again. `open` stays.
  void reset();

  struct Drawn {
    std::uint64_t number;
    Plan plan;
    std::string problem;  // of a directive that does not parse; the plan is then one that resets
  };
  Drawn for_connection();
  Drawn for_request(std::string_view request);
  // What each connection gets under Scope::Request before its requests are read: the default's
  // `accept` and `connect_ms`.
  Drawn opening();

  void note_fault(std::string_view name);
  void note_bytes(std::uint64_t request, std::uint64_t response);
  void note_upstream_failed();
  void note_closed();
  Counters counters() const;

 private:
  Plan pick(std::uint64_t number) const;

  const std::string mark_;
  mutable std::mutex mutex_;
  PlanDocument document_;
  Counters counters_;
};

}  // namespace smartroute::fault_proxy

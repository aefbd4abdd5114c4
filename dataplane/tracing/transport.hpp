// How a batch of spans gets to a collector, and what came of it.
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "dataplane/core/tracing/export_settings.hpp"

namespace smartroute::tracing {

struct Reply {
  enum class Kind : std::uint8_t {
    Taken,    // but for `rejected` spans, which must not be sent again
    Again,    // the same batch may be taken later, not before `wait` if there is one
    Refused,  // never
  };
  Kind kind = Kind::Again;
  std::optional<std::chrono::milliseconds> wait = {};
  std::uint64_t rejected = 0;
  std::string text = {};  // what went wrong, for the log; holds no header
};

// Thread rule: send() by one thread; cancel() by any.
class Transport {
 public:
  virtual ~Transport() = default;
  // Sends one ExportTraceServiceRequest and waits for the answer, at most `deadline` in all.
  virtual Reply send(const std::string& request, std::chrono::milliseconds deadline) = 0;
  // Ends a send() that waits, and every later one at once.
  virtual void cancel() noexcept = 0;
};

using TransportFactory = std::function<std::unique_ptr<Transport>(const ExportSettings&)>;

// By the protocol of the settings. Neither connects before the first send().
std::unique_ptr<Transport> open_transport(const ExportSettings& settings);
std::unique_ptr<Transport> open_http_transport(const ExportSettings& settings);
std::unique_ptr<Transport> open_grpc_transport(const ExportSettings& settings);

}  // namespace smartroute::tracing

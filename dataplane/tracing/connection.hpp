// A blocking connection, TLS or plain, of which every wait ends at a deadline or when it is cancelled.
#pragma once
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "contract/base/result.hpp"
#include "dataplane/outgoing/dial.hpp"

namespace smartroute::tracing {

using Deadline = std::chrono::steady_clock::time_point;

// A switch that ends waits; once on, it stays on. Thread rule: any thread.
class Cancel {
 public:
  Cancel();
  ~Cancel();
  Cancel(const Cancel&) = delete;
  Cancel& operator=(const Cancel&) = delete;
  void now() noexcept;
  bool done() const noexcept;
  int fd() const noexcept { return fd_; }  // readable once cancelled

 private:
  int fd_;
};

struct Endpoint {
  std::string host;
  std::uint16_t port = 0;
  bool tls = false;  // against the system's certificates (SSL_CERT_FILE, SSL_CERT_DIR)
  bool allow_private = false;  // a public name may resolve to a private address
};

// Thread rule: one thread. Errors are UpstreamUnreachable, UpstreamTimeout or UpstreamBroke with a reason that may be logged.
class Connection {
 public:
  virtual ~Connection() = default;
  // All of it.
  virtual Result<void> write(std::string_view bytes, Deadline deadline) = 0;
  // At least one byte, appended to `to`; 0: the peer has ended.
  virtual Result<std::size_t> read(std::string& to, Deadline deadline) = 0;
};

// Where the endpoint is, as far as it may be connected to (outgoing/dial.hpp). Names are looked up by a thread that is left behind if it takes
// too long: getaddrinfo(3) cannot be interrupted. Never empty. Errors: UpstreamUnreachable, UpstreamTimeout.
Result<outgoing::CheckedAddresses> find(const Endpoint& endpoint, Deadline deadline, const Cancel& cancel);

// Finds it, and tries every address in turn.
Result<std::unique_ptr<Connection>> connect(const Endpoint& endpoint, Deadline deadline, const Cancel& cancel);

}  // namespace smartroute::tracing

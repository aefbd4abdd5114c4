// Connections to providers and judges: name, address check, connect (both of dataplane/outgoing), TLS.
#pragma once
#include <chrono>
#include <memory>
#include <string>

#include "dataplane/core/resilience/outcome.hpp"
#include "dataplane/core/routing/view.hpp"
#include "dataplane/net/async.hpp"
#include "dataplane/net/interrupt.hpp"
#include "dataplane/net/resolver.hpp"
#include "dataplane/net/stream.hpp"
#include "dataplane/net/worker.hpp"

namespace smartroute::outgoing {
class CheckedAddress;
}

namespace smartroute::net {

class TlsContexts;

// Why no connection came to be.
class ConnectFailure {
 public:
  ConnectFailure(resilience::AttemptOutcome outcome, std::string detail) : outcome_(outcome), detail_(std::move(detail)) {}
  resilience::AttemptOutcome outcome() const noexcept { return outcome_; }
  const std::string& detail() const noexcept { return detail_; }   // for logs and the trace; names addresses, never secrets

 private:
  resilience::AttemptOutcome outcome_;
  std::string detail_;
};
using ConnectResult = tl::expected<std::unique_ptr<Stream>, ConnectFailure>;

// One worker.
class Connector {
 public:
  virtual ~Connector() = default;
  // A connected (and TLS-verified) stream to `upstream`. At most kMaxAddresses addresses are tried within `timeout`; `interrupt` may end it sooner.
  // `upstream` must outlive the call.
  virtual Awaitable<ConnectResult> connect(const routing::Upstream& upstream, std::chrono::milliseconds timeout, std::chrono::milliseconds tls_timeout,
                                           Interrupt& interrupt) = 0;
};

class TcpConnector final : public Connector {
 public:
  static constexpr int kMaxAddresses = 3;
  TcpConnector(Worker& worker, Resolver& resolver, TlsContexts& tls) : worker_(worker), resolver_(resolver), tls_(tls) {}
  Awaitable<ConnectResult> connect(const routing::Upstream& upstream, std::chrono::milliseconds timeout, std::chrono::milliseconds tls_timeout,
                                   Interrupt& interrupt) override;

  // Told how each name was found, for counting; addresses written out are no lookups.
  enum class Lookup : std::uint8_t { Cached, Resolved, Failed };
  using Observer = void (*)(void* context, Lookup lookup);
  void observe(Observer observer, void* context) noexcept {
    observer_ = observer;
    context_ = context;
  }

 private:
  void note(Lookup lookup) const noexcept {
    if (observer_ != nullptr) observer_(context_, lookup);
  }
  Awaitable<Result<Addresses>> resolve(const routing::Upstream& upstream, Interrupt& interrupt);
  Awaitable<ConnectResult> try_address(const outgoing::CheckedAddress& address, Interrupt& interrupt);

  Worker& worker_;
  Resolver& resolver_;
  TlsContexts& tls_;
  Observer observer_ = nullptr;
  void* context_ = nullptr;
};

}  // namespace smartroute::net

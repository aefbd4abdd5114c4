// Names to addresses, never on a worker thread. Answers are cached for their TTL (within kMinTtl..kMaxTtl) and served stale for kStale while a
// refresh runs, so that a dead name server does not stop traffic to names already known.
#pragma once
#include <boost/asio/ip/address.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "contract/base/clock.hpp"
#include "contract/base/result.hpp"

namespace smartroute::net {

using Addresses = std::shared_ptr<const std::vector<boost::asio::ip::address>>;

// Any thread.
class Resolver {
 public:
  using Handler = std::function<void(Result<Addresses>)>;
  virtual ~Resolver() = default;
  // A known answer, fresh or stale; starts a refresh when stale. Never blocks beyond a short lock.
  virtual std::optional<Addresses> cached(const std::string& host) = 0;
  // Asks the network. The handler is called once, on the resolver's thread or on this one, or never after destruction began. Errors: UpstreamUnreachable.
  virtual void resolve(const std::string& host, Handler handler) = 0;
};

struct ResolverSettings {
  std::chrono::seconds min_ttl{5};
  std::chrono::seconds max_ttl{300};
  std::chrono::seconds stale{3600};
  std::chrono::seconds negative{2};
  std::size_t max_names = 4096;
};

// c-ares on a thread of its own; reads /etc/hosts and /etc/resolv.conf.
std::unique_ptr<Resolver> make_cares_resolver(const Clock& clock, const ResolverSettings& settings = {});

}  // namespace smartroute::net

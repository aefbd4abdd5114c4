// OpenSSL client contexts, one for each distinct trust setting, made before a View is published so that no worker ever reads
// certificate files. Thread rule: any thread; one short lock, taken when a new upstream connection is made, not for each request.
#pragma once
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "contract/base/result.hpp"

struct ssl_ctx_st;

namespace smartroute::routing {
class View;
struct Upstream;
}  // namespace smartroute::routing

namespace smartroute::net {

class TlsContexts {
 public:
  TlsContexts();
  ~TlsContexts();
  TlsContexts(const TlsContexts&) = delete;
  TlsContexts& operator=(const TlsContexts&) = delete;

  // Makes the contexts of every TLS upstream of `view`. A CA file that cannot be read is remembered and refuses each connection with that reason.
  void prepare(const routing::View& view);
  // Borrowed; lives as long as this object. Errors: UpstreamUnreachable when its CA file was not usable.
  Result<ssl_ctx_st*> context_for(const routing::Upstream& upstream);

 private:
  struct Entry;
  Entry& entry_of(const routing::Upstream& upstream);
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<Entry>> entries_;   // key: verify flag and CA file
};

}  // namespace smartroute::net

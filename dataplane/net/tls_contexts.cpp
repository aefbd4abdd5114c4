#include "dataplane/net/tls_contexts.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "dataplane/core/routing/view.hpp"

namespace smartroute::net {

struct TlsContexts::Entry {
  SSL_CTX* context = nullptr;
  std::string problem;
  ~Entry() { SSL_CTX_free(context); }
};

TlsContexts::TlsContexts() = default;
TlsContexts::~TlsContexts() = default;

namespace {

// TLS 1.2 with forward secrecy and AEAD only, or 1.3.
constexpr const char* kCiphers = "ECDHE+AESGCM:ECDHE+CHACHA20";

}  // namespace

TlsContexts::Entry& TlsContexts::entry_of(const routing::Upstream& upstream) {
  const std::string key = (upstream.tls_verify ? "verify:" : "trust-all:") + upstream.tls_ca_file;
  auto& slot = entries_[key];
  if (slot) return *slot;
  slot = std::make_unique<Entry>();
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  slot->context = context;
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_cipher_list(context, kCiphers);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  if (!upstream.tls_verify) return *slot;
  const int loaded = upstream.tls_ca_file.empty()
                         ? SSL_CTX_set_default_verify_paths(context)
                         : SSL_CTX_load_verify_locations(context, upstream.tls_ca_file.c_str(), nullptr);
  if (loaded != 1) slot->problem = "CA file " + upstream.tls_ca_file + " cannot be used";
  ERR_clear_error();
  return *slot;
}

void TlsContexts::prepare(const routing::View& view) {
  const std::lock_guard lock(mutex_);
  for (const auto& upstream : view.upstreams)
    if (upstream->url.tls) entry_of(*upstream);
}

Result<ssl_ctx_st*> TlsContexts::context_for(const routing::Upstream& upstream) {
  const std::lock_guard lock(mutex_);
  Entry& entry = entry_of(upstream);
  if (!entry.problem.empty())
    return fail(ErrorKind::UpstreamUnreachable, "TLS is misconfigured for this provider", entry.problem);
  return entry.context;
}

}  // namespace smartroute::net

#include "tools/cli/tls_trust.hpp"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

namespace smartroute::cli {

Result<std::shared_ptr<ssl_ctx_st>> trusting(const TlsTrust& trust) {
  std::shared_ptr<ssl_ctx_st> context(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free);
  if (!context) return fail(ErrorKind::Internal, "OpenSSL could not be started");
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  if (trust.pinned) X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context.get()), X509_V_FLAG_PARTIAL_CHAIN);
  const int loaded = trust.ca_file.empty() ? SSL_CTX_set_default_verify_paths(context.get())
                                           : SSL_CTX_load_verify_locations(context.get(), trust.ca_file.c_str(), nullptr);
  ERR_clear_error();
  if (loaded != 1 && !trust.ca_file.empty())
    return fail(ErrorKind::Invalid, "the file of authorities " + trust.ca_file + " cannot be read, or holds no certificate in PEM form");
  return context;
}

void expect_host(ssl_st* connection, const TlsTrust& trust) {
  if (trust.host.empty()) return;
  in6_addr bytes;
  const char* const host = trust.host.c_str();
  if (::inet_pton(AF_INET, host, &bytes) == 1 || ::inet_pton(AF_INET6, host, &bytes) == 1) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(connection), host);
    return;
  }
  SSL_set_tlsext_host_name(connection, host);
  SSL_set_hostflags(connection, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  SSL_set1_host(connection, host);
}

std::string handshake_failure(ssl_st* connection, const TlsTrust& trust) {
  const unsigned long code = ERR_peek_last_error();
  const char* const reason = code != 0 ? ERR_reason_error_string(code) : nullptr;
  const long verdict = SSL_get_verify_result(connection);
  ERR_clear_error();
  if (verdict == X509_V_ERR_HOSTNAME_MISMATCH || verdict == X509_V_ERR_IP_ADDRESS_MISMATCH)
    return "its certificate is not of '" + trust.host + "'; call it with --admin by the name that stands in the certificate";
  if (verdict != X509_V_OK)
    return std::string("its certificate is not to be believed: ") + X509_verify_cert_error_string(verdict) +
           "; give the authority that signed it with --admin-ca FILE (or SMARTROUTE_ADMIN_CA)";
  return std::string("no TLS connection came to be: ") + (reason != nullptr ? reason : "it was closed") + "; does this port speak TLS?";
}

}  // namespace smartroute::cli

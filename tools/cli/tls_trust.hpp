// Whom a TLS call of the command line believes.
#pragma once
#include <memory>
#include <string>

#include "contract/base/result.hpp"

struct ssl_ctx_st;
struct ssl_st;

namespace smartroute::cli {

struct TlsTrust {
  std::string host;     // the certificate must be of this name or address; empty: any, which is only good together with `pinned`
  std::string ca_file;  // PEM; empty: the authorities of the system
  bool pinned = false;  // a certificate in `ca_file` is believed itself, whoever signed it
};

// TLS 1.2 or 1.3, always verified. Error: Invalid, when the file is of no use.
Result<std::shared_ptr<ssl_ctx_st>> trusting(const TlsTrust& trust);
// For a connection made with such a context: which host it must be.
void expect_host(ssl_st* connection, const TlsTrust& trust);
// Why a handshake failed, and what to do about it. Takes OpenSSL's error queue.
std::string handshake_failure(ssl_st* connection, const TlsTrust& trust);

}  // namespace smartroute::cli

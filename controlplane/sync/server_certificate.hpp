// The TLS side of the gRPC port: a certificate of its own, and the authorities that sign those of data planes. Every
// peer has to show one. TLS 1.2 or 1.3, forward secret AEAD ciphers (gRPC's choice). The files are looked at again with
// new connections: one that begins kLookEvery after they were replaced has the new certificate; those that are open
// stay. Files that cannot be used leave what was there before, and are told of in the log.
#pragma once
#include <chrono>
#include <memory>
#include <vector>

#include "contract/base/clock.hpp"
#include "contract/base/result.hpp"
#include "contract/certificates/credential_files.hpp"
#include "controlplane/base/log.hpp"

namespace grpc {
class ServerCredentials;
}

namespace smartroute::control::sync {

// Thread rule: credentials() by one thread; every other method by any.
class ServerCertificate {
 public:
  static constexpr std::chrono::seconds kLookEvery{1};

  // Error: Invalid or as base::read_file(), when the files cannot be used. `clock` and `log` must outlive it.
  static Result<std::unique_ptr<ServerCertificate>> open(certificates::CredentialPaths paths, const Clock& clock,
                                                         base::Log& log);
  ~ServerCertificate();
  ServerCertificate(const ServerCertificate&) = delete;
  ServerCertificate& operator=(const ServerCertificate&) = delete;

  // What a server listens with, which must be gone before this.
  std::shared_ptr<grpc::ServerCredentials> credentials();
  // Looks at the files, if the last look is kLookEvery ago.
  void look();
  // Of the certificate that new connections get.
  WallTime expires() const;

 private:
  struct State;
  struct Desk;
  explicit ServerCertificate(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
  std::vector<std::unique_ptr<Desk>> desks_;  // of the one thread that starts servers
};

}  // namespace smartroute::control::sync

// The TLS side of the way to the control plane: the certificate of this data plane, and the authority that signs the
// control plane's. TLS 1.2 or 1.3; the peer is always verified, name included. The files are looked at again with new
// connections: one that begins kLookEvery after they were replaced has the new certificate; those that are open stay.
// Files that cannot be used leave what was there before, and are told of in the log.
#pragma once
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "contract/base/clock.hpp"
#include "contract/base/result.hpp"
#include "contract/certificates/credential_files.hpp"

namespace spdlog {
class logger;
}

namespace smartroute::sync {

// Thread rule: every method may be called from any thread.
class ControlCredentials {
 public:
  static constexpr std::chrono::seconds kLookEvery{1};

  // `name`: what the control plane's certificate has to be of, instead of the host that is called; empty: that host.
  // Error: Invalid or Storage, when the files cannot be used; a certificate that has ended can, and is told of.
  // `clock` and `log` must outlive it.
  static Result<std::shared_ptr<ControlCredentials>> open(certificates::CredentialPaths paths, std::string name,
                                                          const Clock& clock, spdlog::logger& log);

  // Those of now: looks at the files, if the last look is kLookEvery ago.
  std::shared_ptr<const certificates::Credentials> current();
  const std::string& name() const noexcept { return name_; }
  // The instance that the certificate names (contract/certificates/identity.hpp).
  std::optional<std::string> instance();
  // When the certificate that new connections show ends.
  WallTime expires();
  // What may be behind `why`, the reason a connection did not come about: empty, or a sentence to go with it.
  std::string remark(const std::string& why);

 private:
  ControlCredentials(certificates::CredentialPaths paths, std::string name, const Clock& clock, spdlog::logger& log);

  const std::string name_;
  const Clock& clock_;
  spdlog::logger& log_;
  std::mutex mutex_;  // what follows
  certificates::CredentialFiles files_;
  SteadyTime looked_{};
  std::string told_;
};

}  // namespace smartroute::sync

// A certificate chain, its key and the authorities to believe in, as three files that may be replaced at any time: by
// hand, or by Kubernetes, which swaps a link for all of them. Files that do not fit together (half of them written, a
// key of the next certificate) change nothing: what was good before stays.
//
// Thread rule: none of its own. Files are read through the function it is given.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "contract/base/result.hpp"
#include "contract/base/secret.hpp"
#include "contract/certificates/certificate.hpp"

namespace smartroute::certificates {

struct CredentialPaths {
  std::string authorities;  // PEM: who signs the other side's certificate; several may stand in it
  std::string chain;        // PEM: the own certificate, then those between it and the authority
  std::string key;          // PEM: the own private key, not encrypted
};

// Immutable.
struct Credentials {
  std::string authorities, chain;
  Secret key;
  Certificate own;               // the first of the chain
  std::uint64_t generation = 0;  // from 1, one more with each change
};

class CredentialFiles {
 public:
  using Read = std::function<Result<std::string>(const std::string& path)>;

  CredentialFiles(CredentialPaths paths, Read read);

  // Reads the files. True: they are others than before, and good; current() is made of them. False: nothing new.
  // Error: they are not good (a file that cannot be read, is no PEM, a key of another certificate), with path and
  // reason; current() is as it was. The same bad files give the same error each time.
  Result<bool> look();
  // Null until look() was true once.
  const std::shared_ptr<const Credentials>& current() const noexcept { return current_; }

 private:
  const CredentialPaths paths_;
  const Read read_;
  std::shared_ptr<const Credentials> current_;
};

}  // namespace smartroute::certificates

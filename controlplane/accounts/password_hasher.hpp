// Passwords as argon2id hashes (libsodium). At most kAtOnce run at a time, so that a crowd at the
// door costs bounded memory; the others wait. Thread rule: any thread; blocks for a good tenth of a
// second and longer.
#pragma once
#include <cstddef>
#include <semaphore>
#include <string>
#include <string_view>

#include "contract/base/result.hpp"

namespace smartroute::control::accounts {

// The second recommended choice of RFC 9106 section 4: 64 MiB and three passes.
struct PasswordCost {
  unsigned long long passes = 3;
  std::size_t memory_bytes = 64 * 1024 * 1024;
};

class PasswordHasher {
 public:
  static constexpr int kAtOnce = 2;
  explicit PasswordHasher(PasswordCost cost);

  // A hash with its own salt. ErrorKind::Internal when there is no memory for it.
  Result<std::string> hash(std::string_view password);
  // Whether `hash` is of `password`. An empty hash costs as much as one that does not match, and
  // matches nothing: nobody learns from the time whether there is such an account.
  bool verify(std::string_view hash, std::string_view password);

 private:
  const PasswordCost cost_;
  const std::string nobody_;  // a hash of no password
  std::counting_semaphore<kAtOnce> places_{kAtOnce};
};

}  // namespace smartroute::control::accounts

// The admin token: who holds it may call every admin method. 256 random bits in
// <state>/admin.token, mode 0600; the file is the only place it is kept. Wrong tokens are answered
// at a bounded rate for each address.
#pragma once
#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "contract/base/clock.hpp"
#include "contract/base/result.hpp"
#include "contract/base/secret.hpp"

namespace smartroute::control::admin {

enum class TokenOrigin { Created, Read };

struct AdminToken {
  Secret token;  // "sra_" and 43 characters of base64url
  TokenOrigin origin = TokenOrigin::Read;
};

// Reads `file`, or makes it (whole or not at all) when it is absent. Errors, as a sentence: Storage
// (cannot be read or written), Crypto (readable by group or others, or no token in it).
Result<AdminToken> load_or_create_token(const std::filesystem::path& file);

// The token of "Bearer TOKEN"; empty: it is nothing of the kind.
std::string_view bearer_token(std::string_view authorization);

enum class Verdict { Granted, Refused, Throttled };

// Compares tokens as SHA-256 digests in constant time. The right token always passes: at 256 bits,
// guessing is hopeless at any rate, and locking the owner out because someone else guesses would be
// a gift. What is bounded is how many wrong ones an address gets evaluated and logged: kBurst at
// once, then one each kRefill. Thread rule: any thread.
class TokenGate {
 public:
  static constexpr int kBurst = 10;
  static constexpr std::chrono::seconds kRefill{6};
  static constexpr std::size_t kMaxAddresses =
      1'024;  // remembered; the one seen longest ago is forgotten first

  TokenGate(const Secret& token, const Clock& clock);

  // `authorization`: value of the header or metadata, "Bearer sra_...". `address` of the peer,
  // without port.
  Verdict check(std::string_view authorization, std::string_view address);
  // The two halves of check(), for callers who may hold another credential.
  bool matches(std::string_view authorization) const;
  Verdict wrong(std::string_view address);  // Refused or Throttled

 private:
  using Digest = std::array<unsigned char, 32>;
  struct Bucket {
    std::string address;
    int wrong = 0;
    SteadyTime since{};  // `wrong` is as of then
  };
  bool may_be_wrong_again(std::string_view from);

  const Digest expected_;
  const Clock& clock_;
  std::mutex mutex_;
  std::list<Bucket> buckets_;  // last seen first
  std::unordered_map<std::string, std::list<Bucket>::iterator> by_address_;
};

}  // namespace smartroute::control::admin

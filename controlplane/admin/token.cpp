#include "controlplane/admin/token.hpp"

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "controlplane/base/files.hpp"
#include "controlplane/core/identity/network.hpp"

namespace smartroute::control::admin {
namespace {

constexpr std::string_view kPrefix = "sra_";
constexpr std::size_t kRandomBytes = 32;
constexpr std::size_t kMaxFileBytes = 4'096;
constexpr std::size_t kMaxTokenBytes = 256;
constexpr std::size_t kMinTokenBytes = 32;

std::string make_token() {
  unsigned char random[kRandomBytes];
  randombytes_buf(random, sizeof random);
  char text[sodium_base64_ENCODED_LEN(kRandomBytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING)];
  sodium_bin2base64(text, sizeof text, random, sizeof random,
                    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  sodium_memzero(random, sizeof random);
  std::string token = std::string(kPrefix) + text;
  sodium_memzero(text, sizeof text);
  return token;
}

std::array<unsigned char, 32> digest_of(std::string_view text) {
  std::array<unsigned char, 32> digest{};
  crypto_hash_sha256(digest.data(), reinterpret_cast<const unsigned char*>(text.data()),
                     text.size());
  return digest;
}

bool has_bearer_prefix(std::string_view text) {
  static constexpr std::string_view kBearer = "bearer ";
  return text.size() > kBearer.size() &&
         std::equal(kBearer.begin(), kBearer.end(), text.begin(), [](char want, char got) {
           return want == (got >= 'A' && got <= 'Z' ? got + 32 : got);
         });
}

Result<AdminToken> read_token(const std::filesystem::path& file) {
  struct stat about {};
  if (::stat(file.c_str(), &about) == 0 && (about.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return fail(
        ErrorKind::Crypto,
        file.string() + " may be read by others: chmod 600 it, or delete it to get a new token");
  }
  auto text = base::read_file(file, kMaxFileBytes);
  if (!text) return fail(text.error());
  while (!text->empty() && std::strchr(" \t\r\n", text->back()) != nullptr) text->pop_back();
  if (text->size() < kMinTokenBytes || text->size() > kMaxTokenBytes ||
      text->find_first_of(" \t\r\n") != std::string::npos) {
    return fail(ErrorKind::Crypto, file.string() + " holds no admin token: one line of " +
                                       std::to_string(kMinTokenBytes) + " to " +
                                       std::to_string(kMaxTokenBytes) +
                                       " characters. Delete it to get a new one");
  }
  AdminToken token;
  token.token = Secret(std::move(*text));
  return token;
}

}  // namespace

Result<AdminToken> load_or_create_token(const std::filesystem::path& file) {
  if (sodium_init() < 0) return fail(ErrorKind::Crypto, "libsodium could not be initialised");
  std::error_code ec;
  if (std::filesystem::exists(file, ec)) return read_token(file);
  AdminToken token;
  token.token = Secret(make_token());
  token.origin = TokenOrigin::Created;
  auto written =
      base::replace_file(file, std::string(token.token.reveal()) + "\n", S_IRUSR | S_IWUSR);
  if (!written) return fail(written.error());
  return token;
}

TokenGate::TokenGate(const Secret& token, const Clock& clock)
    : expected_(digest_of(token.reveal())), clock_(clock) {}

std::string_view bearer_token(std::string_view authorization) {
  if (!has_bearer_prefix(authorization)) return {};
  std::string_view token = authorization.substr(authorization.find(' ') + 1);
  return token.substr(std::min(token.find_first_not_of(' '), token.size()));
}

bool TokenGate::matches(std::string_view authorization) const {
  const std::string_view token = bearer_token(authorization);
  if (token.empty() || token.size() > kMaxTokenBytes) return false;
  const Digest presented = digest_of(token);
  return sodium_memcmp(presented.data(), expected_.data(), presented.size()) == 0;
}

Verdict TokenGate::wrong(std::string_view address) {
  return may_be_wrong_again(address) ? Verdict::Refused : Verdict::Throttled;
}

Verdict TokenGate::check(std::string_view authorization, std::string_view address) {
  return matches(authorization) ? Verdict::Granted : wrong(address);
}

bool TokenGate::may_be_wrong_again(std::string_view from) {
  const std::string address = identity::network_of(from);
  const std::lock_guard lock(mutex_);
  const SteadyTime now = clock_.steady();
  if (const auto found = by_address_.find(address); found != by_address_.end()) {
    buckets_.splice(buckets_.begin(), buckets_, found->second);
  } else {
    if (buckets_.size() >= kMaxAddresses) {
      by_address_.erase(buckets_.back().address);
      buckets_.pop_back();
    }
    buckets_.emplace_front();
    buckets_.front().address = address;
    buckets_.front().since = now;
    by_address_.emplace(buckets_.front().address, buckets_.begin());
  }
  Bucket& bucket = buckets_.front();
  const auto refills = (now - bucket.since) / kRefill;
  bucket.wrong = static_cast<int>(std::max<std::int64_t>(0, bucket.wrong - refills));
  bucket.since += refills * kRefill;
  if (bucket.wrong >= kBurst) return false;
  ++bucket.wrong;
  return true;
}

}  // namespace smartroute::control::admin

// A server's certificate chain and private key from two PEM files, as an OpenSSL context that follows the files: written in place, renamed
// over, or swapped by Kubernetes, which turns the `..data` link beside them. Both planes accept TLS with this one policy: TLS 1.2 or 1.3,
// forward secrecy and AEAD only, HTTP/1.1 only (ALPN), whatever name the client calls (SNI), no renegotiation, no compression, no early data.
#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "contract/base/clock.hpp"
#include "contract/base/result.hpp"
#include "contract/base/secret.hpp"

struct ssl_ctx_st;

namespace smartroute::tls {

struct KeyPairFiles {
  std::string certificate;  // the server's own, then the intermediate ones
  std::string key;          // without a passphrase
};

class ServerCertificate {
 public:
  using Context = std::shared_ptr<ssl_ctx_st>;
  static constexpr std::size_t kMaxFileBytes = 1024 * 1024;
  // How often the owner should look() again.
  static constexpr std::chrono::seconds kLookEvery{1};
  // A context, and with it the key of its session tickets, is replaced at this age: who steals the key opens no more than that.
  static constexpr std::chrono::hours kTicketKeyLife{12};
  static constexpr std::chrono::hours kSessionLife{1};

  // `clock` must outlive this. Errors: Invalid, one sentence that names the file and what is wrong with it.
  static Result<std::unique_ptr<ServerCertificate>> load(KeyPairFiles files, const Clock& clock);
  ~ServerCertificate();
  ServerCertificate(const ServerCertificate&) = delete;
  ServerCertificate& operator=(const ServerCertificate&) = delete;

  // For the next connection; those that stand keep the one they began with. Any thread; one short lock.
  Context context() const;

  enum class Look : std::uint8_t { Same, Replaced };
  // Reads the files again. Replaced: from now on context() is made of what they hold. Error: Invalid: they hold something else that is of no
  // use, and the pair before stays; told once for each content, and only when two looks in a row found it, because a pair is written one
  // file after the other. Blocks for two reads; one thread at a time.
  Result<Look> look();

  // Any thread.
  std::int64_t expires_unix_seconds() const noexcept { return expires_; }  // of the chain: the earliest end in it
  std::uint64_t replaced() const noexcept { return replaced_; }            // times look() took a new pair
  std::uint64_t refused() const noexcept { return refused_; }              // times it told of a bad one
  // For a log line: "CN=gw.example, until 2030-01-02T03:04:05Z".
  std::string text() const;
  const KeyPairFiles& files() const noexcept { return files_; }

 private:
  struct Pair {
    std::string certificate;
    Secret key;
    std::size_t hash() const noexcept;
  };
  ServerCertificate(KeyPairFiles files, const Clock& clock) : files_(std::move(files)), clock_(clock) {}
  Result<Pair> read_pair() const;
  Result<void> take(const Pair& pair);

  const KeyPairFiles files_;
  const Clock& clock_;
  mutable std::mutex mutex_;        // context_, text_
  Context context_;
  std::string text_;
  SteadyTime made_{};
  std::size_t taken_ = 0;           // hashes of contents: in use, ...
  std::size_t doubted_ = 0;         // ... bad at the last look, ...
  std::size_t told_ = 0;            // ... and told of
  std::atomic<std::int64_t> expires_{0};
  std::atomic<std::uint64_t> replaced_{0}, refused_{0};
};

}  // namespace smartroute::tls

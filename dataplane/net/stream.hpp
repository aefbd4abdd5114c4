// One connected socket, plain or TLS, as non-blocking calls that say what to wait for. Waiting and doing are apart on purpose: a connection
// that waits holds no buffer, and bytes go through the worker's shared read buffer straight to the other side.
// Thread rule: one worker.
#pragma once
#include <sys/uio.h>

#include <cstddef>
#include <memory>
#include <string>

#include "contract/base/result.hpp"
#include "dataplane/net/async.hpp"

struct ssl_st;
struct ssl_ctx_st;

namespace smartroute::net {

enum class IoStatus : std::uint8_t { Ok, WantRead, WantWrite, Eof, Failed };

struct IoResult {
  IoStatus status = IoStatus::Ok;
  std::size_t bytes = 0;      // moved, when Ok
  int error = 0;              // errno, when Failed; 0 for a TLS failure
};

class Stream {
 public:
  static constexpr int kMaxPieces = 256;      // iovecs a call; the rest waits for the next call

  // Takes ownership of a connected, non-blocking socket.
  Stream(Reactor& reactor, int fd);
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  // Turns the stream into a TLS client. Call handshake() next. Errors: UpstreamUnreachable.
  Result<void> start_tls(ssl_ctx_st* context, const std::string& server_name, bool verify);
  // Turns it into a TLS server, with a context of tls::ServerCertificate. Call handshake() next. False: OpenSSL has no memory.
  bool accept_tls(ssl_ctx_st* context) noexcept;
  // One step of the handshake: Ok when finished.
  IoResult handshake() noexcept;
  // Why the last TLS call failed, for logs.
  const std::string& tls_error() const noexcept { return tls_error_; }

  // At most `capacity` bytes, without waiting.
  IoResult read_some(char* data, std::size_t capacity) noexcept;
  // As much of the pieces as the socket takes, without waiting.
  IoResult write_some(const iovec* pieces, int count) noexcept;

  // Suspends until the socket may be readable or writable, or cancel() was called.
  Awaitable<void> readable() { return wait_for(readiness_, Readiness::Want::Read); }
  Awaitable<void> writable() { return wait_for(readiness_, Readiness::Want::Write); }
  Awaitable<void> wait(IoStatus want) {
    return wait_for(readiness_, want == IoStatus::WantWrite ? Readiness::Want::Write : Readiness::Want::Read);
  }
  // Ends every wait in progress.
  void cancel() noexcept { readiness_.cancel(); }
  Readiness& readiness() noexcept { return readiness_; }

  // Nothing came from the peer since the last read: no byte, no FIN, no reset.
  bool is_quiet() noexcept;
  // What the peer did, seen without consuming: Ok (bytes wait), WantRead (silence), Eof, Failed.
  IoStatus peek() noexcept;
  // The same, and with Ok the first byte that waits on the socket, before any TLS.
  IoStatus peek(char& first) noexcept;
  // Sends FIN, of TLS close_notify before it, so that the peer knows that nothing is missing; reading goes on. WantWrite: there was no room
  // for close_notify, and nothing was done; call it again when there is.
  IoStatus shutdown_send() noexcept;
  void close() noexcept;
  bool is_open() const noexcept { return fd_ >= 0; }
  bool is_tls() const noexcept { return ssl_ != nullptr; }
  int fd() const noexcept { return fd_; }

 private:
  IoResult tls_result(int returned) noexcept;
  IoResult want_noted(IoResult result) noexcept;

  Readiness readiness_;
  int fd_;
  ssl_st* ssl_ = nullptr;
  bool said_end_ = false;      // close_notify is out
  std::string tls_error_;
};

// What the kernel may hold for a client that reads slowly, and of an upstream that is not read meanwhile (it allows twice that, for its own
// bookkeeping). Without a bound it takes megabytes for each stream that stands still.
inline constexpr int kClientSendBuffer = 64 * 1024;
inline constexpr int kUpstreamReceiveBuffer = 64 * 1024;

// TCP_NODELAY and SO_KEEPALIVE; ignored on other sockets.
void tune_socket(int fd) noexcept;

}  // namespace smartroute::net

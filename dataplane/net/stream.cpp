#include "dataplane/net/stream.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace smartroute::net {
namespace {

constexpr std::size_t kTlsRecord = 16 * 1024;

bool is_ip_literal(const std::string& host) {
  return host.find(':') != std::string::npos ||
         host.find_first_not_of("0123456789.") == std::string::npos;
}

}  // namespace

Stream::Stream(Reactor& reactor, int fd) : fd_(fd) {
  if (!readiness_.attach(reactor, fd)) close();      // reads and writes then fail as on any dead socket
}

Stream::~Stream() { close(); }

Result<void> Stream::start_tls(ssl_ctx_st* context, const std::string& server_name, bool verify) {
  ssl_ = SSL_new(context);
  if (ssl_ == nullptr || SSL_set_fd(ssl_, fd()) != 1)
    return fail(ErrorKind::UpstreamUnreachable, "TLS could not be started");
  SSL_set_connect_state(ssl_);
  SSL_set_mode(ssl_, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                         SSL_MODE_RELEASE_BUFFERS);
  if (is_ip_literal(server_name)) {
    if (verify && X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_), server_name.c_str()) != 1)
      return fail(ErrorKind::UpstreamUnreachable, "TLS peer address is not usable");
  } else {
    SSL_set_tlsext_host_name(ssl_, server_name.c_str());
    SSL_set_hostflags(ssl_, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    if (verify && SSL_set1_host(ssl_, server_name.c_str()) != 1)
      return fail(ErrorKind::UpstreamUnreachable, "TLS peer name is not usable");
  }
  SSL_set_verify(ssl_, verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  return {};
}

bool Stream::accept_tls(ssl_ctx_st* context) noexcept {
  ssl_ = SSL_new(context);
  if (ssl_ == nullptr || SSL_set_fd(ssl_, fd()) != 1) return false;
  SSL_set_accept_state(ssl_);
  return true;
}

IoResult Stream::tls_result(int returned) noexcept {
  const int saved = errno;
  switch (SSL_get_error(ssl_, returned)) {
    case SSL_ERROR_WANT_READ: return {IoStatus::WantRead, 0, 0};
    case SSL_ERROR_WANT_WRITE: return {IoStatus::WantWrite, 0, 0};
    case SSL_ERROR_ZERO_RETURN: return {IoStatus::Eof, 0, 0};
    default: break;
  }
  const long verdict = SSL_get_verify_result(ssl_);
  const unsigned long code = ERR_peek_last_error();
  if (verdict != X509_V_OK)
    tls_error_ = X509_verify_cert_error_string(verdict);
  else if (code != 0)
    tls_error_ = ERR_reason_error_string(code) != nullptr ? ERR_reason_error_string(code) : "TLS error";
  else
    tls_error_ = "connection lost";
  ERR_clear_error();
  // A peer that closes without close_notify could be an attacker's truncation: it is a failure, not an end.
  return {IoStatus::Failed, 0, code == 0 ? saved : 0};
}

// OpenSSL has just met an empty or a full socket.
IoResult Stream::want_noted(IoResult result) noexcept {
  if (result.status == IoStatus::WantRead) readiness_.drained();
  if (result.status == IoStatus::WantWrite) readiness_.full();
  return result;
}

IoResult Stream::handshake() noexcept {
  ERR_clear_error();
  const int r = SSL_do_handshake(ssl_);
  if (r == 1) return {};
  return want_noted(tls_result(r));
}

IoResult Stream::read_some(char* data, std::size_t capacity) noexcept {
  if (ssl_ != nullptr) {
    ERR_clear_error();
    std::size_t total = 0;
    // One record a call; read on while OpenSSL has more decrypted, so that a wake-up drains what arrived.
    while (total < capacity) {
      const int r = SSL_read(ssl_, data + total, static_cast<int>(std::min<std::size_t>(capacity - total, 1 << 30)));
      if (r <= 0) {
        const IoResult why = want_noted(tls_result(r));
        if (total != 0) return {IoStatus::Ok, total, 0};
        return why;
      }
      total += static_cast<std::size_t>(r);
    }
    return {IoStatus::Ok, total, 0};
  }
  // No event since it was last found empty: it still is, and a system call would only say so.
  if (!readiness_.may_read() && is_open()) return {IoStatus::WantRead, 0, 0};
  for (;;) {
    const ssize_t n = ::recv(fd(), data, capacity, 0);
    if (n > 0) {
      // Less than asked for: nothing is left, and what comes next brings a new event.
      if (static_cast<std::size_t>(n) < capacity) readiness_.drained();
      return {IoStatus::Ok, static_cast<std::size_t>(n), 0};
    }
    if (n == 0) return {IoStatus::Eof, 0, 0};
    if (errno == EINTR) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) {
      readiness_.drained();
      return {IoStatus::WantRead, 0, 0};
    }
    return {IoStatus::Failed, 0, errno};
  }
}

IoResult Stream::write_some(const iovec* pieces, int count) noexcept {
  if (ssl_ != nullptr) {
    // Small pieces become one record: a record each would cost a header, a MAC and a packet each.
    char record[kTlsRecord];
    std::size_t filled = 0;
    const char* data = record;
    if (count == 1) {
      data = static_cast<const char*>(pieces[0].iov_base);
      filled = std::min(pieces[0].iov_len, kTlsRecord);
    } else {
      for (int i = 0; i < count && filled < kTlsRecord; ++i) {
        const std::size_t n = std::min(pieces[i].iov_len, kTlsRecord - filled);
        std::memcpy(record + filled, pieces[i].iov_base, n);
        filled += n;
      }
    }
    ERR_clear_error();
    const int r = SSL_write(ssl_, data, static_cast<int>(filled));
    if (r > 0) return {IoStatus::Ok, static_cast<std::size_t>(r), 0};
    return want_noted(tls_result(r));
  }
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(pieces);
  message.msg_iovlen = static_cast<std::size_t>(std::min(count, kMaxPieces));
  for (;;) {
    const ssize_t n = ::sendmsg(fd(), &message, MSG_NOSIGNAL);
    if (n >= 0) return {IoStatus::Ok, static_cast<std::size_t>(n), 0};
    if (errno == EINTR) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) {
      readiness_.full();
      return {IoStatus::WantWrite, 0, 0};
    }
    return {IoStatus::Failed, 0, errno};
  }
}

bool Stream::is_quiet() noexcept {
  if (!is_open() || readiness_.peer_closed()) return false;
  // An event may have told of bytes that were read since; the kernel knows.
  return !readiness_.may_read() || peek() == IoStatus::WantRead;
}

IoStatus Stream::peek() noexcept {
  if (ssl_ != nullptr && SSL_has_pending(ssl_) == 1) return IoStatus::Ok;
  char first;
  return peek(first);
}

IoStatus Stream::peek(char& first) noexcept {
  const ssize_t n = ::recv(fd(), &first, 1, MSG_PEEK | MSG_DONTWAIT);
  if (n > 0) return IoStatus::Ok;
  if (n == 0) return IoStatus::Eof;
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? IoStatus::WantRead : IoStatus::Failed;
}

IoStatus Stream::shutdown_send() noexcept {
  if (!is_open()) return IoStatus::Ok;
  // After a failure there is nothing to say; and once it has said it all, SSL_shutdown() would read.
  if (ssl_ != nullptr && !said_end_ && tls_error_.empty() && SSL_is_init_finished(ssl_) == 1) {
    ERR_clear_error();
    const int r = SSL_shutdown(ssl_);
    if (r < 0 && want_noted(tls_result(r)).status == IoStatus::WantWrite) return IoStatus::WantWrite;
    said_end_ = true;
  }
  ::shutdown(fd(), SHUT_WR);
  return IoStatus::Ok;
}

void Stream::close() noexcept {
  if (ssl_ != nullptr) {
    SSL_free(ssl_);
    ssl_ = nullptr;
  }
  readiness_.detach();
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

void tune_socket(int fd) noexcept {
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
}

}  // namespace smartroute::net

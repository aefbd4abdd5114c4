#include "tools/cli/http_call.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>

namespace smartroute::cli {
namespace {

using Deadline = std::chrono::steady_clock::time_point;
constexpr std::size_t kMaxAnswer = 16 * 1024 * 1024;

class Socket {
 public:
  explicit Socket(int fd) : fd_(fd) {}
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket() {
    if (fd_ >= 0) ::close(fd_);
  }
  int fd() const { return fd_; }

 private:
  int fd_;
};

// Waits for the socket; false when the deadline came first.
bool wait_for(int fd, short events, Deadline deadline) {
  while (true) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    pollfd item{fd, events, 0};
    const int n = ::poll(&item, 1, static_cast<int>(left.count()));
    if (n > 0) return true;
    if (n == 0 || errno != EINTR) return false;
  }
}

tl::unexpected<Error> unreachable(const HostPort& address, int error) {
  return fail(ErrorKind::UpstreamUnreachable,
              "nothing answers at " + to_string(address) + ": " + std::strerror(error));
}

tl::unexpected<Error> too_slow(const HostPort& address) {
  return fail(ErrorKind::UpstreamTimeout, "no answer from " + to_string(address) + " in time");
}

Result<void> connect(int fd, const HostPort& address, Deadline deadline) {
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(address.port);
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(address.port);
  int done = -1;
  if (::inet_pton(AF_INET, address.host.c_str(), &v4.sin_addr) == 1)
    done = ::connect(fd, reinterpret_cast<sockaddr*>(&v4), sizeof v4);
  else if (::inet_pton(AF_INET6, address.host.c_str(), &v6.sin6_addr) == 1)
    done = ::connect(fd, reinterpret_cast<sockaddr*>(&v6), sizeof v6);
  else
    errno = EINVAL;
  if (done == 0) return {};
  if (errno != EINPROGRESS) return unreachable(address, errno);
  if (!wait_for(fd, POLLOUT, deadline)) return too_slow(address);
  int error = 0;
  socklen_t length = sizeof error;
  ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length);
  if (error != 0) return unreachable(address, error);
  return {};
}

// A connected socket, plain or TLS, whose calls wait.
class Wire {
 public:
  static constexpr ssize_t kFailed = -1, kTooSlow = -2, kCutOff = -3;

  Wire(int fd, Deadline deadline) : fd_(fd), deadline_(deadline) {}
  ~Wire() { SSL_free(ssl_); }
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  Result<void> secure(const TlsTrust& trust, const HostPort& address) {
    auto context = trusting(trust);
    if (!context) return fail(std::move(context.error()));
    ssl_ = SSL_new(context->get());
    SSL_set_fd(ssl_, fd_);
    SSL_set_connect_state(ssl_);
    expect_host(ssl_, trust);
    const auto shaken = again([this] { return SSL_do_handshake(ssl_); });
    if (shaken == kTooSlow) return too_slow(address);
    if (shaken <= 0) return fail(ErrorKind::UpstreamBroke, to_string(address) + ": " + handshake_failure(ssl_, trust));
    return {};
  }
  // Bytes moved; 0: the other side has ended; else one of the above, with errno set for kFailed.
  ssize_t write(std::string_view bytes) {
    if (ssl_ != nullptr) return again([&] { return SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size())); });
    return plain(POLLOUT, [&] { return ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL); });
  }
  ssize_t read(char* into, std::size_t room) {
    if (ssl_ != nullptr) return again([&] { return SSL_read(ssl_, into, static_cast<int>(room)); });
    return plain(POLLIN, [&] { return ::recv(fd_, into, room, 0); });
  }

 private:
  template <class Call>
  ssize_t plain(short events, Call call) {
    for (;;) {
      const ssize_t n = call();
      if (n >= 0) return n;
      if (errno != EAGAIN && errno != EINTR) return kFailed;
      if (!wait_for(fd_, events, deadline_)) return kTooSlow;
    }
  }
  template <class Call>
  ssize_t again(Call call) {
    for (;;) {
      ERR_clear_error();
      errno = 0;
      const int n = call();
      if (n > 0) return n;
      const int why = SSL_get_error(ssl_, n);
      if (why == SSL_ERROR_ZERO_RETURN) return 0;
      if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) return errno != 0 && why == SSL_ERROR_SYSCALL ? kFailed : kCutOff;
      if (!wait_for(fd_, why == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, deadline_)) return kTooSlow;
    }
  }

  const int fd_;
  const Deadline deadline_;
  ssl_st* ssl_ = nullptr;
};

// As `address` names it, or as the certificate does.
std::string authority_of(const HttpCall& request) {
  if (!request.tls || request.tls->host.empty()) return to_string(request.address);
  return to_string(HostPort{request.tls->host, request.address.port});
}

std::string head_and_body(const HttpCall& request) {
  std::string text = request.method + " " + request.target +
                     " HTTP/1.1\r\nhost: " + authority_of(request) +
                     "\r\nconnection: close\r\n";
  if (!request.bearer.empty()) text += "authorization: Bearer " + request.bearer + "\r\n";
  if (request.method == "POST")
    text += "content-type: application/json\r\ncontent-length: " +
            std::to_string(request.json_body.size()) + "\r\n";
  text += "\r\n";
  if (request.method == "POST") text += request.json_body;
  return text;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  return out;
}

// Bytes of body the head announces; nullopt: until the connection closes.
std::optional<std::size_t> announced_length(const std::string& lower_head) {
  const auto at = lower_head.find("\r\ncontent-length:");
  if (at == std::string::npos) return std::nullopt;
  auto begin = at + 17;
  while (begin < lower_head.size() && lower_head[begin] == ' ') ++begin;
  std::size_t length = 0;
  std::from_chars(lower_head.data() + begin, lower_head.data() + lower_head.size(), length);
  return length;
}

Result<HttpAnswer> parse(const std::string& text, const HostPort& address) {
  const auto broken = [&](std::string_view why) {
    return fail(ErrorKind::UpstreamBroke,
                to_string(address) + " gave no usable HTTP answer: " + std::string(why));
  };
  const auto head_end = text.find("\r\n\r\n");
  if (head_end == std::string::npos || !text.starts_with("HTTP/1.") || text.size() < 12)
    return broken("no head");
  HttpAnswer answer;
  std::from_chars(text.data() + 9, text.data() + 12, answer.status);
  if (answer.status < 100) return broken("no status");
  const auto head = lower(std::string_view(text).substr(0, head_end));
  if (head.find("\r\ntransfer-encoding:") != std::string::npos) return broken("a chunked body");
  answer.body = text.substr(head_end + 4);
  if (const auto length = announced_length(head)) {
    if (answer.body.size() < *length) return broken("it ended early");
    answer.body.resize(*length);
  }
  return answer;
}

}  // namespace

Result<HttpAnswer> call(const HttpCall& request) {
  const auto deadline = std::chrono::steady_clock::now() + request.timeout;
  const bool v6 = request.address.host.find(':') != std::string::npos;
  const Socket socket(
      ::socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (socket.fd() < 0) return unreachable(request.address, errno);
  if (auto connected = connect(socket.fd(), request.address, deadline); !connected)
    return tl::unexpected(connected.error());

  Wire wire(socket.fd(), deadline);
  if (request.tls)
    if (auto secured = wire.secure(*request.tls, request.address); !secured) return tl::unexpected(secured.error());
  const std::string out = head_and_body(request);
  for (std::size_t sent = 0; sent < out.size();) {
    const auto n = wire.write(std::string_view(out).substr(sent));
    if (n == Wire::kTooSlow) return too_slow(request.address);
    if (n <= 0) return unreachable(request.address, errno);
    sent += static_cast<std::size_t>(n);
  }
  std::string in;
  char buffer[16 * 1024];
  while (in.size() < kMaxAnswer) {
    const auto n = wire.read(buffer, sizeof buffer);
    if (n == Wire::kTooSlow) return too_slow(request.address);
    if (n == Wire::kCutOff) return fail(ErrorKind::UpstreamBroke, to_string(request.address) + " gave no usable HTTP answer: it was cut off");
    if (n == 0) return parse(in, request.address);
    if (n < 0) return unreachable(request.address, errno);
    in.append(buffer, static_cast<std::size_t>(n));
  }
  return fail(ErrorKind::UpstreamBroke, to_string(request.address) + " sent more than 16 MiB");
}

}  // namespace smartroute::cli

#include "tools/cli/http_call.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
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

std::string head_and_body(const HttpCall& request) {
  std::string text = request.method + " " + request.target +
                     " HTTP/1.1\r\nhost: " + to_string(request.address) +
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

  const std::string out = head_and_body(request);
  for (std::size_t sent = 0; sent < out.size();) {
    const auto n = ::send(socket.fd(), out.data() + sent, out.size() - sent, MSG_NOSIGNAL);
    if (n > 0) sent += static_cast<std::size_t>(n);
    if (n >= 0) continue;
    if (errno != EAGAIN && errno != EINTR) return unreachable(request.address, errno);
    if (!wait_for(socket.fd(), POLLOUT, deadline)) return too_slow(request.address);
  }
  std::string in;
  char buffer[16 * 1024];
  while (in.size() < kMaxAnswer) {
    const auto n = ::recv(socket.fd(), buffer, sizeof buffer, 0);
    if (n == 0) return parse(in, request.address);
    if (n > 0) {
      in.append(buffer, static_cast<std::size_t>(n));
      continue;
    }
    if (errno != EAGAIN && errno != EINTR) return unreachable(request.address, errno);
    if (!wait_for(socket.fd(), POLLIN, deadline)) return too_slow(request.address);
  }
  return fail(ErrorKind::UpstreamBroke, to_string(request.address) + " sent more than 16 MiB");
}

}  // namespace smartroute::cli

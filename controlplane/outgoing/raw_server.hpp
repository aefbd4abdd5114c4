// A server of bytes for the tests of this folder: each connection is a script that reads and writes as it likes.
#pragma once
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace smartroute::control::outgoing {

class Peer {
 public:
  explicit Peer(int fd) : fd_(fd) {}
  // The head of a request, and as much of its body as content-length says. Empty: the client has left.
  std::string request() {
    for (;;) {
      if (const auto end = buffer_.find("\r\n\r\n"); end != std::string::npos) {
        const auto at = buffer_.find("Content-Length: ");
        const std::size_t body = at < end ? std::stoul(buffer_.substr(at + 16)) : 0;
        if (buffer_.size() >= end + 4 + body) return std::exchange(buffer_, {});
      }
      if (!fill()) return {};
    }
  }
  // False: the client has left.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }
  void until_left() {
    while (fill()) {
    }
  }

 private:
  bool fill() {
    char bytes[4096];
    const auto n = ::recv(fd_, bytes, sizeof bytes, 0);
    if (n > 0) buffer_.append(bytes, static_cast<std::size_t>(n));
    return n > 0;
  }
  const int fd_;
  std::string buffer_;
};

// Serves one connection after the other; the script of each runs on the server's thread.
class RawServer {
 public:
  explicit RawServer(std::function<void(Peer&)> script) : script_(std::move(script)), listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in any{};
    any.sin_family = AF_INET;
    any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::bind(listener_, reinterpret_cast<const sockaddr*>(&any), sizeof any);
    ::listen(listener_, 16);
    socklen_t size = sizeof any;
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&any), &size);
    port_ = ntohs(any.sin_port);
    thread_ = std::thread([this] { run(); });
  }
  ~RawServer() {
    ::shutdown(listener_, SHUT_RDWR);
    {
      const std::lock_guard lock(mutex_);
      if (current_ >= 0) ::shutdown(current_, SHUT_RDWR);
      stopping_ = true;
    }
    thread_.join();
    ::close(listener_);
  }
  std::uint16_t port() const { return port_; }
  int connections() const {
    const std::lock_guard lock(mutex_);
    return connections_;
  }

 private:
  void run() {
    for (;;) {
      const int fd = ::accept(listener_, nullptr, nullptr);
      if (fd < 0) return;
      {
        const std::lock_guard lock(mutex_);
        current_ = fd;
        ++connections_;
        if (stopping_) ::shutdown(fd, SHUT_RDWR);
      }
      Peer peer(fd);
      script_(peer);
      const std::lock_guard lock(mutex_);
      current_ = -1;
      ::close(fd);
    }
  }
  const std::function<void(Peer&)> script_;
  const int listener_;
  std::uint16_t port_ = 0;
  mutable std::mutex mutex_;
  int current_ = -1;
  int connections_ = 0;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace smartroute::control::outgoing

// One connection of the server: read a head, judge it, read the body, answer, again. Private to
// this folder.
#pragma once
#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <memory>
#include <string>

#include "controlplane/http/message.hpp"
#include "controlplane/http/server.hpp"
#include "dataplane/core/http1/request_head.hpp"

namespace smartroute::control::http {

// Belongs to its strand; only stop_when_idle() is called from there by others, through post.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(boost::asio::ip::tcp::socket socket, const Handlers& handlers,
             const ServerLimits& limits, const std::atomic<bool>& draining);

  // Until the peer leaves, a limit is broken or the server drains. Never throws.
  boost::asio::awaitable<void> run();
  // Ends the connection unless a request is being served; that one still gets its answer.
  void stop_when_idle();
  auto executor() { return socket_.get_executor(); }

 private:
  enum class Next { Keep, Close, Linger };

  boost::asio::awaitable<bool> read_head();
  boost::asio::awaitable<bool> read_body(std::size_t length);
  boost::asio::awaitable<Next> serve();
  boost::asio::awaitable<Next> serve_parsed(http1::RequestHead parsed);
  boost::asio::awaitable<Next> write(Response response, bool head_only, Next next);
  boost::asio::awaitable<void> linger();

  // The operation that runs now, or starts next, is cancelled after `limit`; the connection can
  // still be written to.
  void expire_after(std::chrono::milliseconds limit);
  void expire_never() { timer_.cancel(); }
  bool expired() const { return expired_; }

  boost::asio::ip::tcp::socket socket_;
  boost::asio::steady_timer timer_;
  boost::beast::flat_buffer buffer_;
  const Handlers& handlers_;
  const ServerLimits& limits_;
  const std::atomic<bool>& draining_;
  std::string remote_;
  bool expired_ = false;
  bool idle_ = true;  // waits for the first byte of a request
};

}  // namespace smartroute::control::http

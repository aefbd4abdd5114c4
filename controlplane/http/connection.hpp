// One connection of the server: TLS if the port speaks it, then read a head, judge it, read the body,
// answer, again; or it becomes a WebSocket. Private to this folder.
#pragma once
#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <memory>
#include <optional>
#include <string>

#include "controlplane/http/client_stream.hpp"
#include "controlplane/http/context.hpp"
#include "controlplane/http/upgrade.hpp"
#include "controlplane/http/websocket.hpp"
#include "dataplane/core/http1/request_head.hpp"

namespace smartroute::control::http {

// Belongs to the server's own thread; handlers and body sources are called on others, while nothing
// else happens here. wind_down() is called by others through post.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(boost::asio::ip::tcp::socket socket, Context& context);

  // Until the peer leaves, a limit is broken or the server drains. Never throws.
  boost::asio::awaitable<void> run();
  // Ends the connection unless a request is being served; that one still gets its answer. A
  // WebSocket is closed.
  void wind_down();
  // After all threads of the server have ended: lets go of what belongs to the handlers, and cuts.
  void abandon();
  auto executor() { return timer_.get_executor(); }

 private:
  enum class Next { Keep, Close, Linger, Reset };
  // A request whose head was read and taken off the buffer.
  struct Incoming {
    Request request;
    std::string target;
    std::optional<UpgradeOffer> upgrade;
    std::uint64_t length = 0;  // of the body
    bool chunked = false;
    bool expects_continue = false;
    bool head_only = false;
    bool http10 = false;
    Next after = Next::Close;
  };

  // connection_tls.cpp
  boost::asio::awaitable<bool> shake_hands();
  boost::asio::awaitable<void> end_tls();
  void promise_https(boost::beast::http::response_header<>& head) const;

  boost::asio::awaitable<bool> read_head();
  boost::asio::awaitable<bool> read_body(std::size_t length);
  boost::asio::awaitable<Next> serve();
  boost::asio::awaitable<Next> serve_request(Incoming& in);
  boost::asio::awaitable<std::optional<Next>> take_body(Incoming& in);
  boost::asio::awaitable<Next> write(Response response, bool head_only, Next next);
  boost::asio::awaitable<void> linger();
  std::optional<Incoming> take_head(Response& refused);

  // connection_stream.cpp
  boost::asio::awaitable<Next> write_stream(Response response, const Incoming& in);
  boost::asio::awaitable<bool> write_pieces(bool http10);
  boost::asio::awaitable<bool> write_piece(std::string_view piece, bool http10);
  boost::asio::awaitable<BodySource::Piece> begin_stream(Response& response);
  boost::asio::awaitable<void> drop_source();
  boost::asio::awaitable<void> until_woken();
  void watch_for_leaving();
  void watch_for_fin();
  void client_left();

  // connection_upgrade.cpp
  boost::asio::awaitable<Next> serve_websocket(Incoming& in);

  // The operation that runs now, or starts next, is cancelled after `limit`; the connection can
  // still be written to.
  void expire_after(std::chrono::milliseconds limit);
  void expire_never();
  bool expired() const { return expired_; }

  boost::asio::ip::tcp::socket& socket() { return stream_.next_layer(); }

  ClientStream stream_;
  boost::asio::steady_timer timer_;
  boost::asio::steady_timer wake_;  // never runs out; cancelled when a source is to be asked again
  boost::beast::flat_buffer buffer_;
  Context& context_;
  const ServerLimits& limits_;
  std::string remote_;
  bool host_is_name_ = false;      // of the request: neither this machine by name nor an address
  bool expired_ = false;
  bool idle_ = true;               // waits for the first byte of a request
  std::uint64_t deadlines_ = 0;    // that were set or lifted; an older one's timer says nothing
  std::uint64_t watches_ = 0;      // likewise for watch_for_leaving()
  bool woken_ = false;             // by the source, since it was last asked
  std::atomic<bool> gone_{false};  // the client has left while a body was streamed
  std::shared_ptr<BodySource> source_;
  std::shared_ptr<WebSocket> websocket_;
};

}  // namespace smartroute::control::http

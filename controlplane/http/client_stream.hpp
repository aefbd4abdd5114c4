// The server's end of a connection, plain or TLS, as Asio and Beast want a stream. Private to this folder.
#pragma once
#include <boost/asio/async_result.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <boost/beast/websocket/teardown.hpp>
#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>

#include "proto/tls/server_certificate.hpp"

namespace smartroute::control::http {

// One thread at a time; one read and one write may be under way together.
class ClientStream {
 public:
  using next_layer_type = boost::asio::ip::tcp::socket;
  using executor_type = next_layer_type::executor_type;
  using Tls = boost::asio::ssl::stream<next_layer_type>;

  // What an operation gives back, by how its caller waits.
  template <class Token, class Signature>
  using Result = typename boost::asio::async_result<std::decay_t<Token>, Signature>::return_type;
  template <class Token>
  using Moved = Result<Token, void(boost::system::error_code, std::size_t)>;

  explicit ClientStream(next_layer_type socket) : socket_(std::move(socket)) {}

  // From here on bytes are those inside TLS; what waits on the socket is the client's first. Call async_handshake next.
  void start_tls(const tls::ServerCertificate::Context& context);
  bool is_tls() const noexcept { return tls_ != nullptr; }
  Tls* tls() noexcept { return tls_.get(); }

  // The socket itself: to cancel, to close, to see whether something comes.
  next_layer_type& next_layer() noexcept { return tls_ ? tls_->next_layer() : socket_; }
  executor_type get_executor() noexcept { return next_layer().get_executor(); }

  template <class Token>
  Result<Token, void(boost::system::error_code)> async_handshake(Token&& token) {
    return tls_->async_handshake(boost::asio::ssl::stream_base::server, std::forward<Token>(token));
  }
  template <class Buffers, class Token>
  Moved<Token> async_read_some(const Buffers& buffers, Token&& token) {
    if (tls_) return tls_->async_read_some(buffers, std::forward<Token>(token));
    return socket_.async_read_some(buffers, std::forward<Token>(token));
  }
  template <class Buffers, class Token>
  Moved<Token> async_write_some(const Buffers& buffers, Token&& token) {
    if (tls_) return tls_->async_write_some(buffers, std::forward<Token>(token));
    return socket_.async_write_some(buffers, std::forward<Token>(token));
  }

 private:
  next_layer_type socket_;      // moved from while there is TLS
  std::unique_ptr<Tls> tls_;
};

// How Beast ends the stream under a WebSocket.
template <class Handler>
void async_teardown(boost::beast::role_type role, ClientStream& stream, Handler&& handler) {
  using boost::beast::websocket::async_teardown;
  if (auto* const inside = stream.tls()) return async_teardown(role, *inside, std::forward<Handler>(handler));
  async_teardown(role, stream.next_layer(), std::forward<Handler>(handler));
}

}  // namespace smartroute::control::http

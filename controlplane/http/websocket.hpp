// One WebSocket, from the handshake to its end. Private to this folder; Beast's websocket headers
// are in its source only.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>

#include "controlplane/http/client_stream.hpp"
#include "controlplane/http/context.hpp"

namespace smartroute::control::http {

struct WebSocketHandshake {
  std::string target;
  std::string host;
  std::string key;
  bool subprotocol = false;  // kSubprotocol was offered
};

// Thread rule: the server's own thread, except as noted.
class WebSocket {
 public:
  virtual ~WebSocket() = default;
  // Handshake, messages, end; the session has had its last call when it returns.
  virtual boost::asio::awaitable<void> run() = 0;
  // Closes with 1001.
  virtual void go_away() = 0;
  // After all threads of the server have ended: cuts, and gives the session its last call.
  virtual void abandon() = 0;
};

std::shared_ptr<WebSocket> make_websocket(ClientStream stream,
                                          WebSocketHandshake handshake,
                                          std::shared_ptr<WebSocketSession> session,
                                          Context& context);

}  // namespace smartroute::control::http

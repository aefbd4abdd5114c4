// The small HTTP/1.1 server behind the admin and ops ports: whole requests in; whole answers,
// streamed answers and WebSockets out; every buffer bounded. Bodies come with Content-Length only;
// chunked requests are refused with 411, so there are no trailers to be confused by.
#pragma once
#include <chrono>
#include <cstddef>
#include <memory>

#include "contract/base/result.hpp"
#include "controlplane/base/address.hpp"
#include "controlplane/http/message.hpp"

namespace smartroute::tls {
class ServerCertificate;
}

namespace smartroute::control::http {

struct ServerLimits {
  std::size_t body_bytes = 8 * 1024 * 1024;
  std::size_t connections = 128;           // further ones are closed unanswered
  std::size_t handshakes = 64;             // of TLS at once; who comes then is closed unanswered
  std::chrono::milliseconds handshake{10'000};
  std::chrono::milliseconds idle{75'000};  // between requests of a connection
  std::chrono::milliseconds head{10'000};  // from the first byte of a head to its end
  std::chrono::milliseconds body{30'000};
  std::chrono::milliseconds write{30'000};    // an answer, or 64 KiB of a streamed one
  std::size_t streams = 16;                   // streamed answers at once; then 503
  std::size_t websockets = 64;                // at once; then 503
  std::size_t websocket_message = 64 * 1024;  // from the client; a larger one closes with 1009
  std::size_t websocket_queue = 1024 * 1024;  // that wait for a client to read
  // A client that says nothing this long is sent a ping; after as long again it is cut.
  std::chrono::milliseconds websocket_ping{20'000};
};

// Thread rule: start, stop and the destructor belong to one thread; address() may be called from
// any.
class Server {
 public:
  // Binds and listens before it returns; `threads` threads then run the handlers. One more does
  // input and output, and two are made for streamed answers and WebSockets when the first of them
  // comes. With a certificate it speaks TLS and nothing else. Error: Internal, naming the address and the reason.
  static Result<std::unique_ptr<Server>> start(const base::Address& address, Handlers handlers,
                                               std::size_t threads, ServerLimits limits = {},
                                               std::shared_ptr<const tls::ServerCertificate> certificate = nullptr);
  // As stop(0).
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Where it listens, with the real port.
  const base::Address& address() const noexcept;
  // Closes the listener, idle connections and (with 1001) WebSockets, lets requests and streams in
  // flight finish for at most `grace`, then cuts. Returns when no handler, source or session runs
  // and all of their objects are gone. Idempotent.
  void stop(std::chrono::milliseconds grace);

 private:
  class Engine;
  explicit Server(std::unique_ptr<Engine> engine);
  std::unique_ptr<Engine> engine_;
};

}  // namespace smartroute::control::http

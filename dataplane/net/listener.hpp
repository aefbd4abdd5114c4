// Accepts clients on one worker. Every worker has its own listener on the same address (SO_REUSEPORT), so that no connection ever changes threads.
// Thread rule: construct anywhere; everything else on the worker.
#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_set>

#include "contract/base/result.hpp"
#include "dataplane/net/downstream.hpp"
#include "dataplane/net/event.hpp"

namespace smartroute::net {

// "127.0.0.1:8080", "[::1]:8080", "0.0.0.0:0".
struct ListenAddress {
  std::string host;
  std::uint16_t port = 0;
  std::string text() const;
};
Result<ListenAddress> parse_listen_address(std::string_view text);

// A bound, listening, non-blocking socket. Errors: Internal with the reason ("address already in use"). Port 0 picks one; bound_port tells.
Result<int> open_listener(const ListenAddress& address);
Result<std::uint16_t> bound_port(int fd);
// Error if another process listens on the address already: SO_REUSEPORT alone would let two gateways share a port unnoticed.
Result<void> require_free_port(const ListenAddress& address);

class ConnectionHandler {
 public:
  virtual ~ConnectionHandler() = default;
  // Serves one client until it is done. Runs on the connection's worker.
  virtual Awaitable<void> serve(std::shared_ptr<Downstream> client) = 0;
  // A client was turned away because max_connections are open.
  virtual void on_refused() noexcept = 0;
};

class Listener {
 public:
  struct Counters {
    std::atomic<std::int64_t> open{0};
  };
  // Takes ownership of `fd`. `max_connections`: asked at each accept, for this worker.
  Listener(Worker& worker, int fd, ConnectionHandler& handler, std::function<std::size_t()> max_connections);
  ~Listener();

  void start();
  // Stops accepting. Idle connections close; the others finish their request and then close.
  void drain();
  // Cuts what is left.
  void cut_all();
  const Counters& counters() const noexcept { return counters_; }

 private:
  Awaitable<void> accept_loop();
  Awaitable<void> serve_one(std::shared_ptr<Downstream> client);

  Worker& worker_;
  Readiness readiness_;
  int fd_;
  Event pause_over_;
  Deadline pause_;
  ConnectionHandler& handler_;
  std::function<std::size_t()> max_connections_;
  std::unordered_set<Downstream*> open_;
  Counters counters_;
};

}  // namespace smartroute::net

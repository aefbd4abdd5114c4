// Accepts clients on one worker, and ends with them. Without a free file descriptor it turns clients away with a 503 on a spare one and
// pauses; it never spins. Every worker has its own listener on the same place, so that no connection ever changes threads. Clients of a TLS
// listener are served once the handshake is done; those it has no room for are closed without a word, which they could not read.
// Thread rule: construct anywhere; everything else on the worker.
#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>

#include "contract/base/result.hpp"
#include "dataplane/net/downstream.hpp"
#include "dataplane/net/event.hpp"
#include "dataplane/net/listen_address.hpp"
#include "dataplane/net/listen_socket.hpp"
#include "dataplane/net/tls_door.hpp"

namespace smartroute::net {

class ConnectionHandler {
 public:
  virtual ~ConnectionHandler() = default;
  // Serves one client until it is done. Runs on the connection's worker.
  virtual Awaitable<void> serve(std::shared_ptr<Downstream> client) = 0;
  // A client was turned away: max_connections are open, or no file descriptor is left.
  virtual void on_refused() noexcept = 0;
  // Accepting rests for Listener::kAcceptPause, because the kernel refused: as a rule no file descriptor is left.
  virtual void on_accept_paused() noexcept {}
  // How a TLS handshake went.
  virtual void on_handshake(Handshake result) noexcept { (void)result; }
};

class Listener {
 public:
  static constexpr std::chrono::milliseconds kAcceptPause{50};
  static constexpr int kTurnedAwayAtOnce = 64;         // on the spare file descriptor, before each pause
  static constexpr std::size_t kLingering = 32;        // clients above max_connections that are given time to read why
  // While draining: a connection as young as this has just been opened to send something.
  static constexpr std::chrono::milliseconds kNewcomer{1'000};

  struct Counters {
    std::atomic<std::int64_t> open{0};
  };
  // Takes ownership of `fd`. `max_connections`: asked at each accept, for this listener. `certificate`: clients speak TLS; nullptr: they do not.
  Listener(Worker& worker, int fd, ConnectionHandler& handler, std::function<std::size_t()> max_connections,
           const tls::ServerCertificate* certificate = nullptr);
  ~Listener();

  void start();
  // The end, step by step. Still accepting, but each answer is its connection's last:
  void begin_drain() noexcept { worker_.set_draining(); }
  // Connections on which nothing is going on close, but for newcomers. Repeat it as long as new ones are accepted.
  void close_idle();
  // Whoever waits to be accepted still is; then the socket closes.
  void stop_accepting();
  // Cuts what is left with an error. Nothing is accepted any more.
  void cut_all();
  const Counters& counters() const noexcept { return counters_; }

 private:
  enum class Accepted : std::uint8_t { One, NobodyWaits, CannotNow };
  bool somebody_waits() const noexcept;
  Accepted accept_one();
  bool turn_away_on_spare();
  void open_spare() noexcept;
  Awaitable<void> accept_loop();
  Awaitable<void> serve_one(std::shared_ptr<Downstream> client);
  Awaitable<void> turn_away(std::shared_ptr<Downstream> client);

  Worker& worker_;
  Readiness readiness_;
  int fd_;
  int spare_ = -1;               // held open to be given up when no other is left
  Event pause_over_;
  Deadline pause_;
  ConnectionHandler& handler_;
  std::function<std::size_t()> max_connections_;
  std::unordered_map<Downstream*, SteadyTime> open_;      // since when
  std::size_t lingering_ = 0;
  std::optional<TlsDoor> door_;
  Counters counters_;
};

}  // namespace smartroute::net

// TLS handshakes of one listener on one worker, and their bounds: who opens connections and says nothing, or many at once, costs a place and
// no more, and the streams that are being served hardly notice. Thread rule: one worker.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>

#include "dataplane/net/deadline_wheel.hpp"
#include "dataplane/net/event.hpp"

namespace smartroute::tls {
class ServerCertificate;
}

namespace smartroute::net {

class Downstream;
class Worker;

enum class Handshake : std::uint8_t {
  Done,
  Left,        // the client went without a word, as probes of a port do
  Failed,      // no agreement, or no TLS
  TimedOut,    // not done within kDeadline
  CrowdedOut,  // gave its place to others after kPatience
  PlainHttp    // spoke HTTP, and was told so
};

class TlsDoor {
 public:
  static constexpr std::size_t kPlaces = 128;                          // handshakes in progress; who comes then waits in the backlog
  static constexpr std::chrono::milliseconds kPatience{1'000};         // a handshake that is older gives up its place if another wants it
  static constexpr std::chrono::milliseconds kDeadline{10'000};        // of a handshake
  static constexpr int kStepsATurn = 4;                                // a step may be a signature, a millisecond with RSA

  TlsDoor(Worker& worker, const tls::ServerCertificate& certificate);
  ~TlsDoor();
  TlsDoor(const TlsDoor&) = delete;
  TlsDoor& operator=(const TlsDoor&) = delete;

  bool has_room() const noexcept { return crowd_->places.size() < kPlaces; }
  // Takes its place from the oldest, if that is old enough.
  bool make_room();
  // Until there may be. One waiter.
  Awaitable<void> wait_for_room();
  // From the first byte to the last of the handshake; Done: the stream is a TLS one.
  Awaitable<Handshake> shake_hands(Downstream& client);

 private:
  struct Place {
    Downstream* client;
    SteadyTime since;
  };
  struct Crowd {
    std::list<Place> places;      // the oldest first
    Event* room = nullptr;        // while the door stands
  };
  class Hold;

  bool may_step() noexcept;
  Awaitable<Handshake> run(Downstream& client);

  Worker& worker_;
  const tls::ServerCertificate& certificate_;
  Event room_;
  const std::shared_ptr<Crowd> crowd_;
  Deadline patience_;
  std::uint64_t turn_ = 0;
  int steps_ = 0;      // of this turn
};

}  // namespace smartroute::net

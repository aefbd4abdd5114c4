// Everything that can end the waits of one exchange from outside: its deadlines, a client that left, shutdown. Whoever cuts first names the
// reason, except that what ends the whole exchange outranks what ends one attempt; every wait in progress returns at once and the coroutine
// asks why(). Thread rule: one worker.
#pragma once
#include <array>
#include <chrono>
#include <cstdint>

#include "dataplane/net/deadline_wheel.hpp"

namespace smartroute::net {

class Stream;
class Event;

enum class Cut : std::uint8_t {
  None,
  KeepAlive,    // idle between requests
  Head,         // TLS handshake or request head too slow
  Body,         // request body too slow
  Connect,      // attempt: connect and TLS
  FirstByte,    // attempt: response head
  Idle,         // upstream silent between bytes; an attempt's before the commit point
  ClientWrite,  // client does not take the answer
  Judge,        // the judge's call in row 4, from connect to the last byte
  Total,        // whole request
  Tail,         // grace for what follows a finished answer
  ClientGone,
  Drain,
};

class Interrupt {
 public:
  explicit Interrupt(DeadlineWheel& wheel) : wheel_(wheel) {
    phase_.bind([](void* self) { static_cast<Interrupt*>(self)->cut(static_cast<Interrupt*>(self)->phase_cut_); }, this);
    total_.bind([](void* self) { static_cast<Interrupt*>(self)->cut(static_cast<Interrupt*>(self)->total_cut_); }, this);
    nudge_.bind([](void* self) { static_cast<Interrupt*>(self)->on_nudge(); }, this);
  }
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  // The deadline of the present phase; replaces the one before.
  void arm(Cut why, std::chrono::milliseconds after) {
    phase_cut_ = why;
    wheel_.arm(phase_, wheel_.now() + after);
  }
  void disarm() noexcept { phase_.disarm(); }
  // The deadline around all phases: of the request, or, before the request has one, of its judge (Cut::Judge); replaces the one before.
  void arm_total(std::chrono::milliseconds after, Cut why = Cut::Total) {
    total_cut_ = why;
    wheel_.arm(total_, wheel_.now() + after);
  }
  void disarm_total() noexcept { total_.disarm(); }

  // Wakes a wait for the upstream once, without ending anything: something is due meanwhile. Replaces the nudge before.
  void nudge(std::chrono::milliseconds after) { wheel_.arm(nudge_, wheel_.now() + after); }
  void cancel_nudge() noexcept { nudge_.disarm(); }
  bool nudge_armed() const noexcept { return nudge_.armed(); }

  // Streams and the event whose waits are cancelled by cut(). Borrowed; null them before they die.
  void set_client(Stream* stream) noexcept { client_ = stream; }
  void set_upstream(Stream* stream) noexcept { upstream_ = stream; }
  void set_event(Event* event) noexcept { event_ = event; }

  void cut(Cut why);
  // Told of every cut that becomes the reason, for counting.
  using Observer = void (*)(void* context, Cut why);
  void observe(Observer observer, void* context) noexcept {
    observer_ = observer;
    context_ = context;
  }
  Cut why() const noexcept { return why_; }
  // Forgets a cut that concerned one attempt, or the judge, only, so that the next candidate may run.
  void clear_attempt() noexcept {
    if (ends_attempt_only(why_)) why_ = Cut::None;
  }
  // A new exchange on the same connection.
  void reset() noexcept {
    phase_.disarm();
    total_.disarm();
    nudge_.disarm();
    why_ = Cut::None;
    upstream_ = nullptr;
    event_ = nullptr;
  }
  DeadlineWheel& wheel() noexcept { return wheel_; }

 private:
  static bool ends_attempt_only(Cut why) noexcept { 
    return why == Cut::Connect || why == Cut::FirstByte || why == Cut::Idle || why == Cut::Judge;
  }
  void on_nudge();

  DeadlineWheel& wheel_;
  Deadline phase_, total_, nudge_;
  Observer observer_ = nullptr;
  void* context_ = nullptr;
  Stream* client_ = nullptr;
  Stream* upstream_ = nullptr;
  Event* event_ = nullptr;
  Cut phase_cut_ = Cut::None;
  Cut total_cut_ = Cut::Total;
  Cut why_ = Cut::None;
};

}  // namespace smartroute::net

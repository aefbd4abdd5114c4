// The readiness loop of one worker: one edge-triggered epoll registration a socket, for its whole life. Waiting costs no system call and no
// allocation, which Asio's async_wait cannot offer (an epoll_ctl each). What an idle socket does is remembered too, so a pooled connection that
// its owner closed is known to be dead without asking the kernel. Thread rule: one worker; wake() from any thread.
#pragma once
#include <sys/epoll.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <new>
#include <type_traits>
#include <utility>
#include <vector>

namespace smartroute::net {

// A completion handler of any type, kept in place. Called once or destroyed.
class Continuation {
 public:
  Continuation() = default;
  Continuation(const Continuation&) = delete;
  Continuation& operator=(const Continuation&) = delete;
  Continuation(Continuation&& other) noexcept { take(other); }
  Continuation& operator=(Continuation&& other) noexcept {
    if (this != &other) {
      clear();
      take(other);
    }
    return *this;
  }
  ~Continuation() { clear(); }

  template <class Handler>
  void set(Handler&& handler) {
    using Kept = std::decay_t<Handler>;
    static_assert(sizeof(Kept) <= kRoom && alignof(Kept) <= alignof(std::max_align_t) && std::is_nothrow_move_constructible_v<Kept>);
    clear();
    new (room_) Kept(std::forward<Handler>(handler));
    act_ = [](Act act, void* self, void* to) {
      Kept* kept = static_cast<Kept*>(self);
      if (act == Act::Move) {
        new (to) Kept(std::move(*kept));
        kept->~Kept();
      } else if (act == Act::Destroy) {
        kept->~Kept();
      } else {
        Kept local(std::move(*kept));
        kept->~Kept();
        std::move(local)();
      }
    };
  }
  explicit operator bool() const noexcept { return act_ != nullptr; }
  // Empties this first: the handler may set it anew.
  void call() {
    const auto act = std::exchange(act_, nullptr);
    act(Act::Call, room_, nullptr);
  }
  void clear() noexcept {
    if (const auto act = std::exchange(act_, nullptr)) act(Act::Destroy, room_, nullptr);
  }

 private:
  enum class Act : std::uint8_t { Move, Destroy, Call };
  static constexpr std::size_t kRoom = 48;
  void take(Continuation& other) noexcept {
    act_ = std::exchange(other.act_, nullptr);
    if (act_) act_(Act::Move, other.room_, room_);
  }
  alignas(std::max_align_t) unsigned char room_[kRoom];
  void (*act_)(Act, void*, void*) = nullptr;
};

class Reactor;

// One socket's readiness, embedded in what owns the socket. Destroying it forgets the waits.
class Readiness {
 public:
  enum class Want : std::uint8_t { Read, Write };
  // Told of every event while nobody waits to read: the peer spoke, closed or broke.
  using Observer = void (*)(void* context);

  Readiness() = default;
  Readiness(const Readiness&) = delete;
  Readiness& operator=(const Readiness&) = delete;
  ~Readiness() { detach(); }

  // Registers `fd`; it must stay open until detach(). False: the kernel refused (out of watches).
  bool attach(Reactor& reactor, int fd) noexcept;
  // Without a socket: only cancel() ends its waits. For events that come from inside.
  void attach_virtual(Reactor& reactor) noexcept;
  void detach() noexcept;

  // Calls `handler` from the loop once the socket may be ready for `want`, or cancel() was called. One waiter for each direction.
  template <class Handler>
  void wait(Want want, Handler&& handler) {
    waiter(want).set(std::forward<Handler>(handler));
    if (want == Want::Read ? may_read() : may_write_) wake_soon();
  }
  // Ends the waits in progress.
  void cancel() noexcept {
    cancelled_ = true;
    wake_soon();
  }
  void observe(Observer observer, void* context) noexcept {
    observer_ = observer;
    context_ = context;
  }

  // A read or write has just found the socket drained or full: only a new event makes it ready again.
  void drained() noexcept { may_read_ = false; }
  void full() noexcept { may_write_ = false; }
  // Something came since the last read, or the peer has sent FIN or broke.
  bool may_read() const noexcept { return may_read_ || peer_closed_; }
  bool peer_closed() const noexcept { return peer_closed_; }
  bool broken() const noexcept { return broken_; }

 private:
  friend class Reactor;
  void link(Reactor& reactor) noexcept;
  Continuation& waiter(Want want) noexcept { return want == Want::Read ? reader_ : writer_; }
  void wake_soon() noexcept;
  void on_event(std::uint32_t events) noexcept;
  void run();

  Continuation reader_, writer_;
  Observer observer_ = nullptr;
  void* context_ = nullptr;
  Reactor* reactor_ = nullptr;
  int fd_ = -1;
  bool may_read_ = false, may_write_ = false;
  bool peer_closed_ = false, broken_ = false;
  bool cancelled_ = false;
  bool queued_ = false;
  Readiness* previous_ = nullptr;     // all attached ones, for the end
  Readiness* next_ = nullptr;
};

class Reactor {
 public:
  static constexpr int kBatch = 256;

  Reactor();
  ~Reactor();
  Reactor(const Reactor&) = delete;
  Reactor& operator=(const Reactor&) = delete;

  // Waits at most `timeout` (not at all when something is queued), calls `woken`, then runs what became ready.
  template <class Woken>
  void turn(std::chrono::milliseconds timeout, Woken&& woken) {
    wait(timeout);
    ++turns_;
    woken();
    run_ready();
  }
  // How many there were; a handler that waits for its own socket once more, which is ready, runs in the next one.
  std::uint64_t turns() const noexcept { return turns_; }
  // The last turn() brought as many events as one can: more may have come.
  bool more_may_wait() const noexcept { return full_; }
  // Ends a turn() that sleeps. Any thread.
  void wake() noexcept;
  // Destroys every pending handler; coroutines that waited die with it.
  void abandon_all() noexcept;

 private:
  friend class Readiness;
  void wait(std::chrono::milliseconds timeout);
  void run_ready();

  int epoll_ = -1;
  int wake_fd_ = -1;
  std::array<epoll_event, kBatch> events_;
  int batch_ = 0;                       // of the turn in progress
  std::uint64_t turns_ = 0;
  bool full_ = false;
  std::vector<Readiness*> queue_;       // to run without an event; null: it died
  std::vector<Readiness*> running_;
  Readiness* all_ = nullptr;
};

}  // namespace smartroute::net

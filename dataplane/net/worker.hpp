// One thread with its loop, and everything that belongs to it alone: deadlines, buffers, upstream connections, randomness. What lives here
// is touched by no other thread, so nothing here has a lock.
#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "contract/base/clock.hpp"
#include "contract/base/random.hpp"
#include "dataplane/net/async.hpp"
#include "dataplane/net/buffer_pool.hpp"
#include "dataplane/net/deadline_wheel.hpp"
#include "dataplane/net/upstream_pool.hpp"

namespace smartroute::net {

class Worker {
 public:
  static constexpr std::size_t kReadBuffer = 64 * 1024;
  static constexpr std::chrono::seconds kSweepEvery{1};
  static constexpr int kTurnsWithoutDeadlines = 64;     // in a row, while each brings as many events as one can
  static constexpr std::chrono::milliseconds kStoodStill{50};      // a deadline is seen within a tick of its time, unless the thread stood still

  Worker(std::size_t index, const Clock& clock, std::uint64_t seed);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void start();          // launches the thread
  void stop();           // any thread: ends the loop; join() waits for it
  void join();

  Executor executor() { return io_.get_executor(); }
  Reactor& reactor() noexcept { return reactor_; }
  // Runs `task` on this worker soon. Any thread.
  void post(std::function<void()> task);
  // One turn of the loop without waiting, for tests that own the thread.
  void run_once();
  std::size_t index() const noexcept { return index_; }
  const Clock& clock() const noexcept { return clock_; }
  DeadlineWheel& wheel() noexcept { return wheel_; }
  BufferPool& buffers() noexcept { return buffers_; }
  UpstreamPool& pool() noexcept { return pool_; }
  Random& random() noexcept { return random_; }
  // Shared by every connection of the worker: what was read into it is gone at the next co_await that really waits.
  char* read_buffer() noexcept { return read_buffer_.get(); }

  // Idle upstream connections older than this are closed by the sweep.
  void set_upstream_idle_timeout(std::chrono::milliseconds timeout) noexcept { upstream_idle_timeout_ = timeout; }

  // Wall time of a moment of steady time, without asking the clock: the distance is measured once a sweep.
  std::int64_t wall_us(SteadyTime t) const noexcept {
    return std::chrono::duration_cast<std::chrono::microseconds>(t.time_since_epoch() + wall_minus_steady_).count();
  }

  // Set once shutdown has begun: answers say Connection: close.
  bool draining() const noexcept { return draining_; }
  void set_draining() noexcept { draining_ = true; }

  // Milliseconds of steady time at the last turn of the loop; read by the liveness probe.
  std::int64_t heartbeat_ms() const noexcept { return heartbeat_ms_.load(std::memory_order_relaxed); }

 private:
  void loop();
  void turn(std::chrono::milliseconds longest);
  void run_posted();
  void on_sweep();
  void measure_wall() noexcept;

  // Order matters: coroutine frames die with io_, and their connections still use the wheel and the buffers; what holds sockets dies before io_.
  const std::size_t index_;
  const Clock& clock_;
  DeadlineWheel wheel_;
  BufferPool buffers_;
  SeededRandom random_;
  std::unique_ptr<char[]> read_buffer_;
  Deadline sweep_;
  Reactor reactor_;
  asio::io_context io_;
  UpstreamPool pool_;
  std::mutex posted_mutex_;
  std::vector<std::function<void()>> posted_;
  std::atomic<bool> has_posted_{false};
  std::atomic<bool> stopping_{false};
  std::chrono::milliseconds upstream_idle_timeout_{55'000};
  std::chrono::nanoseconds wall_minus_steady_{0};
  bool draining_ = false;
  int turns_without_deadlines_ = 0;
  std::atomic<std::int64_t> heartbeat_ms_{0};
  std::thread thread_;
};

}  // namespace smartroute::net

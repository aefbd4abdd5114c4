#include "dataplane/net/worker.hpp"

#include <pthread.h>

#include <boost/asio/post.hpp>
#include <string>

namespace smartroute::net {

Worker::Worker(std::size_t index, const Clock& clock, std::uint64_t seed)
    : index_(index),
      clock_(clock),
      wheel_(clock.steady()),
      random_(seed),
      read_buffer_(new char[kReadBuffer]),
      io_(1) {
  measure_wall();
  sweep_.bind([](void* self) { static_cast<Worker*>(self)->on_sweep(); }, this);
}

Worker::~Worker() {
  stop();
  join();
  reactor_.abandon_all();
}

void Worker::start() {
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), ("worker-" + std::to_string(index_)).c_str());
    // The loop runs inside a handler of the io_context: there Asio recycles coroutine frames and resumes without a detour.
    asio::post(io_, [this] {
      loop();
      io_.stop();        // a connection that is still open keeps run() from ending by itself
    });
    io_.run();
  });
}

void Worker::stop() {
  stopping_.store(true, std::memory_order_release);
  reactor_.wake();
}

void Worker::join() {
  if (thread_.joinable()) thread_.join();
}

void Worker::post(std::function<void()> task) {
  {
    const std::lock_guard lock(posted_mutex_);
    posted_.push_back(std::move(task));
  }
  has_posted_.store(true, std::memory_order_release);
  reactor_.wake();
}

void Worker::loop() {
  on_sweep();
  while (!stopping_.load(std::memory_order_acquire)) turn(kSweepEvery);
  run_posted();
}

void Worker::turn(std::chrono::milliseconds longest) {
  std::chrono::milliseconds timeout = longest;
  if (const auto wake = wheel_.next_wake()) {
    const auto left = *wake - wheel_.now();
    if (left < timeout) timeout = std::max(std::chrono::milliseconds(0), std::chrono::ceil<std::chrono::milliseconds>(left));
  }
  auto tell_time = [this] { wheel_.tell(clock_.steady()); };
  reactor_.turn(timeout, tell_time);
  if (has_posted_.load(std::memory_order_acquire)) run_posted();
  const auto wake = wheel_.next_wake();
  const bool due = wake && *wake <= wheel_.now();
  // It was this thread that was late (the process stood still, or was starved): whose bytes have come meanwhile is not silent, so the
  // sockets are looked at once more, and again while each look brings as much as one can.
  const bool stood_still = due && wheel_.now() - *wake > kStoodStill && turns_without_deadlines_ == 0;
  if (due && (stood_still || reactor_.more_may_wait()) && ++turns_without_deadlines_ < kTurnsWithoutDeadlines) return;
  turns_without_deadlines_ = 0;
  if (due) wheel_.advance(wheel_.now());
}

void Worker::run_posted() {
  std::vector<std::function<void()>> tasks;
  {
    const std::lock_guard lock(posted_mutex_);
    tasks.swap(posted_);
    has_posted_.store(false, std::memory_order_relaxed);
  }
  for (auto& task : tasks) task();
}

void Worker::run_once() {
  asio::post(io_, [this] { turn(std::chrono::milliseconds(0)); });
  io_.restart();
  io_.poll();
}

void Worker::measure_wall() noexcept {
  wall_minus_steady_ = std::chrono::duration_cast<std::chrono::nanoseconds>(clock_.wall().time_since_epoch()) -
                       std::chrono::duration_cast<std::chrono::nanoseconds>(clock_.steady().time_since_epoch());
}

void Worker::on_sweep() {
  const auto now = clock_.steady();
  heartbeat_ms_.store(std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count(),
                      std::memory_order_relaxed);
  measure_wall();
  pool_.sweep(now, upstream_idle_timeout_);
  wheel_.arm(sweep_, now + kSweepEvery);
  io_.poll();        // completions that Asio preferred to queue
}

}  // namespace smartroute::net

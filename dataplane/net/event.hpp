// Lets a coroutine sleep until someone on the same worker wakes it. Thread rule: one worker; others post to it first.
#pragma once
#include <boost/asio/steady_timer.hpp>

#include "dataplane/net/async.hpp"

namespace smartroute::net {

class Event {
 public:
  explicit Event(const Executor& executor) : timer_(executor, Timer::time_point::max()) {}
  // Wakes the sleeper; a later wait() returns at once.
  void set() {
    is_set_ = true;
    timer_.cancel();
  }
  bool is_set() const noexcept { return is_set_; }
  Awaitable<void> wait() {
    if (!is_set_) (void)co_await timer_.async_wait(as_values);
  }

 private:
  using Timer = asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;
  Timer timer_;
  bool is_set_ = false;
};

}  // namespace smartroute::net

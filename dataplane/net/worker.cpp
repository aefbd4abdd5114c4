#include "dataplane/net/worker.hpp"

#include <pthread.h>

#include <boost/asio/executor_work_guard.hpp>
#include <string>

namespace smartroute::net {

Worker::Worker(std::size_t index, const Clock& clock, std::uint64_t seed)
    : index_(index),
      clock_(clock),
      wheel_(clock.steady()),
      random_(seed),
      read_buffer_(new char[kReadBuffer]),
      io_(1),
      timer_(io_.get_executor()) {
  sweep_.bind([](void* self) { static_cast<Worker*>(self)->on_sweep(); }, this);
}

Worker::~Worker() {
  stop();
  join();
}

void Worker::start() {
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), ("worker-" + std::to_string(index_)).c_str());
    on_sweep();
    const auto keep_running = asio::make_work_guard(io_);
    io_.run();
  });
}

void Worker::stop() { io_.stop(); }

void Worker::join() {
  if (thread_.joinable()) thread_.join();
}

void Worker::deadlines_changed() {
  const auto wake = wheel_.next_wake();
  if (!wake || *wake >= timer_at_) return;
  timer_at_ = *wake;
  timer_.expires_after(*wake - clock_.steady());     // by our clock: under a still one nothing fires by itself
  timer_.async_wait([this](boost::system::error_code ec) {
    if (!ec) on_timer();
  });
}

void Worker::on_timer() {
  timer_at_ = SteadyTime::max();
  wheel_.advance(clock_.steady());
  deadlines_changed();
}

void Worker::on_sweep() {
  const auto now = clock_.steady();
  heartbeat_ms_.store(std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count(),
                      std::memory_order_relaxed);
  pool_.sweep(now, upstream_idle_timeout_);
  wheel_.arm(sweep_, now + kSweepEvery);
  deadlines_changed();
}

}  // namespace smartroute::net

// Calls a function again and again, on a thread of its own. Thread rule: construct and destroy on one thread.
#pragma once
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace smartroute::control::base {

class Every {
 public:
  // First after one pause. `call` must not throw.
  Every(std::chrono::milliseconds pause, std::function<void()> call)
      : pause_(pause), call_(std::move(call)), thread_([this] { run(); }) {}
  // Waits for a call that is running.
  ~Every() {
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
    }
    wake_.notify_all();
    thread_.join();
  }
  Every(const Every&) = delete;
  Every& operator=(const Every&) = delete;

 private:
  void run() {
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, pause_, [this] { return stop_; })) {
      lock.unlock();
      call_();
      lock.lock();
    }
  }

  const std::chrono::milliseconds pause_;
  const std::function<void()> call_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace smartroute::control::base

// A thread that looks in from time to time: expired sessions go, what was used last is stored, and
// whoever wants to know is told. Thread rule: construct and destroy on one thread.
#pragma once
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "controlplane/accounts/accounts.hpp"

namespace smartroute::control::accounts {

class Sweep {
 public:
  static constexpr std::chrono::seconds kEvery{15};
  // `after` is called on the sweeping thread behind each look. Both must outlive the sweep.
  Sweep(Accounts& accounts, std::function<void()> after);
  // Looks once more.
  ~Sweep();
  Sweep(const Sweep&) = delete;
  Sweep& operator=(const Sweep&) = delete;

 private:
  void run();
  Accounts& accounts_;
  const std::function<void()> after_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace smartroute::control::accounts

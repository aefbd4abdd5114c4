#include "controlplane/accounts/sweep.hpp"

namespace smartroute::control::accounts {

Sweep::Sweep(Accounts& accounts, std::function<void()> after)
    : accounts_(accounts), after_(std::move(after)), thread_([this] { run(); }) {}

Sweep::~Sweep() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  thread_.join();
  accounts_.tidy();
}

void Sweep::run() {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, kEvery, [this] { return stop_; })) {
    lock.unlock();
    accounts_.tidy();
    after_();
    lock.lock();
  }
}

}  // namespace smartroute::control::accounts

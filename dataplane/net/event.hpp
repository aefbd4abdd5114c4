// Lets a coroutine sleep until someone on the same worker wakes it. Thread rule: one worker; others post to it first.
#pragma once
#include "dataplane/net/async.hpp"

namespace smartroute::net {

class Event {
 public:
  explicit Event(Reactor& reactor) { readiness_.attach_virtual(reactor); }
  // Wakes the sleeper at the next turn of the loop; a later wait() returns at once.
  void set() {
    is_set_ = true;
    readiness_.cancel();
  }
  void clear() noexcept { is_set_ = false; }
  Awaitable<void> wait() {
    while (!is_set_) co_await wait_for(readiness_, Readiness::Want::Read);
  }

 private:
  Readiness readiness_;
  bool is_set_ = false;
};

}  // namespace smartroute::net

// SIGINT, SIGTERM, SIGHUP and SIGCHLD as something to wait for instead of something that
// interrupts.
#pragma once
#include <signal.h>

#include <chrono>
#include <optional>

namespace smartroute::cli {

// Blocks the four in the calling thread and in threads it starts from then on: make it before any
// thread exists. SIGPIPE is ignored as well. The destructor restores the mask.
class Signals {
 public:
  Signals();
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  // A request to stop (SIGINT, SIGTERM, SIGHUP) if one came within `timeout`. Returns early, with
  // nothing, when a child ended.
  std::optional<int> wait(std::chrono::milliseconds timeout);

 private:
  sigset_t before_;
  int fd_;
};

}  // namespace smartroute::cli

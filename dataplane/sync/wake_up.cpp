#include "dataplane/sync/wake_up.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>

namespace smartroute::sync {

WakeUp::WakeUp() : event_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  if (event_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

WakeUp::~WakeUp() { ::close(event_); }

void WakeUp::ring() noexcept {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(event_, &one, sizeof one);   // fails only when it rings already
}

void WakeUp::rest(std::chrono::milliseconds most) noexcept {
  pollfd wait{event_, POLLIN, 0};
  if (::poll(&wait, 1, static_cast<int>(most.count())) > 0) {
    std::uint64_t rung;
    [[maybe_unused]] const auto got = ::read(event_, &rung, sizeof rung);
  }
  // Before the sleeper looks at what it was called for: a later call rings anew.
  called_.exchange(false, std::memory_order_acq_rel);
}

}  // namespace smartroute::sync

#include "dataplane/net/fd_limit.hpp"

#include <sys/resource.h>

#include <algorithm>

namespace smartroute::net {

std::size_t raise_fd_limit() noexcept {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;      // the least that any system gives
  const rlimit wanted{limit.rlim_max, limit.rlim_max};
  if (limit.rlim_cur != limit.rlim_max && ::setrlimit(RLIMIT_NOFILE, &wanted) == 0) limit = wanted;
  return static_cast<std::size_t>(std::min<rlim_t>(limit.rlim_cur, 1 << 30));
}

std::size_t clients_that_fit(std::size_t fds, std::size_t workers) noexcept {
  const std::size_t reserved = kReservedFds + kReservedFdsPerWorker * workers;
  return fds <= reserved ? 1 : std::max<std::size_t>(1, (fds - reserved) / 2);
}

}  // namespace smartroute::net

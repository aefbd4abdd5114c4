// How many file descriptors the process may have, and how many clients that is enough for.
#pragma once
#include <cstddef>

namespace smartroute::net {

// Descriptors that are nobody's connection: listeners, epoll, files, the control plane, DNS; and for each worker, spares and clients that
// are being turned away.
inline constexpr std::size_t kReservedFds = 64;
inline constexpr std::size_t kReservedFdsPerWorker = 48;

// Raises the soft RLIMIT_NOFILE to the hard one, and says what it is now.
std::size_t raise_fd_limit() noexcept;

// Clients for which `fds` are enough, when each may need a second one for its provider. At least 1.
std::size_t clients_that_fit(std::size_t fds, std::size_t workers) noexcept;

}  // namespace smartroute::net

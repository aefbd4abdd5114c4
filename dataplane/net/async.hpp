// The vocabulary of the shell's coroutines: one executor type (no type erasure on the hot path), waits that never throw.
#pragma once
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "dataplane/net/reactor.hpp"

namespace smartroute::net {

namespace asio = boost::asio;
using Executor = asio::io_context::executor_type;
template <class T = void>
using Awaitable = asio::awaitable<T, Executor>;

// Hands the coroutine's handler to a Readiness. A named type, not a lambda: see CONTRIBUTING.md about GCC 12.
struct InitiateWait {
  Readiness* readiness;
  Readiness::Want want;
  template <class Handler>
  void operator()(Handler&& handler) const {
    readiness->wait(want, std::forward<Handler>(handler));
  }
};

// Suspends until `readiness` says so. Why it was woken is for the caller to find out: by trying, or by asking its Interrupt.
inline Awaitable<void> wait_for(Readiness& readiness, Readiness::Want want) {
  const InitiateWait initiate{&readiness, want};
  return asio::async_initiate<const asio::use_awaitable_t<Executor>, void()>(initiate, asio::use_awaitable_t<Executor>{});
}

}  // namespace smartroute::net

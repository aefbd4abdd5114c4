// The vocabulary of the shell's coroutines: one executor type (no type erasure on the hot path), network failures as values.
#pragma once
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace smartroute::net {

namespace asio = boost::asio;
using Executor = asio::io_context::executor_type;
template <class T = void>
using Awaitable = asio::awaitable<T, Executor>;

// Completion token: co_await op(as_values) gives a tuple whose first element is the error code; nothing throws.
constexpr auto as_values = asio::as_tuple(asio::use_awaitable_t<Executor>{});

}  // namespace smartroute::net

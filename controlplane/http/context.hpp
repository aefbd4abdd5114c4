// What the connections of one server share. Private to this folder.
//
// Threads, and why there are three kinds: one thread does all input and output and never waits for
// anything else, so that no handler makes a stream stall or a WebSocket miss its pings. `handlers`
// run whole requests. `producers` run what takes part in long answers: pieces of streamed bodies
// and the sessions of WebSockets; sixteen slow exports keep each other waiting there, in turns of a
// piece, and no ordinary request.
#pragma once
#include <atomic>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <mutex>
#include <optional>

#include "controlplane/http/message.hpp"
#include "controlplane/http/server.hpp"
#include "proto/tls/server_certificate.hpp"

namespace smartroute::control::http {

// Takes one place of a bounded number, and gives it back.
class Place {
 public:
  Place(std::atomic<std::size_t>& taken, std::size_t limit) : taken_(taken) {
    has_ = taken_.fetch_add(1) < limit;
    if (!has_) taken_.fetch_sub(1);
  }
  ~Place() {
    if (has_) taken_.fetch_sub(1);
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  explicit operator bool() const noexcept { return has_; }

 private:
  std::atomic<std::size_t>& taken_;
  bool has_;
};

struct Context {
  Context(Handlers h, ServerLimits l, std::shared_ptr<const tls::ServerCertificate> c)
      : handlers(std::move(h)), limits(l), certificate(std::move(c)) {}

  const Handlers handlers;
  const ServerLimits limits;
  const std::shared_ptr<const tls::ServerCertificate> certificate;  // null: no TLS
  std::atomic<bool> draining{false};
  std::atomic<std::size_t> handshakes{0};
  std::atomic<std::size_t> streams{0};
  std::atomic<std::size_t> websockets{0};

  void start(std::size_t threads) { handlers_pool_.emplace(threads); }
  boost::asio::thread_pool& handler_threads() { return *handlers_pool_; }
  // Starts its threads at the first call: most servers never need them.
  boost::asio::thread_pool& producer_threads() {
    std::call_once(producers_made_, [this] { producers_pool_.emplace(kProducerThreads); });
    return *producers_pool_;
  }
  // After the thread that does input and output has ended. Lets what runs now end; nothing runs
  // from then on, and what is posted still lies there.
  void join() {
    for (auto* pool : {&handlers_pool_, &producers_pool_}) {
      if (!*pool) continue;
      (*pool)->stop();
      (*pool)->join();
    }
  }
  // After join(), when nobody posts any more, and before the io_context goes: coroutines that wait
  // in a pool unwind through it.
  void drop_pools() {
    handlers_pool_.reset();
    producers_pool_.reset();
  }

 private:
  static constexpr std::size_t kProducerThreads = 2;
  std::once_flag producers_made_;
  std::optional<boost::asio::thread_pool> handlers_pool_, producers_pool_;
};

// `co_await asio::post(on(pool))` goes on in a thread of the pool; `co_await
// asio::post(asio::use_awaitable)` comes back to the coroutine's own.
inline auto on(boost::asio::thread_pool& pool) {
  return boost::asio::bind_executor(pool.get_executor(), boost::asio::use_awaitable);
}

}  // namespace smartroute::control::http

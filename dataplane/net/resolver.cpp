#include "dataplane/net/resolver.hpp"

#include <ares.h>
#include <netdb.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <deque>
#include <mutex>
#include <thread>
#include <unordered_map>

namespace smartroute::net {
namespace {

using boost::asio::ip::address;

class CaresResolver final : public Resolver {
 public:
  CaresResolver(const Clock& clock, const ResolverSettings& settings)
      : clock_(clock), settings_(settings), wake_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    ares_library_init(ARES_LIB_INIT_ALL);
    ares_options options{};
    options.timeout = kQueryTimeoutMs;
    options.tries = kTries;
    ready_ = ares_init_options(&channel_, &options, ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES) == ARES_SUCCESS;
    thread_ = std::thread([this] { run(); });
  }

  ~CaresResolver() override {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
      waiting_.clear();
    }
    wake();
    thread_.join();
    if (ready_) ares_destroy(channel_);
    ares_library_cleanup();
    ::close(wake_);
  }

  std::optional<Addresses> cached(const std::string& host) override {
    bool refresh = false;
    std::optional<Addresses> found;
    {
      const std::lock_guard lock(mutex_);
      const auto it = cache_.find(host);
      if (it == cache_.end() || !it->second.addresses) return std::nullopt;
      const auto now = clock_.steady();
      if (now >= it->second.expires + settings_.stale) return std::nullopt;
      found = it->second.addresses;
      refresh = now >= it->second.expires && !waiting_.contains(host);
      if (refresh) {
        waiting_[host];
        queue_.push_back(host);
      }
    }
    if (refresh) wake();
    return found;
  }

  void resolve(const std::string& host, Handler handler) override {
    {
      std::unique_lock lock(mutex_);
      const auto it = cache_.find(host);
      if (it != cache_.end() && !it->second.addresses && clock_.steady() < it->second.expires) {
        const std::string reason = it->second.failure;
        lock.unlock();
        handler(fail(ErrorKind::UpstreamUnreachable, "the provider's name does not resolve", reason));
        return;
      }
      const bool asked = waiting_.contains(host);
      waiting_[host].push_back(std::move(handler));
      if (!asked) queue_.push_back(host);
    }
    wake();
  }

 private:
  static constexpr int kQueryTimeoutMs = 2'000;
  static constexpr int kTries = 2;

  struct Known {
    Addresses addresses;       // null: a failure
    SteadyTime expires;
    std::string failure;
  };
  struct Query {
    CaresResolver* self;
    std::string host;
  };

  void wake() {
    const std::uint64_t one = 1;
    (void)!::write(wake_, &one, sizeof one);
  }

  void run() {
    for (;;) {
      std::deque<std::string> queue;
      {
        const std::lock_guard lock(mutex_);
        if (stopping_) return;
        queue.swap(queue_);
      }
      for (const auto& host : queue) start(host);
      poll_once();
    }
  }

  void start(const std::string& host) {
    if (!ready_) return finish(host, nullptr, settings_.negative, "resolver could not start");
    ares_addrinfo_hints hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    auto query = std::make_unique<Query>();
    query->self = this;
    query->host = host;
    ares_getaddrinfo(channel_, host.c_str(), nullptr, &hints, &CaresResolver::answered, query.release());
  }

  static void answered(void* argument, int status, int, ares_addrinfo* info) {
    const std::unique_ptr<Query> query(static_cast<Query*>(argument));
    CaresResolver& self = *query->self;
    if (status == ARES_EDESTRUCTION || status == ARES_ECANCELLED) return;
    if (status != ARES_SUCCESS || info == nullptr)
      return self.finish(query->host, nullptr, self.settings_.negative, ares_strerror(status));
    auto list = std::make_shared<std::vector<address>>();
    auto ttl = self.settings_.max_ttl;
    for (const auto* node = info->nodes; node != nullptr; node = node->ai_next) {
      if (node->ai_family == AF_INET) {
        const auto* a = reinterpret_cast<const sockaddr_in*>(node->ai_addr);
        list->emplace_back(boost::asio::ip::address_v4(ntohl(a->sin_addr.s_addr)));
      } else if (node->ai_family == AF_INET6) {
        const auto* a = reinterpret_cast<const sockaddr_in6*>(node->ai_addr);
        boost::asio::ip::address_v6::bytes_type bytes;
        std::memcpy(bytes.data(), &a->sin6_addr, bytes.size());
        list->emplace_back(boost::asio::ip::address_v6(bytes, a->sin6_scope_id));
      } else {
        continue;
      }
      ttl = std::min(ttl, std::max(self.settings_.min_ttl, std::chrono::seconds(node->ai_ttl)));
    }
    ares_freeaddrinfo(info);
    // IPv4 first: providers' v6 routes are the ones that are more often broken, and a refused first try costs the request its budget.
    std::stable_sort(list->begin(), list->end(), [](const address& a, const address& b) { return a.is_v4() && !b.is_v4(); });
    list->erase(std::unique(list->begin(), list->end()), list->end());
    if (list->empty()) return self.finish(query->host, nullptr, self.settings_.negative, "no addresses");
    self.finish(query->host, std::move(list), ttl, {});
  }

  void finish(const std::string& host, Addresses addresses, std::chrono::seconds ttl, std::string failure) {
    std::vector<Handler> handlers;
    {
      const std::lock_guard lock(mutex_);
      if (const auto node = waiting_.extract(host)) handlers = std::move(node.mapped());
      Known& known = cache_[host];
      if (addresses || !known.addresses) known.addresses = addresses;      // a failed refresh keeps the stale answer
      known.failure = failure;
      known.expires = clock_.steady() + ttl;
      if (cache_.size() > settings_.max_names) cache_.erase(cache_.begin()->first == host ? std::next(cache_.begin()) : cache_.begin());
    }
    for (auto& handler : handlers) {
      if (addresses)
        handler(addresses);
      else
        handler(fail(ErrorKind::UpstreamUnreachable, "the provider's name does not resolve", failure));
    }
  }

  void poll_once() {
    ares_socket_t sockets[ARES_GETSOCK_MAXNUM];
    const int mask = ready_ ? ares_getsock(channel_, sockets, ARES_GETSOCK_MAXNUM) : 0;
    std::vector<pollfd> fds{{wake_, POLLIN, 0}};
    for (int i = 0; i < ARES_GETSOCK_MAXNUM; ++i) {
      short events = 0;
      if (ARES_GETSOCK_READABLE(mask, i)) events |= POLLIN;
      if (ARES_GETSOCK_WRITABLE(mask, i)) events |= POLLOUT;
      if (events != 0) fds.push_back({sockets[i], events, 0});
    }
    timeval limit{1, 0}, left{};
    int timeout = -1;
    if (ready_ && fds.size() > 1) {
      const timeval* t = ares_timeout(channel_, &limit, &left);
      timeout = static_cast<int>(t->tv_sec * 1000 + t->tv_usec / 1000 + 1);
    }
    ::poll(fds.data(), fds.size(), timeout);
    std::uint64_t drained;
    (void)!::read(wake_, &drained, sizeof drained);
    if (!ready_) return;
    for (std::size_t i = 1; i < fds.size(); ++i)
      ares_process_fd(channel_, fds[i].revents & (POLLIN | POLLERR | POLLHUP) ? fds[i].fd : ARES_SOCKET_BAD,
                      fds[i].revents & POLLOUT ? fds[i].fd : ARES_SOCKET_BAD);
    ares_process_fd(channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);    // timeouts
  }

  const Clock& clock_;
  const ResolverSettings settings_;
  const int wake_;
  ares_channel channel_ = nullptr;
  bool ready_ = false;
  std::mutex mutex_;
  bool stopping_ = false;
  std::deque<std::string> queue_;
  std::unordered_map<std::string, std::vector<Handler>> waiting_;
  std::unordered_map<std::string, Known> cache_;
  std::thread thread_;
};

}  // namespace

std::unique_ptr<Resolver> make_cares_resolver(const Clock& clock, const ResolverSettings& settings) {
  return std::make_unique<CaresResolver>(clock, settings);
}

}  // namespace smartroute::net

#include "dataplane/net/upstream_pool.hpp"

#include <algorithm>

namespace smartroute::net {

std::unique_ptr<Stream> UpstreamPool::take(const std::string& pool_key) {
  const auto it = idle_.find(pool_key);
  if (it == idle_.end()) return nullptr;
  auto& idle = it->second;
  while (!idle.empty()) {
    auto stream = std::move(idle.back().stream);
    idle.pop_back();
    if (stream->is_quiet()) return stream;
    ++counters_.stale;
  }
  return nullptr;
}

void UpstreamPool::give(const std::string& pool_key, std::unique_ptr<Stream> stream, SteadyTime now, std::size_t max_idle) {
  auto& idle = idle_[pool_key];
  if (idle.size() >= max_idle) {
    ++counters_.overflowed;
    return;
  }
  idle.push_back(Idle{std::move(stream), now});
}

void UpstreamPool::sweep(SteadyTime now, std::chrono::milliseconds timeout) {
  for (auto it = idle_.begin(); it != idle_.end();) {
    auto& idle = it->second;
    const auto dead = std::remove_if(idle.begin(), idle.end(), [&](const Idle& entry) {
      return entry.since + timeout <= now || !entry.stream->is_quiet();
    });
    counters_.expired += static_cast<std::uint64_t>(idle.end() - dead);
    idle.erase(dead, idle.end());
    it = idle.empty() ? idle_.erase(it) : std::next(it);
  }
}

std::size_t UpstreamPool::idle_count() const noexcept {
  std::size_t n = 0;
  for (const auto& [key, idle] : idle_) n += idle.size();
  return n;
}

}  // namespace smartroute::net

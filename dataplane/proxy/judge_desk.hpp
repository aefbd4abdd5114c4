// What is kept about the judge between requests: whether it is left alone (one breaker for all workers) and what it said (a cache a worker).
#pragma once
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "dataplane/core/classify/judge_cache.hpp"
#include "dataplane/core/resilience/breaker.hpp"

namespace smartroute::proxy {

// Who a judge is to its breaker: another address, model or key is another judge, whose past says nothing about it.
using JudgeIdentity = std::uint64_t;

// The breakers of the last judges; requests of the view before a change still have theirs. Any thread.
class JudgeDesk {
 public:
  static constexpr std::size_t kKept = 4;

  // Closed for a judge that is not among the last kKept. Locks: ask once and keep it.
  std::shared_ptr<resilience::Breaker> breaker_of(JudgeIdentity judge) {
    const std::lock_guard lock(mutex_);
    for (const auto& [identity, breaker] : breakers_)
      if (identity == judge) return breaker;
    if (breakers_.size() == kKept) breakers_.erase(breakers_.begin());
    return breakers_.emplace_back(judge, std::make_shared<resilience::Breaker>()).second;
  }

 private:
  std::mutex mutex_;
  std::vector<std::pair<JudgeIdentity, std::shared_ptr<resilience::Breaker>>> breakers_;      // oldest first
};

// One worker's place at the desk. Thread rule: its worker.
class JudgeSeat {
 public:
  JudgeSeat(JudgeDesk& desk, classify::JudgeCache::Secret128 secret) : cache(secret), desk_(desk) {}

  // Without a lock, unless the judge has changed since the last call.
  std::shared_ptr<resilience::Breaker> breaker_of(JudgeIdentity judge) {
    if (breaker_ == nullptr || judge != judge_) {
      breaker_ = desk_.breaker_of(judge);
      judge_ = judge;
    }
    return breaker_;
  }
  classify::JudgeCache cache;

 private:
  JudgeDesk& desk_;
  JudgeIdentity judge_ = 0;
  std::shared_ptr<resilience::Breaker> breaker_;
};

}  // namespace smartroute::proxy

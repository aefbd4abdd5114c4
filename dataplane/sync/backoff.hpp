// How long to wait before the next try: uniform in [0, ceiling), the ceiling doubling from `first`
// to `most` with every failure (full jitter: many instances that lost the same peer do not come
// back in step).
#pragma once
#include <algorithm>
#include <chrono>

#include "contract/base/random.hpp"

namespace smartroute::sync {

struct BackoffLimits {
  std::chrono::milliseconds first{100};
  std::chrono::milliseconds most{5'000};
};

// Belongs to one thread, as its Random does.
class Backoff {
 public:
  Backoff(BackoffLimits limits, Random& random)
      : limits_(limits), random_(random), ceiling_(limits.first) {}

  std::chrono::microseconds next() noexcept {
    const std::chrono::microseconds ceiling = ceiling_;
    ceiling_ = std::min(ceiling_ * 2, limits_.most);
    return std::chrono::microseconds(
        static_cast<std::int64_t>(random_.unit() * static_cast<double>(ceiling.count())));
  }
  // After a success.
  void reset() noexcept { ceiling_ = limits_.first; }

 private:
  BackoffLimits limits_;
  Random& random_;
  std::chrono::milliseconds ceiling_;
};

}  // namespace smartroute::sync

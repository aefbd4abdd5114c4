// How long a sign-in lasts. Wall time, because sessions outlive the process. Pure.
#pragma once
#include <algorithm>
#include <cstdint>

namespace smartroute::control::identity {

constexpr std::int64_t kSessionMs = 8LL * 3600 * 1000;  // whatever happens
constexpr std::int64_t kIdleMs = 30LL * 60 * 1000;      // without a call
// A clock may have been set back by this much; a session from further in the future is none.
constexpr std::int64_t kClockSlackMs = 5LL * 60 * 1000;

struct SessionTimes {
  std::int64_t created_ms = 0;
  std::int64_t last_used_ms = 0;
};

constexpr std::int64_t expires_at(const SessionTimes& times) { return times.created_ms + kSessionMs; }
constexpr std::int64_t idle_expires_at(const SessionTimes& times) {
  return std::min(times.last_used_ms + kIdleMs, expires_at(times));
}
constexpr bool is_alive(const SessionTimes& times, std::int64_t now_ms) {
  return now_ms < idle_expires_at(times) && now_ms > times.created_ms - kClockSlackMs;
}

}  // namespace smartroute::control::identity

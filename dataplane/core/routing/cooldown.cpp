#include "dataplane/core/routing/cooldown.hpp"

#include <algorithm>

namespace smartroute::routing {
namespace {

using std::chrono::duration_cast;
using std::chrono::nanoseconds;

constexpr auto kRelaxed = std::memory_order_relaxed;

constexpr std::int64_t kClaimed = 1;
constexpr std::int64_t kGrown = 2;  // beside kClaimed: a cooldown has begun since the claim
constexpr std::int64_t kLimited = 4;
constexpr std::int64_t kFlags = 7;
constexpr std::int64_t kSlackNs = nanoseconds(Cooldown::kSlack).count();

std::int64_t ns_of(SteadyTime time) noexcept { return duration_cast<nanoseconds>(time.time_since_epoch()).count(); }
std::int64_t time_of(std::int64_t word) noexcept { return word & ~kFlags; }
std::int64_t flag_of(Cooldown::Why why) noexcept { return why == Cooldown::Why::RateLimit ? kLimited : 0; }

// Nothing but a claim: no cooldown is left of it.
bool is_claim(std::int64_t word) noexcept { return (word & kClaimed) != 0 && (word & kGrown) == 0; }

std::int64_t end_of(std::int64_t now, config::Millis length) noexcept {
  const auto most = duration_cast<config::Millis>(Cooldown::kLongest);
  return time_of(now + nanoseconds(std::min(length, most)).count());
}

}  // namespace

Cooldown::Phase Cooldown::phase(SteadyTime now) const noexcept {
  const std::int64_t word = word_.load(kRelaxed);
  if (word == kFit) return Phase::Fit;
  if (time_of(word) <= ns_of(now)) return Phase::Due;
  return is_claim(word) ? Phase::Probing : Phase::Cooling;
}

config::Millis Cooldown::left(SteadyTime now) const noexcept {
  const std::int64_t word = word_.load(kRelaxed);
  const std::int64_t now_ns = ns_of(now);
  if (word == kFit || is_claim(word) || time_of(word) <= now_ns) return config::Millis(0);
  return std::chrono::ceil<config::Millis>(nanoseconds(time_of(word) - now_ns));
}

bool Cooldown::for_rate_limit() const noexcept {
  const std::int64_t word = word_.load(kRelaxed);
  return word != kFit && (word & kLimited) != 0;
}

bool Cooldown::claim(SteadyTime now) noexcept {
  const std::int64_t now_ns = ns_of(now);
  std::int64_t seen = word_.load(kRelaxed);
  do {
    if (seen == kFit || time_of(seen) > now_ns) return false;
  } while (!word_.compare_exchange_weak(seen, end_of(now_ns, kPatience) | kClaimed, kRelaxed));
  return true;
}

void Cooldown::release(SteadyTime now) noexcept {
  std::int64_t seen = word_.load(kRelaxed);
  std::int64_t next = 0;
  do {
    if (seen == kFit || (seen & kClaimed) == 0) return;
    next = is_claim(seen) ? std::min(time_of(seen), time_of(ns_of(now))) : time_of(seen) | (seen & kLimited);
  } while (!word_.compare_exchange_weak(seen, next, kRelaxed));
}

bool Cooldown::recover(SteadyTime now) noexcept {
  std::int64_t seen = word_.load(kRelaxed);
  std::int64_t next = 0;
  do {
    if (seen == kFit) return false;
    const bool cools = !is_claim(seen) && time_of(seen) > ns_of(now);
    next = cools ? time_of(seen) | (seen & kLimited) : kFit;
  } while (!word_.compare_exchange_weak(seen, next, kRelaxed));
  return next == kFit;
}

bool Cooldown::restart(SteadyTime now, config::Millis length, Why why) noexcept {
  const std::int64_t now_ns = time_of(ns_of(now));
  const std::int64_t end = length.count() > 0 ? end_of(now_ns, length) : now_ns;
  std::int64_t seen = word_.load(kRelaxed);
  std::int64_t next = 0;
  do {
    if (seen == kFit && end <= now_ns) return false;
    const bool outlasts = seen != kFit && !is_claim(seen) && time_of(seen) >= end;
    next = outlasts ? time_of(seen) | (seen & kLimited) : end | flag_of(why);
  } while (!word_.compare_exchange_weak(seen, next, kRelaxed));
  return length.count() > 0 && time_of(next) == end;
}

bool Cooldown::eject(SteadyTime now, config::Millis length, Why why) noexcept {
  if (length.count() <= 0) return false;
  std::int64_t fit = kFit;
  return word_.compare_exchange_strong(fit, end_of(ns_of(now), length) | flag_of(why), kRelaxed);
}

bool Cooldown::grow(SteadyTime now, config::Millis length, Why why) noexcept {
  if (length.count() <= 0) return false;
  const std::int64_t end = end_of(ns_of(now), length);
  std::int64_t seen = word_.load(kRelaxed);
  std::int64_t next = 0;
  do {
    next = end | flag_of(why);
    if (seen == kFit) continue;
    if ((seen & kClaimed) != 0 && time_of(seen) > ns_of(now)) {
      if (!is_claim(seen) && time_of(seen) >= end) return false;
      next = std::max(end, time_of(seen)) | kClaimed | kGrown | flag_of(why);
    } else if (time_of(seen) >= end) {
      return false;
    }
  } while (!word_.compare_exchange_weak(seen, next, kRelaxed));
  return true;
}

bool Cooldown::agree(SteadyTime now, config::Millis length, Why why) noexcept {
  const std::int64_t now_ns = ns_of(now);
  const std::int64_t end = length.count() > 0 ? end_of(now_ns, length) : now_ns;
  std::int64_t seen = word_.load(kRelaxed);
  if (seen == kFit || is_claim(seen) || time_of(seen) <= now_ns) {
    if (seen == kFit || end - now_ns > kSlackNs) grow(now, length, why);
    return false;
  }
  if (const std::int64_t later = end - time_of(seen); later > kSlackNs) {
    grow(now, length, why);
    return false;
  } else if (later >= -kSlackNs) {
    return false;
  }
  // Shorter than here. Whoever changes it in between knows better: it stays until the next push.
  const std::int64_t next = end > now_ns ? end | (seen & kClaimed) | (seen & kGrown) | flag_of(why) : kFit;
  return word_.compare_exchange_strong(seen, next, kRelaxed) && next == kFit;
}

}  // namespace smartroute::routing

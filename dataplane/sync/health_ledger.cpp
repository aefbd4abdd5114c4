#include "dataplane/sync/health_ledger.hpp"

#include <algorithm>
#include <limits>

#include "smartroute/v1/sync.pb.h"

namespace smartroute::sync {
namespace {

using resilience::HealthKind;

std::uint64_t add_up(std::uint64_t a, std::uint64_t b) noexcept {
  constexpr auto kMost = std::numeric_limits<std::uint64_t>::max();
  return a > kMost - b ? kMost : a + b;
}

// None is nobody's business, Success has a field of its own.
constexpr auto kFirstFailure = static_cast<std::size_t>(HealthKind::Success) + 1;

}  // namespace

// A recovery ends the cooldowns before it; a cooldown beside it in one Held came after it. Of two
// cooldowns the one that ends last is the one that counts, as in ModelStats.
void HealthLedger::Held::add(const Held& later) noexcept {
  for (std::size_t i = 0; i < counts.size(); ++i) counts[i] = add_up(counts[i], later.counts[i]);
  if (later.recovered) {
    recovered = true;
    cooling_until = SteadyTime{};
  }
  if (later.cooling_until <= cooling_until) return;
  cooling_until = later.cooling_until;
  cause = later.cause;
}

// Never more than is left: 0 for less than a millisecond.
config::Millis HealthLedger::Held::cooling(SteadyTime now) const noexcept {
  if (cooling_until <= now) return config::Millis(0);
  return std::chrono::duration_cast<config::Millis>(cooling_until - now);
}

void HealthLedger::add(std::string_view model, const routing::Tally& tally, SteadyTime now) {
  if (tally.empty()) return;
  Held held;
  held.counts = tally.counts;
  held.cause = tally.cause;
  held.recovered = tally.recovered;
  if (tally.cooling.count() > 0) held.cooling_until = now + tally.cooling;
  auto found = pending_.find(model);
  if (found == pending_.end()) found = pending_.emplace(std::string(model), Held()).first;
  found->second.add(held);
}

void HealthLedger::keep_models(const std::function<bool(const std::string&)>& wanted) {
  const auto unwanted = [&wanted](const auto& entry) { return !wanted(entry.first); };
  std::erase_if(pending_, unwanted);
  // Reports stay though they may be empty now: their numbers are given out.
  for (Report& report : reports_) std::erase_if(report.models, unwanted);
}

bool HealthLedger::next_report(SteadyTime now, v1::HealthReport& out) {
  if (sent_ == reports_.size()) {
    if (pending_.empty() || reports_.size() >= kMaxUnacknowledged) return false;
    if (!reports_.empty() && now - last_sent_ < kAckTimeout) return false;
    Report& made = reports_.emplace_back();
    made.sequence = ++sequence_;
    made.models.swap(pending_);
  }
  write(reports_[sent_], now, out);
  ++sent_;
  last_sent_ = now;
  return true;
}

void HealthLedger::acknowledge(std::uint64_t sequence) {
  while (!reports_.empty() && reports_.front().sequence <= sequence) {
    reports_.pop_front();
    if (sent_ > 0) --sent_;
  }
}

routing::Tally HealthLedger::unacknowledged(std::string_view model, SteadyTime now) const {
  Held sum;
  const auto add_of = [&](const Models& models) {
    if (const auto found = models.find(model); found != models.end()) sum.add(found->second);
  };
  for (const Report& report : reports_) add_of(report.models);
  add_of(pending_);
  routing::Tally out;
  out.counts = sum.counts;
  out.cooling = sum.cooling(now);
  out.cause = sum.cause;
  out.recovered = sum.recovered;
  return out;
}

void HealthLedger::write(const Report& report, SteadyTime now, v1::HealthReport& out) {
  out.Clear();
  out.set_sequence(report.sequence);
  for (const auto& [model, held] : report.models) {
    auto& tally = *out.add_models();
    tally.set_model(model);
    tally.set_successes(held.counts[static_cast<std::size_t>(HealthKind::Success)]);
    for (std::size_t kind = kFirstFailure; kind < held.counts.size(); ++kind) {
      if (held.counts[kind] == 0) continue;
      auto& failure = *tally.add_failures();
      failure.set_kind(std::string(resilience::name_of(static_cast<HealthKind>(kind))));
      failure.set_count(held.counts[kind]);
    }
    tally.set_recovered(held.recovered);
    const auto cooling = held.cooling(now);
    if (cooling.count() <= 0) continue;
    tally.set_cooling_ms(cooling.count());
    tally.set_cooling_reason(std::string(resilience::name_of(held.cause)));
  }
}

}  // namespace smartroute::sync

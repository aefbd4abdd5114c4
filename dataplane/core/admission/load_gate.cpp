#include "dataplane/core/admission/load_gate.hpp"

#include <algorithm>

namespace smartroute::admission {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

std::int64_t nanos(SteadyTime t) noexcept {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(t.time_since_epoch()).count();
}

}  // namespace

// `mine` and `all` count the `more` that is being judged.
LoadGate::Fit LoadGate::fits(std::int64_t more, std::int64_t mine, std::int64_t all, Caps caps, SteadyTime now) const noexcept {
  if (caps.per_key > 0 && mine > caps.per_key) return Fit::TooMuchForKey;
  if (caps.per_key <= 0 && all > caps.whole / 100 * kFairPercent + caps.whole % 100 * kFairPercent / 100) {
    const std::int64_t contender = nanos(now) < contended_until_ns_.load(kRelaxed) ? 1 : 0;
    const std::int64_t sharers = std::max<std::int64_t>(1, active_keys() + contender);
    if (mine - more >= std::max<std::int64_t>(1, caps.whole / sharers)) return Fit::TooMuchForKey;
  }
  return all > caps.whole ? Fit::TooMuchForAll : Fit::Yes;
}

// A key that has nothing found no room. The deadline is only ever moved on by so little that a lost race does not matter.
void LoadGate::contend(SteadyTime now) noexcept { contended_until_ns_.store(nanos(now + kContends), kRelaxed); }

std::optional<Refusal> LoadGate::take_stream(KeyLoad& key, SteadyTime now, const config::Limits& limits) noexcept {
  const std::int64_t mine = key.streams_.fetch_add(1, kRelaxed) + 1;
  if (mine == 1) active_keys_.fetch_add(1, kRelaxed);
  const std::int64_t all = streams_.fetch_add(1, kRelaxed) + 1;
  const Fit fit = fits(1, mine, all, Caps{limits.max_streams, limits.max_streams_per_key}, now);
  if (fit == Fit::Yes) return std::nullopt;
  if (fit == Fit::TooMuchForAll && mine == 1) contend(now);
  give_stream(key);
  return fit == Fit::TooMuchForKey ? Refusal::KeyStreams : Refusal::Streams;
}

void LoadGate::give_stream(KeyLoad& key) noexcept {
  streams_.fetch_sub(1, kRelaxed);
  if (key.streams_.fetch_sub(1, kRelaxed) == 1) active_keys_.fetch_sub(1, kRelaxed);
}

std::optional<Refusal> LoadGate::take_body(KeyLoad& key, std::int64_t bytes, SteadyTime now, const config::Limits& limits) noexcept {
  if (bytes == 0) return std::nullopt;
  const std::int64_t mine = key.body_bytes_.fetch_add(bytes, kRelaxed) + bytes;
  const std::int64_t all = body_bytes_.fetch_add(bytes, kRelaxed) + bytes;
  const Fit fit = fits(bytes, mine, all, Caps{limits.max_inflight_body_bytes, limits.max_inflight_body_bytes_per_key}, now);
  if (fit == Fit::Yes) return std::nullopt;
  if (fit == Fit::TooMuchForAll && mine == bytes) contend(now);
  give_body(key, bytes);
  return fit == Fit::TooMuchForKey ? Refusal::KeyBodyBytes : Refusal::BodyBytes;
}

void LoadGate::give_body(KeyLoad& key, std::int64_t bytes) noexcept {
  key.body_bytes_.fetch_sub(bytes, kRelaxed);
  body_bytes_.fetch_sub(bytes, kRelaxed);
}

std::optional<Refusal> LoadGate::enter(KeyLoad& key, std::uint64_t body_bytes, SteadyTime now, const config::Limits& limits,
                                       LoadTicket& ticket) noexcept {
  if (memory() == MemoryLevel::Critical) return Refusal::Memory;
  if (const auto why = take_stream(key, now, limits)) return why;
  // No length is beyond the limit of one body here, so it fits the signed count.
  const auto bytes = static_cast<std::int64_t>(body_bytes);
  if (const auto why = take_body(key, bytes, now, limits)) {
    give_stream(key);
    return why;
  }
  if (key.streams() == 1) contended_until_ns_.store(INT64_MIN, kRelaxed);      // who waited may be this one
  ticket.release();
  ticket.gate_ = this;
  ticket.key_ = &key;
  ticket.body_bytes_ = bytes;
  return std::nullopt;
}

LoadTicket& LoadTicket::operator=(LoadTicket&& other) noexcept {
  if (this == &other) return *this;
  release();
  gate_ = std::exchange(other.gate_, nullptr);
  key_ = std::exchange(other.key_, nullptr);
  body_bytes_ = std::exchange(other.body_bytes_, 0);
  answer_bytes_ = std::exchange(other.answer_bytes_, 0);
  copied_bytes_ = std::exchange(other.copied_bytes_, 0);
  return *this;
}

std::optional<Refusal> LoadTicket::add_body(std::uint64_t bytes, SteadyTime now, const config::Limits& limits) noexcept {
  if (gate_ == nullptr) return std::nullopt;
  const auto more = static_cast<std::int64_t>(bytes);
  const auto why = gate_->take_body(*key_, more, now, limits);
  if (!why) body_bytes_ += more;
  return why;
}

void LoadTicket::release_body() noexcept {
  if (body_bytes_ != 0) gate_->give_body(*key_, std::exchange(body_bytes_, 0));
}

bool LoadTicket::hold_answer(std::uint64_t bytes, const config::Limits& limits) noexcept {
  if (gate_ == nullptr) return false;
  const auto more = static_cast<std::int64_t>(bytes);
  if (gate_->answer_bytes_.fetch_add(more, kRelaxed) + more > limits.max_inflight_body_bytes) {
    gate_->answer_bytes_.fetch_sub(more, kRelaxed);
    return false;
  }
  answer_bytes_ += more;
  return true;
}

void LoadTicket::release_answer() noexcept {
  if (answer_bytes_ != 0) gate_->answer_bytes_.fetch_sub(std::exchange(answer_bytes_, 0), kRelaxed);
}

bool LoadTicket::hold_copy(std::uint64_t bytes, const config::Limits& limits) noexcept {
  if (gate_ == nullptr || gate_->memory() != MemoryLevel::Fine) return false;
  const auto more = static_cast<std::int64_t>(bytes);
  const std::int64_t most = limits.max_inflight_body_bytes / 100 * LoadGate::kCopiesPercent;
  if (gate_->copied_bytes_.fetch_add(more, kRelaxed) + more > most) {
    gate_->copied_bytes_.fetch_sub(more, kRelaxed);
    return false;
  }
  copied_bytes_ += more;
  return true;
}

void LoadTicket::release() noexcept {
  if (gate_ == nullptr) return;
  if (copied_bytes_ != 0) gate_->copied_bytes_.fetch_sub(std::exchange(copied_bytes_, 0), kRelaxed);
  release_answer();
  release_body();
  gate_->give_stream(*key_);
  gate_ = nullptr;
  key_ = nullptr;
}

}  // namespace smartroute::admission

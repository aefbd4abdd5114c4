// How much the gateway takes on at once: model requests in flight and bytes of their bodies, whole and per key, and bytes of answers that
// are held back whole. Whoever enters holds a LoadTicket, which gives everything back exactly once, on every path.
//
// The caps of the whole are hard. A cap per key is hard as well; where it is 0, each key may have its fair share: as long as less than
// kFairPercent of the whole is taken, anything; above that, one that has the whole divided by the keys with something in flight gets no
// more. A key alone may so have everything. One that then comes and finds no room counts as a contender, for kContends or until one that
// had nothing gets in, so that what is freed next goes to it and not to the key that has it all.
//
// Thread rule: any thread, no lock. Counts are taken first and judged then: two that come at the same moment for the last place may both
// be refused, never both admitted.
#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

#include "contract/base/clock.hpp"
#include "contract/config/model.hpp"
#include "dataplane/core/admission/key_load.hpp"
#include "dataplane/core/admission/memory_pressure.hpp"
#include "dataplane/core/admission/refusal.hpp"

namespace smartroute::admission {

class LoadTicket;

class LoadGate {
 public:
  static constexpr std::int64_t kFairPercent = 75;
  static constexpr std::chrono::seconds kContends{5};      // the longest Retry-After of a refusal
  static constexpr std::int64_t kCopiesPercent = 25;       // of max_inflight_body_bytes, for copies that only the log needs

  // `pressure` outlives the gate.
  explicit LoadGate(const MemoryPressure& pressure) noexcept : pressure_(pressure) {}
  LoadGate(const LoadGate&) = delete;
  LoadGate& operator=(const LoadGate&) = delete;

  // One more model request of `key`, whose body has `body_bytes` (0: not known yet). nullopt: `ticket`, which must be empty, holds its
  // place. The gate and the key outlive the ticket.
  [[nodiscard]] std::optional<Refusal> enter(KeyLoad& key, std::uint64_t body_bytes, SteadyTime now, const config::Limits& limits,
                                             LoadTicket& ticket) noexcept;

  MemoryLevel memory() const noexcept { return pressure_.level(); }
  std::int64_t streams() const noexcept { return streams_.load(std::memory_order_relaxed); }
  std::int64_t body_bytes() const noexcept { return body_bytes_.load(std::memory_order_relaxed); }
  std::int64_t answer_bytes() const noexcept { return answer_bytes_.load(std::memory_order_relaxed); }
  std::int64_t copied_bytes() const noexcept { return copied_bytes_.load(std::memory_order_relaxed); }
  // Keys with anything in flight.
  std::int64_t active_keys() const noexcept { return active_keys_.load(std::memory_order_relaxed); }

 private:
  friend class LoadTicket;
  enum class Fit : std::uint8_t { Yes, TooMuchForKey, TooMuchForAll };
  struct Caps {
    std::int64_t whole, per_key;
  };

  Fit fits(std::int64_t more, std::int64_t mine, std::int64_t all, Caps caps, SteadyTime now) const noexcept;
  std::optional<Refusal> take_stream(KeyLoad& key, SteadyTime now, const config::Limits& limits) noexcept;
  void give_stream(KeyLoad& key) noexcept;
  std::optional<Refusal> take_body(KeyLoad& key, std::int64_t bytes, SteadyTime now, const config::Limits& limits) noexcept;
  void give_body(KeyLoad& key, std::int64_t bytes) noexcept;
  void contend(SteadyTime now) noexcept;

  const MemoryPressure& pressure_;
  alignas(64) std::atomic<std::int64_t> streams_{0};
  std::atomic<std::int64_t> active_keys_{0};
  alignas(64) std::atomic<std::int64_t> body_bytes_{0};
  alignas(64) std::atomic<std::int64_t> answer_bytes_{0};
  alignas(64) std::atomic<std::int64_t> copied_bytes_{0};
  std::atomic<std::int64_t> contended_until_ns_{INT64_MIN};
};

// The place of one model request. Move-only; thread rule: one thread at a time.
class LoadTicket {
 public:
  LoadTicket() = default;
  LoadTicket(LoadTicket&& other) noexcept { *this = std::move(other); }
  LoadTicket& operator=(LoadTicket&& other) noexcept;
  ~LoadTicket() { release(); }

  bool holds() const noexcept { return gate_ != nullptr; }
  // Fine while it holds no place.
  MemoryLevel memory() const noexcept { return gate_ != nullptr ? gate_->memory() : MemoryLevel::Fine; }
  std::uint64_t body_bytes() const noexcept { return static_cast<std::uint64_t>(body_bytes_); }
  std::uint64_t answer_bytes() const noexcept { return static_cast<std::uint64_t>(answer_bytes_); }

  // More of the body than was known when it entered. A refusal counts nothing of `bytes` and leaves the rest as it was.
  [[nodiscard]] std::optional<Refusal> add_body(std::uint64_t bytes, SteadyTime now, const config::Limits& limits) noexcept;
  // The body's memory is free again, though the answer still runs. Also part of release().
  void release_body() noexcept;

  // `bytes` more of an answer are about to be held back (guarantee: buffered). False: all such answers together would be larger than
  // limits.max_inflight_body_bytes, or this ticket holds no place; nothing is counted then. What one answer may have is the caller's to
  // check (limits.max_buffered_bytes).
  [[nodiscard]] bool hold_answer(std::uint64_t bytes, const config::Limits& limits) noexcept;
  // Nothing of the answer is held back any more: it was sent, or dropped for another attempt. Also part of release().
  void release_answer() noexcept;

  // `bytes` more are about to be copied for the log and stay until release(). False: the process is short of memory, or all such copies would be
  // larger than kCopiesPercent of limits.max_inflight_body_bytes, or this ticket holds no place; nothing is counted then.
  [[nodiscard]] bool hold_copy(std::uint64_t bytes, const config::Limits& limits) noexcept;

  // Gives everything back. Idempotent.
  void release() noexcept;

 private:
  friend class LoadGate;
  LoadGate* gate_ = nullptr;
  KeyLoad* key_ = nullptr;
  std::int64_t body_bytes_ = 0;
  std::int64_t answer_bytes_ = 0;
  std::int64_t copied_bytes_ = 0;
};

}  // namespace smartroute::admission

// What one data plane is to be sent, and when: the rules of a push stream without the stream. Whole
// configurations, newest wins; at most one is on its way to an instance, and those that come
// meanwhile are not queued: the newest is sent when the instance has answered. An instance that
// does not answer for kAnswerTimeout is sent the newest all the same.
//
// Thread rule: none of its own; time is passed in.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "contract/base/clock.hpp"
#include "contract/base/ids.hpp"

namespace smartroute::control::sync {

// A configuration that can be pushed. The fingerprint is of the pushed message, secrets resolved: a
// control plane that restarts with a changed environment offers the same revision with another
// fingerprint.
struct Offer {
  Revision revision;  // 0: there is none
  std::string fingerprint;
  friend bool operator==(const Offer&, const Offer&) = default;
};

class PushSession {
 public:
  static constexpr std::chrono::seconds kAnswerTimeout{30};

  // `applied`: what the instance said it serves.
  explicit PushSession(Offer applied) : has_(std::move(applied)) {}

  // Nonce under which `newest` is to be sent now; nullopt: nothing is to be sent, for now. Sending
  // counts as begun.
  std::optional<std::uint64_t> next(const Offer& newest, SteadyTime now);
  // The send that next() asked for is complete.
  void sent() noexcept { sending_ = false; }

  // The instance answered. The revision the answer is about; nullopt: a stale or unknown nonce, to
  // be ignored.
  std::optional<Revision> accepted(std::uint64_t nonce);
  std::optional<Revision> refused(std::uint64_t nonce);

  // True when the instance serves a later revision than `newest`: this control plane has lost data,
  // or is an older copy, and must not push over it.
  bool is_ahead_of(const Offer& newest) const noexcept { return has_.revision > newest.revision; }

 private:
  bool answer(std::uint64_t nonce) noexcept;

  Offer has_;                // what the instance serves
  Offer offered_;            // last sent
  std::uint64_t nonce_ = 0;  // of offered_
  bool sending_ = false;     // handed to the transport, which is not done with it
  bool awaiting_ = false;    // no answer yet
  SteadyTime offered_at_{};
};

}  // namespace smartroute::control::sync

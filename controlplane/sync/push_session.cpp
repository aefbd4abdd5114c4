#include "controlplane/sync/push_session.hpp"

namespace smartroute::control::sync {

std::optional<std::uint64_t> PushSession::next(const Offer& newest, SteadyTime now) {
  if (newest.revision.number == 0 || is_ahead_of(newest)) return std::nullopt;
  if (newest.revision < offered_.revision || newest == offered_) return std::nullopt;
  // Before anything was offered, what hello said decides; afterwards every new offer is news.
  if (nonce_ == 0 && newest == has_) return std::nullopt;
  if (sending_) return std::nullopt;
  if (awaiting_ && now - offered_at_ < kAnswerTimeout) return std::nullopt;
  offered_ = newest;
  offered_at_ = now;
  sending_ = true;
  awaiting_ = true;
  return ++nonce_;
}

bool PushSession::answer(std::uint64_t nonce) noexcept {
  if (!awaiting_ || nonce != nonce_) return false;
  awaiting_ = false;
  return true;
}

std::optional<Revision> PushSession::accepted(std::uint64_t nonce) {
  if (!answer(nonce)) return std::nullopt;
  has_ = offered_;
  return has_.revision;
}

std::optional<Revision> PushSession::refused(std::uint64_t nonce) {
  if (!answer(nonce)) return std::nullopt;
  return offered_.revision;
}

}  // namespace smartroute::control::sync

// What people change of their own account.
#include "controlplane/accounts/accounts.hpp"
#include "controlplane/accounts/rows.hpp"
#include "controlplane/core/identity/base32.hpp"
#include "controlplane/core/identity/names.hpp"
#include "controlplane/core/identity/password_rules.hpp"
#include "controlplane/core/identity/recovery_codes.hpp"
#include "controlplane/core/identity/totp.hpp"

namespace smartroute::control::accounts {
namespace {

auto gone() { return refused(Reason::NotFound, "the account is gone"); }
// Or the password that was right a moment ago is not any more.
auto changed_meanwhile() { return refused(Reason::Wrong, "the account was changed meanwhile: sign in again"); }

}  // namespace

Outcome<void> Accounts::change_password(std::string_view user_id, std::string_view session_id, std::string_view current,
                                        std::string_view fresh, const Client& client) {
  const auto tried = try_own_password(user_id, current, client);
  if (!tried) return tl::unexpected<Refused>(tried.error());
  right(*tried, client);
  if (auto wrong = identity::complaint_about_password(fresh, tried->user.name()); !wrong.empty())
    return refused(Reason::Invalid, wrong);
  auto hash = hasher_.hash(fresh);
  if (!hash) return refused(Reason::Storage, hash.error().text());
  const std::lock_guard changing(change_mutex_);
  auto user = still(*tried);
  if (!user) return changed_meanwhile();
  user->set_password_hash(std::move(*hash));
  return save(*user, drop_sessions(user_id, session_id));
}

Outcome<User> Accounts::change_name(std::string_view user_id, const std::string& name, std::string_view current, const Client& client) {
  const auto tried = try_own_password(user_id, current, client);
  if (!tried) return tl::unexpected<Refused>(tried.error());
  right(*tried, client);
  if (auto wrong = identity::complaint_about_name(name); !wrong.empty()) return refused(Reason::Invalid, wrong);
  const std::lock_guard changing(change_mutex_);
  auto user = still(*tried);
  if (!user) return changed_meanwhile();
  if (name_taken(name, user_id)) return refused(Reason::Taken, "somebody else has this name");
  user->set_name(name);
  if (auto saved = save(*user); !saved) return tl::unexpected<Refused>(saved.error());
  return to_user(*user);
}

Outcome<TwoFactorSecret> Accounts::start_two_factor(std::string_view user_id, std::string_view current, const Client& client) {
  const auto tried = try_own_password(user_id, current, client);
  if (!tried) return tl::unexpected<Refused>(tried.error());
  right(*tried, client);
  if (!tried->user.totp_secret().empty())
    return refused(Reason::Precondition, "two-factor is on already: disable it first to use another app");
  std::string secret(identity::kTotpSecretBytes, '\0');
  options_.random(secret);
  TwoFactorSecret out{identity::base32(secret), identity::totp_uri(secret, tried->user.name())};
  const std::lock_guard lock(mutex_);
  pending_[std::string(user_id)] = {Secret(std::move(secret)), clock_.steady() + kPendingSecret};
  return out;
}

// Once: who confirms a second time would make the codes void that were shown the first time.
Outcome<std::vector<std::string>> Accounts::confirm_two_factor(std::string_view user_id, std::string_view code, const Client&) {
  const std::lock_guard changing(change_mutex_);
  Secret secret;
  {
    const std::lock_guard lock(mutex_);
    const auto found = pending_.find(user_id);
    if (found == pending_.end() || found->second.until <= clock_.steady())
      return refused(Reason::Precondition, "begin again: the secret was shown more than ten minutes ago");
    secret = found->second.secret;
  }
  const auto step = identity::accept_code(secret.reveal(), code, now_seconds(), 0);
  if (!step) return refused(Reason::Wrong, "the code is wrong: is the clock of the device right?");
  auto user = stored_user(user_id);
  if (!user) return gone();
  user->set_totp_secret(sealer_.seal(secret.reveal(), totp_context(user_id)));
  user->set_totp_step(*step);
  auto codes = make_recovery_codes(*user);
  if (auto saved = save(*user); !saved) return tl::unexpected<Refused>(saved.error());
  const std::lock_guard lock(mutex_);
  pending_.erase(std::string(user_id));
  return codes;
}

Outcome<void> Accounts::disable_two_factor(std::string_view user_id, std::string_view current, std::string_view code,
                                           const Client& client) {
  const auto tried = try_own_password(user_id, current, client);
  if (!tried) return tl::unexpected<Refused>(tried.error());
  const std::lock_guard changing(change_mutex_);
  auto user = still(*tried);
  if (!user) return changed_meanwhile();
  if (user->totp_secret().empty()) return refused(Reason::Precondition, "two-factor is off already");
  bool recovery = false;
  if (!take_code(*user, code, recovery)) return refused(Reason::Wrong, "the code is wrong, or was used before");
  right(*tried, client);
  user->clear_totp_secret();
  user->clear_totp_step();
  user->clear_recovery_digests();
  return save(*user);
}

Outcome<std::vector<std::string>> Accounts::renew_recovery_codes(std::string_view user_id, std::string_view current, const Client& client) {
  const auto tried = try_own_password(user_id, current, client);
  if (!tried) return tl::unexpected<Refused>(tried.error());
  right(*tried, client);
  const std::lock_guard changing(change_mutex_);
  auto user = still(*tried);
  if (!user) return changed_meanwhile();
  if (user->totp_secret().empty()) return refused(Reason::Precondition, "two-factor is off: there is nothing to recover");
  auto codes = make_recovery_codes(*user);
  if (auto saved = save(*user); !saved) return tl::unexpected<Refused>(saved.error());
  return codes;
}

std::vector<std::string> Accounts::make_recovery_codes(StoredUser& user) const {
  std::vector<std::string> codes;
  user.clear_recovery_digests();
  for (std::size_t i = 0; i < identity::kRecoveryCodes; ++i) {
    std::string random(identity::kRecoveryBytes, '\0');
    options_.random(random);
    codes.push_back(identity::recovery_code(random));
    user.add_recovery_digests(identity::recovery_digest(codes.back()));
  }
  return codes;
}

}  // namespace smartroute::control::accounts

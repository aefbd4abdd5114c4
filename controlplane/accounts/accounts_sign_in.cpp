// Signing in, and what a password has to pass wherever it is asked for.
#include <algorithm>

#include "controlplane/accounts/accounts.hpp"
#include "controlplane/accounts/rows.hpp"
#include "controlplane/core/identity/names.hpp"
#include "controlplane/core/identity/network.hpp"
#include "controlplane/core/identity/password_rules.hpp"
#include "controlplane/core/identity/recovery_codes.hpp"
#include "controlplane/core/identity/session_rules.hpp"
#include "controlplane/core/identity/totp.hpp"

namespace smartroute::control::accounts {
namespace {

using store::AccountTable;

constexpr std::size_t kMaxThrottleKey = 256;

// No name is the key of a set-up.
constexpr char kNameKey = 'n', kSetUpKey = 's';
std::string throttle_key(std::string_view name) { return kNameKey + identity::folded(name).substr(0, kMaxThrottleKey); }

}  // namespace

std::optional<std::chrono::seconds> Accounts::throttled(const Client& client, const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto wait = throttle_.begin(identity::network_of(client.address), key, clock_.steady());
  if (wait) ++counts_.throttled;
  return wait;
}

void Accounts::right(const Tried& tried, const Client& client) {
  const std::lock_guard lock(mutex_);
  throttle_.succeeded(identity::network_of(client.address), tried.key);
}

Outcome<Accounts::Tried> Accounts::try_password(const StoredUser* known, const std::string& key, std::string_view password,
                                                const Client& client) {
  if (const auto wait = throttled(client, key)) {
    return tl::unexpected<Refused>(
        Refused{Reason::Throttled, "too many tries: wait " + std::to_string(wait->count()) + " s", *wait});
  }
  const bool sane = password.size() <= identity::kMaxPasswordBytes;
  const std::string hash = known != nullptr && sane ? known->password_hash() : std::string();
  if (!hasher_.verify(hash, sane ? password : std::string_view())) {
    const std::lock_guard lock(mutex_);
    ++counts_.wrong;
    return refused(Reason::Wrong, "the name or the password is wrong");
  }
  return Tried{*known, key};
}

Outcome<Accounts::Tried> Accounts::try_own_password(std::string_view user_id, std::string_view password, const Client& client) {
  const auto user = stored_user(user_id);
  if (!user) return refused(Reason::NotFound, "the account is gone");
  auto tried = try_password(&*user, throttle_key(user->name()), password, client);
  if (!tried && tried.error().reason == Reason::Wrong) return refused(Reason::Wrong, "the current password is wrong");
  return tried;
}

std::optional<Accounts::StoredUser> Accounts::still(const Tried& tried) const {
  auto user = stored_user(tried.user.id());
  if (user && user->password_hash() != tried.user.password_hash()) return std::nullopt;
  return user;
}

std::optional<std::uint64_t> Accounts::line_due(const std::string& address) {
  const std::lock_guard lock(mutex_);
  return lines_.due(identity::network_of(address), clock_.steady());
}

bool Accounts::take_code(StoredUser& user, std::string_view code, bool& recovery) const {
  const auto secret = sealer_.open(user.totp_secret(), totp_context(user.id()));
  if (secret) {
    if (const auto step = identity::accept_code(secret->reveal(), code, now_seconds(), user.totp_step())) {
      user.set_totp_step(*step);
      return true;
    }
  }
  const std::string digest = identity::recovery_digest(code);
  auto& left = *user.mutable_recovery_digests();
  const auto used = std::find_if(left.begin(), left.end(), [&](const std::string& one) { return equal_digests(one, digest); });
  if (used == left.end()) return false;
  left.erase(used);
  recovery = true;
  return true;
}

Outcome<SignedIn> Accounts::sign_in(const std::string& name, std::string_view password, std::string_view code, const Client& client) {
  std::optional<StoredUser> known;
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = names_.find(identity::folded(name)); found != names_.end()) known = users_[found->second];
  }
  const auto tried = try_password(known ? &*known : nullptr, throttle_key(name), password, client);
  if (!tried) return tl::unexpected<Refused>(tried.error());
  const std::lock_guard changing(change_mutex_);
  auto user = still(*tried);
  if (!user)
    return refused(Reason::Wrong, "the name or the password is wrong");  // it has just been changed
  bool recovery = false;
  if (!user->totp_secret().empty()) {
    if (code.empty()) {
      const std::lock_guard lock(mutex_);
      throttle_.undo(identity::network_of(client.address), tried->key);
      ++counts_.code_needed;
      SignedIn missing;
      missing.code_needed = true;
      return missing;
    }
    if (!take_code(*user, code, recovery)) {
      const std::lock_guard lock(mutex_);
      ++counts_.wrong;
      return refused(Reason::Wrong, "the code is wrong, or was used before");
    }
  }
  right(*tried, client);
  SignedIn in = open_session(std::move(*user), client);
  in.recovery_code_used = recovery;
  if (recovery) in.recovery_codes_left = static_cast<std::uint32_t>(users_[in.user.id].recovery_digests_size());
  const std::lock_guard lock(mutex_);
  ++counts_.signed_in;
  return in;
}

SignedIn Accounts::open_session(StoredUser user, const Client& client) {
  const std::int64_t now = now_ms();
  user.set_last_sign_in_ms(now);
  SignedIn in;
  in.token = new_token(options_.random);
  in.csrf_token = csrf_token_of(in.token);
  StoredSession row;
  row.set_id(new_id(options_.random));
  row.set_user_id(user.id());
  row.set_created_at_ms(now);
  row.set_last_used_ms(now);
  row.set_address(plain_text(client.address, kMaxBrowserBytes));
  row.set_browser(plain_text(client.browser, kMaxBrowserBytes));
  in.session = to_session(row);
  in.user = to_user(user);
  const std::string digest = token_digest(in.token);
  Writes writes{put_row(AccountTable::Sessions, digest, row), put_row(AccountTable::Users, user.id(), user)};
  auto others = sessions_of(user.id());  // used last first
  while (others.size() >= kMaxSessions) {
    const std::lock_guard lock(mutex_);
    const auto oldest = std::find_if(sessions_.begin(), sessions_.end(),
                                     [&](const auto& entry) { return entry.second.row.id() == others.back().id; });
    if (oldest != sessions_.end()) {
      writes.push_back(drop_row(AccountTable::Sessions, oldest->first));
      sessions_.erase(oldest);
    }
    others.pop_back();
  }
  (void)write(writes);  // also without it one may look at what is wrong with the store
  keep(user);
  const std::lock_guard lock(mutex_);
  sessions_[digest] = {row, now};
  return in;
}

std::string Accounts::renew_set_up_code() {
  std::string code = new_token(options_.random);
  const std::lock_guard lock(mutex_);
  set_up_digest_ = token_digest(code);
  return code;
}

Outcome<SignedIn> Accounts::set_up(std::string_view code, const std::string& name, std::string_view password, const Client& client) {
  if (!set_up_needed()) return refused(Reason::Precondition, "the gateway is set up already: sign in");
  // Against a code of 256 bits only the noise is bounded; nobody may keep others from setting up.
  const std::string key = kSetUpKey + client.address;
  if (const auto wait = throttled(client, key)) {
    return tl::unexpected<Refused>(
        Refused{Reason::Throttled, "too many tries: wait " + std::to_string(wait->count()) + " s", *wait});
  }
  const auto matches = [&] {
    const std::lock_guard lock(mutex_);
    return equal_digests(set_up_digest_, token_digest(code));
  };
  if (!matches()) {
    const std::lock_guard lock(mutex_);
    ++counts_.wrong;
    return refused(Reason::Wrong, "the set-up link is not the newest one: `smartroute dashboard link` prints it");
  }
  {
    const std::lock_guard lock(mutex_);
    throttle_.succeeded(identity::network_of(client.address), key);
  }
  if (auto wrong = identity::complaint_about_name(name); !wrong.empty()) return refused(Reason::Invalid, wrong);
  if (auto wrong = identity::complaint_about_password(password, name); !wrong.empty()) return refused(Reason::Invalid, wrong);
  auto hash = hasher_.hash(password);
  if (!hash) return refused(Reason::Storage, hash.error().text());
  const std::lock_guard changing(change_mutex_);
  if (!set_up_needed() || !matches()) return refused(Reason::Precondition, "the gateway is set up already: sign in");
  auto user = new_user(name, std::move(*hash), Role::Admin);
  if (!user) return tl::unexpected<Refused>(user.error());
  SignedIn in = open_session(std::move(*user), client);
  const std::lock_guard lock(mutex_);
  ++counts_.set_up;
  return in;
}

}  // namespace smartroute::control::accounts

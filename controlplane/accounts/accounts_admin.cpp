// What admins change: users, and tokens for scripts.
#include <algorithm>
#include <tuple>

#include "controlplane/accounts/accounts.hpp"
#include "controlplane/accounts/rows.hpp"
#include "controlplane/core/identity/names.hpp"
#include "controlplane/core/identity/password_rules.hpp"

namespace smartroute::control::accounts {
namespace {

using store::AccountTable;
constexpr std::size_t kHintBytes = 8;
constexpr std::int64_t kMinuteMs = 60'000;

auto no_such_user() { return refused(Reason::NotFound, "there is no such user"); }
auto last_admin() {
  return refused(Reason::Precondition, "this is the last admin: make somebody else an admin first");
}

}  // namespace

std::vector<User> Accounts::users() const {
  std::vector<User> all;
  const std::lock_guard lock(mutex_);
  for (const auto& [name, id] : names_) all.push_back(to_user(users_.find(id)->second));
  return all;
}

bool Accounts::name_taken(std::string_view name, std::string_view by_other_than) const {
  const std::lock_guard lock(mutex_);
  const auto found = names_.find(identity::folded(name));
  return found != names_.end() && found->second != by_other_than;
}

bool Accounts::is_last_admin(const StoredUser& user) const {
  if (to_role(user.role()) != Role::Admin) return false;
  const std::lock_guard lock(mutex_);
  return std::none_of(users_.begin(), users_.end(), [&](const auto& entry) {
    return entry.first != user.id() && to_role(entry.second.role()) == Role::Admin;
  });
}

Outcome<Accounts::StoredUser> Accounts::new_user(const std::string& name, std::string hash, Role role) {
  if (name_taken(name, {})) return refused(Reason::Taken, "somebody else has this name");
  {
    const std::lock_guard lock(mutex_);
    if (users_.size() >= kMaxUsers) return refused(Reason::Full, "there may be " + std::to_string(kMaxUsers) + " users");
  }
  StoredUser user;
  user.set_id(new_id(options_.random));
  user.set_name(name);
  user.set_role(to_stored(role));
  user.set_password_hash(std::move(hash));
  user.set_created_at_ms(now_ms());
  const bool first_admin = role == Role::Admin && set_up_needed();
  if (auto saved = save(user); !saved) return tl::unexpected<Refused>(saved.error());
  if (first_admin) {
    {
      const std::lock_guard lock(mutex_);
      set_up_digest_.clear();
    }
    if (options_.on_first_admin) options_.on_first_admin();
  }
  return user;
}

Outcome<User> Accounts::create_user(const std::string& name, std::string_view password, Role role) {
  if (auto wrong = identity::complaint_about_name(name); !wrong.empty()) return refused(Reason::Invalid, wrong);
  if (auto wrong = identity::complaint_about_password(password, name); !wrong.empty()) return refused(Reason::Invalid, wrong);
  auto hash = hasher_.hash(password);
  if (!hash) return refused(Reason::Storage, hash.error().text());
  const std::lock_guard changing(change_mutex_);
  auto user = new_user(name, std::move(*hash), role);
  if (!user) return tl::unexpected<Refused>(user.error());
  return to_user(*user);
}

Outcome<User> Accounts::update_user(std::string_view id, const UserChange& change) {
  std::string hash;
  if (!change.new_password.empty()) {
    const auto user = stored_user(id);
    if (!user) return no_such_user();
    if (auto wrong = identity::complaint_about_password(change.new_password, user->name()); !wrong.empty())
      return refused(Reason::Invalid, wrong);
    auto made = hasher_.hash(change.new_password);
    if (!made) return refused(Reason::Storage, made.error().text());
    hash = std::move(*made);
  }
  const std::lock_guard changing(change_mutex_);
  auto user = stored_user(id);
  if (!user) return no_such_user();
  const bool was_needed = set_up_needed();
  if (change.role) {
    if (*change.role != Role::Admin && is_last_admin(*user)) return last_admin();
    user->set_role(to_stored(*change.role));
  }
  if (change.remove_two_factor) {
    user->clear_totp_secret();
    user->clear_totp_step();
    user->clear_recovery_digests();
  }
  Writes more;
  if (!hash.empty()) {
    user->set_password_hash(std::move(hash));
    more = drop_sessions(id, {});
    const std::lock_guard lock(mutex_);
    pending_.erase(user->id());  // whoever asked for it need not be the owner
  }
  if (auto saved = save(*user, std::move(more)); !saved) return tl::unexpected<Refused>(saved.error());
  if (was_needed && !set_up_needed()) {
    {
      const std::lock_guard lock(mutex_);
      set_up_digest_.clear();
    }
    if (options_.on_first_admin) options_.on_first_admin();
  }
  return to_user(*user);
}

Outcome<User> Accounts::delete_user(std::string_view id) {
  const std::lock_guard changing(change_mutex_);
  const auto user = stored_user(id);
  if (!user) return no_such_user();
  if (is_last_admin(*user)) return last_admin();
  Writes writes = drop_sessions(id, {});
  writes.push_back(drop_row(AccountTable::Users, user->id()));
  if (auto written = write(writes); !written) return tl::unexpected<Refused>(written.error());
  const std::lock_guard lock(mutex_);
  names_.erase(identity::folded(user->name()));
  users_.erase(user->id());
  pending_.erase(user->id());
  return to_user(*user);
}

std::vector<ApiToken> Accounts::api_tokens() const {
  std::vector<ApiToken> all;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [digest, token] : api_tokens_) all.push_back(to_api_token(token.row));
  }
  std::sort(all.begin(), all.end(), [](const ApiToken& a, const ApiToken& b) {
    return std::tie(b.created_at_ms, a.name) < std::tie(a.created_at_ms, b.name);
  });
  return all;
}

Outcome<NewApiToken> Accounts::create_api_token(const std::string& name, Role role, std::int64_t expires_at_ms, const std::string& by) {
  if (auto wrong = identity::complaint_about_name(name); !wrong.empty()) return refused(Reason::Invalid, wrong);
  const std::int64_t now = now_ms();
  if (expires_at_ms != 0 && expires_at_ms <= now) return refused(Reason::Invalid, "expires_at_ms lies in the past");
  const std::lock_guard changing(change_mutex_);
  NewApiToken made;
  made.secret = std::string(kApiTokenPrefix) + new_token(options_.random);
  StoredApiToken row;
  row.set_id(new_id(options_.random));
  row.set_name(name);
  row.set_role(to_stored(role));
  row.set_created_by(by);
  row.set_created_at_ms(now);
  row.set_expires_at_ms(expires_at_ms);
  row.set_hint(made.secret.substr(0, kHintBytes));
  made.token = to_api_token(row);
  const std::string digest = token_digest(made.secret), key = identity::folded(name);
  {
    const std::lock_guard lock(mutex_);
    if (api_tokens_.size() >= kMaxApiTokens)
      return refused(Reason::Full, "there may be " + std::to_string(kMaxApiTokens) + " API tokens");
    for (const auto& [other, token] : api_tokens_) {
      if (identity::folded(token.row.name()) == key) return refused(Reason::Taken, "another token has this name");
    }
  }
  if (auto written = write({put_row(AccountTable::ApiTokens, digest, row)}); !written)
    return tl::unexpected<Refused>(written.error());
  const std::lock_guard lock(mutex_);
  api_tokens_[digest] = {row, 0};
  return made;
}

Outcome<ApiToken> Accounts::delete_api_token(std::string_view id) {
  const std::lock_guard changing(change_mutex_);
  std::string digest;
  ApiToken token;
  {
    const std::lock_guard lock(mutex_);
    const auto found = std::find_if(api_tokens_.begin(), api_tokens_.end(),
                                    [&](const auto& entry) { return entry.second.row.id() == id; });
    if (found == api_tokens_.end()) return refused(Reason::NotFound, "there is no such API token");
    digest = found->first;
    token = to_api_token(found->second.row);
  }
  if (auto written = write({drop_row(AccountTable::ApiTokens, digest)}); !written)
    return tl::unexpected<Refused>(written.error());
  const std::lock_guard lock(mutex_);
  api_tokens_.erase(digest);
  return token;
}

std::optional<ApiToken> Accounts::use_api_token(std::string_view token) {
  if (token.size() != kApiTokenPrefix.size() + kTokenText || token.substr(0, kApiTokenPrefix.size()) != kApiTokenPrefix)
    return std::nullopt;
  const std::string digest = token_digest(token);
  const std::int64_t now = now_ms();
  const std::lock_guard lock(mutex_);
  const auto found = api_tokens_.find(digest);
  if (found == api_tokens_.end()) return std::nullopt;
  StoredApiToken& row = found->second.row;
  if (row.expires_at_ms() != 0 && row.expires_at_ms() <= now) return std::nullopt;
  row.set_last_used_ms(std::max(row.last_used_ms(), now / kMinuteMs * kMinuteMs));
  return to_api_token(row);
}

bool Accounts::api_token_lives(std::string_view id) const {
  const std::int64_t now = now_ms();
  const std::lock_guard lock(mutex_);
  return std::any_of(api_tokens_.begin(), api_tokens_.end(), [&](const auto& entry) {
    const StoredApiToken& row = entry.second.row;
    return row.id() == id && (row.expires_at_ms() == 0 || now < row.expires_at_ms());
  });
}

}  // namespace smartroute::control::accounts

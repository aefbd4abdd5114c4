#include "controlplane/accounts/accounts.hpp"

#include <algorithm>
#include <tuple>

#include "controlplane/accounts/rows.hpp"
#include "controlplane/core/identity/names.hpp"
#include "controlplane/core/identity/session_rules.hpp"

namespace smartroute::control::accounts {
namespace {

using store::AccountTable;
namespace stored = smartroute::accounts::v1;

// Between two writes of when something was last used.
constexpr std::int64_t kUseGranularityMs = 60'000;
// An API token that has expired is still listed for this long, so that one sees why a script failed.
constexpr std::int64_t kShowExpiredMs = 7LL * 24 * 3600 * 1000;

identity::SessionTimes times_of(const stored::StoredSession& row) { return {row.created_at_ms(), row.last_used_ms()}; }

}  // namespace

Role to_role(stored::StoredRole role) {
  return role == stored::STORED_ROLE_ADMIN ? Role::Admin : Role::Viewer;
}

stored::StoredRole to_stored(Role role) {
  return role == Role::Admin ? stored::STORED_ROLE_ADMIN : stored::STORED_ROLE_VIEWER;
}

User to_user(const stored::StoredUser& row) {
  return {row.id(), row.name(), to_role(row.role()), !row.totp_secret().empty(), row.created_at_ms(), row.last_sign_in_ms()};
}

Session to_session(const stored::StoredSession& row) {
  return {row.id(), row.user_id(), row.created_at_ms(), row.last_used_ms(), row.address(), row.browser()};
}

ApiToken to_api_token(const stored::StoredApiToken& row) {
  return {row.id(),           row.name(),         to_role(row.role()), row.created_by(), row.created_at_ms(),
          row.expires_at_ms(), row.last_used_ms(), row.hint()};
}

std::string plain_text(std::string_view said, std::size_t most) {
  std::string text(said.substr(0, most));
  for (char& c : text) {
    if (c < ' ' || c > '~') c = '?';
  }
  return text;
}

Accounts::Accounts(store::Store& store, store::Sealer sealer, const Clock& clock, AccountsOptions options)
    : store_(store), sealer_(std::move(sealer)), clock_(clock), options_(std::move(options)), hasher_(options_.cost) {}

Result<std::unique_ptr<Accounts>> Accounts::open(store::Store& store, store::Sealer sealer, const Clock& clock,
                                                 AccountsOptions options) {
  std::unique_ptr<Accounts> self(new Accounts(store, std::move(sealer), clock, std::move(options)));
  if (auto loaded = self->load(); !loaded) return fail(loaded.error());
  self->tidy();
  return self;
}

// A user that cannot be read stops the start: who may come in is not guessed. Sessions and tokens
// that cannot be read let nobody in, and that is all.
Result<void> Accounts::load() {
  const auto users = store_.accounts(AccountTable::Users);
  if (!users) return fail(users.error());
  for (const auto& row : *users) {
    StoredUser user;
    if (!user.ParseFromString(row.message) || user.id() != row.key)
      return fail(ErrorKind::Storage, "a stored user cannot be read: restore config.db from a backup");
    keep(user);
  }
  const auto sessions = store_.accounts(AccountTable::Sessions);
  if (!sessions) return fail(sessions.error());
  for (const auto& row : *sessions) {
    StoredSession session;
    if (session.ParseFromString(row.message)) sessions_[row.key] = {session, session.last_used_ms()};
  }
  const auto tokens = store_.accounts(AccountTable::ApiTokens);
  if (!tokens) return fail(tokens.error());
  for (const auto& row : *tokens) {
    StoredApiToken token;
    if (token.ParseFromString(row.message)) api_tokens_[row.key] = {token, token.last_used_ms()};
  }
  return {};
}

std::int64_t Accounts::now_ms() const { return micros_since_epoch(clock_.wall()) / 1000; }

Outcome<void> Accounts::write(const Writes& writes) const {
  if (writes.empty()) return {};
  if (auto written = store_.write_accounts(writes); !written) return refused(Reason::Storage, written.error().text());
  return {};
}

Outcome<void> Accounts::save(const StoredUser& user, Writes more) {
  more.push_back(put_row(AccountTable::Users, user.id(), user));
  if (auto written = write(more); !written) return written;
  keep(user);
  return {};
}

void Accounts::keep(const StoredUser& user) {
  const std::lock_guard lock(mutex_);
  if (const auto before = users_.find(user.id()); before != users_.end()) names_.erase(identity::folded(before->second.name()));
  names_[identity::folded(user.name())] = user.id();
  users_[user.id()] = user;
}

std::optional<Accounts::StoredUser> Accounts::stored_user(std::string_view id) const {
  const std::lock_guard lock(mutex_);
  const auto found = users_.find(id);
  if (found == users_.end()) return std::nullopt;
  return found->second;
}

std::optional<User> Accounts::user(std::string_view id) const {
  const auto row = stored_user(id);
  if (!row) return std::nullopt;
  return to_user(*row);
}

bool Accounts::has_user(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  return names_.contains(identity::folded(name));
}

bool Accounts::set_up_needed() const {
  const std::lock_guard lock(mutex_);
  return std::none_of(users_.begin(), users_.end(), [](const auto& entry) { return to_role(entry.second.role()) == Role::Admin; });
}

std::optional<SessionUse> Accounts::use_session(std::string_view token) {
  const std::string digest = token_digest(token);
  const std::int64_t now = now_ms();
  const std::lock_guard lock(mutex_);
  const auto found = sessions_.find(digest);
  if (found == sessions_.end()) return std::nullopt;
  StoredSession& row = found->second.row;
  const auto user = users_.find(row.user_id());
  if (user == users_.end() || !identity::is_alive(times_of(row), now)) return std::nullopt;
  row.set_last_used_ms(std::max(row.last_used_ms(), now));
  return SessionUse{to_session(row), to_user(user->second), csrf_token_of(token)};
}

bool Accounts::session_lives(std::string_view session_id) const {
  const std::int64_t now = now_ms();
  const std::lock_guard lock(mutex_);
  return std::any_of(sessions_.begin(), sessions_.end(), [&](const auto& entry) {
    const StoredSession& row = entry.second.row;
    return row.id() == session_id && identity::is_alive(times_of(row), now) && users_.contains(row.user_id());
  });
}

std::vector<Session> Accounts::sessions_of(std::string_view user_id) const {
  std::vector<Session> found;
  const std::int64_t now = now_ms();
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [digest, session] : sessions_) {
      if (session.row.user_id() == user_id && identity::is_alive(times_of(session.row), now))
        found.push_back(to_session(session.row));
    }
  }
  std::sort(found.begin(), found.end(), [](const Session& a, const Session& b) {
    return std::tie(b.last_used_ms, a.id) < std::tie(a.last_used_ms, b.id);
  });
  return found;
}

// Ended here and now; the writes that make it last are the caller's.
Accounts::Writes Accounts::drop_sessions(std::string_view user_id, std::string_view except) {
  Writes writes;
  const std::lock_guard lock(mutex_);
  for (auto it = sessions_.begin(); it != sessions_.end();) {
    if (it->second.row.user_id() != user_id || it->second.row.id() == except) {
      ++it;
      continue;
    }
    writes.push_back(drop_row(AccountTable::Sessions, it->first));
    it = sessions_.erase(it);
  }
  return writes;
}

Outcome<void> Accounts::end_session(std::string_view user_id, std::string_view session_id) {
  const std::lock_guard changing(change_mutex_);
  std::string digest;
  {
    const std::lock_guard lock(mutex_);
    const auto found = std::find_if(sessions_.begin(), sessions_.end(), [&](const auto& entry) {
      return entry.second.row.id() == session_id && entry.second.row.user_id() == user_id;
    });
    if (found == sessions_.end()) return refused(Reason::NotFound, "there is no such session");
    digest = found->first;
    sessions_.erase(found);
  }
  return write({drop_row(AccountTable::Sessions, digest)});
}

Outcome<void> Accounts::end_sessions(std::string_view user_id, std::string_view except) {
  const std::lock_guard changing(change_mutex_);
  return write(drop_sessions(user_id, except));
}

void Accounts::tidy() {
  const std::lock_guard changing(change_mutex_);
  Writes writes;
  const std::int64_t now = now_ms();
  {
    const std::lock_guard lock(mutex_);
    for (auto it = sessions_.begin(); it != sessions_.end();) {
      auto& [digest, session] = *it;
      if (!identity::is_alive(times_of(session.row), now) || !users_.contains(session.row.user_id())) {
        writes.push_back(drop_row(AccountTable::Sessions, digest));
        it = sessions_.erase(it);
        continue;
      }
      if (session.row.last_used_ms() - session.stored_use_ms >= kUseGranularityMs) {
        session.stored_use_ms = session.row.last_used_ms();
        writes.push_back(put_row(AccountTable::Sessions, digest, session.row));
      }
      ++it;
    }
    for (auto it = api_tokens_.begin(); it != api_tokens_.end();) {
      auto& [digest, token] = *it;
      if (token.row.expires_at_ms() != 0 && token.row.expires_at_ms() + kShowExpiredMs <= now) {
        writes.push_back(drop_row(AccountTable::ApiTokens, digest));
        it = api_tokens_.erase(it);
        continue;
      }
      if (token.row.last_used_ms() != token.stored_use_ms) {
        token.stored_use_ms = token.row.last_used_ms();
        writes.push_back(put_row(AccountTable::ApiTokens, digest, token.row));
      }
      ++it;
    }
    std::erase_if(pending_, [this](const auto& entry) { return entry.second.until <= clock_.steady(); });
  }
  // What is not written is written by the next change of it, or lost at a restart: a time, or a row
  // that lets nobody in.
  (void)write(writes);
}

Counts Accounts::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

std::size_t Accounts::session_count() const {
  const std::lock_guard lock(mutex_);
  return sessions_.size();
}

}  // namespace smartroute::control::accounts

// Who may call the control plane: users with their sessions, and tokens for scripts. Kept in memory,
// written through to the store. What is stored of a password is its argon2id hash, of a token its
// SHA-256 (256 random bits need no more), of a recovery code a digest; a TOTP secret is sealed.
//
// A change is stored before it counts. Sessions are the exception: they also work while the store
// takes no writes, because that is when somebody has to look; they are then lost at a restart.
//
// Thread rule: any thread. Whatever sees a password blocks for a good tenth of a second.
#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "contract/base/clock.hpp"
#include "contract/base/result.hpp"
#include "controlplane/accounts/password_hasher.hpp"
#include "controlplane/accounts/tokens.hpp"
#include "controlplane/core/identity/line_pace.hpp"
#include "controlplane/core/identity/throttle.hpp"
#include "controlplane/store/sealer.hpp"
#include "controlplane/store/store.hpp"
#include "smartroute/v1/accounts.pb.h"

namespace smartroute::control::accounts {

constexpr std::size_t kMaxUsers = 1'000;
constexpr std::size_t kMaxSessions = 64;  // of a user; the one used longest ago is ended for a new one
constexpr std::size_t kMaxApiTokens = 1'000;
constexpr std::size_t kMaxBrowserBytes = 256;
// A secret for two-factor is confirmed within this, or forgotten.
constexpr std::chrono::minutes kPendingSecret{10};
constexpr std::string_view kApiTokenPrefix = "srt_";

enum class Role : std::uint8_t { Viewer, Admin };

// What may be shown of each.
struct User {
  std::string id, name;
  Role role = Role::Viewer;
  bool two_factor = false;
  std::int64_t created_at_ms = 0, last_sign_in_ms = 0;
};
struct Session {
  std::string id, user_id;
  std::int64_t created_at_ms = 0, last_used_ms = 0;
  std::string address, browser;
};
struct ApiToken {
  std::string id, name;
  Role role = Role::Viewer;
  std::string created_by;
  std::int64_t created_at_ms = 0, expires_at_ms = 0, last_used_ms = 0;
  std::string hint;
};

enum class Reason : std::uint8_t {
  Invalid,       // cannot be, whoever asks
  Wrong,         // password, code or set-up code
  Throttled,     // not even looked at
  NotFound,
  Taken,         // the name
  Full,
  Precondition,  // not as things stand
  Storage,
};
struct Refused {
  Reason reason = Reason::Invalid;
  std::string text;  // for the caller
  std::chrono::seconds wait{0};
};
template <class T>
using Outcome = tl::expected<T, Refused>;

// Who asks: shown in the list of sessions, and throttled by address.
struct Client {
  std::string address, browser;
};

struct SignedIn {
  bool code_needed = false;  // then nobody is signed in, and the rest is empty
  std::string token;         // for the cookie; it is not kept here
  std::string csrf_token;
  Session session;
  User user;
  bool recovery_code_used = false;
  std::uint32_t recovery_codes_left = 0;  // then
};
struct SessionUse {
  Session session;
  User user;
  std::string csrf_token;
};
struct TwoFactorSecret {
  std::string base32, uri;
};
struct NewApiToken {
  ApiToken token;
  std::string secret;
};
struct UserChange {
  std::optional<Role> role;
  std::string new_password;  // empty: as it is
  bool remove_two_factor = false;
};
struct Counts {
  std::uint64_t signed_in = 0, wrong = 0, throttled = 0, code_needed = 0, set_up = 0;
};

struct AccountsOptions {
  PasswordCost cost;
  RandomBytes random = system_random();
  std::function<void()> on_first_admin;  // once, when there is an admin where there was none
};

class Accounts {
 public:
  // Reads what is stored. `store` and `clock` must outlive it. ErrorKind::Storage.
  static Result<std::unique_ptr<Accounts>> open(store::Store& store, store::Sealer sealer, const Clock& clock,
                                                AccountsOptions options);

  // --- signing in ---
  // There is no admin yet.
  bool set_up_needed() const;
  // Makes a code for the set-up link; the one before it is void.
  std::string renew_set_up_code();
  Outcome<SignedIn> set_up(std::string_view code, const std::string& name, std::string_view password, const Client& client);
  Outcome<SignedIn> sign_in(const std::string& name, std::string_view password, std::string_view code, const Client& client);

  // The living session of a token; this is a use of it.
  std::optional<SessionUse> use_session(std::string_view token);
  bool session_lives(std::string_view session_id) const;
  std::vector<Session> sessions_of(std::string_view user_id) const;
  // NotFound: the user has no such session. Storage: it is ended, but may live again after a restart.
  Outcome<void> end_session(std::string_view user_id, std::string_view session_id);
  Outcome<void> end_sessions(std::string_view user_id, std::string_view except = {});

  // --- one's own account ---
  Outcome<void> change_password(std::string_view user_id, std::string_view session_id, std::string_view current,
                                std::string_view fresh, const Client& client);
  Outcome<User> change_name(std::string_view user_id, const std::string& name, std::string_view current, const Client& client);
  Outcome<TwoFactorSecret> start_two_factor(std::string_view user_id, std::string_view current, const Client& client);
  // The recovery codes.
  Outcome<std::vector<std::string>> confirm_two_factor(std::string_view user_id, std::string_view code, const Client& client);
  Outcome<void> disable_two_factor(std::string_view user_id, std::string_view current, std::string_view code, const Client& client);
  Outcome<std::vector<std::string>> renew_recovery_codes(std::string_view user_id, std::string_view current, const Client& client);

  // --- users, by admins ---
  std::vector<User> users() const;  // by name
  std::optional<User> user(std::string_view id) const;
  bool has_user(std::string_view name) const;
  Outcome<User> create_user(const std::string& name, std::string_view password, Role role);
  // The last admin keeps the role.
  Outcome<User> update_user(std::string_view id, const UserChange& change);
  Outcome<User> delete_user(std::string_view id);

  // --- API tokens ---
  std::vector<ApiToken> api_tokens() const;  // newest first
  Outcome<NewApiToken> create_api_token(const std::string& name, Role role, std::int64_t expires_at_ms, const std::string& by);
  Outcome<ApiToken> delete_api_token(std::string_view id);
  std::optional<ApiToken> use_api_token(std::string_view token);
  bool api_token_lives(std::string_view id) const;

  // Removes what has expired and stores when what was used last. From time to time, and at the end.
  void tidy();
  Counts counts() const;
  // For whoever logs refusals: nullopt, or that a line about this address is due and how many were left
  // out since the one before.
  std::optional<std::uint64_t> line_due(const std::string& address);
  std::size_t session_count() const;

 private:
  using StoredUser = smartroute::accounts::v1::StoredUser;
  using StoredSession = smartroute::accounts::v1::StoredSession;
  using StoredApiToken = smartroute::accounts::v1::StoredApiToken;
  using Writes = std::vector<store::AccountWrite>;
  struct LiveSession {
    StoredSession row;
    std::int64_t stored_use_ms = 0;
  };
  struct LiveApiToken {
    StoredApiToken row;
    std::int64_t stored_use_ms = 0;
  };
  struct Pending {
    Secret secret;
    SteadyTime until{};
  };
  // What a try of a password came to.
  struct Tried {
    StoredUser user;
    std::string key;  // for the throttle
  };

  Accounts(store::Store& store, store::Sealer sealer, const Clock& clock, AccountsOptions options);
  Result<void> load();
  std::int64_t now_ms() const;
  std::int64_t now_seconds() const { return now_ms() / 1000; }

  // Throttled, then the password.
  Outcome<Tried> try_password(const StoredUser* known, const std::string& key, std::string_view password, const Client& client);
  Outcome<Tried> try_own_password(std::string_view user_id, std::string_view password, const Client& client);
  void right(const Tried& tried, const Client& client);
  // The user of a try, unless the password has been changed since. Under change_mutex_.
  std::optional<StoredUser> still(const Tried& tried) const;
  std::optional<std::chrono::seconds> throttled(const Client& client, const std::string& key);
  // Uses up a code of `user`: one of the app, or a recovery code.
  bool take_code(StoredUser& user, std::string_view code, bool& recovery) const;
  SignedIn open_session(StoredUser user, const Client& client);
  std::vector<std::string> make_recovery_codes(StoredUser& user) const;

  // Under change_mutex_:
  Outcome<void> save(const StoredUser& user, Writes more = {});
  Outcome<void> write(const Writes& writes) const;
  std::optional<StoredUser> stored_user(std::string_view id) const;
  bool name_taken(std::string_view name, std::string_view by_other_than) const;
  bool is_last_admin(const StoredUser& user) const;
  Outcome<StoredUser> new_user(const std::string& name, std::string hash, Role role);
  Writes drop_sessions(std::string_view user_id, std::string_view except);
  void keep(const StoredUser& user);

  store::Store& store_;
  const store::Sealer sealer_;
  const Clock& clock_;
  const AccountsOptions options_;
  PasswordHasher hasher_;

  std::mutex change_mutex_;  // held for a whole change, with its write; taken before mutex_
  mutable std::mutex mutex_;  // held for moments
  std::map<std::string, StoredUser, std::less<>> users_;         // by id
  std::map<std::string, std::string, std::less<>> names_;        // folded -> id
  std::unordered_map<std::string, LiveSession> sessions_;        // by digest of the token
  std::unordered_map<std::string, LiveApiToken> api_tokens_;     // likewise
  std::map<std::string, Pending, std::less<>> pending_;          // secrets not yet confirmed, by user
  std::string set_up_digest_;                                    // empty: there is no code
  identity::Throttle throttle_;
  identity::LinePace lines_;
  Counts counts_;
};

}  // namespace smartroute::control::accounts

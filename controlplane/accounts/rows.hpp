// Between what is stored and what may be shown. Private to this folder. Pure.
#pragma once
#include "controlplane/accounts/accounts.hpp"

namespace smartroute::control::accounts {

Role to_role(smartroute::accounts::v1::StoredRole role);
smartroute::accounts::v1::StoredRole to_stored(Role role);
User to_user(const smartroute::accounts::v1::StoredUser& row);
Session to_session(const smartroute::accounts::v1::StoredSession& row);
ApiToken to_api_token(const smartroute::accounts::v1::StoredApiToken& row);
// What another program says of itself, fit to be stored and shown: printable ASCII, so many bytes.
std::string plain_text(std::string_view said, std::size_t most);

template <class Row>
store::AccountWrite put_row(store::AccountTable table, std::string key, const Row& row) {
  return {table, std::move(key), row.SerializeAsString()};
}
inline store::AccountWrite drop_row(store::AccountTable table, std::string key) {
  return {table, std::move(key), std::nullopt};
}

inline auto refused(Reason reason, std::string text) {
  return tl::unexpected<Refused>(Refused{reason, std::move(text), {}});
}

// The context that a user's TOTP secret is sealed for.
inline std::string totp_context(std::string_view user_id) { return "totp/" + std::string(user_id); }

}  // namespace smartroute::control::accounts

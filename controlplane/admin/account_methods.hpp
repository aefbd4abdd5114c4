// Signing in and out, one's own account, users, API tokens: the services of the admin API over
// accounts::Accounts. Each change is a line in the log that says who and from where, never a secret.
#pragma once
#include <string>

#include "controlplane/accounts/accounts.hpp"
#include "controlplane/admin/admission.hpp"
#include "controlplane/admin/dispatch.hpp"
#include "controlplane/base/log.hpp"

namespace smartroute::control::admin {

// What the methods need; all of it must outlive the table.
struct AccountView {
  accounts::Accounts& accounts;
  base::Log& log;
};

// SessionService: the only service that anyone may call. Over HTTP only (grpc_services.hpp).
void add_session_methods(Dispatch& dispatch, AccountView view);
// AccountService: for sessions only; a token has no account.
void add_own_account_methods(Dispatch& dispatch, AccountView view);
// UserService and ApiTokenService, for admins.
void add_user_methods(Dispatch& dispatch, AccountView view);
void add_api_token_methods(Dispatch& dispatch, AccountView view);

// Sessions and API tokens as callers. `accounts` must outlive what is returned.
KnownCallers known_callers(accounts::Accounts& accounts);

}  // namespace smartroute::control::admin

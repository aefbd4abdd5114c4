// Between accounts and the messages of the admin API. Private to this folder.
#pragma once
#include "controlplane/accounts/accounts.hpp"
#include "controlplane/admin/call.hpp"
#include "controlplane/admin/caller.hpp"
#include "smartroute/v1/admin.pb.h"

namespace smartroute::control::admin {

namespace rpc = ::smartroute::admin::v1;

rpc::User to_message(const accounts::User& user);
rpc::ApiToken to_message(const accounts::ApiToken& token);
rpc::Session to_message(const accounts::Session& session, const Caller& caller);

Role to_role(accounts::Role role);
// Nullopt: unspecified, or none that this version knows.
std::optional<accounts::Role> from_message(rpc::AccountRole role);

// `wrong`: the code for a wrong password, which is not the same for those who are signed in.
CallError to_error(const accounts::Refused& refused, Code wrong, Reply& reply);

accounts::Client client_of(const Caller& caller);
// How the log calls somebody.
std::string_view name_in_log(const Caller& caller);

}  // namespace smartroute::control::admin

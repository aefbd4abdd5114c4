#include "controlplane/admin/account_convert.hpp"
#include "controlplane/admin/account_methods.hpp"

namespace smartroute::control::admin {
namespace {

std::string user_method(std::string_view name) { return std::string("smartroute.admin.v1.UserService/").append(name); }
std::string token_method(std::string_view name) { return std::string("smartroute.admin.v1.ApiTokenService/").append(name); }

auto no_role() { return refuse(Code::InvalidArgument, "role must be ACCOUNT_ROLE_VIEWER or ACCOUNT_ROLE_ADMIN"); }
auto refused(const accounts::Refused& why, Reply& reply) {
  return tl::unexpected<CallError>(to_error(why, Code::PermissionDenied, reply));
}

bool is_oneself(const Caller& caller, const std::string& id) { return caller.proof == Proof::Session && caller.user_id == id; }

CallResult<rpc::User> create(const AccountView& view, const rpc::CreateUserRequest& r, const Caller& caller, Reply& reply) {
  const auto role = from_message(r.role());
  if (!role) return no_role();
  const auto user = view.accounts.create_user(r.name(), r.password(), *role);
  if (!user) return refused(user.error(), reply);
  view.log.info("user created", {{"user", user->name}, {"admin", user->role == accounts::Role::Admin}, {"by", name_in_log(caller)}, {"address", caller.address}});
  return to_message(*user);
}

CallResult<rpc::User> update(const AccountView& view, const rpc::UpdateUserRequest& r, const Caller& caller, Reply& reply) {
  // A thief of the session could lock its owner out, for AccountService would ask for the password.
  if (is_oneself(caller, r.id()) && (!r.new_password().empty() || r.remove_two_factor()))
    return refuse(Code::FailedPrecondition, "change your own password and two-factor in your account");
  accounts::UserChange change;
  if (r.role() != rpc::ACCOUNT_ROLE_UNSPECIFIED) {
    change.role = from_message(r.role());
    if (!change.role) return no_role();
  }
  change.new_password = r.new_password();
  change.remove_two_factor = r.remove_two_factor();
  const auto user = view.accounts.update_user(r.id(), change);
  if (!user) return refused(user.error(), reply);
  view.log.info("user changed", {{"user", user->name},
                                 {"admin", user->role == accounts::Role::Admin},
                                 {"new_password", !r.new_password().empty()},
                                 {"two_factor_removed", r.remove_two_factor()},
                                 {"by", name_in_log(caller)},
                                 {"address", caller.address}});
  return to_message(*user);
}

CallResult<rpc::DeleteUserResponse> remove(const AccountView& view, const rpc::DeleteUserRequest& r, const Caller& caller, Reply& reply) {
  if (is_oneself(caller, r.id())) return refuse(Code::FailedPrecondition, "another admin must delete your account");
  const auto user = view.accounts.delete_user(r.id());
  if (!user) return refused(user.error(), reply);
  view.log.info("user deleted", {{"user", user->name}, {"by", name_in_log(caller)}, {"address", caller.address}});
  return rpc::DeleteUserResponse();
}

CallResult<rpc::CreateApiTokenResponse> create_token(const AccountView& view, const rpc::CreateApiTokenRequest& r, const Caller& caller, Reply& reply) {
  const auto role = from_message(r.role());
  if (!role) return no_role();
  const std::string by = caller.proof == Proof::AdminToken ? "admin" : caller.name;
  auto made = view.accounts.create_api_token(r.name(), *role, r.expires_at_ms(), by);
  if (!made) return refused(made.error(), reply);
  view.log.info("API token created", {{"token", made->token.name}, {"admin", *role == accounts::Role::Admin}, {"by", name_in_log(caller)}, {"address", caller.address}});
  rpc::CreateApiTokenResponse out;
  *out.mutable_token() = to_message(made->token);
  out.set_secret(std::move(made->secret));
  return out;
}

CallResult<rpc::DeleteApiTokenResponse> remove_token(const AccountView& view, const rpc::DeleteApiTokenRequest& r, const Caller& caller, Reply& reply) {
  const auto token = view.accounts.delete_api_token(r.id());
  if (!token) return refused(token.error(), reply);
  view.log.info("API token deleted", {{"token", token->name}, {"by", name_in_log(caller)}, {"address", caller.address}});
  return rpc::DeleteApiTokenResponse();
}

}  // namespace

void add_user_methods(Dispatch& dispatch, AccountView view) {
  dispatch.add<rpc::ListUsersRequest, rpc::ListUsersResponse>(
      user_method("ListUsers"), Role::Admin, [view](const rpc::ListUsersRequest&) -> CallResult<rpc::ListUsersResponse> {
        rpc::ListUsersResponse out;
        for (const auto& user : view.accounts.users()) *out.add_users() = to_message(user);
        return out;
      });
  dispatch.add_for_caller<rpc::CreateUserRequest, rpc::User>(
      user_method("CreateUser"), Role::Admin,
      [view](const rpc::CreateUserRequest& r, const Caller& c, Reply& reply) { return create(view, r, c, reply); });
  dispatch.add_for_caller<rpc::UpdateUserRequest, rpc::User>(
      user_method("UpdateUser"), Role::Admin,
      [view](const rpc::UpdateUserRequest& r, const Caller& c, Reply& reply) { return update(view, r, c, reply); });
  dispatch.add_for_caller<rpc::DeleteUserRequest, rpc::DeleteUserResponse>(
      user_method("DeleteUser"), Role::Admin,
      [view](const rpc::DeleteUserRequest& r, const Caller& c, Reply& reply) { return remove(view, r, c, reply); });
}

void add_api_token_methods(Dispatch& dispatch, AccountView view) {
  dispatch.add<rpc::ListApiTokensRequest, rpc::ListApiTokensResponse>(
      token_method("ListApiTokens"), Role::Admin, [view](const rpc::ListApiTokensRequest&) -> CallResult<rpc::ListApiTokensResponse> {
        rpc::ListApiTokensResponse out;
        for (const auto& token : view.accounts.api_tokens()) *out.add_tokens() = to_message(token);
        return out;
      });
  dispatch.add_for_caller<rpc::CreateApiTokenRequest, rpc::CreateApiTokenResponse>(
      token_method("CreateApiToken"), Role::Admin,
      [view](const rpc::CreateApiTokenRequest& r, const Caller& c, Reply& reply) { return create_token(view, r, c, reply); });
  dispatch.add_for_caller<rpc::DeleteApiTokenRequest, rpc::DeleteApiTokenResponse>(
      token_method("DeleteApiToken"), Role::Admin,
      [view](const rpc::DeleteApiTokenRequest& r, const Caller& c, Reply& reply) { return remove_token(view, r, c, reply); });
}

}  // namespace smartroute::control::admin

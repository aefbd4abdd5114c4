#include "controlplane/admin/account_convert.hpp"

namespace smartroute::control::admin {

rpc::User to_message(const accounts::User& user) {
  rpc::User out;
  out.set_id(user.id);
  out.set_name(user.name);
  out.set_role(user.role == accounts::Role::Admin ? rpc::ACCOUNT_ROLE_ADMIN : rpc::ACCOUNT_ROLE_VIEWER);
  out.set_two_factor(user.two_factor);
  out.set_created_at_ms(user.created_at_ms);
  out.set_last_sign_in_ms(user.last_sign_in_ms);
  return out;
}

rpc::ApiToken to_message(const accounts::ApiToken& token) {
  rpc::ApiToken out;
  out.set_id(token.id);
  out.set_name(token.name);
  out.set_role(token.role == accounts::Role::Admin ? rpc::ACCOUNT_ROLE_ADMIN : rpc::ACCOUNT_ROLE_VIEWER);
  out.set_created_by(token.created_by);
  out.set_created_at_ms(token.created_at_ms);
  out.set_expires_at_ms(token.expires_at_ms);
  out.set_last_used_ms(token.last_used_ms);
  out.set_hint(token.hint);
  return out;
}

rpc::Session to_message(const accounts::Session& session, const Caller& caller) {
  rpc::Session out;
  out.set_id(session.id);
  out.set_created_at_ms(session.created_at_ms);
  out.set_last_used_ms(session.last_used_ms);
  out.set_address(session.address);
  out.set_browser(session.browser);
  out.set_current(session.id == caller.session_id);
  return out;
}

Role to_role(accounts::Role role) { return role == accounts::Role::Admin ? Role::Admin : Role::Viewer; }

std::optional<accounts::Role> from_message(rpc::AccountRole role) {
  if (role == rpc::ACCOUNT_ROLE_VIEWER) return accounts::Role::Viewer;
  if (role == rpc::ACCOUNT_ROLE_ADMIN) return accounts::Role::Admin;
  return std::nullopt;
}

CallError to_error(const accounts::Refused& refused, Code wrong, Reply& reply) {
  using accounts::Reason;
  CallError error;
  error.message = refused.text;
  switch (refused.reason) {
    case Reason::Invalid:
      error.code = Code::InvalidArgument;
      break;
    case Reason::Wrong:
      error.code = wrong;
      break;
    case Reason::Throttled:
      error.code = Code::ResourceExhausted;
      reply.retry_after = refused.wait;
      break;
    case Reason::NotFound:
      error.code = Code::NotFound;
      break;
    case Reason::Taken:
      error.code = Code::AlreadyExists;
      break;
    case Reason::Full:
    case Reason::Precondition:
      error.code = Code::FailedPrecondition;
      break;
    case Reason::Storage:
      error.code = Code::Unavailable;
      break;
  }
  return error;
}

accounts::Client client_of(const Caller& caller) { return {caller.address, caller.browser}; }

std::string_view name_in_log(const Caller& caller) {
  return caller.proof == Proof::AdminToken ? std::string_view("the admin token") : std::string_view(caller.name);
}

}  // namespace smartroute::control::admin

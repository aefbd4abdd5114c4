#include "controlplane/admin/account_convert.hpp"
#include "controlplane/admin/account_methods.hpp"
#include "controlplane/admin/qr_path.hpp"

namespace smartroute::control::admin {
namespace {

constexpr std::string_view kService = "smartroute.admin.v1.AccountService/";

// Runs `handle` for callers with an account, and tells of what has changed.
class OwnAccount {
 public:
  explicit OwnAccount(AccountView view) : accounts_(view.accounts), log_(view.log) {}

  template <class Request, class Response, class Handle>
  void add(Dispatch& dispatch, const char* name, const char* told, Handle handle) const {
    dispatch.add_for_caller<Request, Response>(
        std::string(kService) + name, Role::Viewer,
        [self = *this, told, handle](const Request& request, const Caller& caller, Reply& reply) -> CallResult<Response> {
          if (caller.proof != Proof::Session) return refuse(Code::FailedPrecondition, "an account is needed: sign in");
          accounts::Outcome<Response> result = handle(self.accounts_, request, caller);
          if (!result) {
            self.tell_refusal(caller, name_of_change(told), result.error());
            // Not Unauthenticated: the session is sound, the password is not.
            return tl::unexpected<CallError>(to_error(result.error(), Code::PermissionDenied, reply));
          }
          if (told != nullptr) self.log_.info(told, {{"user", caller.name}, {"address", caller.address}});
          return std::move(*result);
        });
  }

 private:
  void tell_refusal(const Caller& caller, std::string_view what, const accounts::Refused& why) const {
    if (why.reason != accounts::Reason::Wrong && why.reason != accounts::Reason::Throttled) return;
    const auto left_out = accounts_.line_due(caller.address);
    if (!left_out) return;
    log_.warn("account change refused",
              {{"user", caller.name}, {"address", caller.address}, {"what", what}, {"why", why.text}, {"lines_left_out", *left_out}});
  }
  static std::string_view name_of_change(const char* told) { return told == nullptr ? "two-factor begun" : told; }
  accounts::Accounts& accounts_;
  base::Log& log_;
};

// The empty answer of a change that went well.
template <class Response>
accounts::Outcome<Response> done(const accounts::Outcome<void>& result) {
  if (!result) return tl::unexpected<accounts::Refused>(result.error());
  return Response();
}

accounts::Outcome<rpc::RecoveryCodes> shown(const accounts::Outcome<std::vector<std::string>>& codes) {
  if (!codes) return tl::unexpected<accounts::Refused>(codes.error());
  rpc::RecoveryCodes out;
  for (const auto& code : *codes) out.add_codes(code);
  return out;
}

accounts::Outcome<rpc::ChangeNameResponse> rename(accounts::Accounts& accounts, const rpc::ChangeNameRequest& r, const Caller& c) {
  const auto user = accounts.change_name(c.user_id, r.name(), r.current_password(), client_of(c));
  if (!user) return tl::unexpected<accounts::Refused>(user.error());
  rpc::ChangeNameResponse out;
  *out.mutable_user() = to_message(*user);
  return out;
}

accounts::Outcome<rpc::StartTwoFactorResponse> start(accounts::Accounts& accounts, const rpc::StartTwoFactorRequest& r, const Caller& c) {
  const auto secret = accounts.start_two_factor(c.user_id, r.current_password(), client_of(c));
  if (!secret) return tl::unexpected<accounts::Refused>(secret.error());
  rpc::StartTwoFactorResponse out;
  out.set_secret(secret->base32);
  out.set_uri(secret->uri);
  const QrPath qr = qr_path(secret->uri);
  out.set_qr_svg_path(qr.path);
  out.set_qr_modules(qr.modules);
  return out;
}

void add_sessions(Dispatch& dispatch, const OwnAccount& own) {
  own.add<rpc::ListSessionsRequest, rpc::ListSessionsResponse>(
      dispatch, "ListSessions", nullptr,
      [](accounts::Accounts& accounts, const rpc::ListSessionsRequest&, const Caller& c) -> accounts::Outcome<rpc::ListSessionsResponse> {
        rpc::ListSessionsResponse out;
        for (const auto& session : accounts.sessions_of(c.user_id)) *out.add_sessions() = to_message(session, c);
        return out;
      });
  own.add<rpc::EndSessionRequest, rpc::EndSessionResponse>(
      dispatch, "EndSession", "session ended", [](accounts::Accounts& accounts, const rpc::EndSessionRequest& r, const Caller& c) {
        return done<rpc::EndSessionResponse>(accounts.end_session(c.user_id, r.id()));
      });
}

}  // namespace

void add_own_account_methods(Dispatch& dispatch, AccountView view) {
  const OwnAccount own(view);
  own.add<rpc::ChangePasswordRequest, rpc::ChangePasswordResponse>(
      dispatch, "ChangePassword", "password changed",
      [](accounts::Accounts& accounts, const rpc::ChangePasswordRequest& r, const Caller& c) {
        return done<rpc::ChangePasswordResponse>(
            accounts.change_password(c.user_id, c.session_id, r.current_password(), r.new_password(), client_of(c)));
      });
  own.add<rpc::ChangeNameRequest, rpc::ChangeNameResponse>(dispatch, "ChangeName", "name changed", rename);
  own.add<rpc::StartTwoFactorRequest, rpc::StartTwoFactorResponse>(dispatch, "StartTwoFactor", nullptr, start);
  own.add<rpc::ConfirmTwoFactorRequest, rpc::RecoveryCodes>(
      dispatch, "ConfirmTwoFactor", "two-factor turned on",
      [](accounts::Accounts& accounts, const rpc::ConfirmTwoFactorRequest& r, const Caller& c) {
        return shown(accounts.confirm_two_factor(c.user_id, r.code(), client_of(c)));
      });
  own.add<rpc::DisableTwoFactorRequest, rpc::DisableTwoFactorResponse>(
      dispatch, "DisableTwoFactor", "two-factor turned off",
      [](accounts::Accounts& accounts, const rpc::DisableTwoFactorRequest& r, const Caller& c) {
        return done<rpc::DisableTwoFactorResponse>(accounts.disable_two_factor(c.user_id, r.current_password(), r.code(), client_of(c)));
      });
  own.add<rpc::RenewRecoveryCodesRequest, rpc::RecoveryCodes>(
      dispatch, "RenewRecoveryCodes", "recovery codes renewed",
      [](accounts::Accounts& accounts, const rpc::RenewRecoveryCodesRequest& r, const Caller& c) {
        return shown(accounts.renew_recovery_codes(c.user_id, r.current_password(), client_of(c)));
      });
  add_sessions(dispatch, own);
}

}  // namespace smartroute::control::admin

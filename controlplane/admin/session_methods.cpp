#include "controlplane/admin/account_convert.hpp"
#include "controlplane/admin/account_methods.hpp"
#include "controlplane/admin/session_cookie.hpp"
#include "controlplane/core/identity/session_rules.hpp"

namespace smartroute::control::admin {
namespace {

constexpr std::string_view kService = "smartroute.admin.v1.SessionService/";
constexpr std::size_t kMaxLoggedName = 64;

std::string method(std::string_view name) { return std::string(kService).append(name); }

// Fills what is known of a session from its cookie on.
void fill_times(const accounts::Session& session, rpc::GetSessionResponse& out) {
  const identity::SessionTimes times{session.created_at_ms, session.last_used_ms};
  out.set_expires_at_ms(identity::expires_at(times));
  out.set_idle_expires_at_ms(identity::idle_expires_at(times));
}

bool is_safe(CookieForm form, PageOrigin page) { return form == CookieForm::Secure || page == PageOrigin::LoopbackHttp; }

class SessionMethods {
 public:
  explicit SessionMethods(AccountView view) : accounts_(view.accounts), log_(view.log) {}

  CallResult<rpc::GetSessionResponse> get(const Caller& caller) const {
    rpc::GetSessionResponse out;
    out.set_set_up_needed(accounts_.set_up_needed());
    const bool signed_in = caller.proof == Proof::Session;
    const CookieForm form = signed_in ? (caller.secure_cookie ? CookieForm::Secure : CookieForm::Plain) : cookie_form(caller.page, false);
    out.set_secure_cookie(is_safe(form, caller.page));
    if (caller.role != Role::Nobody) out.set_version(SMARTROUTE_VERSION);
    if (!signed_in) return out;
    const auto user = accounts_.user(caller.user_id);
    if (!user) return out;
    *out.mutable_user() = to_message(*user);
    out.set_csrf_token(caller.csrf_token);
    for (const auto& session : accounts_.sessions_of(caller.user_id)) {
      if (session.id == caller.session_id) fill_times(session, out);
    }
    return out;
  }

  CallResult<rpc::SignInResponse> set_up(const rpc::SetUpRequest& request, const Caller& caller, Reply& reply) const {
    auto in = accounts_.set_up(request.code(), request.name(), request.password(), client_of(caller));
    if (!in) {
      if (const auto left_out = accounts_.line_due(caller.address))
        log_.warn("set-up refused", {{"address", caller.address}, {"why", in.error().text}, {"lines_left_out", *left_out}});
      return tl::unexpected<CallError>(to_error(in.error(), Code::PermissionDenied, reply));
    }
    log_.info("set up: the first admin has an account", {{"user", in->user.name}, {"address", caller.address}});
    return welcome(std::move(*in), caller, request.plain_cookie(), reply);
  }

  CallResult<rpc::SignInResponse> sign_in(const rpc::SignInRequest& request, const Caller& caller, Reply& reply) const {
    auto in = accounts_.sign_in(request.name(), request.password(), request.code(), client_of(caller));
    if (!in) {
      tell_refusal(request.name(), caller, in.error());
      return tl::unexpected<CallError>(to_error(in.error(), Code::Unauthenticated, reply));
    }
    if (in->code_needed) {
      rpc::SignInResponse out;
      out.set_code_needed(true);
      return out;
    }
    log_.info("signed in", {{"user", in->user.name}, {"address", caller.address}, {"recovery_code", in->recovery_code_used}});
    return welcome(std::move(*in), caller, request.plain_cookie(), reply);
  }

  CallResult<rpc::SignOutResponse> sign_out(const rpc::SignOutRequest& request, const Caller& caller, Reply& reply) const {
    if (caller.proof != Proof::Session) return refuse(Code::FailedPrecondition, "an account is needed: a token has no session");
    const auto ended = request.everywhere() ? accounts_.end_sessions(caller.user_id)
                                            : accounts_.end_session(caller.user_id, caller.session_id);
    reply.cookies = drop_session_cookies();
    if (!ended && ended.error().reason == accounts::Reason::Storage)
      return tl::unexpected<CallError>(to_error(ended.error(), Code::Unknown, reply));
    log_.info("signed out", {{"user", caller.name}, {"address", caller.address}, {"everywhere", request.everywhere()}});
    return rpc::SignOutResponse();
  }

 private:
  CallResult<rpc::SignInResponse> welcome(accounts::SignedIn in, const Caller& caller, bool plain_wanted, Reply& reply) const {
    // The session that the browser had before is replaced, and would be forgotten but alive.
    if (!caller.session_id.empty()) (void)accounts_.end_session(caller.user_id, caller.session_id);
    const CookieForm form = cookie_form(caller.page, plain_wanted);
    reply.cookies = set_session_cookie(in.token, form);
    rpc::SignInResponse out;
    auto& session = *out.mutable_session();
    *session.mutable_user() = to_message(in.user);
    session.set_csrf_token(in.csrf_token);
    session.set_secure_cookie(is_safe(form, caller.page));
    session.set_version(SMARTROUTE_VERSION);
    fill_times(in.session, session);
    out.set_recovery_codes_left(in.recovery_codes_left);
    return out;
  }

  // A name that nobody has may be a password in the wrong field: it is not logged.
  void tell_refusal(const std::string& name, const Caller& caller, const accounts::Refused& refused) const {
    const auto left_out = accounts_.line_due(caller.address);
    if (!left_out) return;
    const std::string who = accounts_.has_user(name) ? name.substr(0, 4 * kMaxLoggedName) : std::string("(unknown)");
    if (refused.reason == accounts::Reason::Throttled) {
      log_.warn("sign-in throttled", {{"user", who}, {"address", caller.address}, {"wait_seconds", std::int64_t{refused.wait.count()}}, {"lines_left_out", *left_out}});
    } else {
      log_.warn("sign-in failed", {{"user", who}, {"address", caller.address}, {"why", refused.text}, {"lines_left_out", *left_out}});
    }
  }

  accounts::Accounts& accounts_;
  base::Log& log_;
};

}  // namespace

void add_session_methods(Dispatch& dispatch, AccountView view) {
  const SessionMethods methods(view);
  dispatch.add_for_caller<rpc::GetSessionRequest, rpc::GetSessionResponse>(
      method("GetSession"), Role::Nobody, [methods](const rpc::GetSessionRequest&, const Caller& c) { return methods.get(c); });
  dispatch.add_for_caller<rpc::SetUpRequest, rpc::SignInResponse>(
      method("SetUp"), Role::Nobody,
      [methods](const rpc::SetUpRequest& r, const Caller& c, Reply& reply) { return methods.set_up(r, c, reply); });
  dispatch.add_for_caller<rpc::SignInRequest, rpc::SignInResponse>(
      method("SignIn"), Role::Nobody,
      [methods](const rpc::SignInRequest& r, const Caller& c, Reply& reply) { return methods.sign_in(r, c, reply); });
  dispatch.add_for_caller<rpc::SignOutRequest, rpc::SignOutResponse>(
      method("SignOut"), Role::Viewer,
      [methods](const rpc::SignOutRequest& r, const Caller& c, Reply& reply) { return methods.sign_out(r, c, reply); });
}

KnownCallers known_callers(accounts::Accounts& accounts) {
  KnownCallers known;
  known.session = [&accounts](std::string_view token) -> std::optional<Caller> {
    auto use = accounts.use_session(token);
    if (!use) return std::nullopt;
    Caller caller;
    caller.role = to_role(use->user.role);
    caller.proof = Proof::Session;
    caller.name = std::move(use->user.name);
    caller.user_id = std::move(use->user.id);
    caller.session_id = std::move(use->session.id);
    caller.csrf_token = std::move(use->csrf_token);
    return caller;
  };
  known.api_token = [&accounts](std::string_view token) -> std::optional<Caller> {
    auto use = accounts.use_api_token(token);
    if (!use) return std::nullopt;
    Caller caller;
    caller.role = to_role(use->role);
    caller.proof = Proof::ApiToken;
    caller.name = std::move(use->name);
    caller.token_id = std::move(use->id);
    return caller;
  };
  known.lives = [&accounts](const Caller& caller) {
    return caller.proof == Proof::Session ? accounts.session_lives(caller.session_id) : accounts.api_token_lives(caller.token_id);
  };
  return known;
}

}  // namespace smartroute::control::admin

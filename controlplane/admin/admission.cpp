#include "controlplane/admin/admission.hpp"

#include <sodium.h>

#include "controlplane/admin/session_cookie.hpp"

namespace smartroute::control::admin {
namespace {

constexpr std::string_view kTokenProtocol = "smartroute.token.";
constexpr std::string_view kApiTokenPrefix = "srt_";
constexpr std::string_view kSignIn = "sign in, or send a token: authorization: Bearer sra_...";

auto refused(Code code, std::string message) {
  Admission::Refusal refusal;
  refusal.error = {code, std::move(message), {}};
  return tl::unexpected<Admission::Refusal>(std::move(refusal));
}

// As a header would say it.
std::string authorization_of(const http::Head& head, Admission::Kind kind) {
  if (kind != Admission::Kind::WebSocket || !head.authorization.empty()) return head.authorization;
  for (const std::string& name : head.subprotocols) {
    if (name.compare(0, kTokenProtocol.size(), kTokenProtocol) == 0)
      return "Bearer " + name.substr(kTokenProtocol.size());
  }
  return {};
}

bool from_own_site(const http::Head& head) {
  return head.sec_fetch_site.empty() || head.sec_fetch_site == "same-origin" || head.sec_fetch_site == "none";
}

bool equal_secrets(std::string_view a, std::string_view b) {
  return !a.empty() && a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

// Why a page may not have sent this along with the cookie it came with; null: it may.
const char* doubt_about(const http::Head& head, const Caller& caller, Admission::Kind kind) {
  if (kind == Admission::Kind::Download) return nullptr;  // changes nothing; the cookie is SameSite=Strict
  if (!http::exact_origin(head)) return "a call with a session cookie must come from a page of this origin";
  if (kind == Admission::Kind::WebSocket) return nullptr;
  if (!equal_secrets(head.csrf, caller.csrf_token))
    return "a call with a session cookie needs the session's token in x-smartroute-csrf";
  return nullptr;
}

void complete(Caller& caller, const http::Head& head) {
  caller.address = head.remote;
  caller.browser = head.user_agent.substr(0, Caller::kMaxBrowserBytes);
  caller.page = head.secure && head.origin.empty() ? PageOrigin::Https : page_origin(head.origin);
}

}  // namespace

std::optional<Caller> Admission::by_token(std::string_view authorization) const {
  if (gate_.matches(authorization)) return operator_caller();
  const std::string_view token = bearer_token(authorization);
  if (!known_.api_token || token.substr(0, kApiTokenPrefix.size()) != kApiTokenPrefix) return std::nullopt;
  return known_.api_token(token);
}

Admission::Admitted Admission::by_session(const http::Head& head, Kind kind) const {
  const auto cookies = read_session_cookie(head.cookie);
  if (cookies.contradict)
    return refused(Code::Unauthenticated, "there are two different session cookies: sign in again");
  auto caller = known_.session && cookies.session ? known_.session(cookies.session->token) : std::nullopt;
  if (!caller) return refused(Code::Unauthenticated, "the session has ended: sign in again");
  caller->secure_cookie = cookies.session->form == CookieForm::Secure;
  if (const char* doubt = doubt_about(head, *caller, kind)) {
    log_.warn("call with a session cookie refused",
              {{"address", head.remote}, {"path", head.path}, {"user", caller->name}, {"why", doubt}});
    return refused(Code::PermissionDenied, doubt);
  }
  return std::move(*caller);
}

// Wrong tokens are guesses, and bounded. Who shows none guesses nothing, and is told to sign in: it
// is mostly a page whose cookie has run out.
Admission::Admitted Admission::stranger(std::string_view address, std::string_view path) const {
  if (gate_.wrong(address) == Verdict::Refused) {
    log_.warn("admin call without the right token", {{"address", address}, {"path", path}});
    return refused(Code::Unauthenticated, std::string(kSignIn));
  }
  auto throttled = refused(Code::ResourceExhausted, "too many wrong tokens from this address");
  throttled.value().retry_after = TokenGate::kRefill;
  return throttled;
}

Admission::Admitted Admission::allow(Caller caller, std::string_view name) const {
  const Method* const method = dispatch_.find(name);
  if (method == nullptr) {
    auto unknown = refused(Code::Unimplemented, "there is no such admin method");
    unknown.value().unknown_method = true;
    return unknown;
  }
  if (auto allowed = Dispatch::authorize(*method, caller.role); !allowed) {
    Refusal refusal;
    refusal.error = allowed.error();
    refusal.method = method;
    return tl::unexpected<Refusal>(std::move(refusal));
  }
  return caller;
}

Admission::Admitted Admission::admit(const http::Head& head, std::string_view name, Kind kind) const {
  if (!http::same_origin(head) || !from_own_site(head))
    return refused(Code::PermissionDenied, "a page of another origin may not call the admin API");
  const Method* const method = dispatch_.find(name);
  const bool open = method != nullptr && method->role == Role::Nobody;
  const std::string authorization = authorization_of(head, kind);
  Caller caller;
  if (!authorization.empty()) {
    auto known = by_token(authorization);
    if (!known) return stranger(head.remote, head.path);  // also of an open method, whose answer would tell
    caller = std::move(*known);
  } else if (open) {
    // An open method changes nothing of the session it happens to come with, so it needs no proof:
    // a page that was just loaded asks here for the CSRF token.
    const auto cookies = read_session_cookie(head.cookie);
    auto known = known_.session && cookies.session && !cookies.contradict
                     ? known_.session(cookies.session->token)
                     : std::nullopt;
    if (known) {
      caller = std::move(*known);
      caller.secure_cookie = cookies.session->form == CookieForm::Secure;
    }
  } else if (const auto cookies = read_session_cookie(head.cookie); cookies.session || cookies.contradict) {
    auto known = by_session(head, kind);
    if (!known) return known;
    caller = std::move(*known);
  } else {
    return refused(Code::Unauthenticated, std::string(kSignIn));
  }
  complete(caller, head);
  return allow(std::move(caller), name);
}

Admission::Admitted Admission::admit(std::string_view authorization, std::string_view address,
                                     std::string_view name) const {
  auto known = by_token(authorization);
  const Method* const method = dispatch_.find(name);
  const bool open = method != nullptr && method->role == Role::Nobody;
  if (!known && !authorization.empty()) return stranger(address, name);
  if (!known && !open) return refused(Code::Unauthenticated, std::string(kSignIn));
  Caller caller = known ? std::move(*known) : Caller();
  caller.address = address;
  return allow(std::move(caller), name);
}

bool Admission::lives(const Caller& caller) const {
  if (caller.proof != Proof::Session && caller.proof != Proof::ApiToken) return true;
  return known_.lives && known_.lives(caller);
}

}  // namespace smartroute::control::admin

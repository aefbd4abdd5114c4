// The cookie that a session lives in, and the two names it may have. Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controlplane/admin/caller.hpp"

namespace smartroute::control::admin {

// Browsers keep it only if it is Secure, has Path=/ and no Domain: no other host and no plain
// connection can set or read it.
constexpr std::string_view kSecureCookie = "__Host-smartroute";
// Over plain HTTP from another machine, where browsers keep no Secure cookie.
constexpr std::string_view kPlainCookie = "smartroute-session";

enum class CookieForm { Secure, Plain };

struct PresentedCookie {
  std::string token;
  CookieForm form = CookieForm::Secure;
};
struct PresentedCookies {
  std::optional<PresentedCookie> session;
  bool contradict = false;  // two different sessions: refused, since who planted the other is unknown
};
// `header`: values of all cookie headers, joined by "; ".
PresentedCookies read_session_cookie(std::string_view header);

// From an Origin header.
PageOrigin page_origin(std::string_view origin);
// `plain_wanted` is heeded for pages that came over plain HTTP only.
CookieForm cookie_form(PageOrigin page, bool plain_wanted);

// Values of set-cookie. Setting one form drops the other.
std::vector<std::string> set_session_cookie(std::string_view token, CookieForm form);
std::vector<std::string> drop_session_cookies();

}  // namespace smartroute::control::admin

#include "controlplane/admin/session_cookie.hpp"

#include <algorithm>

namespace smartroute::control::admin {
namespace {

constexpr std::string_view kAttributes = "; Path=/; HttpOnly; SameSite=Strict";
constexpr std::string_view kLife = "; Max-Age=28800";  // the absolute life of a session
constexpr std::size_t kMaxTokenBytes = 128;

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool is_ipv4_loopback(std::string_view host) {
  return host.substr(0, 4) == "127." && std::count(host.begin(), host.end(), '.') == 3 &&
         host.find_first_not_of("0123456789.") == std::string_view::npos;
}

bool is_loopback_name(std::string_view host) {
  constexpr std::string_view kLocal = ".localhost";
  const bool below = host.size() > kLocal.size() && host.substr(host.size() - kLocal.size()) == kLocal;
  return host == "localhost" || below || host == "[::1]" || is_ipv4_loopback(host);
}

std::string_view without_port(std::string_view authority) {
  if (!authority.empty() && authority.front() == '[') return authority.substr(0, authority.find(']') + 1);
  return authority.substr(0, authority.find(':'));
}

std::string cookie(CookieForm form, std::string_view value, std::string_view life) {
  std::string text(form == CookieForm::Secure ? kSecureCookie : kPlainCookie);
  text.append("=").append(value).append(kAttributes).append(life);
  if (form == CookieForm::Secure) text += "; Secure";
  return text;
}

}  // namespace

PresentedCookies read_session_cookie(std::string_view header) {
  PresentedCookies found;
  while (!header.empty()) {
    const std::string_view pair = header.substr(0, header.find(';'));
    header.remove_prefix(std::min(header.size(), pair.size() + 1));
    const std::string_view name = trimmed(pair.substr(0, pair.find('=')));
    const bool secure = name == kSecureCookie;
    if ((!secure && name != kPlainCookie) || pair.find('=') == std::string_view::npos) continue;
    const std::string_view value = trimmed(pair.substr(pair.find('=') + 1));
    if (value.empty()) continue;
    if (value.size() > kMaxTokenBytes || (found.session && found.session->token != value)) {
      found.contradict = true;
      continue;
    }
    if (found.session && !secure) continue;
    found.session = PresentedCookie{std::string(value), secure ? CookieForm::Secure : CookieForm::Plain};
  }
  return found;
}

PageOrigin page_origin(std::string_view origin) {
  constexpr std::string_view kHttps = "https://", kHttp = "http://";
  if (origin.substr(0, kHttps.size()) == kHttps) return PageOrigin::Https;
  if (origin.substr(0, kHttp.size()) != kHttp) return PageOrigin::Unknown;
  return is_loopback_name(without_port(origin.substr(kHttp.size()))) ? PageOrigin::LoopbackHttp : PageOrigin::Http;
}

CookieForm cookie_form(PageOrigin page, bool plain_wanted) {
  if (page == PageOrigin::Https) return CookieForm::Secure;
  return page == PageOrigin::LoopbackHttp && !plain_wanted ? CookieForm::Secure : CookieForm::Plain;
}

std::vector<std::string> set_session_cookie(std::string_view token, CookieForm form) {
  const CookieForm other = form == CookieForm::Secure ? CookieForm::Plain : CookieForm::Secure;
  return {cookie(form, token, kLife), cookie(other, "", "; Max-Age=0")};
}

std::vector<std::string> drop_session_cookies() {
  return {cookie(CookieForm::Secure, "", "; Max-Age=0"), cookie(CookieForm::Plain, "", "; Max-Age=0")};
}

}  // namespace smartroute::control::admin

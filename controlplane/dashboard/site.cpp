#include "controlplane/dashboard/site.hpp"

#include <sodium.h>

#include <utility>

namespace smartroute::control::dashboard {
namespace {

constexpr std::string_view kAssets = "/assets/";

std::string fresh_nonce() {
  unsigned char bytes[kNonceBytes];
  randombytes_buf(bytes, sizeof bytes);
  char text[sodium_base64_ENCODED_LEN(kNonceBytes, sodium_base64_VARIANT_ORIGINAL)];
  sodium_bin2base64(text, sizeof text, bytes, sizeof bytes, sodium_base64_VARIANT_ORIGINAL);
  return text;
}

std::string policy(std::string_view nonce) {
  std::string styles = "'self'";
  if (!nonce.empty()) styles += " 'nonce-" + std::string(nonce) + "'";
  return "default-src 'none'; script-src 'self'; style-src " + styles +
         "; connect-src 'self'; img-src 'self' data:; font-src 'self'; frame-ancestors 'none'; "
         "base-uri 'none'; form-action 'self'; require-trusted-types-for 'script'; "
         "trusted-types default";
}

// nosniff, referrer-policy and cross-origin-resource-policy are the server's own.
void add_protection(http::Response& response, std::string_view nonce) {
  response.headers.emplace_back("content-security-policy", policy(nonce));
  response.headers.emplace_back("permissions-policy", "camera=(), microphone=(), geolocation=()");
  response.headers.emplace_back("cross-origin-opener-policy", "same-origin");
  response.headers.emplace_back("x-frame-options", "DENY");
}

bool is_or_below(std::string_view path, std::string_view page) {
  return path.starts_with(page) && (path.size() == page.size() || path[page.size()] == '/');
}

}  // namespace

bool is_page(std::string_view path) noexcept {
  for (const std::string_view page :
       {"/", "/logs", "/terminal", "/playground", "/what-if", "/sign-in", "/set-up"})
    if (path == page) return true;
  return is_or_below(path, "/config") || is_or_below(path, "/settings");
}

Site::Site(FileMap files) : files_(std::move(files)) {
  std::string_view rest = *files_.at("/index.html").form(Coding::Identity).bytes;
  for (auto at = rest.find(kNonceMark); at != std::string_view::npos; at = rest.find(kNonceMark)) {
    page_.emplace_back(rest.substr(0, at));
    rest.remove_prefix(at + kNonceMark.size());
  }
  page_.emplace_back(rest);
}

http::Response Site::answer(const http::Head& head) const {
  if (is_page(head.path) || head.path == "/index.html") return page(200);
  if (const auto found = files_.find(head.path); found != files_.end())
    return file(head, found->second);
  // A reader who followed a wrong link gets the app's own word for it; a script that asks for a file
  // does not.
  const bool reads_pages = head.accept.find("text/html") != std::string::npos;
  if (reads_pages && head.path.find('.') == std::string::npos) return page(404);
  auto response = http::error_response(404, "not_found", "there is nothing at this path");
  add_protection(response, {});
  return response;
}

http::Response Site::file(const http::Head& head, const File& file) const {
  Available available{true};
  for (const Coding coding : {Coding::Gzip, Coding::Brotli})
    available[static_cast<std::size_t>(coding)] = file.form(coding).bytes != nullptr;
  const Coding coding = choose(head.accept_encoding, available);
  const Form& form = file.form(coding);
  http::Response response;
  response.content_type = file.content_type;
  add_protection(response, {});
  const bool named_by_content = head.path.starts_with(kAssets);
  response.headers.emplace_back(
      "cache-control", named_by_content ? "public, max-age=31536000, immutable" : "no-cache");
  response.headers.emplace_back("vary", "accept-encoding");
  response.headers.emplace_back("etag", form.etag);
  if (names_etag(head.if_none_match, form.etag)) {
    response.status = 304;
    return response;
  }
  if (coding != Coding::Identity)
    response.headers.emplace_back("content-encoding", name_of(coding));
  response.shared_body = form.bytes;
  return response;
}

// Never from a cache, for the nonce must be new; and small, so it is not compressed.
http::Response Site::page(int status) const {
  const std::string nonce = fresh_nonce();
  http::Response response;
  response.status = status;
  response.content_type = "text/html; charset=utf-8";
  add_protection(response, nonce);
  response.headers.emplace_back("cache-control", "no-cache");
  for (std::size_t i = 0; i < page_.size(); ++i) {
    if (i > 0) response.body += nonce;
    response.body += page_[i];
  }
  return response;
}

}  // namespace smartroute::control::dashboard

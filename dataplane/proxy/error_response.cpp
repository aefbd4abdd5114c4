#include "dataplane/proxy/error_response.hpp"

#include "dataplane/core/openai/chat_request.hpp"

namespace smartroute::proxy {
namespace {

constexpr std::string_view kRequest = "invalid_request_error";
constexpr std::string_view kServer = "server_error";
constexpr std::string_view kUpstream = "upstream_error";
constexpr int kSoon = 1;
constexpr int kLater = 5;

}  // namespace

// may_retry is false wherever a second try of the same request cannot help, and also once the gateway has spent its own attempts: the
// official SDKs would multiply them (3 x 3) otherwise.
ErrorAnswer answer_for(ErrorKind kind) noexcept {
  switch (kind) {
    case ErrorKind::BadRequest: return {400, kRequest, "bad_request", false, {}};
    case ErrorKind::UnsupportedVersion: return {505, kRequest, "http_version_not_supported", false, {}};
    case ErrorKind::UnsupportedCoding: return {501, kRequest, "transfer_coding_not_supported", false, {}};
    case ErrorKind::HeadersTooLarge: return {431, kRequest, "headers_too_large", false, {}};
    case ErrorKind::TargetTooLong: return {414, kRequest, "uri_too_long", false, {}};
    case ErrorKind::RequestTimeout: return {408, "timeout_error", "request_timeout", false, {}};
    case ErrorKind::BodyTooLarge: return {413, kRequest, "request_too_large", false, {}};
    case ErrorKind::UnsupportedMedia: return {415, kRequest, "unsupported_media_type", false, {}};
    case ErrorKind::ExpectationFailed: return {417, kRequest, "expectation_failed", false, {}};
    case ErrorKind::MethodNotAllowed: return {405, kRequest, "method_not_allowed", false, {}};
    case ErrorKind::NotFound: return {404, kRequest, "unknown_url", false, {}};
    case ErrorKind::Unauthorized: return {401, kRequest, "invalid_api_key", false, {}};
    case ErrorKind::PermissionDenied: return {403, kRequest, "permission_denied", false, {}};
    case ErrorKind::InvalidRequest: return {400, kRequest, "invalid_request", false, {}};
    case ErrorKind::ModelNotFound: return {404, kRequest, "model_not_found", false, {}};
    case ErrorKind::RateLimited: return {429, "rate_limit_error", "rate_limit_exceeded", true, kSoon};
    case ErrorKind::QuotaSpent: return {429, "insufficient_quota", "insufficient_quota", false, {}};
    case ErrorKind::ClientGone: return {499, kRequest, "client_closed_request", false, {}};
    case ErrorKind::Overloaded: return {503, kServer, "overload", false, kLater};
    case ErrorKind::NotReady: return {503, kServer, "not_ready", true, kSoon};
    case ErrorKind::NoRoute: return {503, kServer, "no_route", false, kLater};
    case ErrorKind::Draining: return {503, kServer, "shutting_down", true, kSoon};
    case ErrorKind::Internal: return {500, kServer, "internal_error", false, {}};
    case ErrorKind::NoHealthyUpstream: return {503, kUpstream, "no_healthy_upstream", false, kLater};
    case ErrorKind::UpstreamTimeout: return {504, "timeout_error", "upstream_timeout", false, {}};
    case ErrorKind::UpstreamUnreachable: return {502, kUpstream, "upstream_unreachable", false, kLater};
    case ErrorKind::UpstreamBroke: return {502, kUpstream, "upstream_bad_response", false, {}};
    case ErrorKind::UpstreamRejected: return {502, kUpstream, "upstream_error", false, {}};
    case ErrorKind::UpstreamCredentials: return {502, kUpstream, "upstream_credentials_exhausted", false, {}};
    case ErrorKind::UpstreamRateLimited: return {429, "rate_limit_error", "upstream_rate_limited", false, kLater};
    // Control-plane kinds do not reach a client of the proxy.
    case ErrorKind::Invalid:
    case ErrorKind::Conflict:
    case ErrorKind::NotOwner:
    case ErrorKind::Storage:
    case ErrorKind::Crypto: return {500, kServer, "internal_error", false, {}};
  }
  return {500, kServer, "internal_error", false, {}};
}

std::string error_body(const Error& error) {
  const ErrorAnswer answer = answer_for(error.kind());
  std::string out = R"({"error":{"message":)";
  out += openai::json_quote(error.text());
  out += R"(,"type":")";
  out += answer.type;
  out += R"(","param":)";
  out += error.param().empty() ? "null" : openai::json_quote(error.param());
  out += R"(,"code":")";
  out += answer.code;
  out += "\"}}";
  return out;
}

std::string error_event(const Error& error) { return "data: " + error_body(error) + "\n\n"; }

std::string_view reason_phrase(int status) noexcept {
  switch (status) {
    case 200: return "OK";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 417: return "Expectation Failed";
    case 422: return "Unprocessable Content";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 505: return "HTTP Version Not Supported";
    default: return status < 300 ? "OK" : status < 500 ? "Client Error" : "Server Error";
  }
}

}  // namespace smartroute::proxy

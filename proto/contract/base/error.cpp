#include "contract/base/error.hpp"

namespace smartroute {

Origin origin_of(ErrorKind kind) noexcept {
  switch (kind) {
    case ErrorKind::BadRequest:
    case ErrorKind::UnsupportedVersion:
    case ErrorKind::UnsupportedCoding:
    case ErrorKind::HeadersTooLarge:
    case ErrorKind::TargetTooLong:
    case ErrorKind::RequestTimeout:
    case ErrorKind::BodyTooLarge:
    case ErrorKind::UnsupportedMedia:
    case ErrorKind::ExpectationFailed:
    case ErrorKind::MethodNotAllowed:
    case ErrorKind::NotFound:
    case ErrorKind::Unauthorized:
    case ErrorKind::PermissionDenied:
    case ErrorKind::InvalidRequest:
    case ErrorKind::ModelNotFound:
    case ErrorKind::RateLimited:
    case ErrorKind::QuotaSpent:
    case ErrorKind::ClientGone:
      return Origin::Client;
    case ErrorKind::Overloaded:
    case ErrorKind::NotReady:
    case ErrorKind::NoRoute:
    case ErrorKind::Draining:
    case ErrorKind::Internal:
      return Origin::Gateway;
    case ErrorKind::NoHealthyUpstream:
    case ErrorKind::UpstreamTimeout:
    case ErrorKind::UpstreamUnreachable:
    case ErrorKind::UpstreamBroke:
    case ErrorKind::UpstreamRejected:
    case ErrorKind::UpstreamCredentials:
    case ErrorKind::UpstreamRateLimited:
      return Origin::Upstream;
    case ErrorKind::Invalid:
    case ErrorKind::Conflict:
    case ErrorKind::NotOwner:
    case ErrorKind::Storage:
    case ErrorKind::Crypto:
      return Origin::Control;
  }
  return Origin::Gateway;
}

std::string_view name_of(ErrorKind kind) noexcept {
  switch (kind) {
    case ErrorKind::BadRequest: return "bad_request";
    case ErrorKind::UnsupportedVersion: return "unsupported_version";
    case ErrorKind::UnsupportedCoding: return "unsupported_coding";
    case ErrorKind::HeadersTooLarge: return "headers_too_large";
    case ErrorKind::TargetTooLong: return "target_too_long";
    case ErrorKind::RequestTimeout: return "request_timeout";
    case ErrorKind::BodyTooLarge: return "body_too_large";
    case ErrorKind::UnsupportedMedia: return "unsupported_media";
    case ErrorKind::ExpectationFailed: return "expectation_failed";
    case ErrorKind::MethodNotAllowed: return "method_not_allowed";
    case ErrorKind::NotFound: return "not_found";
    case ErrorKind::Unauthorized: return "unauthorized";
    case ErrorKind::PermissionDenied: return "permission_denied";
    case ErrorKind::InvalidRequest: return "invalid_request";
    case ErrorKind::ModelNotFound: return "model_not_found";
    case ErrorKind::RateLimited: return "rate_limited";
    case ErrorKind::QuotaSpent: return "quota_spent";
    case ErrorKind::ClientGone: return "client_gone";
    case ErrorKind::Overloaded: return "overloaded";
    case ErrorKind::NotReady: return "not_ready";
    case ErrorKind::NoRoute: return "no_route";
    case ErrorKind::Draining: return "draining";
    case ErrorKind::Internal: return "internal";
    case ErrorKind::NoHealthyUpstream: return "no_healthy_upstream";
    case ErrorKind::UpstreamTimeout: return "upstream_timeout";
    case ErrorKind::UpstreamUnreachable: return "upstream_unreachable";
    case ErrorKind::UpstreamBroke: return "upstream_broke";
    case ErrorKind::UpstreamRejected: return "upstream_rejected";
    case ErrorKind::UpstreamCredentials: return "upstream_credentials";
    case ErrorKind::UpstreamRateLimited: return "upstream_rate_limited";
    case ErrorKind::Invalid: return "invalid";
    case ErrorKind::Conflict: return "conflict";
    case ErrorKind::NotOwner: return "not_owner";
    case ErrorKind::Storage: return "storage";
    case ErrorKind::Crypto: return "crypto";
  }
  return "internal";
}

}  // namespace smartroute

#include "controlplane/admin/call.hpp"

namespace smartroute::control::admin {

std::string_view name_of(Code code) noexcept {
  switch (code) {
    case Code::Ok:
      return "ok";
    case Code::Canceled:
      return "canceled";
    case Code::Unknown:
      return "unknown";
    case Code::InvalidArgument:
      return "invalid_argument";
    case Code::DeadlineExceeded:
      return "deadline_exceeded";
    case Code::NotFound:
      return "not_found";
    case Code::AlreadyExists:
      return "already_exists";
    case Code::PermissionDenied:
      return "permission_denied";
    case Code::ResourceExhausted:
      return "resource_exhausted";
    case Code::FailedPrecondition:
      return "failed_precondition";
    case Code::Aborted:
      return "aborted";
    case Code::OutOfRange:
      return "out_of_range";
    case Code::Unimplemented:
      return "unimplemented";
    case Code::Internal:
      return "internal";
    case Code::Unavailable:
      return "unavailable";
    case Code::DataLoss:
      return "data_loss";
    case Code::Unauthenticated:
      return "unauthenticated";
  }
  return "unknown";
}

Code code_of(ErrorKind kind) noexcept {
  switch (kind) {
    case ErrorKind::BadRequest:
    case ErrorKind::UnsupportedVersion:
    case ErrorKind::UnsupportedCoding:
    case ErrorKind::HeadersTooLarge:
    case ErrorKind::TargetTooLong:
    case ErrorKind::UnsupportedMedia:
    case ErrorKind::ExpectationFailed:
    case ErrorKind::InvalidRequest:
    case ErrorKind::Invalid:
      return Code::InvalidArgument;
    case ErrorKind::NotFound:
    case ErrorKind::ModelNotFound:
      return Code::NotFound;
    case ErrorKind::Unauthorized:
      return Code::Unauthenticated;
    case ErrorKind::PermissionDenied:
      return Code::PermissionDenied;
    case ErrorKind::BodyTooLarge:
    case ErrorKind::RateLimited:
    case ErrorKind::QuotaSpent:
      return Code::ResourceExhausted;
    case ErrorKind::RequestTimeout:
      return Code::DeadlineExceeded;
    case ErrorKind::ClientGone:
      return Code::Canceled;
    case ErrorKind::MethodNotAllowed:
      return Code::Unimplemented;
    case ErrorKind::Conflict:
      return Code::Aborted;
    case ErrorKind::NotOwner:
    case ErrorKind::NotReady:
      return Code::FailedPrecondition;
    case ErrorKind::Overloaded:
    case ErrorKind::Draining:
    case ErrorKind::Storage:
      return Code::Unavailable;
    case ErrorKind::Crypto:
    case ErrorKind::Internal:
    case ErrorKind::NoRoute:
    case ErrorKind::NoHealthyUpstream:
    case ErrorKind::UpstreamTimeout:
    case ErrorKind::UpstreamUnreachable:
    case ErrorKind::UpstreamBroke:
    case ErrorKind::UpstreamRejected:
    case ErrorKind::UpstreamCredentials:
    case ErrorKind::UpstreamRateLimited:
      return Code::Internal;
  }
  return Code::Unknown;
}

}  // namespace smartroute::control::admin

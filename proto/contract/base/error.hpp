// The one error type that crosses module lines. A closed kind says what happened; who caused it and whether another
// try can help are part of the value, so no caller needs folklore about status numbers.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace smartroute {

// Closed: adding a kind must fail to compile wherever a status, an OpenAI type or a label is chosen.
enum class ErrorKind : std::uint8_t {
  // caused by the client
  BadRequest,           // framing or head that is not strict HTTP/1.1
  UnsupportedVersion,   // HTTP version other than 1.0 and 1.1
  UnsupportedCoding,    // unknown transfer coding
  HeadersTooLarge,
  TargetTooLong,
  RequestTimeout,       // head or body came too slowly
  BodyTooLarge,
  UnsupportedMedia,     // content-encoding or content-type we do not take
  ExpectationFailed,
  MethodNotAllowed,
  NotFound,             // no such path
  Unauthorized,
  PermissionDenied,
  InvalidRequest,       // body is not a chat request
  ModelNotFound,
  RateLimited,
  QuotaSpent,
  ClientGone,
  // caused by the gateway
  Overloaded,
  NotReady,             // no configuration yet
  NoRoute,              // the plan has no candidate at all
  Draining,
  Internal,
  // caused by upstreams
  NoHealthyUpstream,    // every candidate was tried or skipped
  UpstreamTimeout,
  UpstreamUnreachable,  // connect, DNS or TLS failed
  UpstreamBroke,        // closed or sent garbage after the commit point, or an unusable answer
  UpstreamRejected,     // answered with an error status that was its final word
  UpstreamCredentials,  // refused the gateway's key
  UpstreamRateLimited,
  // control plane
  Invalid,              // a configuration with problems
  Conflict,             // compare-and-swap lost
  NotOwner,             // the file owns the configuration
  Storage,
  Crypto,
};

enum class Origin : std::uint8_t { Client, Gateway, Upstream, Control };
enum class RetryAdvice : std::uint8_t { Never, NextCandidate, SameOnFreshConnection };

// `text` is safe to show to the caller; `detail` may name hosts and goes to logs only. Neither may hold a secret.
class [[nodiscard]] Error {
 public:
  Error(ErrorKind kind, std::string text) : text_(std::move(text)), kind_(kind) {}
  Error(ErrorKind kind, std::string text, std::string detail)
      : text_(std::move(text)), detail_(std::move(detail)), kind_(kind) {}

  ErrorKind kind() const noexcept { return kind_; }
  const std::string& text() const noexcept { return text_; }
  const std::string& detail() const noexcept { return detail_; }
  // Name of the request field at fault ("model", "messages[0].role"), empty if none.
  const std::string& param() const noexcept { return param_; }
  RetryAdvice retry() const noexcept { return retry_; }

  Error&& with_param(std::string param) && {
    param_ = std::move(param);
    return std::move(*this);
  }
  Error&& with_retry(RetryAdvice advice) && {
    retry_ = advice;
    return std::move(*this);
  }
  Error&& with_context(std::string_view where) && {
    text_.insert(0, std::string(where) + ": ");
    return std::move(*this);
  }

 private:
  std::string text_;
  std::string detail_;
  std::string param_;
  ErrorKind kind_;
  RetryAdvice retry_ = RetryAdvice::Never;
};

// Who caused an error of this kind.
Origin origin_of(ErrorKind kind) noexcept;
// Stable snake_case name, for logs and metric labels.
std::string_view name_of(ErrorKind kind) noexcept;

}  // namespace smartroute

// How an admin call can end, the same over gRPC and Connect.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "contract/base/result.hpp"
#include "contract/config/problem.hpp"

namespace smartroute::control::admin {

// gRPC's status codes with gRPC's numbers; Connect uses the same set under snake_case names.
enum class Code : std::uint8_t {
  Ok = 0,
  Canceled = 1,
  Unknown = 2,
  InvalidArgument = 3,
  DeadlineExceeded = 4,
  NotFound = 5,
  AlreadyExists = 6,
  PermissionDenied = 7,
  ResourceExhausted = 8,
  FailedPrecondition = 9,
  Aborted = 10,
  OutOfRange = 11,
  Unimplemented = 12,
  Internal = 13,
  Unavailable = 14,
  DataLoss = 15,
  Unauthenticated = 16,
};
constexpr std::size_t kCodeCount = 17;

// "invalid_argument"; "ok" for Ok.
std::string_view name_of(Code code) noexcept;
Code code_of(ErrorKind kind) noexcept;

// Message and problems are shown to the caller: neither may hold a secret.
struct CallError {
  Code code = Code::Unknown;
  std::string message;
  config::Problems problems;  // of a configuration that was refused
};

template <class T>
using CallResult = tl::expected<T, CallError>;

inline auto refuse(Code code, std::string message) {
  return tl::unexpected<CallError>(CallError{code, std::move(message), {}});
}
inline auto refuse(const Error& error) { return refuse(code_of(error.kind()), error.text()); }

}  // namespace smartroute::control::admin

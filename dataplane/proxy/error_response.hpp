// The only place where the gateway's failures become HTTP status numbers and OpenAI error bodies.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "contract/base/error.hpp"

namespace smartroute::proxy {

// What the client of a failed request is told.
struct ErrorAnswer {
  int status;
  std::string_view type;              // OpenAI's error.type
  std::string_view code;              // OpenAI's error.code
  bool may_retry;                     // x-should-retry, read by the official SDKs
  std::optional<int> retry_after;     // seconds, 1..59
};

ErrorAnswer answer_for(ErrorKind kind) noexcept;

// {"error":{"message","type","param","code"}}
std::string error_body(const Error& error);

// The event that ends a broken stream: "data: {"error":{...}}\n\n".
std::string error_event(const Error& error);

std::string_view reason_phrase(int status) noexcept;

}  // namespace smartroute::proxy

// Outcomes are values: every call that can fail returns Result<T>. One line to change if std::expected becomes usable.
#pragma once
#include <tl/expected.hpp>

#include "contract/base/error.hpp"

namespace smartroute {

template <class T>
using Result = tl::expected<T, Error>;

inline auto fail(Error error) { return tl::unexpected<Error>(std::move(error)); }
inline auto fail(ErrorKind kind, std::string text) {
  return tl::unexpected<Error>(Error(kind, std::move(text)));
}
inline auto fail(ErrorKind kind, std::string text, std::string detail) {
  return tl::unexpected<Error>(Error(kind, std::move(text), std::move(detail)));
}

}  // namespace smartroute

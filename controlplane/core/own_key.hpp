// The control plane's own gateway key, with which the playground calls data planes that ask for keys. It stands in no revision: it is added to
// what is pushed, and only where there are keys already; a first key would close a gateway that is open to its own machine.
#pragma once
#include <string_view>

#include "contract/base/secret.hpp"

namespace smartroute::v1 {
class Config;
}

namespace smartroute::control {

// How it is called in logs and statistics, unless somebody else's key is.
inline constexpr std::string_view kOwnKeyName = "dashboard";

// Whether data planes that run `config` ask their callers for a key.
bool asks_for_key(const v1::Config& config);
// `resolved`, as it is pushed. The key is named kOwnKeyName, or that and the first number from 2 that makes it another name. Without keys, or when there
// are as many as there may be, nothing is added.
v1::Config with_own_key(const v1::Config& resolved, const Secret& key);

}  // namespace smartroute::control

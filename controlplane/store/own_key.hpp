// Where the control plane's own gateway key (core/own_key.hpp) is kept: sealed, among the metadata.
#pragma once
#include "contract/base/result.hpp"
#include "contract/base/secret.hpp"
#include "controlplane/store/sealer.hpp"
#include "controlplane/store/store.hpp"

namespace smartroute::store {

constexpr std::string_view kMetaOwnKey = "own_gateway_key";

// "srd_" and 43 characters of base64url: 256 random bits, made at the first call and the same from then on. Errors: Storage; Crypto when it was sealed
// with another master key.
Result<Secret> load_or_create_own_key(Store& store, const Sealer& sealer);

}  // namespace smartroute::store

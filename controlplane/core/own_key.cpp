#include "controlplane/core/own_key.hpp"

#include <algorithm>
#include <string>

#include "contract/config/rules.hpp"
#include "smartroute/v1/config.pb.h"

namespace smartroute::control {
namespace {

std::string free_name(const v1::Gateway& gateway) {
  std::string name(kOwnKeyName);
  const auto taken = [&] {
    return std::any_of(gateway.keys().begin(), gateway.keys().end(), [&](const auto& key) { return key.name() == name; });
  };
  for (int number = 2; taken(); ++number) name = std::string(kOwnKeyName) + "-" + std::to_string(number);
  return name;
}

}  // namespace

bool asks_for_key(const v1::Config& config) {
  return config.gateway().api_keys_size() > 0 || config.gateway().keys_size() > 0;
}

v1::Config with_own_key(const v1::Config& resolved, const Secret& key) {
  v1::Config pushed = resolved;
  const auto keys = static_cast<std::size_t>(pushed.gateway().api_keys_size()) + static_cast<std::size_t>(pushed.gateway().keys_size());
  if (!asks_for_key(pushed) || keys >= config::kMaxGatewayKeys || key.empty()) return pushed;
  std::string name = free_name(pushed.gateway());
  v1::GatewayKey& own = *pushed.mutable_gateway()->add_keys();
  own.set_name(std::move(name));
  own.mutable_key()->set_value(std::string(key.reveal()));
  return pushed;
}

}  // namespace smartroute::control

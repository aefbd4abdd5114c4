// What the GenAI conventions call a provider, and where it is. Pure.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "contract/config/model.hpp"

namespace smartroute::tracing {

// gen_ai.provider.name of a host: "openai", "aws.bedrock", ...; empty for hosts without a well-known name. Static text.
std::string_view provider_name_of_host(std::string_view host) noexcept;

struct ProviderFacts {
  std::string name;     // the well-known one, or the configured id
  std::string address;  // server.address
  std::uint16_t port = 0;
};
using Providers = std::map<std::string, ProviderFacts, std::less<>>;

// Of every provider of a configuration, by its id.
Providers providers_of(const config::Config& config);

}  // namespace smartroute::tracing

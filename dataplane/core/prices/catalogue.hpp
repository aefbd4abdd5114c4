// The list prices that come with the program, from a pinned public catalogue (tools/model_data).
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "dataplane/core/prices/price.hpp"

namespace smartroute::prices {

struct ModelFacts {
  Price price;                               // the base price: no batch, no off-peak, no long-context tier
  std::optional<std::int64_t> context_window;
  std::string_view name;                     // of the entry that matched
};

// `provider_host` is the host of the provider's base URL ("api.openai.com"); `model` the name that is sent to it. A provider that is not in the
// catalogue is looked for by the model's name among the makers of models (openai, anthropic, ...): a resale at list price, nothing else is known; then `source` says so.
// nullopt: unknown. Thread rule: any; read-only parts of the program. At most some microseconds; ask when a View is built, not for each request.
std::optional<ModelFacts> look_up(std::string_view provider_host, std::string_view model);

std::string_view catalogue_name() noexcept;  // "genai-prices 0.1.8"
std::string_view catalogue_date() noexcept;  // YYYY-MM-DD

}  // namespace smartroute::prices

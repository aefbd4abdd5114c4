// The list prices that come with the program, from a pinned public catalogue (tools/model_data).
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "dataplane/core/prices/price.hpp"

namespace smartroute::prices {

// A price is in the catalogue only where tokens alone make the cost, but for fees of the tools a model may use: no model that is also charged
// by the request, the image, the hour or in another kind of token has one. Of prices that change with the hour it is the one in force for most
// of a day (UTC); of those that change on a date, the one in force at catalogue_date(); models named ":free" cost nothing.
struct ModelFacts {
  Price price;                               // the base price: no batch, no off-peak, no long-context tier; may be unknown
  std::optional<std::int64_t> context_window;  // as sold by that very provider; unknown where the name alone was found
  std::string_view name;                     // of the entry that matched
};

// `provider_host` is the host of the provider's base URL ("api.openai.com"); `model` the name that is sent to it. A provider that is not in the
// catalogue is looked for by the model's name among the makers of models (openai, anthropic, ...): a resale at list price, nothing else is known; then `source` says so.
// `base_path` is the path of the base URL: some hosts sell for several others, each below a path.
// nullopt: unknown. Thread rule: any; read-only parts of the program. At most some microseconds; ask when a View is built, not for each request.
std::optional<ModelFacts> look_up(std::string_view provider_host, std::string_view model, std::string_view base_path = {});

// By the catalogue's own id of a provider ("openai", "groq", "moonshotai") instead of a host. Like the above otherwise.
std::optional<ModelFacts> look_up_at(std::string_view provider_id, std::string_view model);

std::string_view catalogue_name() noexcept;  // "genai-prices 0.1.8"
std::string_view catalogue_date() noexcept;  // YYYY-MM-DD

}  // namespace smartroute::prices

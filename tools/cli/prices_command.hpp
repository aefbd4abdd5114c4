// `smartroute prices [MODEL...]`: what the gateway reckons a model's tokens to cost, and where that price comes from.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dataplane/core/prices/price.hpp"
#include "tools/cli/admin_api.hpp"
#include "tools/cli/validate_command.hpp"

namespace smartroute::routing {
class View;
}

namespace smartroute::cli {

struct PricesOptions {
  std::vector<std::string> models;  // as a request or a config names them; none: every model of the configuration
  std::string config;  // a document; empty: without `models` that of the running gateway, with them the built-in list alone
  Output output = Output::Text;
};
// Returns an exit code of up.hpp and prints the reason of a failure on stderr. An unknown price is no failure.
int show_prices(const AdminAccess& access, const PricesOptions& options);

struct ModelPrice {
  std::string model;
  prices::Price price;
  std::optional<std::int64_t> context_window;
};
// By the built-in list: "provider/model" with the list's or a maker's name of a provider, else by the model's name alone.
ModelPrice list_price(const std::string& name);
// As the View would charge it; `name` as a request may say it.
ModelPrice price_in(const routing::View& view, const std::string& name);

// One line a model under a line of headings, in US dollars for a million tokens, and the same as a JSON array. Pure.
std::string prices_text(const std::vector<ModelPrice>& models);
std::string prices_json(const std::vector<ModelPrice>& models);

}  // namespace smartroute::cli

#include "tools/cli/prices_command.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "contract/config/decode.hpp"
#include "contract/config/placeholder_secrets.hpp"
#include "dataplane/core/prices/catalogue.hpp"
#include "dataplane/core/routing/view.hpp"
#include "smartroute/v1/admin.pb.h"
#include "tools/cli/display_width.hpp"
#include "tools/cli/preview.hpp"
#include "tools/cli/up.hpp"

namespace smartroute::cli {
namespace {

namespace rpc = ::smartroute::admin::v1;
using Dollars = std::optional<std::int64_t>;

constexpr std::size_t kColumns = 10;
using Row = std::array<std::string, kColumns>;
constexpr std::int64_t kNanosOfADollar = 1'000'000'000;
constexpr std::size_t kNanoDigits = 9;

int complain(const Error& error) {
  std::string text = error.text();
  if (error.kind() == ErrorKind::UpstreamUnreachable)
    text += "; without a running gateway, name models or give the configuration with --config FILE";
  std::fprintf(stderr, "smartroute: %s\n", text.c_str());
  return kFailed;
}

// 3625000 -> "0.003625", with at least two decimals. Exact.
std::string dollars_text(const Dollars& nanos) {
  if (!nanos) return "-";
  std::string decimals = std::to_string(*nanos % kNanosOfADollar);
  decimals.insert(0, kNanoDigits - decimals.size(), '0');
  while (decimals.size() > 2 && decimals.back() == '0') decimals.pop_back();
  return std::to_string(*nanos / kNanosOfADollar) + "." + decimals;
}

Row row_of(const ModelPrice& model) {
  const prices::Price& price = model.price;
  return {model.model,
          dollars_text(price.input),
          dollars_text(price.output),
          dollars_text(price.cached_input),
          dollars_text(price.cache_write),
          dollars_text(price.audio_input),
          dollars_text(price.audio_output),
          model.context_window ? std::to_string(*model.context_window) : "-",
          price.as_of.empty() ? "-" : price.as_of,
          price.source.empty() ? "unknown" : price.source};
}

std::vector<ModelPrice> all_of(const routing::View& view) {
  std::vector<ModelPrice> out;
  for (const auto& model : view.models) out.push_back({model->id, model->price, model->context_window});
  return out;
}

// The configuration that the gateway runs. Null: said why, and `code` is what to exit with.
std::shared_ptr<const routing::View> running_view(const AdminAccess& access, int& code) {
  const auto json = ask_admin(access, "ConfigService/GetConfig", to_json(rpc::GetConfigRequest()));
  rpc::GetConfigResponse said;
  if (auto read = json ? from_json(*json, said) : tl::unexpected(json.error()); !read) {
    code = complain(read.error());
    return nullptr;
  }
  // Of a configuration that runs the warnings are known to its owner; errors are said by view_of().
  const std::string name = "the configuration of " + access.admin;
  // Keys come as hints, which are none; who may call is of no matter here.
  said.mutable_config()->mutable_gateway()->clear_api_keys();
  said.mutable_config()->mutable_gateway()->clear_keys();
  auto decoded = config::decode(said.config(), config::placeholder_secrets());
  if (!config::has_errors(decoded.problems))
    if (auto view = routing::View::build(std::move(decoded.config), Revision{}, "")) return *view;
  code = kProblems;
  return view_of(said.yaml(), name);
}

std::shared_ptr<const routing::View> view_in(const std::string& file, int& code) {
  const auto text = read_input(file);
  if (!text) {
    std::fprintf(stderr, "smartroute: %s\n", text.error().text().c_str());
    code = kUsage;
    return nullptr;
  }
  code = kProblems;
  return view_of(*text, file);
}

ModelPrice named(const std::string& name, std::optional<prices::ModelFacts> facts) {
  ModelPrice out;
  out.model = name;
  if (!facts) return out;
  out.price = std::move(facts->price);
  out.context_window = facts->context_window;
  return out;
}

}  // namespace

ModelPrice list_price(const std::string& name) {
  if (const std::size_t slash = name.find('/'); slash != std::string::npos)
    if (auto facts = prices::look_up_at(name.substr(0, slash), name.substr(slash + 1))) return named(name, std::move(facts));
  return named(name, prices::look_up("", name));
}

ModelPrice price_in(const routing::View& view, const std::string& name) {
  if (const auto known = view.by_name.find(name); known != view.by_name.end()) return {name, known->second->price, known->second->context_window};
  const routing::View::Target target = view.target_of(name);
  if (target.upstream == nullptr || target.model.empty()) return named(name, std::nullopt);
  routing::ModelEntry entry = view.make_entry(target, name);
  return {name, std::move(entry.price), entry.context_window};
}

std::string prices_text(const std::vector<ModelPrice>& models) {
  if (models.empty()) return "no models: there is no configuration yet\n";
  std::vector<Row> rows{{"MODEL", "INPUT", "OUTPUT", "CACHED", "CACHE WRITE", "AUDIO IN", "AUDIO OUT", "WINDOW", "DATE", "SOURCE"}};
  for (const ModelPrice& model : models) rows.push_back(row_of(model));
  std::array<std::size_t, kColumns> widths{};
  for (const Row& row : rows)
    for (std::size_t i = 0; i < kColumns; ++i) widths[i] = std::max(widths[i], display_width(row[i]));
  std::string text;
  for (const Row& row : rows) {
    for (std::size_t i = 0; i + 1 < kColumns; ++i) text += row[i] + std::string(widths[i] - display_width(row[i]) + 2, ' ');
    text += row.back() + "\n";
  }
  return text + "US dollars for a million tokens; -: not listed apart, or unknown\n";
}

std::string prices_json(const std::vector<ModelPrice>& models) {
  auto list = nlohmann::ordered_json::array();
  for (const ModelPrice& model : models) {
    nlohmann::ordered_json row{{"model", model.model}};
    const prices::Price& price = model.price;
    if (price.source.empty()) {
      row["price"] = nullptr;
    } else {
      auto& out = row["price"] = nlohmann::ordered_json::object();
      for (const auto& [name, value] : {std::pair("input", price.input), std::pair("output", price.output), std::pair("cached_input", price.cached_input),
                                        std::pair("cache_write", price.cache_write), std::pair("audio_input", price.audio_input),
                                        std::pair("audio_output", price.audio_output)})
        if (value) out[name] = static_cast<double>(*value) / static_cast<double>(kNanosOfADollar);
      row["source"] = price.source;
      if (!price.as_of.empty()) row["as_of"] = price.as_of;
    }
    if (model.context_window) row["context_window"] = *model.context_window;
    list.push_back(std::move(row));
  }
  return list.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

int show_prices(const AdminAccess& access, const PricesOptions& options) {
  std::vector<ModelPrice> models;
  if (options.config.empty() && !options.models.empty()) {
    for (const std::string& name : options.models) models.push_back(list_price(name));
  } else {
    int code = kOk;
    const auto view = options.config.empty() ? running_view(access, code) : view_in(options.config, code);
    if (!view) return code;
    for (const std::string& name : options.models) models.push_back(price_in(*view, name));
    if (options.models.empty()) models = all_of(*view);
  }
  std::fputs((options.output == Output::Json ? prices_json(models) : prices_text(models)).c_str(), stdout);
  return kOk;
}

}  // namespace smartroute::cli

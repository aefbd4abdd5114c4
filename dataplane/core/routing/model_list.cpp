#include "dataplane/core/routing/model_list.hpp"

#include "dataplane/core/routing/view.hpp"

namespace smartroute::routing {
namespace {

// Clients want an integer; when a provider made its model is not known here, and a constant keeps
// the answer the same on every replica.
constexpr std::string_view kCreated = "0";
constexpr std::string_view kGateway = "smartroute";

bool is_routers_name(std::string_view id) noexcept {
  return id == "auto" || id == "t1" || id == "t2" || id == "t3";
}

std::string model_object(const View& view, std::string_view id) {
  std::string_view owner = kGateway;
  if (!is_routers_name(id))
    if (const auto entry = view.by_name.find(id); entry != view.by_name.end())
      owner = entry->second->upstream->id;
  std::string out = R"({"id":)";
  out += openai::json_quote(id);
  out += R"(,"object":"model","created":)";
  out += kCreated;
  out += R"(,"owned_by":)";
  out += openai::json_quote(owner);
  out += '}';
  return out;
}

}  // namespace

std::string list_models(const View& view) {
  std::string out = R"({"object":"list","data":[)";
  for (std::size_t i = 0; i < view.listed_models.size(); ++i) {
    if (i > 0) out += ',';
    out += model_object(view, view.listed_models[i]);
  }
  out += "]}";
  return out;
}

std::optional<std::string> View::model_json(std::string_view id) const {
  if (is_routers_name(id)) {
    for (const std::string& listed : listed_models)
      if (listed == id) return model_object(*this, id);
    return std::nullopt;
  }
  if (by_name.find(id) == by_name.end()) return std::nullopt;
  return model_object(*this, id);
}

}  // namespace smartroute::routing

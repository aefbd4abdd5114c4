#include "tools/mock_provider/service.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "tools/mock_provider/answer.hpp"

namespace smartroute::mock_provider {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kAdminPrefix = "/__mock/";
constexpr std::string_view kMissingModel = "missing";  // models whose name begins so do not exist

std::string_view path_of(std::string_view target) { return target.substr(0, target.find('?')); }

Json model_object(std::string_view id) {
  return {{"id", id}, {"object", "model"}, {"created", 1700000000}, {"owned_by", "mock"}};
}

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

PlainReply not_found(std::string_view what) {
  return {404, error_body(404, fmt::format("{} does not exist", what))};
}

PlainReply list_models(const Shared& shared) {
  Json data = Json::array();
  for (const auto& model : shared.book.models()) data.push_back(model_object(model));
  if (data.empty()) data.push_back(model_object("mock-model"));
  return {200, dump({{"object", "list"}, {"data", data}})};
}

PlainReply seen_requests(const Shared& shared) {
  Json list = Json::array();
  for (const SeenRequest& seen : shared.log.all()) {
    Json headers = Json::array();
    for (const auto& [name, value] : seen.headers) headers.push_back({name, value});
    list.push_back({{"method", seen.method},
                    {"path", seen.target},
                    {"headers", headers},
                    {"body", seen.body},
                    {"body_bytes", seen.body_bytes}});
  }
  return {200, dump(list)};
}

PlainReply stats(const Shared& shared) {
  const Stats stats = shared.stats();
  return {200, dump({{"total", stats.requests},
                     {"aborted", stats.aborted},
                     {"active", stats.active},
                     {"connections", stats.connections},
                     {"open_connections", stats.open_connections},
                     {"per_model", stats.per_model}})};
}

PlainReply serve_admin(const HttpRequest& request, std::string_view what, Shared& shared) {
  if (what == "requests" && request.method == "GET") return seen_requests(shared);
  if (what == "requests" && request.method == "DELETE") {
    shared.log.clear();
    return {200, "{}"};
  }
  if (what == "stats" && request.method == "GET") return stats(shared);
  if (what == "script" && request.method == "PUT") {
    auto script = parse_script(request.body);
    if (!script) return {400, error_body(400, script.error().text())};
    shared.book.set(*std::move(script));
    return {200, "{}"};
  }
  return not_found(request.target);
}

}  // namespace

bool is_chat_path(std::string_view target) {
  return path_of(target).ends_with("/chat/completions");
}
bool is_admin_path(std::string_view target) { return target.starts_with(kAdminPrefix); }

PlainReply serve_plain(const HttpRequest& request, Shared& shared) {
  const std::string_view path = path_of(request.target);
  if (is_admin_path(path)) return serve_admin(request, path.substr(kAdminPrefix.size()), shared);
  if (request.method == "GET" && path.ends_with("/models")) return list_models(shared);
  constexpr std::string_view kModels = "/models/";
  const std::size_t at = path.find(kModels);
  if (request.method == "GET" && at != std::string_view::npos) {
    const std::string_view id = path.substr(at + kModels.size());
    if (id.empty() || id.starts_with(kMissingModel)) return not_found("the model");
    return {200, dump(model_object(id))};
  }
  return not_found(request.target);
}

std::string to_wire(const PlainReply& reply) {
  return fmt::format(
      "HTTP/1.1 {} {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{}",
      reply.status, reply.status == 200 ? "OK" : "Refused", reply.body.size(), reply.body);
}

}  // namespace smartroute::mock_provider

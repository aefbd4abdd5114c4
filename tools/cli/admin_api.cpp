#include "tools/cli/admin_api.hpp"

#include <filesystem>
#include <nlohmann/json.hpp>
#include <utility>

#include "tools/cli/address.hpp"
#include "tools/cli/http_call.hpp"
#include "tools/cli/ready_file.hpp"

namespace smartroute::cli {

std::string admin_token(const AdminAccess& access) {
  if (!access.token.empty()) return access.token;
  const std::filesystem::path state = access.state;
  for (const auto& file : {state / "admin.token", state / "demo" / "admin.token"})
    if (auto text = read_file(file)) {
      while (!text->empty() && (text->back() == '\n' || text->back() == '\r')) text->pop_back();
      return *std::move(text);
    }
  return {};
}

Error out_of_reach(const Error& error) {
  if (error.kind() != ErrorKind::UpstreamUnreachable) return error;
  return Error(error.kind(), error.text() + "; start the gateway, or say with --admin (or SMARTROUTE_ADMIN) where its admin API listens");
}

Error refused(int status, const std::string& text) {
  if (status == 401)
    return Error(ErrorKind::Unauthorized,
                 "the admin API refused the token; set SMARTROUTE_ADMIN_TOKEN, or give the "
                 "gateway's data folder with --state");
  // The sentence in a Connect error body, with the problems it carries if it does.
  const auto body = nlohmann::json::parse(text, nullptr, false);
  if (!body.is_object() || !body.contains("message") || !body["message"].is_string())
    return Error(ErrorKind::Invalid, "the admin API answered with status " + std::to_string(status));
  return Error(ErrorKind::Invalid, body["message"].get<std::string>());
}

Result<std::string> ask_admin(const AdminAccess& access, const std::string& method, std::string json,
                              std::chrono::milliseconds timeout) {
  auto address = parse_host_port(access.admin);
  if (!address) return tl::unexpected(address.error());
  HttpCall request;
  request.address = dialled(*address);
  request.method = "POST";
  request.target = "/smartroute.admin.v1." + method;
  request.bearer = admin_token(access);
  request.json_body = std::move(json);
  request.timeout = timeout;
  auto answer = call(request);
  if (!answer) return tl::unexpected(out_of_reach(answer.error()));
  if (answer->status != 200) return tl::unexpected(refused(answer->status, answer->body));
  return std::move(answer->body);
}

}  // namespace smartroute::cli

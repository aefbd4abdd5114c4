#include "tools/cli/admin_api.hpp"

#include <filesystem>
#include <nlohmann/json.hpp>
#include <utility>

#include "tools/cli/admin_url.hpp"
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
  const bool says = body.is_object() && body.contains("message") && body["message"].is_string();
  std::string sentence = says ? body["message"].get<std::string>() : "the admin API answered with status " + std::to_string(status);
  if (status == 403) return Error(ErrorKind::PermissionDenied, sentence + "; use the token of an admin: the one in the data folder's admin.token, or one made in the dashboard");
  if (status == 429) return Error(ErrorKind::RateLimited, std::move(sentence));
  return Error(ErrorKind::Invalid, std::move(sentence));
}

Error without_token(const AdminAccess& access) {
  return Error(ErrorKind::Unauthorized, "the admin API wants a token and there is none: no --token, no SMARTROUTE_ADMIN_TOKEN, no admin.token in " + access.state +
                                            "; give the gateway's data folder with --state");
}

Result<std::string> ask_admin(const AdminAccess& access, const std::string& method, std::string json,
                              std::chrono::milliseconds timeout) {
  const auto url = parse_admin_url(access.admin);
  if (!url) return tl::unexpected(out_of_reach(url.error()));
  HttpCall request;
  request.address = url->address;
  if (url->tls) request.tls = TlsTrust{url->host, access.ca};
  request.method = "POST";
  request.target = "/smartroute.admin.v1." + method;
  request.bearer = admin_token(access);
  request.json_body = std::move(json);
  request.timeout = timeout;
  auto answer = call(request);
  if (!answer) return tl::unexpected(out_of_reach(answer.error()));
  if (answer->status == 401 && request.bearer.empty()) return tl::unexpected(without_token(access));
  if (answer->status != 200) return tl::unexpected(refused(answer->status, answer->body));
  return std::move(answer->body);
}

}  // namespace smartroute::cli

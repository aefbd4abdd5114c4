#include "controlplane/ops/ops_handler.hpp"

namespace smartroute::control::ops {
namespace {

http::Response text(int status, std::string body) {
  http::Response response;
  response.status = status;
  response.content_type = "text/plain; charset=utf-8";
  response.body = std::move(body);
  return response;
}

http::Response answer(const Probes& probes, const http::Head& head) {
  if (head.path == "/livez") return text(200, "ok\n");
  if (head.path == "/readyz") {
    const auto reason = probes.not_ready();
    return reason ? text(503, *reason + "\n") : text(200, "ok\n");
  }
  auto response = text(200, render_metrics(probes.readings()));
  response.content_type = "text/plain; version=0.0.4; charset=utf-8";
  return response;
}

}  // namespace

http::Handlers make_ops_handlers(Probes probes) {
  http::Handlers handlers;
  handlers.on_head = [](const http::Head& head) -> std::optional<http::Response> {
    if (head.path != "/livez" && head.path != "/readyz" && head.path != "/metrics") {
      return http::error_response(404, "not_found",
                                  "there is nothing at this path; try /metrics, /livez or /readyz");
    }
    if (head.method == "GET" || head.method == "HEAD") return std::nullopt;
    auto response = http::error_response(405, "unimplemented", "only GET and HEAD");
    response.headers.emplace_back("allow", "GET, HEAD");
    return response;
  };
  handlers.on_request = [probes = std::move(probes)](const http::Request& request) {
    return answer(probes, request.head);
  };
  return handlers;
}

}  // namespace smartroute::control::ops

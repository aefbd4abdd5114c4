#include "controlplane/admin/connect_handler.hpp"

#include <google/protobuf/message.h>

#include "controlplane/admin/connect.hpp"
#include "controlplane/admin/page.hpp"

namespace smartroute::control::admin {
namespace {

constexpr std::string_view kCallPrefix = "/smartroute.admin.v1.";
constexpr std::string_view kTokenProtocol = "smartroute.token.";

bool is_call(const http::Head& head) {
  return head.path.compare(0, kCallPrefix.size(), kCallPrefix) == 0;
}

std::string_view method_name(const http::Head& head) {
  return std::string_view(head.path).substr(1);
}

bool is_read(const http::Head& head) { return head.method == "GET" || head.method == "HEAD"; }

http::Response wrong_method(const char* allowed, std::string_view message) {
  auto response = http::error_response(405, "unimplemented", message);
  response.headers.emplace_back("allow", allowed);
  return response;
}

// As a header would say it.
std::string authorization_of(const http::Head& head) {
  for (const std::string& name : head.subprotocols) {
    if (head.authorization.empty() && name.compare(0, kTokenProtocol.size(), kTokenProtocol) == 0)
      return "Bearer " + name.substr(kTokenProtocol.size());
  }
  return head.authorization;
}

bool is_page(const http::Head& head) {
  return head.path == "/" && is_read(head);
}

}  // namespace

http::Response ConnectHandler::refuse_call(const Method* method, CallError error) const {
  dispatch_.count(method, error.code);
  return error_response(error);
}

std::optional<http::Response> ConnectHandler::refuse_caller(const http::Head& head,
                                                            std::string_view name,
                                                            std::string_view authorization) const {
  if (!http::same_origin(head)) {
    return refuse_call(
        nullptr,
        {Code::PermissionDenied, "a page of another origin may not call the admin API", {}});
  }
  switch (gate_.check(authorization, head.remote)) {
    case Verdict::Granted:
      break;
    case Verdict::Refused:
      log_.warn("admin call without the right token",
                {{"address", head.remote}, {"path", head.path}});
      return refuse_call(
          nullptr,
          {Code::Unauthenticated, "this needs the admin token: authorization: Bearer sra_...", {}});
    case Verdict::Throttled: {
      auto response = refuse_call(
          nullptr, {Code::ResourceExhausted, "too many wrong tokens from this address", {}});
      response.headers.emplace_back("retry-after", std::to_string(TokenGate::kRefill.count()));
      return response;
    }
  }
  const Method* const method = dispatch_.find(name);
  if (method == nullptr) {
    auto response =
        refuse_call(nullptr, {Code::Unimplemented, "there is no such admin method", {}});
    response.status = 404;
    return response;
  }
  if (auto allowed = Dispatch::authorize(*method, Role::Admin); !allowed)
    return refuse_call(method, allowed.error());
  return std::nullopt;
}

std::optional<http::Response> ConnectHandler::on_head(const http::Head& head) const {
  if (is_page(head)) return std::nullopt;
  if (head.path == kExportPath) {
    if (!is_read(head)) return wrong_method("GET, HEAD", "records are exported with GET");
    return refuse_caller(head, kExportMethod, head.authorization);
  }
  if (head.path == kTailPath) {
    auto response = http::error_response(426, "unimplemented", "this is a WebSocket");
    response.headers.emplace_back("upgrade", "websocket");
    return response;
  }
  if (!is_call(head))
    return http::error_response(404, "not_found", "there is nothing at this path");
  if (head.method != "POST") return wrong_method("POST", "admin methods are called with POST");
  if (auto refused = refuse_caller(head, method_name(head), head.authorization)) return refused;
  const Method* const method = dispatch_.find(method_name(head));
  if (!head.content_encoding.empty() && head.content_encoding != "identity") {
    return refuse_call(method, {Code::Unimplemented, "compressed bodies are not taken", {}});
  }
  if (!encoding_of(head.content_type)) {
    auto response = refuse_call(
        method,
        {Code::InvalidArgument, "content-type must be application/json or application/proto", {}});
    response.status = 415;
    response.headers.emplace_back("accept-post", "application/json, application/proto");
    return response;
  }
  return std::nullopt;
}

http::Response ConnectHandler::on_request(const http::Request& request) const {
  if (is_page(request.head)) {
    http::Response response;
    response.content_type = "text/html; charset=utf-8";
    // As the reader reached this port, which may be through a tunnel or a proxy.
    response.body =
        make_page(request.head.host.empty() ? "127.0.0.1:6688" : request.head.host, token_file_);
    return response;
  }
  if (request.head.path != kExportPath) return call(request);
  auto response = export_records(logs_, request.head);
  dispatch_.count(dispatch_.find(kExportMethod),
                  response.stream ? Code::Ok : Code::InvalidArgument);
  return response;
}

http::Response ConnectHandler::call(const http::Request& request) const {
  const Method* const method = dispatch_.find(method_name(request.head));
  const auto encoding = encoding_of(request.head.content_type);
  if (method == nullptr || !encoding)
    return refuse_call(method, {Code::Internal, "on_head let this through", {}});
  const std::unique_ptr<google::protobuf::Message> in(method->request->New());
  const std::unique_ptr<google::protobuf::Message> out(method->response->New());
  if (auto decoded = decode_message(*encoding, request.body, *in); !decoded) {
    return refuse_call(method, std::move(decoded.error()));
  }
  if (auto result = dispatch_.call(*method, *in, *out); !result)
    return error_response(result.error());
  return encode_message(*encoding, *out);
}

http::WebSocketAnswer ConnectHandler::on_websocket(const http::Head& head) const {
  if (head.path != kTailPath)
    return http::error_response(404, "not_found", "there is no WebSocket at this path");
  if (auto refused = refuse_caller(head, kTailMethod, authorization_of(head))) return *refused;
  auto answer = tail_records(logs_, head);
  const bool accepted = std::holds_alternative<std::shared_ptr<http::WebSocketSession>>(answer);
  dispatch_.count(dispatch_.find(kTailMethod), accepted ? Code::Ok : Code::InvalidArgument);
  return answer;
}

}  // namespace smartroute::control::admin

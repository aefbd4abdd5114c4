#include "controlplane/admin/connect_handler.hpp"

#include <google/protobuf/message.h>

#include "controlplane/admin/connect.hpp"

namespace smartroute::control::admin {
namespace {

using Kind = HttpRoute::Kind;
constexpr std::string_view kCallPrefix = "/smartroute.admin.v1.";

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

http::Response nothing_here() {
  return http::error_response(404, "not_found", "there is nothing at this path");
}

Admission::Kind admission_kind(const HttpRoute& route) {
  if (route.kind == Kind::Get) return Admission::Kind::Download;
  return route.kind == Kind::WebSocket ? Admission::Kind::WebSocket : Admission::Kind::Call;
}

// For the counts: what a path answered, in the words of calls.
Code code_of_status(int status) {
  if (status < 400) return Code::Ok;
  switch (status) {
    case 403:
      return Code::PermissionDenied;
    case 404:
      return Code::NotFound;
    case 429:
      return Code::ResourceExhausted;
    case 503:
      return Code::Unavailable;
    case 504:
      return Code::DeadlineExceeded;
    default:
      return status < 500 ? Code::InvalidArgument : Code::Internal;
  }
}

}  // namespace

http::Response ConnectHandler::refuse_call(const Method* method, CallError error) const {
  dispatch_.count(method, error.code);
  return error_response(error);
}

http::Response ConnectHandler::refuse_caller(const Admission::Refusal& refusal) const {
  auto response = refuse_call(refusal.method, refusal.error);
  if (refusal.unknown_method) response.status = 404;
  if (refusal.retry_after)
    response.headers.emplace_back("retry-after", std::to_string(refusal.retry_after->count()));
  return response;
}

// A form of another site can be sent without asking first; JSON cannot.
std::optional<http::Response> ConnectHandler::refuse_form(const http::Head& head, const Method* method) const {
  if (!head.content_encoding.empty() && head.content_encoding != "identity") {
    return refuse_call(method, {Code::Unimplemented, "compressed bodies are not taken", {}});
  }
  if (encoding_of(head.content_type)) return std::nullopt;
  auto response = refuse_call(
      method, {Code::InvalidArgument, "content-type must be application/json or application/proto", {}});
  response.status = 415;
  response.headers.emplace_back("accept-post", "application/json, application/proto");
  return response;
}

std::optional<http::Response> ConnectHandler::route_head(const http::Head& head, const HttpRoute& route) const {
  switch (route.kind) {
    case Kind::Files:
      return is_read(head) ? std::nullopt : std::optional(nothing_here());
    case Kind::WebSocket: {
      auto response = http::error_response(426, "unimplemented", "this is a WebSocket");
      response.headers.emplace_back("upgrade", "websocket");
      return response;
    }
    case Kind::Get:
      if (!is_read(head)) return wrong_method("GET, HEAD", "this is read with GET");
      break;
    case Kind::Post:
      if (head.method != "POST") return wrong_method("POST", "this is called with POST");
      break;
  }
  const auto admitted = admission_.admit(head, route.method, admission_kind(route));
  if (!admitted) return refuse_caller(admitted.error());
  if (route.kind == Kind::Post) return refuse_form(head, dispatch_.find(route.method));
  return std::nullopt;
}

std::optional<http::Response> ConnectHandler::on_head(const http::Head& head) const {
  if (!is_call(head)) {
    const HttpRoute* const route = routes_.find(head.path);
    return route == nullptr ? nothing_here() : route_head(head, *route);
  }
  if (head.method != "POST") return wrong_method("POST", "admin methods are called with POST");
  const auto admitted = admission_.admit(head, method_name(head), Admission::Kind::Call);
  if (!admitted) return refuse_caller(admitted.error());
  return refuse_form(head, dispatch_.find(method_name(head)));
}

http::Response ConnectHandler::on_request(const http::Request& request) const {
  if (is_call(request.head)) return call(request);
  const HttpRoute* const route = routes_.find(request.head.path);
  return route == nullptr ? nothing_here() : serve(request, *route);
}

http::Response ConnectHandler::serve(const http::Request& request, const HttpRoute& route) const {
  Caller caller;
  if (route.kind != Kind::Files) {
    auto admitted = admission_.admit(request.head, route.method, admission_kind(route));
    if (!admitted) return refuse_caller(admitted.error());
    caller = std::move(*admitted);
  }
  auto response = route.handle(request, caller);
  dispatch_.count(dispatch_.find(route.method), code_of_status(response.status));
  return response;
}

http::Response ConnectHandler::call(const http::Request& request) const {
  const auto admitted = admission_.admit(request.head, method_name(request.head), Admission::Kind::Call);
  if (!admitted) return refuse_caller(admitted.error());
  const Method* const method = dispatch_.find(method_name(request.head));
  const auto encoding = encoding_of(request.head.content_type);
  if (method == nullptr || method->request == nullptr || !encoding)
    return refuse_call(method, {Code::Internal, "on_head let this through", {}});
  const std::unique_ptr<google::protobuf::Message> in(method->request->New());
  const std::unique_ptr<google::protobuf::Message> out(method->response->New());
  if (auto decoded = decode_message(*encoding, request.body, *in); !decoded) {
    return refuse_call(method, std::move(decoded.error()));
  }
  Reply reply;
  const auto result = dispatch_.call(*method, *in, *admitted, reply, *out);
  auto response = result ? encode_message(*encoding, *out) : error_response(result.error());
  if (reply.retry_after)
    response.headers.emplace_back("retry-after", std::to_string(reply.retry_after->count()));
  for (auto& cookie : reply.cookies) response.headers.emplace_back("set-cookie", std::move(cookie));
  return response;
}

http::WebSocketAnswer ConnectHandler::on_websocket(const http::Head& head) const {
  const HttpRoute* const route = routes_.find(head.path);
  if (route == nullptr || route->kind != Kind::WebSocket)
    return http::error_response(404, "not_found", "there is no WebSocket at this path");
  auto admitted = admission_.admit(head, route->method, Admission::Kind::WebSocket);
  if (!admitted) return refuse_caller(admitted.error());
  auto answer = route->open(head, *admitted);
  auto* const session = std::get_if<std::shared_ptr<http::WebSocketSession>>(&answer);
  dispatch_.count(dispatch_.find(route->method), session != nullptr ? Code::Ok : Code::InvalidArgument);
  if (session != nullptr && *session) *session = sockets_.watched(std::move(*session), std::move(*admitted));
  return answer;
}

}  // namespace smartroute::control::admin

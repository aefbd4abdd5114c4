// The admin port: Connect unary calls into the table of methods, the paths of http_routes.hpp,
// nothing else. Whom to let in is admission.hpp's; all of it happens before a byte of the body is
// read, and again before the handler runs, because a session may end while a body comes.
#pragma once
#include <string>

#include "controlplane/admin/admission.hpp"
#include "controlplane/admin/dispatch.hpp"
#include "controlplane/admin/http_routes.hpp"
#include "controlplane/admin/open_sockets.hpp"
#include "controlplane/http/message.hpp"

namespace smartroute::control::admin {

class ConnectHandler {
 public:
  // All references must outlive the handler; `routes` declares its paths in `dispatch`.
  ConnectHandler(const Dispatch& dispatch, const Admission& admission, const HttpRoutes& routes,
                 OpenSockets& sockets)
      : dispatch_(dispatch), admission_(admission), routes_(routes), sockets_(sockets) {}

  // For http::Handlers. Thread rule: any thread.
  std::optional<http::Response> on_head(const http::Head& head) const;
  http::Response on_request(const http::Request& request) const;
  // The token may come as the subprotocol "smartroute.token.sra_..." instead of a header, which a
  // page cannot set.
  http::WebSocketAnswer on_websocket(const http::Head& head) const;

 private:
  http::Response refuse_call(const Method* method, CallError error) const;
  http::Response refuse_caller(const Admission::Refusal& refusal) const;
  std::optional<http::Response> refuse_form(const http::Head& head, const Method* method) const;
  std::optional<http::Response> route_head(const http::Head& head, const HttpRoute& route) const;
  http::Response call(const http::Request& request) const;
  http::Response serve(const http::Request& request, const HttpRoute& route) const;

  const Dispatch& dispatch_;
  const Admission& admission_;
  const HttpRoutes& routes_;
  OpenSockets& sockets_;
};

}  // namespace smartroute::control::admin

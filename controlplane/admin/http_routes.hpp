// HTTP paths of the admin port that are no admin methods: files, exports, WebSockets. One table,
// as for methods: what is not in it is not there, and each path says who may use it. To add one:
//
//   routes.get("/admin/v1/logs/export", Role::Viewer, [](const http::Request&, const Caller&) {...});
//   routes.post("/admin/v1/playground/chat/completions", Role::Admin, ...);
//   routes.websocket("/admin/v1/terminal", Role::Viewer, [](const http::Head&, const Caller&) {...});
//   routes.files("/", ...);                          every GET that nothing else matches, for anyone
//
// ConnectHandler lets callers through (origin, token or session, CSRF, role) before a handler sees
// anything, counts them under the name of the path ("GET /admin/v1/logs/export"), and closes a
// WebSocket whose session has ended. A test walks the table with every role.
//
// Thread rule: fill it before serving starts; then find() from any thread.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "controlplane/admin/dispatch.hpp"
#include "controlplane/http/message.hpp"

namespace smartroute::control::admin {

struct HttpRoute {
  enum class Kind : std::uint8_t { Get, Post, WebSocket, Files };
  Kind kind = Kind::Get;
  std::string path;    // exact; of Files the beginning
  std::string method;  // name in the table of methods, which has the role
  // All but WebSockets. GET is also asked for HEAD; the body is then not sent.
  std::function<http::Response(const http::Request&, const Caller&)> handle;
  // WebSockets.
  std::function<http::WebSocketAnswer(const http::Head&, const Caller&)> open;
};

class HttpRoutes {
 public:
  using Handle = decltype(HttpRoute::handle);
  using Open = decltype(HttpRoute::open);
  // Paths are declared in `dispatch`, which must outlive the table.
  explicit HttpRoutes(Dispatch& dispatch) : dispatch_(dispatch) {}

  // `method`: under which it stands in the table of methods, if it was declared there before.
  void get(std::string path, Role role, Handle handle, std::string_view method = {});
  void post(std::string path, Role role, Handle handle, std::string_view method = {});
  void websocket(std::string path, Role role, Open open, std::string_view method = {});
  void files(std::string beginning, Handle handle);

  // The route of exactly this path, else the files with the longest beginning of it. Null: none.
  const HttpRoute* find(std::string_view path) const;
  const std::vector<HttpRoute>& all() const noexcept { return routes_; }

 private:
  void add(HttpRoute route, Role role, std::string_view verb, std::string_view method);
  Dispatch& dispatch_;
  std::vector<HttpRoute> routes_;
};

}  // namespace smartroute::control::admin

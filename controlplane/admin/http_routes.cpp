#include "controlplane/admin/http_routes.hpp"

#include <cassert>

namespace smartroute::control::admin {

void HttpRoutes::add(HttpRoute route, Role role, std::string_view verb, std::string_view method) {
  if (method.empty()) {
    route.method = std::string(verb) + " " + route.path;
    dispatch_.declare_path(route.method, role);
  } else {
    route.method = method;
    const Method* const declared = dispatch_.find(method);
    assert(declared != nullptr && declared->role == role && "a path has the role of its method");
    (void)declared;
  }
  routes_.push_back(std::move(route));
}

void HttpRoutes::get(std::string path, Role role, Handle handle, std::string_view method) {
  HttpRoute route;
  route.path = std::move(path);
  route.handle = std::move(handle);
  add(std::move(route), role, "GET", method);
}

void HttpRoutes::post(std::string path, Role role, Handle handle, std::string_view method) {
  HttpRoute route;
  route.kind = HttpRoute::Kind::Post;
  route.path = std::move(path);
  route.handle = std::move(handle);
  add(std::move(route), role, "POST", method);
}

void HttpRoutes::websocket(std::string path, Role role, Open open, std::string_view method) {
  HttpRoute route;
  route.kind = HttpRoute::Kind::WebSocket;
  route.path = std::move(path);
  route.open = std::move(open);
  add(std::move(route), role, "WS", method);
}

void HttpRoutes::files(std::string beginning, Handle handle) {
  HttpRoute route;
  route.kind = HttpRoute::Kind::Files;
  route.path = std::move(beginning);
  route.handle = std::move(handle);
  add(std::move(route), Role::Nobody, "FILES", {});
}

const HttpRoute* HttpRoutes::find(std::string_view path) const {
  const HttpRoute* best = nullptr;
  for (const HttpRoute& route : routes_) {
    if (route.kind != HttpRoute::Kind::Files && route.path == path) return &route;
    const bool fits = route.kind == HttpRoute::Kind::Files && path.substr(0, route.path.size()) == route.path;
    if (fits && (best == nullptr || best->path.size() < route.path.size())) best = &route;
  }
  return best;
}

}  // namespace smartroute::control::admin

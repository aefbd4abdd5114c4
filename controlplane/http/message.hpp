// Requests and answers of the control plane's own HTTP ports, as values. Beast stays in server.cpp.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace smartroute::control::http {

// What the handlers may know of a request head, after dataplane/core/http1 has found it
// unambiguous.
struct Head {
  std::string method;  // GET, POST, ...
  std::string path;    // without query
  std::string host;
  std::string origin;  // empty if absent
  std::string authorization;
  std::string content_type;
  std::string content_encoding;
  std::string remote;  // address of the peer, without port
  bool has_body = false;
};

struct Request {
  Head head;
  std::string body;
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
};

// Both are called on the server's threads, several at a time; they may block.
struct Handlers {
  // Before any byte of the body is read. An answer ends the request here; the connection then
  // closes if a body was announced.
  std::function<std::optional<Response>(const Head&)> on_head;
  std::function<Response(const Request&)> on_request;
};

// {"code":..., "message":..., "details":[]}: the error form of this port, also for framing errors.
Response error_response(int status, std::string_view code, std::string_view message);

// Refuses a page of another site: true if `origin` is empty, or is http(s) with exactly the
// authority the request was sent to.
bool same_origin(const Head& head);

}  // namespace smartroute::control::http

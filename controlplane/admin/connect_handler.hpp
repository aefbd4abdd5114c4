// The admin port: Connect unary calls into the table, the streams of log_streams.hpp, one plain
// page, nothing else.
// Order of the checks, and why: the method of a path is only looked up for a caller with the right
// token, so that nobody else learns what there is; all of it happens before a byte of the body is
// read.
#pragma once
#include <string>

#include "controlplane/admin/dispatch.hpp"
#include "controlplane/admin/log_streams.hpp"
#include "controlplane/admin/token.hpp"
#include "controlplane/base/log.hpp"
#include "controlplane/http/message.hpp"

namespace smartroute::control::admin {

class ConnectHandler {
 public:
  // `token_file` is named on the page. All references must outlive the handler.
  ConnectHandler(const Dispatch& dispatch, TokenGate& gate, base::Log& log, LogSource logs,
                 std::string token_file)
      : dispatch_(dispatch),
        gate_(gate),
        log_(log),
        logs_(std::move(logs)),
        token_file_(std::move(token_file)) {}

  // For http::Handlers. Thread rule: any thread.
  std::optional<http::Response> on_head(const http::Head& head) const;
  http::Response on_request(const http::Request& request) const;
  // The token may come as the subprotocol "smartroute.token.sra_..." instead of a header, which a
  // page cannot set.
  http::WebSocketAnswer on_websocket(const http::Head& head) const;

 private:
  http::Response refuse_call(const Method* method, CallError error) const;
  // Origin, token, method, role. Nullopt: the caller may call the method `name`.
  std::optional<http::Response> refuse_caller(const http::Head& head, std::string_view name,
                                              std::string_view authorization) const;
  http::Response call(const http::Request& request) const;

  const Dispatch& dispatch_;
  TokenGate& gate_;
  base::Log& log_;
  const LogSource logs_;
  const std::string token_file_;
};

}  // namespace smartroute::control::admin

// The admin port: Connect unary calls into the table, one plain page, nothing else.
// Order of the checks, and why: the method of a path is only looked up for a caller with the right
// token, so that nobody else learns what there is; all of it happens before a byte of the body is
// read.
#pragma once
#include <string>

#include "controlplane/admin/dispatch.hpp"
#include "controlplane/admin/token.hpp"
#include "controlplane/base/log.hpp"
#include "controlplane/http/message.hpp"

namespace smartroute::control::admin {

class ConnectHandler {
 public:
  // `token_file` is named on the page. All references must outlive the handler.
  ConnectHandler(const Dispatch& dispatch, TokenGate& gate, base::Log& log, std::string token_file)
      : dispatch_(dispatch), gate_(gate), log_(log), token_file_(std::move(token_file)) {}

  // For http::Handlers. Thread rule: any thread.
  std::optional<http::Response> on_head(const http::Head& head) const;
  http::Response on_request(const http::Request& request) const;

 private:
  http::Response refuse_call(const Method* method, CallError error) const;

  const Dispatch& dispatch_;
  TokenGate& gate_;
  base::Log& log_;
  const std::string token_file_;
};

}  // namespace smartroute::control::admin

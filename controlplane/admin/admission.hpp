// Who may come in: tells from a request who calls, and refuses those who are nobody or who may have
// been made to call by a page of another site. Order: origin, credential, what its kind demands,
// method, role. The method of a path is only looked up aloud for callers that are somebody, so that
// nobody else learns what there is.
//
// A credential in the authorization header (or the WebSocket subprotocol) decides alone; browsers
// never add one by themselves, so it needs no more proof. A cookie comes by itself, so a call with
// one must also come from a page of this very origin (Origin, Sec-Fetch-Site) that could read the
// session's CSRF token (x-smartroute-csrf).
//
// Thread rule: any thread.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "controlplane/admin/dispatch.hpp"
#include "controlplane/admin/token.hpp"
#include "controlplane/base/log.hpp"
#include "controlplane/http/message.hpp"

namespace smartroute::control::admin {

// Callers beside the operator; each may be empty, then there are none of that kind. Any thread.
struct KnownCallers {
  // Of the token in a cookie, whose session this counts as a use of; nullopt: no living session.
  std::function<std::optional<Caller>(std::string_view token)> session;
  // Of an API token, "srt_...".
  std::function<std::optional<Caller>(std::string_view token)> api_token;
  // Whether what let this caller in still holds; no use of it.
  std::function<bool(const Caller&)> lives;
};

class Admission {
 public:
  enum class Kind { Call, Download, WebSocket };
  struct Refusal {
    CallError error;
    const Method* method = nullptr;  // to count it under
    bool unknown_method = false;
    std::optional<std::chrono::seconds> retry_after;
  };
  using Admitted = tl::expected<Caller, Refusal>;

  // All references must outlive it.
  Admission(const Dispatch& dispatch, TokenGate& gate, base::Log& log, KnownCallers known = {})
      : dispatch_(dispatch), gate_(gate), log_(log), known_(std::move(known)) {}

  Admitted admit(const http::Head& head, std::string_view method, Kind kind) const;
  // Over gRPC: by a token only. `authorization` as the header says it.
  Admitted admit(std::string_view authorization, std::string_view address, std::string_view method) const;
  bool lives(const Caller& caller) const;

 private:
  std::optional<Caller> by_token(std::string_view authorization) const;
  Admitted by_session(const http::Head& head, Kind kind) const;
  Admitted stranger(std::string_view address, std::string_view path) const;
  Admitted allow(Caller caller, std::string_view method) const;

  const Dispatch& dispatch_;
  TokenGate& gate_;
  base::Log& log_;
  const KnownCallers known_;
};

}  // namespace smartroute::control::admin

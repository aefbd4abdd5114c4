// Who calls, as far as it was proven, and what a handler may say besides its answer.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace smartroute::control::admin {

// Ordered: each role may do what the ones before it may.
enum class Role : std::uint8_t { Nobody, Viewer, Admin };

enum class Proof : std::uint8_t {
  None,
  AdminToken,  // the one in STATE/admin.token
  ApiToken,    // one that an admin made
  Session,     // a cookie
};

// Where the page that asks came from, by its Origin; decides the cookie.
enum class PageOrigin : std::uint8_t { Unknown, Http, LoopbackHttp, Https };

struct Caller {
  Role role = Role::Nobody;
  Proof proof = Proof::None;
  std::string name;        // of the user or the API token; empty for the admin token
  std::string user_id;     // of a session
  std::string session_id;  // names the session, does not open it
  std::string token_id;    // of an API token
  std::string csrf_token;  // that the session's calls must carry
  std::string address;     // of the peer, without port
  // Over HTTP only:
  std::string browser;  // user-agent, at most kMaxBrowserBytes
  PageOrigin page = PageOrigin::Unknown;
  bool secure_cookie = false;  // the session came in a cookie that only travels encrypted or locally

  static constexpr std::size_t kMaxBrowserBytes = 256;
};

// The operator with the token of STATE/admin.token.
inline Caller operator_caller(std::string address = {}) {
  Caller caller;
  caller.role = Role::Admin;
  caller.proof = Proof::AdminToken;
  caller.address = std::move(address);
  return caller;
}

// Who did it, for the history. Only the operator may say who; everybody else is who they are.
inline std::string author_of(const Caller& caller, const std::string& said) {
  return caller.proof == Proof::Session || caller.proof == Proof::ApiToken ? caller.name : said;
}

// Beside the answer, over HTTP.
struct Reply {
  std::vector<std::string> cookies;                 // values of set-cookie
  std::optional<std::chrono::seconds> retry_after;  // of a refusal
};

}  // namespace smartroute::control::admin

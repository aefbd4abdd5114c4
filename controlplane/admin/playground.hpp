// The playground: a chat completion through a data plane, asked from the dashboard.
//
//   POST /admin/v1/playground/chat/completions   relays the body, and the answer as it comes         admin
//   GET  /admin/v1/playground/models             relays /v1/models                                   admin
//
// Which data plane: ?instance=ID, else the first by id of those that run the newest revision, else of those that run the latest there is.
// What the caller asks for in x-smartroute-* fields (x-smartroute-guarantee: buffered) goes with it; nothing else of his head does.
// Where: what it said it listens on; for an unspecified address that from which its stream comes. Its answer is passed on whatever it is:
// status, content-type, x-smartroute-*, x-request-id, x-should-retry, retry-after and x-ratelimit-*, each piece of the body as it arrives;
// `x-smartroute-instance` says who answered. A content-type but JSON and event streams becomes plain text, and no page may be made of any of it. A client that leaves takes the call with it. Errors of the playground itself have OpenAI's form,
// with the codes in playground.cpp.
#pragma once
#include <functional>

#include "contract/base/secret.hpp"
#include "controlplane/admin/http_routes.hpp"
#include "controlplane/admin/methods.hpp"
#include "controlplane/outgoing/client.hpp"

namespace smartroute::control::admin {

constexpr std::size_t kMaxPlaygroundCalls = 8;   // at once; then 503 playground_busy
constexpr std::size_t kMaxPlaygroundBytes = 8 * 1024 * 1024;
// Models may think for long, and data planes have deadlines of their own; a connection without a byte for so long is given up.
constexpr std::chrono::minutes kPlaygroundSilence{65};

struct Playground {
  FleetView fleet;
  // The control plane's own key where data planes ask for one, else empty. Any thread.
  std::function<Secret()> key;
  std::string hostname;   // of this machine
};

// `client` must outlive the table.
void add_playground_routes(HttpRoutes& routes, Playground playground, outgoing::Client& client);

// Where the client listener of a data plane is reached from here. Error: NotFound, as a sentence.
Result<config::BaseUrl> client_address(const HelloFacts& hello, const std::string& own_hostname);

}  // namespace smartroute::control::admin

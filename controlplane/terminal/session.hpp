// The live terminal as a WebSocket: /admin/v1/terminal?backlog=N. Each message is a TerminalBatch
// (admin.proto) as JSON with the names as written there. What the client says is not heeded.
#pragma once
#include <cstdint>
#include <memory>

#include "controlplane/http/message.hpp"
#include "controlplane/terminal/hub.hpp"

namespace smartroute::control::terminal {

constexpr std::string_view kPath = "/admin/v1/terminal";
constexpr std::uint32_t kDefaultBacklog = 200;  // Hub::kMaxLines is the most

// For a caller that was let through. Refused: 400, a parameter is wrong. Thread rule: any thread.
// The hub must outlive what is returned.
http::WebSocketAnswer watch(Hub& hub, const http::Head& head);

}  // namespace smartroute::control::terminal

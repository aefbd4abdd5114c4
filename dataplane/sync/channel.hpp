// How data planes reach the control plane.
#pragma once
#include <memory>
#include <string>

namespace grpc {
class Channel;
}

namespace smartroute::sync {

class ControlCredentials;

// A channel of its own (nothing shared with other channels to the same target) to `target`:
// unix:PATH or HOST:PORT. Pings after 10 s of silence, gives up on a peer that does not answer in 5
// s; messages up to 16 MiB; no HTTP proxy from the environment; a connection attempt takes at most
// 5 s. With `credentials`: mutual TLS, with those of now. Without (null): plain text, for a Unix socket or one machine.
std::shared_ptr<grpc::Channel> open_channel(const std::string& target, ControlCredentials* credentials = nullptr);

inline constexpr int kMaxMessageBytes = 16 * 1024 * 1024;

}  // namespace smartroute::sync

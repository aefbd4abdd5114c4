// The bytes of a configuration push. The configuration is serialised once, however many data planes
// get it: each message is a few bytes of its own (the nonce) in front of bytes that all of them
// share.
#pragma once
#include <cstdint>
#include <memory>
#include <string>

#include "controlplane/sync/push_session.hpp"

namespace smartroute::v1 {
class Config;
}

namespace smartroute::control::sync {

// Largest message on a push stream; data planes set the same limit. gRPC's own default is 4 MiB.
constexpr std::size_t kMaxMessageBytes = 16 * 1024 * 1024;
// Largest configuration, leaving room for what is around it.
constexpr std::size_t kMaxConfigBytes = kMaxMessageBytes - 4 * 1024;

// Immutable; shared by every stream that sends it.
struct PushPayload {
  Offer offer;
  std::string shared;  // the fields of v1::ConfigPush without the nonce
};

// Null when the configuration is larger than kMaxConfigBytes.
std::shared_ptr<const PushPayload> make_payload(Revision revision, const v1::Config& resolved);

// What goes before payload.shared to make a whole v1::ControlMessage with this nonce.
std::string message_prefix(const PushPayload& payload, std::uint64_t nonce);

}  // namespace smartroute::control::sync

#include "controlplane/sync/push_payload.hpp"

#include "contract/config/decode.hpp"
#include "smartroute/v1/sync.pb.h"

namespace smartroute::control::sync {
namespace {

void append_varint(std::string& out, std::uint64_t value) {
  while (value >= 0x80) {
    out += static_cast<char>(value | 0x80);
    value >>= 7;
  }
  out += static_cast<char>(value);
}

constexpr std::uint32_t kWireVarint = 0;
constexpr std::uint32_t kWireBytes = 2;

}  // namespace

std::shared_ptr<const PushPayload> make_payload(Revision revision, const v1::Config& resolved) {
  if (resolved.ByteSizeLong() > kMaxConfigBytes) return nullptr;
  auto payload = std::make_shared<PushPayload>();
  payload->offer = {revision, config::fingerprint(resolved)};
  v1::ConfigPush push;
  push.set_revision(revision.number);
  push.set_fingerprint(payload->offer.fingerprint);
  *push.mutable_config() = resolved;
  push.SerializeToString(&payload->shared);
  return payload;
}

// Protobuf reads a message's fields in any order and joins what is concatenated; so the nonce may
// come first, from here, and the rest from the shared bytes.
std::string message_prefix(const PushPayload& payload, std::uint64_t nonce) {
  std::string own;
  append_varint(own, v1::ConfigPush::kNonceFieldNumber << 3 | kWireVarint);
  append_varint(own, nonce);
  std::string prefix;
  append_varint(prefix, v1::ControlMessage::kConfigFieldNumber << 3 | kWireBytes);
  append_varint(prefix, own.size() + payload.shared.size());
  return prefix + own;
}

}  // namespace smartroute::control::sync
